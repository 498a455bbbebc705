"""Verbs that store what a booking tells of a person. They run inside its transaction; the booking writes the audit."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from django.db import models

from moonlit.people.inputs import BookerInput, ConsentInput, ContactInput, InsuranceInput, PatientInput
from moonlit.people.models import AddedDetails, Booker, Consent, Insurance, Patient, RoiContact
from moonlit.people.services.indexes import email_index, name_dob_index, phone_index
from moonlit.platform.crypto.blind import blind_index


def add_patient(patient: PatientInput, *, now: datetime) -> Patient:
    """Store a person as described. Never merged with another row here: a match is proven later (rules 4.8)."""
    born = patient.date_of_birth.isoformat()
    return Patient.objects.create(
        first_name=patient.first_name,
        last_name=patient.last_name,
        preferred_name=patient.preferred_name,
        date_of_birth=born,
        sex=patient.sex,
        email=patient.email,
        phone=patient.phone,
        state=patient.state,
        address=patient.address.model_dump() if patient.address else None,
        language=patient.language,
        interpreter_needed=patient.interpreter_needed,
        name_dob_index=name_dob_index(patient.first_name, patient.last_name, born),
        email_index=email_index(patient.email) if patient.email else None,
        phone_index=phone_index(patient.phone) if patient.phone else None,
        created_at=now,
    )


def add_insurances(
    patient: Patient, appointment: UUID, insurances: Sequence[InsuranceInput], *, medicaid: frozenset[str]
) -> None:
    """Store the policies in order, Medicaid always last (rules 4.12). `medicaid` holds the codes of such payers."""
    ordered = sorted(insurances, key=lambda insurance: insurance.payer in medicaid)
    Insurance.objects.bulk_create(
        Insurance(
            patient=patient,
            appointment=appointment,
            sequence=number,
            payer_code=insurance.payer,
            plan=insurance.plan,
            member_id=insurance.member_id,
            member_id_index=blind_index("insurance.member_id", insurance.member_id) if insurance.member_id else None,
            group_number=insurance.group_number,
            relationship=insurance.relationship,
            subscriber=insurance.subscriber.model_dump(mode="json") if insurance.subscriber else None,
        )
        for number, insurance in enumerate(ordered, start=1)
    )


def add_contacts(patient: Patient, appointment: UUID, contacts: Sequence[ContactInput], *, now: datetime) -> None:
    """Store who may be told. Unsigned, a row releases nothing (rules 4.11)."""
    RoiContact.objects.bulk_create(
        RoiContact(patient=patient, appointment=appointment, granted_at=now, **contact.model_dump())
        for contact in contacts
    )


def add_consents(
    patient: Patient,
    appointment: UUID,
    consents: Sequence[ConsentInput],
    *,
    by_patient: bool,
    source: str,
    now: datetime,
) -> None:
    """Store what was agreed to. `by_patient`: by the patient himself, of age; else it stays to be signed (4.11)."""

    def state(consent: ConsentInput) -> Consent.State:
        if not by_patient:
            return Consent.State.TO_BE_SIGNED
        return Consent.State.GIVEN if consent.granted else Consent.State.REFUSED

    Consent.objects.bulk_create(
        Consent(
            patient=patient,
            appointment=appointment,
            kind=consent.kind,
            version=consent.version,
            state=state(consent),
            source=source,
            decided_at=now,
            signer_name=full_name(patient) if state(consent) is Consent.State.GIVEN else None,
        )
        for consent in consents
    )


def add_booker(patient: Patient, appointment: UUID, booker: BookerInput) -> None:
    """Store who booked, when it was somebody else."""
    if booker.kind == "self":
        return
    Booker.objects.create(
        patient=patient,
        appointment=appointment,
        kind=booker.kind,
        name=booker.name,
        email=booker.email,
        phone=booker.phone,
        organization=booker.organization,
        messages_to=booker.messages_to,
    )


def carry_over(old: UUID, new: UUID) -> None:
    """Give a visit that replaces another everything that was given along with the old one (rules 4.10): insurances,
    consents, contacts, who booked and what was added later. The old visit keeps its own rows. A repeated call does
    nothing.
    """
    for model in (Insurance, Consent, RoiContact, Booker, AddedDetails):
        if not model.objects.filter(appointment=new).exists():
            model.objects.bulk_create(_copied(row, new) for row in model.objects.filter(appointment=old))


def full_name(patient: Patient) -> str:
    return f"{patient.first_name} {patient.last_name}"


def _copied(row: models.Model, appointment: UUID) -> Any:
    """The same row under a new key: encrypted columns are read here and sealed anew for it."""
    values = {field.attname: getattr(row, field.attname) for field in row._meta.concrete_fields}  # noqa: SLF001
    return type(row)(**(values | {"id": uuid4(), "appointment": appointment}))
