"""The row as the change machine's memory: read it as `Change`, write it back by one conditional UPDATE."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.availability.services import release, slot_gone
from moonlit.booking.models import Appointment
from moonlit.booking.services.moves import NO_CHANGE, new_visit
from moonlit.booking.services.state import note
from moonlit.domain.booking import LIVE, OPEN, State, may_become
from moonlit.domain.visit_changes import Change, Kind, New
from moonlit.platform.db import advisory_lock
from moonlit.practice.queries import practice


def change_of(row: Appointment) -> Change | None:
    """The change under way on this visit; None when there is none."""
    if row.change == Appointment.Change.NONE or row.change_asked_at is None:
        return None
    return Change(
        kind=Kind(row.change),
        visit_start=row.start,
        asked_at=row.change_asked_at,
        late=row.change_late,
        attempts=row.change_attempts,
        last_put_at=row.change_last_put_at,
        next_at=row.change_next_at,
        new=_new(row),
    )


def save(row: Appointment, old: Change, new: Change, **columns: Any) -> bool:
    """Store a step unless somebody took another meanwhile; False: somebody did, and nothing was written."""
    changes = {
        "change_attempts": new.attempts,
        "change_last_put_at": new.last_put_at,
        "change_next_at": new.next_at,
        **columns,
    }
    won = _unchanged(row, old).update(**changes)
    if won:
        for name, value in changes.items():
            setattr(row, name, value)
    return bool(won)


def end(row: Appointment, old: Change, state: State, *, problem: str, actor: Actor, now: datetime) -> bool:
    """Store what the visit has become and that no change is under way; False as above.

    In the same transaction: the timeline, the audit row, and the release of the time when the visit is no longer live.
    """
    was = State(row.state)
    changes = {**NO_CHANGE, "state": state.value, "change_problem": problem}
    with transaction.atomic():
        if state not in LIVE:
            advisory_lock("provider", row.provider_id)
        if not _unchanged(row, old).update(**changes):
            return False
        for name, value in changes.items():
            setattr(row, name, value)
        if state is not was:
            if not may_become(was, state):
                raise ValueError(f"{was} may not become {state}")
            note(row.pk, state, problem=problem, actor=actor, now=now)
            if state not in LIVE:
                # The EHR offers the time again under a new id, which the next refresh brings; the old id is dead.
                slot_gone(row.athena_appt_id or "", now=now)
                release(row.pk, now=now)
    return True


def notice() -> timedelta:
    """How long before the visit a change is a late one (`change_notice_hours`)."""
    return timedelta(hours=practice().change_notice_hours)


def _unchanged(row: Appointment, old: Change) -> Any:
    return Appointment.objects.filter(
        pk=row.pk,
        state=row.state,
        change=old.kind.value,
        change_attempts=old.attempts,
        change_next_at=old.next_at,
    )


def _new(row: Appointment) -> New | None:
    visit = new_visit(row)
    if row.change == Appointment.Change.CANCEL:
        return _of_a_cancel(visit) if visit is not None else None
    if visit is not None and visit.state in OPEN:
        return New.UNDECIDED
    return New.WON if visit is not None and visit.booked_at is not None else New.NOT_BOOKED


def _of_a_cancel(visit: Appointment) -> New | None:
    """Nobody is told "cancelled" while the visit that was to replace this one may stand, or does, in the EHR."""
    if visit.state in OPEN or (visit.state == State.BOOKED and visit.change == Appointment.Change.CANCEL):
        return New.UNDECIDED
    return New.WON if visit.state in LIVE else None
