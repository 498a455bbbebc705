"""People whom we know from their chart only: for visits made in the EHR, just enough to remind them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from moonlit.people.models import Consent, Patient
from moonlit.people.services.indexes import chart_index, email_index, name_dob_index, phone_index
from moonlit.platform.crypto.fields import sealed

SOURCE = "ehr"


@dataclass(frozen=True, slots=True)
class ChartPerson:
    """Name and birth date, so that staff know whom they call; contacts, and what the chart says about using them."""

    first_name: str = field(repr=False)
    last_name: str = field(repr=False)
    date_of_birth: date = field(repr=False)
    email: str = field(repr=False)
    phone: str = field(repr=False)
    """E.164"""
    state: str
    language: str
    """BCP-47; "": the chart does not say."""
    email_agreed: bool
    sms_agreed: bool


def keep_chart_person(
    chart: str, person: ChartPerson, appointment: UUID, *, known: UUID | None, now: datetime
) -> Patient:
    """The row of a person known from the chart, made or brought up to date, and the consents for one visit.

    `known` is the row kept for the same chart before. Never merged with a row of somebody who booked here: he gave us
    his own contacts. Runs in the caller's transaction.
    """
    born = person.date_of_birth.isoformat()
    columns = {
        "first_name": person.first_name,
        "last_name": person.last_name,
        "date_of_birth": born,
        "email": person.email or None,
        "phone": person.phone or None,
        "state": person.state or None,
        "ehr_patient_id": chart,
    }
    indexes = {
        "name_dob_index": name_dob_index(person.first_name, person.last_name, born),
        "email_index": email_index(person.email) if person.email else None,
        "phone_index": phone_index(person.phone) if person.phone else None,
        "ehr_patient_index": chart_index(chart),
        "language": person.language or "en",
        "identity": Patient.Identity.MATCHED,
    }
    if known is None:
        patient = Patient.objects.create(**columns, **indexes, created_at=now)
    else:
        Patient.objects.filter(pk=known).update(**sealed(Patient, known, **columns), **indexes)
        patient = Patient.objects.get(pk=known)
    _keep_consent(patient, appointment, "sms", agreed=person.sms_agreed, now=now)
    _keep_consent(patient, appointment, "email", agreed=person.email_agreed, now=now)
    return patient


def forget_chart_consents(appointment: UUID) -> None:
    """The visit is on another chart, or turns out to be one of ours: what the chart said no longer counts for it."""
    Consent.objects.filter(appointment=appointment, source=SOURCE).delete()


def _keep_consent(patient: Patient, appointment: UUID, kind: str, *, agreed: bool, now: datetime) -> None:
    """As the chart says; but what was said to us since, by a stop word or to staff, stands."""
    state = Consent.State.GIVEN if agreed else Consent.State.REFUSED
    row = Consent.objects.filter(appointment=appointment, kind=kind).first()
    if row is None:
        Consent.objects.create(
            patient=patient, appointment=appointment, kind=kind, state=state, source=SOURCE, decided_at=now
        )
    elif row.source == SOURCE and row.state not in (state, Consent.State.REVOKED):
        Consent.objects.filter(pk=row.pk).update(patient=patient, state=state, decided_at=now)
