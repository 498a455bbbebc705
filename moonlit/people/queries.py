"""Reads of patients for one purpose each. Reading a person for staff is audited by the caller."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from moonlit.domain.reaching import Channel, OnFile, Requests, code_address, ways, why_no_code
from moonlit.people.models import Booker, Insurance, Patient
from moonlit.people.reach import booker_wants, ids_with_number, on_file, other_rows, requests_of, stop_of, wishes_for
from moonlit.people.topics import Topic


@dataclass(frozen=True, slots=True)
class Reachable:
    """Where messages about one appointment may go. Empty text: not there, or not allowed."""

    email: str
    sms: str
    """E.164, only when consent to texts was given."""
    language: str
    state: str
    booker_email: str
    call_only: bool = False
    """A confidential request leaves nothing that could be sent: staff call, or leave it."""
    unwanted: bool = False
    """There are contacts, and nobody agreed to this there, or somebody refused it."""


def reachable(appointment: UUID, patient_id: UUID, topic: Topic = Topic.VISITS) -> Reachable:
    """Contacts for messages on the topic about the appointment, judged now, at the time of sending (rules 4.11).

    Consents, choices by topic, and confidential requests are applied (domain.reaching).
    """
    patient = Patient.objects.get(pk=patient_id)
    booker = Booker.objects.filter(appointment=appointment).first()
    others = list(other_rows(patient))
    found = ways(
        on_file(patient, booker),
        wishes_for(patient, others, appointment, topic),
        requests_of(patient, others),
        booker_wants=booker is None or booker_wants(patient, topic),
    )
    return Reachable(
        email=found.email,
        sms=found.sms,
        language=patient.language,
        state=patient.state or "",
        booker_email=found.booker_email,
        call_only=found.call_only,
        unwanted=not (found.email or found.sms or found.booker_email or found.call_only)
        and bool(patient.email or patient.phone or (booker and booker.email)),
    )


@dataclass(frozen=True, slots=True)
class CodeWay:
    """Where a one-time code may go; when it may go nowhere, `why` is a stable code."""

    contact: str = field(default="", repr=False)
    why: str = ""
    """no_contact | stopped_contact | confidential"""


def code_contact(appointment: UUID, patient_id: UUID, *, channel: str, holder: str) -> str:
    """Where a one-time code about the appointment may go, as `code_way`; empty when there is nothing."""
    return code_way(appointment, patient_id, channel=channel, holder=holder).contact


def code_way(appointment: UUID, patient_id: UUID, *, channel: str, holder: str) -> CodeWay:
    """Where a one-time code about the appointment may go, or why nowhere: for staff, never for who asked (rules 4.8).

    `channel` is email or sms. `holder` is who got the link, patient or booker; empty, when it came with the answer of
    the booking: then whoever gets the messages. A code needs no consent to texts, it was asked for this moment (rules
    6.4), but it goes to no contact that the person asked us not to use, nor to a number that has said stop.
    """
    patient = Patient.objects.get(pk=patient_id)
    booker = Booker.objects.filter(appointment=appointment).first()
    others = list(other_rows(patient))
    requests = requests_of(patient, others)
    stop = stop_of(appointment)
    file, left_out = on_file(patient, booker), False
    if booker is not None and _reaches_booker(patient, booker, holder):
        left_out = requests.end_the_booker
        file, requests = OnFile(email=booker.email or "", phone=booker.phone or ""), Requests()
    contact = "" if left_out else code_address(Channel(channel), file, requests, stop)
    return CodeWay(contact) if contact else CodeWay(why=why_no_code(Channel(channel), file, requests, stop))


def people_with_number(number_index: bytes) -> list[Patient]:
    """Everyone whose phone, or confidential contact in force, is this number (`phone_index` of it in E.164)."""
    return list(Patient.objects.filter(pk__in=ids_with_number(number_index)).order_by("created_at", "id"))


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
