"""What staff may see of one person. The caller audits whom it shows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from moonlit.people.models import Booker, Consent, Insurance, Patient, RoiContact


@dataclass(frozen=True, slots=True)
class Policy:
    sequence: int
    payer: str
    plan: str
    member_id: str
    group_number: str
    relationship: str
    subscriber: dict[str, Any]
    verification: str
    """As checked, not as it counts on the day of the visit (domain.readiness)."""
    verified_on: date | None


@dataclass(frozen=True, slots=True)
class Contact:
    name: str
    relationship: str
    organization: str
    email: str
    phone: str
    scope: str
    expires_on: date | None
    signed_at: datetime | None
    """None: nothing may be released to this contact yet (rules 4.11)."""
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Agreement:
    kind: str
    version: str
    state: str
    source: str
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class BookedBy:
    kind: str
    name: str
    email: str
    phone: str
    organization: str
    messages_to: str
    authority: str
    """What staff have seen that lets this person act for the patient; "" for nothing."""
    authority_until: date | None


@dataclass(frozen=True, slots=True)
class PatientRecord:
    """A patient as described for one appointment, with what was given along with it."""

    id: UUID
    name: str
    preferred_name: str
    date_of_birth: date
    sex: str
    email: str
    phone: str
    state: str
    address: str
    language: str
    interpreter_needed: bool
    identity: str
    ehr_patient_id: str
    policies: tuple[Policy, ...]
    contacts: tuple[Contact, ...]
    consents: tuple[Agreement, ...]
    booked_by: BookedBy | None
    """None: the patient."""


def patient_record(patient_id: UUID, appointment: UUID, *, payers: Mapping[str, str]) -> PatientRecord:
    """The patient, and what belongs to this appointment. `payers` maps codes to names. Raises Patient.DoesNotExist."""
    patient = Patient.objects.get(pk=patient_id)
    address = patient.address or {}
    street_and_city = ", ".join(filter(None, (address.get("line1"), address.get("city"))))
    state_and_zip = " ".join(filter(None, (address.get("state"), address.get("zip"))))
    booker = Booker.objects.filter(appointment=appointment).first()
    return PatientRecord(
        id=patient.pk,
        name=f"{patient.first_name} {patient.last_name}",
        preferred_name=patient.preferred_name or "",
        date_of_birth=date.fromisoformat(patient.date_of_birth),
        sex=patient.sex or "",
        email=patient.email or "",
        phone=patient.phone or "",
        state=patient.state or "",
        address=", ".join(filter(None, (street_and_city, state_and_zip))),
        language=patient.language,
        interpreter_needed=patient.interpreter_needed,
        identity=patient.identity,
        ehr_patient_id=patient.ehr_patient_id or "",
        policies=tuple(
            _policy(row, payers) for row in Insurance.objects.filter(appointment=appointment).order_by("sequence")
        ),
        contacts=tuple(
            _contact(row) for row in RoiContact.objects.filter(appointment=appointment).order_by("granted_at", "id")
        ),
        consents=tuple(
            Agreement(row.kind, row.version, row.state, row.source, row.decided_at)
            for row in Consent.objects.filter(appointment=appointment).order_by("kind")
        ),
        booked_by=_booked_by(booker) if booker else None,
    )


def _policy(row: Insurance, payers: Mapping[str, str]) -> Policy:
    return Policy(
        sequence=row.sequence,
        payer=payers.get(row.payer_code, row.payer_code),
        plan=row.plan or "",
        member_id=row.member_id or "",
        group_number=row.group_number or "",
        relationship=row.relationship,
        subscriber=row.subscriber or {},
        verification=row.verification,
        verified_on=row.verified_on,
    )


def _contact(row: RoiContact) -> Contact:
    return Contact(
        name=row.name,
        relationship=row.relationship or "",
        organization=row.organization or "",
        email=row.email or "",
        phone=row.phone or "",
        scope=row.scope,
        expires_on=row.expires_on,
        signed_at=row.signed_at,
        revoked_at=row.revoked_at,
    )


def _booked_by(row: Booker) -> BookedBy:
    return BookedBy(
        kind=row.kind,
        name=row.name,
        email=row.email or "",
        phone=row.phone or "",
        organization=row.organization or "",
        messages_to=row.messages_to,
        authority=row.authority or "",
        authority_until=row.authority_until,
    )
