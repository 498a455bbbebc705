"""Where the booking machine and the change machine touch: a new visit that was won or not, one no longer wanted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services.ended import bump_version, visit_ended
from moonlit.booking.services.links import revoke_links
from moonlit.booking.services.state import note
from moonlit.domain.booking import State
from moonlit.platform.db import advisory_lock
from moonlit.platform.jobs import enqueue
from moonlit.platform.outbox import emit

NO_CHANGE: dict[str, Any] = {
    "change": Appointment.Change.NONE,
    "change_late": False,
    "change_next_at": None,
    "change_last_put_at": None,
    "change_attempts": 0,
}
NOT_BEGUN: dict[str, Any] = {
    "change_attempts": 0,
    "change_last_put_at": None,
    "change_problem": "",
    "alerted_at": None,
}


def change_lock(row: Appointment) -> None:
    """Both visits of a move change one at a time; taken before any row or provider is. Needs a transaction."""
    undecided = row.booked_at is None and row.moved_from_id is not None
    advisory_lock("change", str(row.moved_from_id if undecided else row.pk))


def new_visit(row: Appointment) -> Appointment | None:
    """The visit that is to replace this one, or has: that of the last move asked for."""
    moves = Appointment.objects.select_related("location", "patient", "provider", "supervisor").filter(moved_from=row)
    return moves.order_by("created_at", "id").last()


def visit_now(row: Appointment) -> Appointment:
    """The visit itself, or the one it was moved to: for the patient that one counts as soon as it is booked."""
    while row.state == State.MOVED or row.change == Appointment.Change.MOVE:
        new = new_visit(row)
        if new is None or new.booked_at is None:
            break
        row = new
    return row


def begin_cancel(
    row: Appointment, *, late: bool, asked_at: datetime, words: dict[str, Any], actor: Actor, now: datetime
) -> bool:
    """Put a booked visit on its way to cancelled. False: it is not as it was read, nothing was written."""
    booked = Appointment.objects.filter(pk=row.pk, state=State.BOOKED.value, change=row.change)
    columns = {
        **NOT_BEGUN,
        "change": Appointment.Change.CANCEL,
        "change_late": late,
        "change_asked_at": asked_at,
        "change_next_at": now,
        **words,
    }
    if not booked.update(**columns):
        return False
    facts = {"change": "cancel", "late": late}
    record(Verb.CHANGE_ASKED, actor=actor, subject=f"appointment:{row.pk}", facts=facts)
    _wake(row.pk)
    return True


def move_won(row: Appointment, *, actor: Actor, now: datetime) -> None:
    """The EHR has booked the new visit: the patient is told, and the old one is let go."""
    emit("appointment.moved", row.pk, version=row.version)
    revoke_links(row.moved_from_id, actor=actor, now=now)
    old = Appointment.objects.filter(pk=row.moved_from_id)
    if old.filter(change=Appointment.Change.MOVE).update(**NOT_BEGUN, change_next_at=now):
        _wake(row.moved_from_id)
    elif old.filter(state__in=[State.CANCELLED, State.LATE_CANCELLED]).update(state=State.MOVED.value):
        # The front desk, or the EHR's notice of our own move, was faster than the answer.
        note(row.moved_from_id, State.MOVED, actor=actor, now=now)


def move_lost(row: Appointment, *, now: datetime) -> None:
    """The new visit was not won: the old one is looked at, and stands if it does. A cancel that waited goes on."""
    under_way = Appointment.objects.filter(pk=row.moved_from_id).exclude(change=Appointment.Change.NONE)
    if under_way.update(change_attempts=0, change_last_put_at=None, change_next_at=now):
        _wake(row.moved_from_id)


def withdrawn_unbooked(row: Appointment, *, actor: Actor, now: datetime) -> None:
    """A request that was taken back before the EHR had booked it. The patient is told once, of the visit he knows."""
    if row.moved_from_id is not None:
        move_lost(row, now=now)
        return
    visit_ended(row, actor=actor, now=now)
    emit("appointment.cancelled", row.pk, version=bump_version(row))


def wake_waiting_cancel(row: Appointment, *, now: datetime) -> bool:
    """Let the cancel of the old visit go on when it waited for this one to end; whether there is such a cancel."""
    if row.moved_from_id is None:
        return False
    waits = Appointment.objects.filter(pk=row.moved_from_id, change=Appointment.Change.CANCEL)
    if not waits.update(change_next_at=now):
        return False
    _wake(row.moved_from_id)
    return True


def _wake(appointment_id: Any) -> None:
    from moonlit.booking.jobs import advance_change_of  # the job calls the services

    enqueue(advance_change_of, appointment=appointment_id)
