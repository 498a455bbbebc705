"""What `moonlit.domain.reaching` decides on, read from our tables: contacts, consents, choices, confidential requests.

A person is one row per booking. The other rows of the same person count too, but only take away; and since whoever
knows a name, a birth date and one contact can add such a row, they take away only what its writer may speak for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from uuid import UUID

from django.db.models import Q, QuerySet

from moonlit.domain.consents import of_age
from moonlit.domain.reaching import SENT, Channel, OnFile, Request, Requests, Said, Wishes
from moonlit.people.models import Booker, ConfidentialContact, Consent, MessagePreference, Patient
from moonlit.people.topics import Topic

BOOKER = "booker"
"""`decided_by` of a choice by who booked: about the messages to the booker only. All others are the patient's."""
_SURE = (Patient.Identity.MATCHED, Patient.Identity.CREATED)


def other_rows(patient: Patient) -> QuerySet[Patient]:
    """The person's further rows: on the same chart, surely; or of the same name and birth date with a contact shared.

    A contact alone never tells (rules 4.8): one case manager's e-mail serves many.
    """
    same = Q(pk__in=[])
    if patient.ehr_patient_index and patient.identity in _SURE:
        same |= Q(ehr_patient_index=patient.ehr_patient_index, identity__in=_SURE)
    shared = Q(pk__in=[])
    if patient.email_index:
        shared |= Q(email_index=patient.email_index)
    if patient.phone_index:
        shared |= Q(phone_index=patient.phone_index)
    if patient.name_dob_index:
        same |= Q(name_dob_index=patient.name_dob_index) & shared
    return Patient.objects.filter(same).exclude(pk=patient.pk)


def ids_with_number(number_index: bytes) -> set[UUID]:
    """The rows whose phone, or confidential contact in force, is this number (`phone_index` of it in E.164). Two
    questions with an index each: as one, joined by OR, they read every patient.
    """
    asked = ConfidentialContact.objects.filter(address_index=number_index, ended_at=None).values_list("patient")
    phones = Patient.objects.filter(phone_index=number_index).values_list("pk")
    return {pk for (pk,) in phones.union(asked)}


def on_file(patient: Patient, booker: Booker | None) -> OnFile:
    """The contacts of a visit, and who is to hear of it (rules 4.11)."""
    to = booker.messages_to if booker else Booker.MessagesTo.PATIENT
    # A person without phone or e-mail books with a named contact, who then is the only way to tell anybody.
    only_booker = booker is not None and not (patient.email or patient.phone)
    return OnFile(
        email=patient.email or "",
        phone=patient.phone or "",
        booker_email=(booker.email or "") if booker else "",
        to_patient=to != Booker.MessagesTo.BOOKER,
        to_booker=to != Booker.MessagesTo.PATIENT or only_booker,
    )


def requests_of(patient: Patient, others: Collection[Patient]) -> Requests:
    """The confidential requests in force that concern the person."""
    rows = {each.pk: each for each in (patient, *others)}
    live = ConfidentialContact.objects.filter(patient__in=list(rows), ended_at=None).order_by("set_at", "id")
    used = contacts_in_use(patient) if others else {}
    found = {row.patient_id: _request(row, rows[row.patient_id], used) for row in live}
    return Requests(own=found.pop(patient.pk, None), elsewhere=tuple(found.values()))


def contacts_in_use(patient: Patient) -> dict[Channel, bytes]:
    """Blind indexes of where messages to the person go, by channel: of the contact on file, or of the other one that a
    confidential request in force names.
    """
    used = {Channel.EMAIL: patient.email_index, Channel.SMS: patient.phone_index}
    asked = ConfidentialContact.objects.filter(patient=patient.pk, ended_at=None, address_index__isnull=False)
    used |= {Channel(row.channel): row.address_index for row in asked}
    return {channel: bytes(index) for channel, index in used.items() if index}


