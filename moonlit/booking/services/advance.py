"""Push one appointment forward until it must wait: `domain.booking` decides each step, this performs it.

No transaction is open during a call to the EHR, and what is about to be done is committed before it is done, so that
after a crash at any point the row says where to go on.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment
from moonlit.booking.services.charts import (
    ChartBlocked,
    ChartLater,
    announce_block,
    keep_chart,
    restriction_on,
    secure_chart,
)
from moonlit.booking.services.freezes import thawed_for_booking
from moonlit.booking.services.imports.charts import chart_merged
from moonlit.booking.services.moves import change_lock
from moonlit.booking.services.outcome import after_settled, lock_providers, others_at_this_start
from moonlit.booking.services.puts import NO_SUCH_SLOT, NOT_THIS_CHART, Put, put
from moonlit.booking.services.state import claim, progress_of, write
from moonlit.domain.booking import (
    LEASE,
    Do,
    Progress,
    PutAnswer,
    Seen,
    State,
    after_look,
    after_put,
    begin_put,
    gave_up,
    may_still_send,
    next_step,
    postpone,
    withdraw,
)
from moonlit.ehr.port import EhrAppointment, EhrError, EhrStatus, Rejected, get_ehr
from moonlit.people.queries import person_for_chart
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger

log = get_logger(__name__)

CLOCKS_DIFFER = timedelta(seconds=1)
"""By so much a worker's clock may be behind that of whoever enqueued its job: it is early, not idle."""


