"""The row as the machine's memory: read it as `Progress`, write it back by one conditional UPDATE."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.availability.services import release
from moonlit.booking.models import Appointment, AppointmentState
from moonlit.domain.booking import LIVE, Progress, State, may_become
from moonlit.domain.zones import local_date

_VERBS = {
    State.HELD: Verb.HOLD_PLACED,
    State.EXPIRED: Verb.HOLD_EXPIRED,
    State.RELEASED: Verb.HOLD_RELEASED,
    State.LATE_CANCELLED: Verb.BOOKING_LATE_CANCELLED,
    State.MOVED: Verb.BOOKING_MOVED,
    State.CHECKED_IN: Verb.BOOKING_CHECKED_IN,
    State.COMPLETED: Verb.BOOKING_COMPLETED,
    State.NO_SHOW: Verb.BOOKING_NO_SHOW,
    State.SUBMITTING: Verb.BOOKING_SUBMITTED,
    State.UNKNOWN: Verb.BOOKING_UNKNOWN,
    State.BOOKED: Verb.BOOKING_CONFIRMED,
    State.LOST: Verb.BOOKING_LOST,
    State.FAILED: Verb.BOOKING_FAILED,
    State.CANCELLED: Verb.BOOKING_CANCELLED,
    State.PENDING: Verb.BOOKING_REQUESTED,
}


def progress_of(row: Appointment, *, patient_known: bool) -> Progress:
    """What the machine remembers of this appointment."""
    if row.notice_limit_at is None:
        raise ValueError("an imported appointment has no machine")
    return Progress(
        state=State(row.state),
        notice_limit_at=row.notice_limit_at,
        puts=row.puts,
        attempts=row.attempts,
        last_put_at=row.last_put_at,
        next_look_at=row.next_look_at,
        withdrawn=row.withdrawn_at is not None,
        blocked=bool(row.blocked),
        patient_known=patient_known,
    )


def visit_date(row: Appointment) -> date:
    """Date of service, in the zone of the place of the visit (rules 12)."""
    return local_date(row.start, row.time_zone)


def write(row: Appointment, old: Progress, new: Progress, *, actor: Actor, now: datetime, **columns: Any) -> bool:
    """Store the machine's step if nobody took another meanwhile; False: somebody did, and nothing was written.

    In the same transaction: the timeline, the audit row, and the release of the time when the visit is no longer live.
    """
    changes = {
        "state": new.state.value,
        "puts": new.puts,
        "attempts": new.attempts,
        "last_put_at": new.last_put_at,
        "next_look_at": new.next_look_at,
        **columns,
    }
    with transaction.atomic():
        won = Appointment.objects.filter(
            pk=row.pk, state=old.state.value, attempts=old.attempts, next_look_at=old.next_look_at
        ).update(**changes)
        if not won:
            return False
        for name, value in changes.items():
            setattr(row, name, value)
        if new.state is not old.state:
            if not may_become(old.state, new.state):
                raise ValueError(f"{old.state} may not become {new.state}")
            note(row.pk, new.state, problem=row.problem, actor=actor, now=now)
            if new.state not in LIVE:
                release(row.pk, now=now)
    return True


def claim(row: Appointment, old: Progress, until: datetime) -> bool:
    """Keep other workers off this row until then; False: another one has it. No transaction stays open."""
    won = Appointment.objects.filter(
        pk=row.pk, state=old.state.value, attempts=old.attempts, next_look_at=old.next_look_at
    ).update(next_look_at=until)
    if won:
        row.next_look_at = until
    return bool(won)


def note(appointment_id: UUID, state: State, *, problem: str = "", actor: Actor, now: datetime) -> None:
    """A line in the appointment's timeline and its audit row."""
    AppointmentState.objects.create(
        appointment_id=appointment_id,
        state=state.value,
        problem=problem,
        actor_kind=actor.kind,
        actor_id=actor.id,
        at=now,
    )
    facts = {"state": state.value, **({"problem": problem} if problem else {})}
    record(_VERBS[state], actor=actor, subject=f"appointment:{appointment_id}", facts=facts)
