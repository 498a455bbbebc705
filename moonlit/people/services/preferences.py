"""What a person chooses about messages, by topic and channel. Rows are only added; the last one counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.domain.reaching import Channel
from moonlit.people.models import MessagePreference, Patient
from moonlit.people.reach import (
    BOOKER,
    booker_wants,
    contacts_in_use,
    has_weight,
    latest_choices,
    other_rows,
    refusals_elsewhere,
)
from moonlit.people.topics import Topic
from moonlit.platform.db import advisory_lock


@dataclass(frozen=True, slots=True)
class Choice:
    topic: Topic
    channel: Channel
    """email or sms."""
    allowed: bool
    wording: str = ""
    """Version of the words that were shown, or said."""


def set_preferences(
    patient_id: UUID,
    choices: Iterable[Choice],
    *,
    source: MessagePreference.Source,
    decided_by: str,
    proven: bytes = b"",
    actor: Actor,
    now: datetime,
) -> int:
    """Add what is new in `choices`; how many rows that made. Saying the same again adds nothing.

    `decided_by` is patient, booker (then it is about the messages to the booker only) or the id of a staff user. A no
    in another record of the same person can outweigh a yes here (`reach.refusals_elsewhere`), unless who says yes has
    proven that very contact (`proven`: its blind index, of the code that was entered), or says it to staff. Such a yes
    is added to the other records too: by staff to all, else only to those that have the proven contact themselves.
    """
    patient = Patient.objects.get(pk=patient_id)
    with transaction.atomic():
        advisory_lock("message-preferences", str(patient_id))
        rows = [
            MessagePreference(
                id=uuid4(),
                patient_id=pk,
                topic=choice.topic,
                channel=choice.channel,
                allowed=choice.allowed,
                wording=choice.wording,
                source=source,
                decided_at=now,
                decided_by=decided_by,
                contact_index=proven or None,
            )
            for choice in choices
            for pk in _records(patient, choice, source=source, decided_by=decided_by, proven=proven)
        ]
        if not rows:
            return 0
        MessagePreference.objects.bulk_create(rows)
        for row in rows:
            facts = {
                "topic": row.topic,
                "channel": row.channel,
                "allowed": row.allowed,
                "wording": row.wording,
                "source": row.source,
                "for": BOOKER if decided_by == BOOKER else "patient",
            }
            record(Verb.PREFERENCE_SET, actor=actor, subject=f"patient:{row.patient_id}", facts=facts)
    return len(rows)


def _records(
    patient: Patient, choice: Choice, *, source: MessagePreference.Source, decided_by: str, proven: bytes
) -> list[UUID]:
    """The records of the person that the choice is to be added to; none when all of them say so already."""
    if decided_by == BOOKER:
        return [] if booker_wants(patient, choice.topic) == choice.allowed else [patient.pk]
    used = contacts_in_use(patient).get(choice.channel, b"")
    weighty = has_weight(source, proven, used)
    own = latest_choices([patient.pk], choice.topic).get((patient.pk, choice.channel))
    known = own is not None and own.allowed == choice.allowed
    known = known and (not weighty or has_weight(own.source, own.contact_index, used))
    if not (choice.allowed and weighty):
        return [] if known else [patient.pk]
    others = list(other_rows(patient))
    reached = others if source == source.STAFF else [row for row in others if _has(row, choice.channel, used)]
    said_there = latest_choices([row.pk for row in reached], choice.topic)
    refused = [pk for (pk, channel), each in said_there.items() if channel is choice.channel and not each.allowed]
    # What stays refused in a record that is not reached is outweighed here only by a yes that comes after it.
    count_here = refusals_elsewhere(patient, others, choice.topic)
    known = known and all(no.patient_id in refused for no in count_here if no.channel == choice.channel)
    return refused if known else [patient.pk, *refused]


def _has(row: Patient, channel: Channel, index: bytes) -> bool:
    return bytes((row.email_index if channel is Channel.EMAIL else row.phone_index) or b"") == index
