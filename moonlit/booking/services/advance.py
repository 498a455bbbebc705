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
from moonlit.booking.services.charts import ChartBlocked, ChartLater, announce_block, keep_chart, secure_chart
from moonlit.booking.services.outcome import after_settled, lock_providers, others_at_this_start
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
from moonlit.ehr.port import EhrAppointment, EhrError, EhrStatus, NotReached, Rejected, Throttled, get_ehr
from moonlit.people.queries import person_for_chart
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger

log = get_logger(__name__)

NO_SUCH_SLOT = "not_found"
"""The refusal that says the slot is no longer there; another slot would do (domain.booking.PutAnswer.TAKEN)."""
NOT_LET_IN = "forbidden"
"""Our account was refused before the request was looked at: nothing was carried out, and asking again may help."""

CLOCKS_DIFFER = timedelta(seconds=1)
"""By so much a worker's clock may be behind that of whoever enqueued its job: it is early, not idle."""


def advance(appointment_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Take every step that is due. Safe to call twice, at any time, by any number of workers.

    Returns when the appointment is settled or must wait. Whoever took a step enqueues the next one for its time (a
    worker that found nothing to do does not: jobs would multiply); the sweep finds what the queue has forgotten.
    """
    took_a_step = False
    while True:
        row = Appointment.objects.select_related("location").filter(pk=appointment_id).first()
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
        lock_providers(row, others)
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
    result = secure_chart(row, get_ehr())
    now = clock()
    if isinstance(result, ChartLater):
        later = postpone(claimed, now, retry_after=result.retry_after)
        return write(row, claimed, later, actor=SYSTEM, now=now, problem=result.problem)
    with transaction.atomic():
        if isinstance(result, ChartBlocked):
            held = replace(claimed, next_look_at=row.notice_limit_at)
            done = write(row, claimed, held, actor=SYSTEM, now=now, blocked=result.why, problem=result.why)
            if done:
                announce_block(row, result, actor=SYSTEM, now=now)
        else:
            done = write(row, claimed, replace(claimed, next_look_at=now), actor=SYSTEM, now=now, problem="")
            if done:
                keep_chart(row, result, actor=SYSTEM, now=now)
    return done


def _begin_and_put(row: Appointment, progress: Progress, chart: str, clock: Callable[[], datetime]) -> bool:
    now = clock()
    submitting = begin_put(progress, now)
    if not write(row, progress, submitting, actor=SYSTEM, now=now, problem=""):
        return False
    return _put(row, submitting, chart, clock)


def _put(row: Appointment, submitting: Progress, chart: str, clock: Callable[[], datetime]) -> bool:
    """Send the put that has been committed as under way, and write what its answer means."""
    retry_after: timedelta | None = None
    problem = ""
    if not may_still_send(submitting, clock()):
        answer = PutAnswer.NOT_REACHED
        problem = "worker_late"
    else:
        try:
            booked = get_ehr().book(
                slot_id=row.slot_ehr_id or "",
                patient_id=chart,
                reason_id=row.ehr_reason_id,
                department_id=row.location.ehr_department_id or "",
                note=booking_note(row.pk),
            )
            ours = booked.status is EhrStatus.BOOKED and booked.patient_id == chart
            answer = PutAnswer.BOOKED if ours else PutAnswer.UNCLEAR
        except Throttled as fault:
            answer, problem = PutAnswer.NOT_REACHED, "ehr_throttled"
            retry_after = timedelta(seconds=fault.retry_after)
        except NotReached:
            answer, problem = PutAnswer.NOT_REACHED, "ehr_not_reached"
        except Rejected as fault:
            meaning = {NO_SUCH_SLOT: PutAnswer.TAKEN, NOT_LET_IN: PutAnswer.NOT_REACHED}
            answer = meaning.get(fault.code, PutAnswer.REFUSED)
            problem = f"ehr_{fault.code}"[:40]
        except Exception as fault:  # noqa: BLE001  whatever it was, the put may have been stored: look
            answer, problem = PutAnswer.UNCLEAR, "ehr_unclear"
            if not isinstance(fault, EhrError):
                log.error("booking_put_unexpected", appointment=str(row.pk), error=type(fault).__name__)
    now = clock()
    return _settle(row, submitting, after_put(submitting, answer, now, retry_after=retry_after), problem, now)


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
    return what_was_seen(found, chart, row.pk)


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


def booking_note(appointment_id: UUID) -> str:
    """Our reference in the EHR's note; no personal data."""
    return f"Moonlit booking {appointment_id}"


def _come_back(appointment_id: UUID, at: datetime | None) -> None:
    from moonlit.booking.jobs import advance_booking  # the job calls this module

    if at is not None:
        enqueue(advance_booking, run_at=at, appointment=appointment_id)
