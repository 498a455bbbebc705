"""Reads, for staff, of what people texted to us. A list shows no number in full and no text; opening one is audited."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Case, Q, Value, When

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.leads.models import Lead
from moonlit.notifications.kinds import Kind
from moonlit.notifications.masks import masked
from moonlit.notifications.models import Message, Reply, StoppedContact
from moonlit.notifications.services.withhold import reply_of
from moonlit.people.queries import people_with_number
from moonlit.staff.queries import names_of
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.queries import open_subjects

_TEXTS = 100
"""Unread texts of one number shown together; what is beyond them is shown when these are read."""
_MAYBE = 8
"""Visits, leads and messages shown beside a reply; a number shared by more people is an office's."""


@dataclass(frozen=True, slots=True)
class ReplyLine:
    id: UUID
    sender: str
    """Masked."""
    meaning: str
    received_at: datetime
    read_at: datetime | None
    waits: bool
    """Somebody has to read it: its task is open. A bare STOP, START or HELP was done by the program."""


@dataclass(frozen=True, slots=True)
class VisitOfSender:
    appointment: UUID
    patient: str
    start: datetime
    time_zone: str
    state: str


@dataclass(frozen=True, slots=True)
class LeadOfSender:
    id: UUID
    name: str
    status: str


@dataclass(frozen=True, slots=True)
class Written:
    """A message we sent to the number."""

    id: UUID
    kind: str
    at: datetime
    answer: str
    """Of the answer to a text: stopped, started, help or free; else empty."""


@dataclass(frozen=True, slots=True)
class OtherText:
    """What else the number wrote and nobody has read."""

    id: UUID
    text: str
    said_at: datetime


@dataclass(frozen=True, slots=True)
class ReplyDetail:
    line: ReplyLine
    sender: str
    """E.164, in full."""
    text: str
    said_at: datetime
    read_by: str
    """Name; empty while unread."""
    others: tuple[OtherText, ...]
    """Unread texts of the same number besides this one, the oldest first."""
    until: datetime
    """When the last text that is shown came: with this one, everything up to then counts as read."""
    visits: tuple[VisitOfSender, ...]
    """Of patients who gave this number, the latest first."""
    leads: tuple[LeadOfSender, ...]
    written: tuple[Written, ...]
    """The latest first."""
    stopped_since: datetime | None
    """Set: nothing is sent to the number now."""


def unread_replies() -> int:
    """How many texts wait for somebody to read them."""
    return Reply.objects.filter(pk__in=_to_read(), read_at=None).count()


def list_replies(*, unread: bool = False, limit: int = 50, offset: int = 0) -> tuple[list[ReplyLine], int]:
    """A page of replies, those to be read first, then the newest; and how many there are."""
    to_read = _to_read()
    waits = Q(pk__in=to_read, read_at=None)
    rows = Reply.objects.filter(waits) if unread else Reply.objects.all()
    first = Case(When(waits, then=Value(0)), default=Value(1))
    page = rows.order_by(first, "-received_at", "id")[offset : offset + limit]
    return [_line(row, to_read) for row in page], rows.count()


def one_reply(reply_id: UUID, *, actor: Actor) -> ReplyDetail | None:
    """What somebody wrote and who it may be, or None for an unknown id. The read is audited."""
    row = Reply.objects.filter(pk=reply_id).first()
    if row is None:
        return None
    index = bytes(row.sender_index)
    people = [patient.pk for patient in people_with_number(index)]
    visits = Appointment.objects.filter(patient__in=people).select_related("patient")
    visits = list(visits.order_by("-start", "id")[:_MAYBE])
    leads = list(Lead.objects.filter(phone_index=index).order_by("-created_at", "id")[:_MAYBE])
    unread = Reply.objects.filter(sender_index=index, read_at=None).exclude(pk=row.pk)
    others = list(unread.order_by("received_at", "id")[:_TEXTS])
    shown = {
        "texts": [str(other.pk) for other in others],
        "patients": sorted({str(visit.patient_id) for visit in visits}),
        "leads": [str(lead.pk) for lead in leads],
    }
    with transaction.atomic():
        record(Verb.REPLY_READ, actor=actor, subject=f"reply:{row.pk}", facts=shown)
    written = Message.objects.filter(recipient_index=index, channel=Message.Channel.SMS)
    stopped = StoppedContact.objects.filter(
        channel=Message.Channel.SMS, contact_index=index, ended_at__isnull=True
    ).first()
    return ReplyDetail(
        line=_line(row, _with_its_number(row, index)),
        sender=row.sender,
        text=row.text,
        said_at=row.said_at,
        read_by=names_of([row.read_by]).get(row.read_by, row.read_by),
        others=tuple(OtherText(other.pk, other.text, other.said_at) for other in others),
        until=max(each.received_at for each in others[-1:] or [row]),
        visits=tuple(_visit(visit) for visit in visits),
        leads=tuple(LeadOfSender(lead.pk, lead.preferred_name or "", lead.status) for lead in leads),
        written=tuple(
            Written(message.pk, message.kind, message.created_at, _answer(message))
            for message in written.order_by("-created_at", "id")[:_MAYBE]
        ),
        stopped_since=stopped.since if stopped else None,
    )


def _with_its_number(row: Reply, index: bytes) -> set[UUID]:
    """The row, when it waits to be read: by its own task, or by that of another text of its number."""
    to_read = _to_read()
    waits = row.meaning == Reply.Meaning.FREE and Reply.objects.filter(pk__in=to_read, sender_index=index).exists()
    return {row.pk} if waits or row.pk in to_read else set()


def _answer(message: Message) -> str:
    return reply_of(message) if message.kind == Kind.REPLY else ""


def _to_read() -> set[UUID]:
    """The texts whose task is open: one of each number."""
    return {UUID(subject.partition(":")[2]) for subject in open_subjects(TaskKind.REPLY_TO_READ)}


def _line(row: Reply, to_read: set[UUID]) -> ReplyLine:
    return ReplyLine(
        id=row.pk,
        sender=masked(Message.Channel.SMS, row.sender),
        meaning=row.meaning,
        received_at=row.received_at,
        read_at=row.read_at,
        waits=row.read_at is None and row.pk in to_read,
    )


def _visit(visit: Appointment) -> VisitOfSender:
    name = f"{visit.patient.first_name} {visit.patient.last_name}" if visit.patient else ""
    return VisitOfSender(visit.pk, name, visit.start, visit.time_zone, visit.state)