def advance(appointment_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Take every step that is due. Safe to call twice, at any time, by any number of workers.

    Returns when the appointment is settled or must wait. Whoever took a step enqueues the next one for its time (a
    worker that found nothing to do does not: jobs would multiply); the sweep finds what the queue has forgotten.
    """
    took_a_step = False
    while True:
        row = Appointment.objects.select_related("location", "moved_from").filter(pk=appointment_id).first()
        if row is None or row.patient_id is None or row.notice_limit_at is None:
            return
        chart = person_for_chart(row.patient_id, row.pk).ehr_patient_id
        progress = progress_of(row, patient_known=bool(chart))
        now = clock()
        step = next_step(progress, now)
        match step.do:
            case Do.FIND_PATIENT:
                done = _find_patient(row, progress, clock)
            case Do.PUT:
                done = _begin_and_put(row, progress, chart, clock)
            case Do.LOOK:
                done = _look(row, progress, chart, clock)
            case Do.GIVE_UP:
                done = _settle(row, progress, gave_up(progress), "notice_limit", now)
            case Do.WITHDRAW:
                done = _settle(row, progress, withdraw(progress), "withdrawn", now)
            case Do.WAIT:
                if took_a_step or (step.at is not None and step.at - now <= CLOCKS_DIFFER):
                    _come_back(appointment_id, step.at)
                return
            case _:
                return
        if not done:
            return
        took_a_step = True


def _settle(row: Appointment, old: Progress, new: Progress, problem: str, now: datetime) -> bool:
    """Write a step and what follows from it; False when another worker was faster."""
    row.problem = problem
    others = others_at_this_start(row, new, now=now)
    with transaction.atomic():
        if row.moved_from_id is not None:
            change_lock(row)
        lock_providers(row, new, others)
        columns = {"problem": problem}
        if new.state is State.BOOKED:
            columns |= {"athena_appt_id": row.slot_ehr_id, "booked_at": now, "problem": ""}
            row.problem = ""
        if not write(row, old, new, actor=SYSTEM, now=now, **columns):
            return False
        after_settled(row, new, others, actor=SYSTEM, now=now)
    log.info("booking_step", appointment=str(row.pk), state=new.state.value, problem=row.problem, puts=new.puts)
    return True


def _find_patient(row: Appointment, progress: Progress, clock: Callable[[], datetime]) -> bool:
    if not claim(row, progress, clock() + LEASE):
        return False
    claimed = replace(progress, next_look_at=row.next_look_at)
    result = secure_chart(row, get_ehr(), now=clock())
    now = clock()
    if isinstance(result, ChartLater):
        later = postpone(claimed, now, retry_after=result.retry_after)
        return write(row, claimed, later, actor=SYSTEM, now=now, problem=result.problem)
    if isinstance(result, ChartBlocked):
        return _block(row, claimed, result, now)
    with transaction.atomic():
        done = write(row, claimed, replace(claimed, next_look_at=now), actor=SYSTEM, now=now, problem="")
        if done:
            keep_chart(row, result, actor=SYSTEM, now=now)
    return done


def _block(row: Appointment, old: Progress, blocked: ChartBlocked, now: datetime) -> bool:
    """Nothing more goes to the EHR until staff act; the time stays kept."""
    held = replace(old, next_look_at=row.notice_limit_at)
    with transaction.atomic():
        done = write(row, old, held, actor=SYSTEM, now=now, blocked=blocked.why, problem=blocked.why)
        if done:
            announce_block(row, blocked, actor=SYSTEM, now=now)
    return done


def _begin_and_put(row: Appointment, progress: Progress, chart: str, clock: Callable[[], datetime]) -> bool:
    now = clock()
    if stopped := restriction_on(row, chart, now=now):
        return _block(row, progress, stopped, now)
    if not thawed_for_booking(row.slot_ehr_id or "", clock=clock):
        later = postpone(progress, clock())
        return write(row, progress, later, actor=SYSTEM, now=now, problem="slot_frozen")
    now = clock()
    submitting = begin_put(progress, now)
    if not write(row, progress, submitting, actor=SYSTEM, now=now, problem=""):
        return False
    return _put(row, submitting, chart, clock)


def _put(row: Appointment, submitting: Progress, chart: str, clock: Callable[[], datetime]) -> bool:
    """Send the put that has been committed as under way, and write what its answer means."""
    sent = Put(PutAnswer.NOT_REACHED, "worker_late")
    if may_still_send(submitting, clock()):
        sent = put(row, chart)
    if sent.problem == NOT_THIS_CHART and _may_have_moved(chart):
        sent = Put(PutAnswer.NOT_REACHED, sent.problem)
    now = clock()
    new = after_put(submitting, sent.answer, now, retry_after=sent.retry_after)
    return _settle(row, submitting, new, sent.problem, now)


def _look(row: Appointment, progress: Progress, chart: str, clock: Callable[[], datetime]) -> bool:
    asked_at = clock()
    if not claim(row, progress, asked_at + LEASE):
        return False
    claimed = replace(progress, next_look_at=row.next_look_at)
    seen = _seen(row, chart)
    now = clock()
    new = after_look(claimed, seen, asked_at, now=now)
    if not _settle(row, claimed, new, f"look_{seen.name.lower()}", now):
        return False
    return _put(row, new, chart, clock) if new.state is State.SUBMITTING else True


def _seen(row: Appointment, chart: str) -> Seen:
    try:
        found = get_ehr().appointment(row.slot_ehr_id or "")
    except Rejected as fault:
        return Seen.GONE if fault.code == NO_SUCH_SLOT else Seen.UNREADABLE
    except EhrError:
        return Seen.UNREADABLE
    seen = what_was_seen(found, chart, row.pk)
    if seen is not Seen.OTHERS:
        return seen
    try:
        return Seen.OURS if _lives_on_as(chart) == found.patient_id else Seen.OTHERS
    except Rejected:
        return Seen.OTHERS  # the chart we know is no more, so this is not known to be it
    except EhrError:
        return Seen.UNREADABLE


def _lives_on_as(chart: str) -> str:
    """The chart this one was merged into, which our patients follow; else the same one. May raise EhrError."""
    found = get_ehr().current_patient_id(chart)
    if found != chart:
        chart_merged(chart, found, actor=SYSTEM)
    return found


def _may_have_moved(chart: str) -> bool:
    """Whether a chart the EHR refused was merged into another, or we cannot know: ask again with what we have then."""
    try:
        return _lives_on_as(chart) != chart
    except EhrError as fault:
        return not isinstance(fault, Rejected)


def what_was_seen(found: EhrAppointment, chart: str, appointment_id: UUID) -> Seen:
    """What a read of our slot means. A visit there of our patient is ours, and so is one with our reference: the
    EHR's staff may have merged the chart into another since.
    """
    ours = found.patient_id == chart or any(str(appointment_id) in note for note in found.notes)
    if found.status is EhrStatus.OPEN:
        return Seen.OPEN
    if found.status is EhrStatus.CANCELLED:
        return Seen.CANCELLED if ours else Seen.GONE
    return Seen.OURS if ours else Seen.OTHERS


def _come_back(appointment_id: UUID, at: datetime | None) -> None:
    from moonlit.booking.jobs import advance_booking  # the job calls this module

    if at is not None:
        enqueue(advance_booking, run_at=at, appointment=appointment_id)
