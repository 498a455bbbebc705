"""What follows when a change has come to its end: the patient is told, tasks close, or people take over."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services.changes.state import change_of, end
from moonlit.booking.services.ended import bump_version, close_tasks, visit_ended
from moonlit.booking.services.moves import change_lock, new_visit, wake_waiting_cancel
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import ALERT_STAFF_AFTER, LIVE, State
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.visit_changes import Change, Kind, New, takes_too_long
from moonlit.platform.outbox import emit
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task

_TASK = {Kind.CANCEL: TaskKind.CANCEL_FAILED, Kind.MOVE: TaskKind.MOVE_FAILED}
_AS_ASKED = {
    Kind.CANCEL: frozenset({State.CANCELLED, State.LATE_CANCELLED}),
    Kind.MOVE: frozenset({State.MOVED}),
}


def settle(row: Appointment, old: Change, state: State, *, problem: str, actor: Actor, now: datetime) -> bool:
    """Write the end of a change and what follows from it; False when another worker was faster. In a transaction."""
    as_asked = state in _AS_ASKED[old.kind]
    if not end(row, old, state, problem="" if as_asked else problem, actor=actor, now=now):
        return False
    if not as_asked:
        facts = {"change": old.kind.value, "state": state.value, "problem": problem}
        record(Verb.CHANGE_ABANDONED, actor=actor, subject=f"appointment:{row.pk}", facts=facts)
    close_tasks(row, TaskKind.CANCEL_FAILED, TaskKind.MOVE_FAILED, actor=actor, now=now)
    if state not in LIVE:
        visit_ended(row, actor=actor, now=now)
    # A visit that was only to replace one that is being cancelled: the patient is told once, of the one he knows.
    quiet = wake_waiting_cancel(row, now=now)
    if state in {State.CANCELLED, State.LATE_CANCELLED} and not quiet:
        emit("appointment.cancelled", row.pk, version=bump_version(row))
    if old.kind is Kind.MOVE and old.new is New.NOT_BOOKED:
        _not_moved(row, state, actor=actor, now=now)
    return True


def _not_moved(row: Appointment, state: State, *, actor: Actor, now: datetime) -> None:
    """The new time was not won: the patient hears that the old one stands, and people help him on."""
    if state is State.BOOKED and now < row.start:
        emit("appointment.change_failed", row.pk, version=bump_version(row))
    new = new_visit(row)
    if new is None or new.withdrawn_at is None:
        _task(TaskKind.MOVE_REQUESTED, row, actor=actor, now=now)


def gave_up(row: Appointment, old: Change, *, actor: Actor, now: datetime) -> bool:
    """The visit has begun and the EHR still shows it: no change is under way any more, people take over."""
    with transaction.atomic():
        change_lock(row)
        if not settle(row, old, State(row.state), problem="visit_begun", actor=actor, now=now):
            return False
        tell_staff(row, old.kind, actor=actor, now=now)
    return True


def alert_on_changes(now: datetime) -> None:
    """Staff are told of a change that the EHR has not carried out after 15 minutes (rules 4.5)."""
    under_way = Appointment.objects.exclude(change=Appointment.Change.NONE).filter(
        alerted_at=None, change_attempts__gt=0, change_asked_at__lte=now - ALERT_STAFF_AFTER
    )
    for row in under_way:
        change = change_of(row)
        if change is None or not takes_too_long(change, now):
            continue
        with transaction.atomic():
            if Appointment.objects.filter(pk=row.pk, change=row.change, alerted_at=None).update(alerted_at=now):
                tell_staff(row, change.kind, actor=SYSTEM, now=now)


def tell_staff(row: Appointment, kind: Kind, *, actor: Actor, now: datetime) -> None:
    """The patient's wish stands against what the EHR shows. The task closes itself when the EHR follows after all."""
    _task(_TASK[kind], row, actor=actor, now=now)


def _task(kind: TaskKind, row: Appointment, *, actor: Actor, now: datetime) -> None:
    open_task(
        kind,
        subject=f"appointment:{row.pk}",
        team=Team.FRONT_DESK,
        due=end_of_business_day(now, office()),
        visit_date=visit_date(row),
        actor=actor,
        now=now,
    )
