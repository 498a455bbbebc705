"""Push one change forward until it must wait: `domain.visit_changes` decides each step, this performs it.

As in `advance`: no transaction is open during a call to the EHR, and what is about to be done is committed before it is
done.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment
from moonlit.booking.services.changes.ehr import send_cancel, what_was_seen
from moonlit.booking.services.changes.settle import gave_up, settle, tell_staff
from moonlit.booking.services.changes.state import change_of, save
from moonlit.booking.services.moves import change_lock
from moonlit.domain.visit_changes import (
    After,
    Change,
    Do,
    PutAnswer,
    after_look,
    after_put,
    begin_look,
    begin_put,
    may_still_send,
    next_step,
)
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger

log = get_logger(__name__)

CLOCKS_DIFFER = timedelta(seconds=1)
"""By so much a worker's clock may be behind that of whoever enqueued its job: it is early, not idle."""


def advance_change(appointment_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Take every step of the change that is due. Safe to call twice, at any time, by any number of workers.

    Whoever took a step enqueues the next one for its time; the sweep finds what the queue has forgotten.
    """
    took_a_step = False
    while True:
        row = Appointment.objects.select_related("location", "patient").filter(pk=appointment_id).first()
        change = change_of(row) if row is not None else None
        if row is None or change is None:
            return
        now = clock()
        step = next_step(change, now)
        match step.do:
            case Do.PUT_CANCEL:
                begun = begin_put(change, now)
                done = save(row, change, begun) and _send(row, begun, "", clock)
            case Do.LOOK:
                done = _look(row, change, clock)
            case Do.GIVE_UP:
                done = gave_up(row, change, actor=SYSTEM, now=now)
            case Do.WAIT_FOR_NEW:
                if change.next_at is None or change.next_at <= now:
                    save(row, change, replace(change, next_at=step.at))
                return
            case _:
                if took_a_step or (step.at is not None and step.at - now <= CLOCKS_DIFFER):
                    _come_back(appointment_id, step.at)
                return
        if not done:
            return
        took_a_step = True


def _send(row: Appointment, begun: Change, patient_id: str, clock: Callable[[], datetime]) -> bool:
    """Send the cancel that has been committed as under way, and write what its answer means.

    `patient_id` is the chart the EHR showed for the visit; "" means the one we know.
    """
    retry_after: timedelta | None = None
    if may_still_send(begun, clock()):
        answer, problem, retry_after = send_cancel(row, patient_id)
    else:
        answer, problem = PutAnswer.NOT_REACHED, "worker_late"
    now = clock()
    return _apply(row, begun, after_put(begun, answer, now, retry_after=retry_after), problem, now)


def _look(row: Appointment, change: Change, clock: Callable[[], datetime]) -> bool:
    begun = begin_look(change, clock())
    if not save(row, change, begun):
        return False
    seen, patient_id = what_was_seen(row)
    now = clock()
    after = after_look(begun, seen, now)
    if not _apply(row, begun, after, f"look_{seen.name.lower()}", now):
        return False
    return _send(row, after.change, patient_id, clock) if after.put_again else True


def _apply(row: Appointment, old: Change, after: After, problem: str, now: datetime) -> bool:
    with transaction.atomic():
        if after.ends_as is not None:
            change_lock(row)
            done = settle(row, old, after.ends_as, problem=problem, actor=SYSTEM, now=now)
        else:
            done = save(row, old, after.change, change_problem=problem)
        if done and after.needs_staff:
            tell_staff(row, old.kind, actor=SYSTEM, now=now)
    if done:
        log.info("change_step", appointment=str(row.pk), kind=old.kind.value, state=row.state, problem=problem)
    return done


def _come_back(appointment_id: UUID, at: datetime | None) -> None:
    from moonlit.booking.jobs import advance_change_of  # the job calls this module

    if at is not None:
        enqueue(advance_change_of, run_at=at, appointment=appointment_id)