def wishes_for(patient: Patient, others: Collection[Patient], appointment: UUID, topic: Topic) -> dict[Channel, Wishes]:
    """What was said about messages on a topic to the patient, by channel."""
    consents = consents_to_messages(appointment)
    own = latest_choices([patient.pk], topic)
    refused = {row.channel for row in refusals_elsewhere(patient, others, topic)}
    return {
        channel: Wishes(
            consent=consents.get(channel),
            choice=Said(chosen.allowed, chosen.decided_at) if (chosen := own.get((patient.pk, channel))) else None,
            refused_elsewhere=channel in refused,
        )
        for channel in SENT
    }


def refusals_elsewhere(patient: Patient, others: Collection[Patient], topic: Topic) -> list[MessagePreference]:
    """The last choices in the other records that are a no and count for messages to `patient` too: told to staff, or
    said by somebody who had proven the very contact that is used here. A yes of that weight, said here later, ends it.
    """
    elsewhere = latest_choices([row.pk for row in others], topic)
    if all(said.allowed for said in elsewhere.values()):
        return []
    contacts = contacts_in_use(patient)
    own = latest_choices([patient.pk], topic)
    found = []
    for (_, channel), said in elsewhere.items():
        here, used = own.get((patient.pk, channel)), contacts.get(channel, b"")
        if said.allowed or not has_weight(said.source, said.contact_index, used):
            continue
        weighty = here is not None and has_weight(here.source, here.contact_index, used)
        if not (here and weighty and here.allowed and here.decided_at > said.decided_at):
            found.append(said)
    return found


def has_weight(source: str, proven: bytes | None, used: bytes) -> bool:
    """Whether a choice counts for messages to the contact `used` (blind index), in whatever record it stands: told to
    staff, or said by somebody who had proven that contact. `proven` is the contact that was.
    """
    return source == MessagePreference.Source.STAFF or (bool(proven) and bytes(proven or b"") == used)


def booker_wants(patient: Patient, topic: Topic) -> bool:
    """Whether who booked wants the e-mail on the topic that goes to the booker: yes, until he says no."""
    said = MessagePreference.objects.filter(patient=patient, topic=topic, channel=Channel.EMAIL, decided_by=BOOKER)
    last = said.order_by("-decided_at", "allowed").first()
    return last is None or last.allowed


def consents_to_messages(appointment: UUID) -> dict[Channel, Said]:
    """What was answered about each channel for this visit; what is still to be signed is no answer."""
    answered = Consent.objects.filter(appointment=appointment, kind__in=[channel.value for channel in SENT])
    return {
        Channel(row.kind): Said(row.state == Consent.State.GIVEN, row.decided_at)
        for row in answered.exclude(state=Consent.State.TO_BE_SIGNED)
    }


def stop_of(appointment: UUID) -> Said | None:
    """That texts were ended by a word sent to our number, if they were."""
    row = Consent.objects.filter(appointment=appointment, kind="sms", state=Consent.State.REVOKED).first()
    return Said(False, row.decided_at) if row else None


def latest_choices(patients: Collection[UUID], topic: Topic) -> dict[tuple[UUID, Channel], MessagePreference]:
    """The last choice of each row about the topic over each channel, for messages to the patient; of two at one
    instant the no.
    """
    said = MessagePreference.objects.filter(patient__in=list(patients), topic=topic).exclude(decided_by=BOOKER)
    return {(row.patient_id, Channel(row.channel)): row for row in said.order_by("decided_at", "-allowed")}


def _request(row: ConfidentialContact, patient: Patient, used: Mapping[Channel, bytes]) -> Request:
    """`patient`: whose record it stands in. `used`: contacts of the visit in question (`contacts_in_use`)."""
    there = {bytes(index) for index in (patient.email_index, patient.phone_index, row.address_index) if index}
    on_file = {"email": patient.email, "sms": patient.phone}.get(row.channel)
    born = date.fromisoformat(patient.date_of_birth)
    return Request(
        channel=Channel(row.channel),
        address=row.address or on_file or "",
        at=row.set_at,
        of_adult=of_age(born, row.set_at.date(), patient.state or ""),
        known_there=frozenset(channel for channel, index in used.items() if index in there),
    )
