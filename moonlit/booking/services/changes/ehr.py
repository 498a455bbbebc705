"""The two calls of a change to the EHR, and what their answers mean."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Q

from moonlit.booking.models import Appointment
from moonlit.booking.services.puts import NO_SUCH_SLOT, NOT_LET_IN, booking_note
from moonlit.domain.visit_changes import PutAnswer, Seen
from moonlit.ehr.port import (
    AlreadyDone,
    EhrAppointment,
    EhrError,
    EhrStatus,
    NotReached,
    Rejected,
    Throttled,
    get_ehr,
)
from moonlit.platform.log import get_logger

log = get_logger(__name__)

_LOOK_AT_IT = frozenset({"not_booked", "patient_refused", NO_SUCH_SLOT})
"""Refusals after which the visit itself tells more: gone, checked in, or its chart merged into another."""
_SEEN = {
    EhrStatus.OPEN: Seen.RELEASED,
    EhrStatus.BOOKED: Seen.BOOKED,
    EhrStatus.CHECKED_IN: Seen.CHECKED_IN,
    EhrStatus.CHECKED_OUT: Seen.COMPLETED,
    EhrStatus.CHARGE_ENTERED: Seen.COMPLETED,
}


def send_cancel(row: Appointment, patient_id: str) -> tuple[PutAnswer, str, timedelta | None]:
    """Ask the EHR to cancel; the answer, what stopped it, and how long to leave the EHR alone."""
    try:
        get_ehr().cancel(
            appointment_id=row.athena_appt_id or "",
            patient_id=patient_id or _chart(row),
            reason=booking_note(row.pk),
        )
    except Throttled as fault:
        return PutAnswer.NOT_REACHED, "ehr_throttled", timedelta(seconds=fault.retry_after)
    except NotReached:
        return PutAnswer.NOT_REACHED, "ehr_not_reached", None
    except AlreadyDone:
        return PutAnswer.NOT_BOOKED, "ehr_already_done", None
    except Rejected as fault:
        answer = PutAnswer.NOT_REACHED if fault.code == NOT_LET_IN else PutAnswer.REFUSED
        return PutAnswer.NOT_BOOKED if fault.code in _LOOK_AT_IT else answer, f"ehr_{fault.code}"[:40], None
    except Exception as fault:  # noqa: BLE001  whatever it was, the cancel may have been carried out: look
        if not isinstance(fault, EhrError):
            log.error("change_put_unexpected", appointment=str(row.pk), error=type(fault).__name__)
        return PutAnswer.UNCLEAR, "ehr_unclear", None
    return PutAnswer.RELEASED, "", None


def what_was_seen(row: Appointment) -> tuple[Seen, str]:
    """What the EHR shows under the visit's id, and the chart it stands on ("" when it could not be read)."""
    try:
        found = get_ehr().appointment(row.athena_appt_id or "")
    except Rejected as fault:
        return (Seen.RELEASED if fault.code == NO_SUCH_SLOT else Seen.UNREADABLE), ""
    except EhrError:
        return Seen.UNREADABLE, ""
    try:
        ours = _is_ours(row, found)
    except Rejected:
        ours = False  # the chart we know is no more and nobody tells where it went: people look
    except EhrError:
        return Seen.UNREADABLE, ""
    if found.status is EhrStatus.CANCELLED:
        return _seen_cancelled(row, found), found.patient_id
    if found.status is not EhrStatus.OPEN and not ours:
        return Seen.OTHERS, ""
    return _SEEN[found.status], found.patient_id


def _seen_cancelled(row: Appointment, found: EhrAppointment) -> Seen:
    to = found.rescheduled_to
    # A move of ours that we gave up may have landed after all; then that visit stands, unless we saw it cancelled too.
    known = Q(booked_at__isnull=False) | Q(problem="look_cancelled")
    if to and not row.moves.filter(known, slot_ehr_id=to).exists():
        return Seen.ELSEWHERE
    return Seen.NO_SHOW if found.no_show else Seen.RELEASED


def _is_ours(row: Appointment, found: EhrAppointment) -> bool:
    """By chart, or because the EHR's staff have merged the chart into that one. Our reference counts only where no
    chart is known: staff may have put the visit on another person's.
    """
    chart = _chart(row)
    if not chart:
        return any(str(row.pk) in note for note in found.notes)
    if found.patient_id == chart:
        return True
    return bool(found.patient_id) and get_ehr().current_patient_id(chart) == found.patient_id


def _chart(row: Appointment) -> str:
    """The chart the visit was booked on, as we know it; an imported visit brings its own."""
    return (row.patient.ehr_patient_id if row.patient else None) or row.ehr_patient_id or ""
