"""Whom to remind of a visit that was made in the EHR: its chart is asked, shortly before, never kept up to date."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.booking.models import Appointment
from moonlit.booking.services.puts import NOT_LET_IN
from moonlit.domain.booking import LIVE
from moonlit.ehr.port import EhrError, EhrPatient, Rejected, get_ehr
from moonlit.people.services import ChartPerson, keep_chart_person
from moonlit.platform.db import advisory_lock
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger

log = get_logger(__name__)


def ask_for_contact(appointment_id: UUID, *, now: datetime) -> None:
    """Have the chart of an imported visit read, in the background; the caller says how often."""
    from moonlit.booking.jobs import read_contact_of  # the job calls the services

    with transaction.atomic():
        if Appointment.objects.filter(pk=appointment_id, origin=Appointment.Origin.EHR).update(contact_asked_at=now):
            enqueue(read_contact_of, appointment=appointment_id)


def read_contact(appointment_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Keep what the chart says now: name, contacts, language, and which messages its patient agreed to.

    A chart that the EHR does not know, or whose birth date is junk, names nobody. When the EHR does not answer, nothing
    is changed, and whoever needs the contact asks again.
    """
    row = Appointment.objects.filter(pk=appointment_id, origin=Appointment.Origin.EHR).first()
    if row is None or row.state not in LIVE:
        return
    chart, index = row.ehr_patient_id or "", row.ehr_patient_index
    try:
        found = get_ehr().patient(chart, in_no_hurry=True) if chart else None
    except Rejected as fault:
        if fault.code == NOT_LET_IN:
            log.warning("contact_not_read", appointment=str(row.pk), error=fault.code)
            return
        found = None
    except EhrError as fault:
        log.warning("contact_not_read", appointment=str(row.pk), error=type(fault).__name__)
        return
    now = clock()
    with transaction.atomic():
        advisory_lock("chart", chart)  # two visits of one person are one row in people
        unchanged = Appointment.objects.filter(pk=row.pk, origin=Appointment.Origin.EHR, ehr_patient_index=index)
        if not unchanged.update(contact_read_at=now):
            return  # put on another chart, or taken over as one of ours, meanwhile
        person = _person(found)
        kept = keep_chart_person(chart, person, row.pk, known=_known(index), now=now) if person else None
        unchanged.update(patient=kept)


def _known(index: bytes | None) -> UUID | None:
    """The person of another imported visit on the same chart; nobody who booked here: he gave us his own contacts."""
    others = Appointment.objects.filter(origin=Appointment.Origin.EHR, ehr_patient_index=index, patient__isnull=False)
    return others.values_list("patient_id", flat=True).first() if index else None


def _person(found: EhrPatient | None) -> ChartPerson | None:
    details = found.details if found else None
    if found is None or details is None:
        return None
    return ChartPerson(
        first_name=details.first_name,
        last_name=details.last_name,
        date_of_birth=details.date_of_birth,
        email=details.email,
        phone=details.phone,
        state=details.state,
        language=details.language,
        email_agreed=found.consent.email,
        sms_agreed=found.consent.sms,
    )
