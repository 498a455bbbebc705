"""What a person gets about a visit, for the page behind its link."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from uuid import UUID

from django.db.models import Q

from moonlit.domain.reaching import SENT, Channel, Requests, ways
from moonlit.people.models import Booker, Consent, Patient
from moonlit.people.reach import booker_wants, contacts_in_use, on_file, other_rows, requests_of, wishes_for
from moonlit.people.topics import Topic

ABOUT_VISITS = (Topic.VISITS, Topic.REMINDERS)
"""The topics that messages of a visit are on."""


@dataclass(frozen=True, slots=True)
class MessageSettings:
    """What one person gets about a visit, as that person may know it."""

    addresses: dict[Channel, str] = field(repr=False)
    """Where each channel leads; a channel that is left out cannot be used."""
    on: frozenset[tuple[Topic, Channel]]
    confidential: Channel | None = None
    """The only way the person asked to be reached in; None: no such request."""
    agreed: frozenset[Channel] = frozenset()
    """Channels with a consent in force."""


def patient_settings(appointment: UUID, patient_id: UUID, *, proven: bytes) -> MessageSettings:
    """What the patient gets. What another record of the same person refuses is told only to who has proven the contact
    of the channel (`proven`: blind index of the contact the code went to), and only of records that have that contact
    too: nobody else learns that there is one (rules 4.8).
    """
    patient = Patient.objects.get(pk=patient_id)
    booker = Booker.objects.filter(appointment=appointment).first()
    file = on_file(patient, booker)
    own = Requests(own=requests_of(patient, ()).own)
    knows = {channel for channel, index in contacts_in_use(patient).items() if index == proven}
    of_proven = Q(email_index=proven) | Q(phone_index=proven)
    others = list(other_rows(patient).filter(of_proven)) if knows else []
    on = set()
    for topic in ABOUT_VISITS:
        wishes = {
            channel: replace(wish, refused_elsewhere=wish.refused_elsewhere and channel in knows)
            for channel, wish in wishes_for(patient, others, appointment, topic).items()
        }
        found = ways(file, wishes, own)
        on |= {(topic, channel) for channel in SENT if getattr(found, channel.value)}
    known = {Channel.EMAIL: file.email, Channel.SMS: file.phone} if file.to_patient else {}
    if own.own:
        known = {own.own.channel: own.own.address} if own.own.channel in SENT else {}
    given = Consent.objects.filter(appointment=appointment, kind__in=[*SENT], state=Consent.State.GIVEN)
    return MessageSettings(
        addresses={channel: address for channel, address in known.items() if address},
        on=frozenset(on),
        confidential=own.own.channel if own.own else None,
        agreed=frozenset(Channel(kind) for kind in given.values_list("kind", flat=True)),
    )


def booker_settings(appointment: UUID, patient_id: UUID) -> MessageSettings:
    """What who booked gets; no way at all when the messages are the patient's alone."""
    patient = Patient.objects.get(pk=patient_id)
    booker = Booker.objects.filter(appointment=appointment).first()
    found = ways(on_file(patient, booker), {}, requests_of(patient, list(other_rows(patient))))
    if not found.booker_email:
        return MessageSettings({}, frozenset())
    wanted = {(topic, Channel.EMAIL) for topic in ABOUT_VISITS if booker_wants(patient, topic)}
    return MessageSettings({Channel.EMAIL: found.booker_email}, frozenset(wanted))
