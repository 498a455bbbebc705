"""Reads of patients for one purpose each. Reading a person for staff is audited by the caller."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from moonlit.people.models import Booker, Consent, Insurance, Patient


@dataclass(frozen=True, slots=True)
class Reachable:
    """Where messages about one appointment may go. Empty text: not there, or not allowed."""

    email: str
    sms: str
    """E.164, only when consent to texts was given."""
    language: str
    state: str
    booker_email: str


def reachable(appointment: UUID, patient_id: UUID) -> Reachable:
    """Contacts for messages about the appointment, consent judged now, at the time of sending (rules 4.11)."""
    patient = Patient.objects.get(pk=patient_id)
    booker = Booker.objects.filter(appointment=appointment).first()
    to_patient = booker is None or booker.messages_to in {Booker.MessagesTo.PATIENT, Booker.MessagesTo.BOTH}
    to_booker = booker is not None and booker.messages_to in {Booker.MessagesTo.BOOKER, Booker.MessagesTo.BOTH}
    texts = Consent.objects.filter(appointment=appointment, kind="sms", state=Consent.State.GIVEN).exists()
    # A person without phone or e-mail books with a named contact, who then is the only way to tell anybody.
    only_booker = booker is not None and not (patient.email or patient.phone)
    return Reachable(
        email=(patient.email or "") if to_patient else "",
        sms=(patient.phone or "") if to_patient and texts else "",
        language=patient.language,
        state=patient.state or "",
        booker_email=(booker.email or "") if booker is not None and (to_booker or only_booker) else "",
    )


def code_contact(appointment: UUID, patient_id: UUID, *, channel: str, holder: str) -> str:
    """Where a one-time code about the appointment may go: as typed for this booking; empty when there is nothing.

    `channel` is email or sms. `holder` is who got the link, patient or booker; empty, when it came with the answer of
    the booking: then whoever gets the messages. A code needs no consent to texts, it was asked for this moment (rules
    6.4), but a number that has said stop gets none.
    """
    patient = Patient.objects.get(pk=patient_id)
    booker = Booker.objects.filter(appointment=appointment).first()
    to_booker = booker is not None and _reaches_booker(patient, booker, holder)
    email, phone = (booker.email, booker.phone) if booker is not None and to_booker else (patient.email, patient.phone)
    if channel == "email":
        return email or ""
    stopped = Consent.objects.filter(appointment=appointment, kind="sms", state=Consent.State.REVOKED).exists()
    return "" if stopped else phone or ""


def proves_the_patient(appointment: UUID, patient_id: UUID, *, holder: str) -> bool:
    """Whether a code about the appointment goes to the patient, so that who enters it is the patient; else it is who
    booked. `holder` as for `code_contact`.
    """
    booker = Booker.objects.filter(appointment=appointment).first()
    return booker is None or not _reaches_booker(Patient.objects.get(pk=patient_id), booker, holder)


def _reaches_booker(patient: Patient, booker: Booker, holder: str) -> bool:
    if holder == "patient":
        return False
    no_other_way = not (patient.email or patient.phone)
    return holder == "booker" or booker.messages_to == Booker.MessagesTo.BOOKER or no_other_way


@dataclass(frozen=True, slots=True)
class PersonForChart:
    """What is compared with, or written to, a chart."""

    first_name: str
    last_name: str
    date_of_birth: date
    sex: str
    email: str
    phone: str
    street: str
    city: str
    state: str
    zip: str
    language: str
    member_ids: tuple[str, ...]
    ehr_patient_id: str
    identity: str


def person_for_chart(patient_id: UUID, appointment: UUID) -> PersonForChart:
    patient = Patient.objects.get(pk=patient_id)
    address = patient.address or {}
    members = [row.member_id for row in Insurance.objects.filter(appointment=appointment) if row.member_id]
    return PersonForChart(
        first_name=patient.first_name,
        last_name=patient.last_name,
        date_of_birth=date.fromisoformat(patient.date_of_birth),
        sex=patient.sex if patient.sex in {"female", "male"} else "",
        email=patient.email or "",
        phone=patient.phone or "",
        street=address.get("line1") or "",
        city=address.get("city") or "",
        state=address.get("state") or "",
        zip=address.get("zip") or "",
        language=patient.language,
        member_ids=tuple(members),
        ehr_patient_id=patient.ehr_patient_id or "",
        identity=patient.identity,
    )


def display_names(patient_ids: list[UUID]) -> dict[UUID, str]:
    """Legal names for a staff list; the caller audits whom it shows."""
    return {row.pk: f"{row.first_name} {row.last_name}" for row in Patient.objects.filter(pk__in=patient_ids)}
