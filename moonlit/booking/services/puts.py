"""The one write that wins a time in the EHR: a booking, or the EHR's own move of a visit (rules 4.5, 4.10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from moonlit.booking.models import Appointment
from moonlit.domain.booking import PutAnswer
from moonlit.ehr.port import (
    EhrAppointment,
    EhrError,
    EhrStatus,
    NotReached,
    Rejected,
    Throttled,
    get_ehr,
)
from moonlit.platform.log import get_logger
from moonlit.practice.queries import message_owner

log = get_logger(__name__)

NO_SUCH_SLOT = "not_found"
"""The refusal that says the slot is no longer there; another slot would do (domain.booking.PutAnswer.TAKEN)."""
NOT_LET_IN = "forbidden"
"""Our account was refused before the request was looked at: nothing was carried out, and asking again may help."""
NOT_THIS_CHART = "ehr_patient_refused"
"""`problem` when the EHR does not take the chart: it may have been merged into another."""
BOOK_INSTEAD = "book_instead"
"""`change_problem` of the old visit once the EHR has refused to move it: book the new one, cancel the old one."""


@dataclass(frozen=True, slots=True)
class Put:
    """What came back, what stopped it, and how long to leave the EHR alone."""

    answer: PutAnswer
    problem: str = ""
    retry_after: timedelta | None = None


def put(row: Appointment, chart: str) -> Put:
    """Send the put that has been committed as under way. Never raises: what is not clear is UNCLEAR."""
    try:
        found = _move(row, chart) if _is_move(row) else _book(row, chart)
    except Throttled as fault:
        return Put(PutAnswer.NOT_REACHED, "ehr_throttled", timedelta(seconds=fault.retry_after))
    except NotReached:
        return Put(PutAnswer.NOT_REACHED, "ehr_not_reached")
    except Rejected as fault:
        return _refused(row, fault)
    except Exception as fault:  # noqa: BLE001  whatever it was, the put may have been stored: look
        if not isinstance(fault, EhrError):
            log.error("booking_put_unexpected", appointment=str(row.pk), error=type(fault).__name__)
        return Put(PutAnswer.UNCLEAR, "ehr_unclear")
    ours = found.status is EhrStatus.BOOKED and found.patient_id == chart and found.id == row.slot_ehr_id
    return Put(PutAnswer.BOOKED if ours else PutAnswer.UNCLEAR)


def booking_note(appointment_id: UUID) -> str:
    """Our reference in the EHR's note; no personal data."""
    return f"Moonlit booking {appointment_id}"


def _book(row: Appointment, chart: str) -> EhrAppointment:
    return get_ehr().book(
        slot_id=row.slot_ehr_id or "",
        patient_id=chart,
        reason_id=row.ehr_reason_id,
        department_id=row.location.ehr_department_id or "",
        note=booking_note(row.pk),
        suppress_confirmation=message_owner("confirmation") != "ehr",
    )


def _move(row: Appointment, chart: str) -> EhrAppointment:
    old = row.moved_from
    return get_ehr().reschedule(
        appointment_id=(old.athena_appt_id if old else None) or "",
        new_slot_id=row.slot_ehr_id or "",
        patient_id=chart,
        reason_id=row.ehr_reason_id,
        reason=booking_note(row.pk),
    )


def _is_move(row: Appointment) -> bool:
    """Whether the EHR's own move is to be tried: not once it has refused to move the old visit."""
    old = row.moved_from
    return old is not None and old.change == Appointment.Change.MOVE and old.change_problem != BOOK_INSTEAD


def _refused(row: Appointment, fault: Rejected) -> Put:
    problem = f"ehr_{fault.code}"[:40]
    if fault.code == NOT_LET_IN:
        return Put(PutAnswer.NOT_REACHED, problem)
    if _is_move(row) and problem != NOT_THIS_CHART:
        return _move_refused(row, problem)
    return Put(PutAnswer.TAKEN if fault.code == NO_SUCH_SLOT else PutAnswer.REFUSED, problem)


def _move_refused(row: Appointment, problem: str) -> Put:
    """The EHR will not move the old visit (nothing was carried out): what has become of it?

    Begun, or moved by the front desk itself: the patient's move comes to nothing. Otherwise, the next put books the new
    time by itself.
    """
    old = row.moved_from
    if old is None:
        return Put(PutAnswer.REFUSED, problem)
    try:
        found = get_ehr().appointment(old.athena_appt_id or "")
    except Rejected as fault:
        if fault.code == NOT_LET_IN:
            return Put(PutAnswer.NOT_REACHED, "ehr_forbidden")
    except EhrError:
        return Put(PutAnswer.NOT_REACHED, "old_visit_unreadable")
    else:
        if found.status not in {EhrStatus.BOOKED, EhrStatus.CANCELLED}:
            return Put(PutAnswer.REFUSED, "old_visit_begun")
        if found.rescheduled_to == row.slot_ehr_id:
            return Put(PutAnswer.UNCLEAR, problem)
        if found.rescheduled_to:
            return Put(PutAnswer.REFUSED, "old_visit_moved_elsewhere")
    Appointment.objects.filter(pk=old.pk, change=Appointment.Change.MOVE).update(change_problem=BOOK_INSTEAD)
    return Put(PutAnswer.NOT_REACHED, problem)
