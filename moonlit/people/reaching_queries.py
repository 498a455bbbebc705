"""How the person of a visit is reached, and why, for staff. The caller audits whom it shows."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from moonlit.domain.reaching import SENT, ways
from moonlit.people.message_queries import ABOUT_VISITS
from moonlit.people.models import Booker, ConfidentialContact, Consent, MessagePreference, Patient
from moonlit.people.reach import booker_wants, on_file, other_rows, requests_of, wishes_for
from moonlit.people.staff_queries import Agreement


@dataclass(frozen=True, slots=True)
class ChoiceMade:
    topic: str
    channel: str
    allowed: bool
    wording: str
    source: str
    decided_at: datetime
    decided_by: str


@dataclass(frozen=True, slots=True)
class ConfidentialLine:
    channel: str
    address: str = field(repr=False)
    """Empty: the contact on file."""
    no_voicemail: bool
    note: str = field(repr=False)
    set_at: datetime
    set_by: str


@dataclass(frozen=True, slots=True)
class TopicLine:
    """Where messages on one topic go now. Empty: nowhere."""

    topic: str
    email: str = field(repr=False)
    sms: str = field(repr=False)
    booker_email: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Reaching:
    """All that staff need to know before they write to somebody, or say why nothing was sent."""

    patient: UUID
    email: str = field(repr=False)
    phone: str = field(repr=False)
    topics: tuple[TopicLine, ...]
    call_only: bool
    consents: tuple[Agreement, ...]
    """To texts and e-mail."""
    choices: tuple[ChoiceMade, ...]
    """The newest first."""
    confidential: ConfidentialLine | None
    others: int
    """Further records of the same person."""
    confidential_elsewhere: bool
    refused_elsewhere: bool


def reaching_of(appointment: UUID, patient_id: UUID) -> Reaching:
    """How the patient of a visit is reached, and why. Personal data: the caller audits whom it shows."""
    patient = Patient.objects.get(pk=patient_id)
    booker = Booker.objects.filter(appointment=appointment).first()
    others = list(other_rows(patient))
    file, requests = on_file(patient, booker), requests_of(patient, others)
    wishes = {topic: wishes_for(patient, others, appointment, topic) for topic in ABOUT_VISITS}
    found = {
        topic: ways(file, wishes[topic], requests, booker_wants=booker is None or booker_wants(patient, topic))
        for topic in ABOUT_VISITS
    }
    choices = MessagePreference.objects.filter(patient=patient).order_by("-decided_at", "topic", "channel")
    consents = Consent.objects.filter(appointment=appointment, kind__in=[*SENT]).order_by("kind")
    live = ConfidentialContact.objects.filter(patient=patient, ended_at=None).first()
    return Reaching(
        patient=patient_id,
        email=patient.email or "",
        phone=patient.phone or "",
        topics=tuple(TopicLine(topic.value, way.email, way.sms, way.booker_email) for topic, way in found.items()),
        call_only=any(way.call_only for way in found.values()),
        consents=tuple(Agreement(row.kind, row.version, row.state, row.source, row.decided_at) for row in consents),
        choices=tuple(
            ChoiceMade(row.topic, row.channel, row.allowed, row.wording, row.source, row.decided_at, row.decided_by)
            for row in choices
        ),
        confidential=_confidential(live) if live else None,
        others=len(others),
        confidential_elsewhere=bool(requests.elsewhere),
        refused_elsewhere=any(wish.refused_elsewhere for each in wishes.values() for wish in each.values()),
    )


def _confidential(row: ConfidentialContact) -> ConfidentialLine:
    return ConfidentialLine(row.channel, row.address or "", row.no_voicemail, row.note or "", row.set_at, row.set_by)
