"""Numbers and addresses that nothing is sent to (rules 6.4)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from moonlit.booking.models import Appointment
from moonlit.notifications.models import Message, StoppedContact
from moonlit.people.queries import people_with_number
from moonlit.people.services import email_index, phone_index

NEAR = timedelta(days=14)
_LIVE = ("pending", "submitting", "unknown", "booked")
BY_PERSON = frozenset({StoppedContact.Reason.STOP_WORD, StoppedContact.Reason.COMPLAINED})
"""The person's own wish: it takes the place of any other reason."""


def contact_index(channel: str, contact: str) -> bytes:
    """The blind index of an address or E.164 number: the same as in `Message.recipient_index` and in people."""
    return email_index(contact) if channel == Message.Channel.EMAIL else phone_index(contact)


def staff_may_lift(channel: str, reason: str) -> bool:
    """Not what the person asked for by text: START undoes that. Nor a spam complaint. Who unsubscribed from e-mail can
    tell only staff that it was not meant.
    """
    unsubscribed = channel == Message.Channel.EMAIL and reason == StoppedContact.Reason.STOP_WORD
    return unsubscribed or reason not in BY_PERSON


def is_stopped(channel: str, contact: str) -> bool:
    """Whether nothing may be sent to this address or number now, whoever uses it and whatever it is about."""
    index = contact_index(channel, contact)
    return StoppedContact.objects.filter(channel=channel, contact_index=index, ended_at__isnull=True).exists()


def near_visits(index: bytes, now: datetime, *, within: timedelta | None = NEAR) -> list[Appointment]:
    """The next visit of each person with this number (its blind index), if it is near; None: however far it is."""
    people = [patient.pk for patient in people_with_number(index)]
    near = Appointment.objects.filter(patient__in=people, state__in=_LIVE, start__gt=now)
    if within is not None:
        near = near.filter(start__lte=now + within)
    first: dict[UUID | None, Appointment] = {}
    for visit in near.order_by("start", "id"):
        first.setdefault(visit.patient_id, visit)
    return list(first.values())


@dataclass(frozen=True, slots=True)
class StoppedLine:
    """One contact for the staff's list; the caller audits whom it shows."""

    id: UUID
    channel: str
    contact: str = field(repr=False)
    reason: str
    wording: str
    since: datetime
    liftable: bool
    """Staff may lift it; else only the person, by START."""


def stopped_contacts(*, limit: int = 200, offset: int = 0) -> tuple[list[StoppedLine], int]:
    """A page of the stops that hold now, newest first, and how many there are."""
    rows = StoppedContact.objects.filter(ended_at__isnull=True)
    return [_line(row) for row in rows.order_by("-since", "-id")[offset : offset + limit]], rows.count()


def stops_on(contact: str) -> list[StoppedLine]:
    """The stop that holds now on exactly this e-mail address or E.164 number, or none."""
    channel = Message.Channel.EMAIL if "@" in contact else Message.Channel.SMS
    index = contact_index(channel, contact)
    rows = StoppedContact.objects.filter(channel=channel, contact_index=index, ended_at__isnull=True)
    return [_line(row) for row in rows]


def _line(row: StoppedContact) -> StoppedLine:
    return StoppedLine(
        id=row.pk,
        channel=row.channel,
        contact=row.contact,
        reason=row.reason,
        wording=row.wording,
        since=row.since,
        liftable=staff_may_lift(row.channel, row.reason),
    )
