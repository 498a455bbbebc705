"""Reads of messages for staff: lists show no contact in full; one message with its whole way; how the vendors do."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, Max, Q, QuerySet

from moonlit.audit.actor import Actor
from moonlit.audit.queries import done_to
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.notifications.dead_letters import GIVEN_UP, MAY_HAVE_ARRIVED, is_given_up
from moonlit.notifications.kinds import OF_A_TIME, Kind
from moonlit.notifications.masks import masked
from moonlit.notifications.models import Attempt, Message, Notice, VendorNotice
from moonlit.notifications.port import get_email, get_sms
from moonlit.platform.vendor_models import VendorBreaker
from moonlit.staff.queries import names_of
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.queries import open_subjects

MOST_COUNTED = 1000
"""A page of the newest is what people read: nobody waits until everything ever sent is counted."""
_LEADS = (Kind.LEAD_RECEIVED, Kind.LEAD_INVITATION, Kind.LEAD_ALERT)
PILES = {
    "hand": GIVEN_UP,
    "waiting": Q(state__in=[Message.State.QUEUED, Message.State.SENDING]),
    "sent": Q(state=Message.State.SENT) & ~GIVEN_UP,
    "withheld": Q(state=Message.State.SUPPRESSED),
}
"""Every message lies on exactly one of them."""
UNTOLD = (
    Q(outcome=Notice.Outcome.NOBODY)
    | Q(outcome=Notice.Outcome.TOO_LATE) & ~Q(kind__in=OF_A_TIME)
    | Q(outcome=Notice.Outcome.ENOUGH, kind__in=_LEADS)
)
"""Nobody was told, though somebody should have been. The rest was not true any more, is not ours to tell, is a reminder
of a visit so near that none was due, or a code or an answer beyond what one contact gets.
"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which messages; empty text and None: all."""

    kind: str = ""
    channel: str = ""
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class About:
    """What a message is about, as far as there is a page of it."""

    page: str
    """appointment | lead | reply | "" """
    key: str
    start: datetime | None = None
    """When the visit begins, with its zone."""
    time_zone: str = ""


@dataclass(frozen=True, slots=True)
class MessageRow:
    id: UUID
    kind: str
    channel: str
    audience: str
    to: str
    """Masked; in full for the one that was opened."""
    about: About
    state: str
    error: str
    delivery: str
    delivery_at: datetime | None
    attempts: int
    resends: int
    vendor: str
    language: str
    created_at: datetime
    next_at: datetime | None
    sent_at: datetime | None
    needs_a_hand: bool
    """Given up, or came back: staff may have it sent again."""
    may_have_arrived: bool
    """Given up without knowing whether the person has it."""


@dataclass(frozen=True, slots=True)
class Happened:
    """One line of a message's timeline."""

    what: str
    """promised | tried | told | resent"""
    at: datetime
    by: str = ""
    """Vendor, or the member of staff."""
    outcome: str = ""
    """Of a try: `Attempt.Outcome`; of what a vendor told: its `outcome`."""
    code: str = ""
    """Why a try ended so; the vendor's word."""
    number: int = 0
    why: str = ""
    """Why the vendor could not bring it."""


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One thing worth telling that nobody was told."""

    event: str
    kind: str
    about: About
    outcome: str
    why: str
    """Stable code, as far as there is more to say than the outcome."""
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class VendorHealth:
    channel: str
    vendor: str
    state: str
    """working | unreachable | repair: key, permission, sender or address are wrong, nothing leaves until repaired"""
    waiting: int
    last_sent_at: datetime | None


def pile_counts(wanted: Wanted) -> dict[str, int]:
    """How many messages lie on each of PILES; beyond MOST_COUNTED one more than that, however many there are."""
    return {name: _counted(_wanted(Message.objects.filter(which), wanted)) for name, which in PILES.items()}


def list_messages(pile: str, wanted: Wanted, *, actor: Actor, limit: int = 50, offset: int = 0) -> list[MessageRow]:
    """A page of one of PILES, the newest promise first. Audited with the ids: whose they are is in the log."""
    found = _wanted(Message.objects.filter(PILES[pile]), wanted).order_by("-created_at", "-id")
    rows = list(found[offset : offset + limit])
    with transaction.atomic():
        record(Verb.MESSAGE_LISTED, actor=actor, subject="messages", facts={"messages": [str(row.pk) for row in rows]})
    visits = _visits(row.subject for row in rows)
    return [_row(row, visits) for row in rows]


def messages_needing_a_hand(since: datetime, *, limit: int) -> tuple[list[MessageRow], int]:
    """Messages promised since then that somebody has to follow up, newest first, and how many. To whom is masked."""
    rows = Message.objects.filter(PILES["hand"], created_at__gte=since)
    page = list(rows.order_by("-created_at", "-id")[:limit])
    visits = _visits(row.subject for row in page)
    return [_row(row, visits) for row in page], rows.count()


def messages_about(subject: UUID) -> list[MessageRow]:
    """The messages about one appointment or lead, oldest first. To whom is masked."""
    rows = list(Message.objects.filter(subject=str(subject)).order_by("created_at", "id"))
    visits = _visits(row.subject for row in rows)
    return [_row(row, visits) for row in rows]


def one_message(message_id: UUID, *, actor: Actor) -> tuple[MessageRow, list[Happened]] | None:
    """One message with its recipient in full and everything that happened to it, oldest first. The read is audited."""
    row = Message.objects.filter(pk=message_id).first()
    if row is None:
        return None
    with transaction.atomic():
        record(Verb.MESSAGE_READ, actor=actor, subject=f"message:{row.pk}")
    return _row(row, _visits([row.subject]), to=row.recipient), _timeline(row)


def untold(wanted: Wanted, *, limit: int = 50, offset: int = 0) -> list[NoticeRow]:
    """A page of what nobody was told, with the reason, newest first. Nobody is named."""
    rows = list(_untold(wanted).order_by("-decided_at", "event")[offset : offset + limit])
    visits = _visits(row.subject for row in rows)
    return [_notice(row, visits) for row in rows]


def untold_count(wanted: Wanted) -> int:
    """As `pile_counts`."""
    return _counted(_untold(wanted))


def untold_about(subject: UUID) -> list[NoticeRow]:
    """What nobody was told about one appointment or lead, for whatever reason, oldest first."""
    rows = list(
        Notice.objects.filter(subject=str(subject))
        .exclude(outcome=Notice.Outcome.PROMISED)
        .order_by("decided_at", "event")
    )
    visits = _visits(row.subject for row in rows)
    return [_notice(row, visits) for row in rows]


def proposals_untold(visits: Iterable[UUID]) -> dict[UUID, NoticeRow]:
    """Of what the patients of these visits were to be asked about, by its review: what reached nobody, and why."""
    subjects = [str(visit) for visit in visits]
    rows = Notice.objects.filter(subject__in=subjects, kind=Kind.PROPOSAL).exclude(outcome=Notice.Outcome.PROMISED)
    return {UUID(row.event.split(":")[1]): _notice(row, {}) for row in rows}


def vendor_health() -> list[VendorHealth]:
    """How each vendor does: an ill one is waited for, where our account is refused somebody must repair it."""
    to_repair = set(open_subjects(TaskKind.MESSAGE_FAILED))
    ill = set(VendorBreaker.objects.filter(open_until__isnull=False).values_list("vendor", flat=True))
    waiting = Message.objects.filter(PILES["waiting"]).values("channel").annotate(count=Count("pk"))
    waits = {row["channel"]: row["count"] for row in waiting}
    health = []
    for channel, sender in ((Message.Channel.EMAIL, get_email()), (Message.Channel.SMS, get_sms())):
        last = Message.objects.filter(channel=channel, sent_at__isnull=False).aggregate(at=Max("sent_at"))["at"]
        state = "working" if sender.name not in ill else "unreachable"
        if f"vendor:{sender.name}" in to_repair:
            state = "repair"
        health.append(VendorHealth(channel.value, sender.name, state, waits.get(channel.value, 0), last))
    return health


def _counted(rows: QuerySet[Message] | QuerySet[Notice]) -> int:
    return rows[: MOST_COUNTED + 1].count()


def _wanted(rows: QuerySet[Message], wanted: Wanted) -> QuerySet[Message]:
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.channel:
        rows = rows.filter(channel=wanted.channel)
    return rows.filter(created_at__gte=wanted.since) if wanted.since else rows


def _untold(wanted: Wanted) -> QuerySet[Notice]:
    """A channel does not narrow it: what nobody was told went over none."""
    rows = Notice.objects.filter(UNTOLD)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    return rows.filter(decided_at__gte=wanted.since) if wanted.since else rows


def _timeline(row: Message) -> list[Happened]:
    lines = [Happened("promised", row.created_at)]
    lines += [
        Happened("tried", each.began_at, each.vendor, each.outcome, each.code, each.number)
        for each in Attempt.objects.filter(message=row).order_by("number")
    ]
    lines += [
        Happened("told", each.told_at, each.vendor, each.outcome, each.name, why=each.code)
        for each in VendorNotice.objects.filter(message_id=row.pk).order_by("told_at", "id")
    ]
    resent = done_to(f"message:{row.pk}", [Verb.MESSAGE_RESENT])
    names = names_of(each.actor_id for each in resent)
    lines += [Happened("resent", each.at, names.get(each.actor_id, "")) for each in resent]
    return sorted(lines, key=_in_order)


_RANKS = ("promised", "resent", "tried", "told")


def _in_order(line: Happened) -> tuple[datetime, bool, datetime, int]:
    """A vendor tells whole seconds: within one, what it told comes after what we did, which we know to the moment."""
    return line.at.replace(microsecond=0), line.what == "told", line.at, _RANKS.index(line.what)


def _row(row: Message, visits: dict[str, Appointment], *, to: str = "") -> MessageRow:
    return MessageRow(
        id=row.pk,
        kind=row.kind,
        channel=row.channel,
        audience=row.audience,
        to=to or masked(row.channel, row.recipient),
        about=_about(row.kind, row.subject, visits),
        state=row.state,
        error=row.error,
        delivery=row.delivery,
        delivery_at=row.delivery_at,
        attempts=row.attempts,
        resends=row.resends,
        vendor=row.vendor,
        language=row.language,
        created_at=row.created_at,
        next_at=row.next_at,
        sent_at=row.sent_at,
        needs_a_hand=is_given_up(row),
        may_have_arrived=row.error in MAY_HAVE_ARRIVED,
    )


def _notice(row: Notice, visits: dict[str, Appointment]) -> NoticeRow:
    about = _about(row.kind, row.subject, visits)
    return NoticeRow(row.event, row.kind, about, row.outcome, row.why, row.decided_at)


def _visits(subjects: Iterable[str]) -> dict[str, Appointment]:
    """Those of the subjects that are appointments, by their id as text."""
    keys = set()
    for subject in subjects:
        with suppress(ValueError):  # of an alert it is a team
            keys.add(UUID(subject))
    rows = Appointment.objects.filter(pk__in=keys).only("start", "time_zone")
    return {str(row.pk): row for row in rows}


def _about(kind: str, subject: str, visits: dict[str, Appointment]) -> About:
    visit = visits.get(subject)
    if visit is not None:
        return About("appointment", subject, visit.start, visit.time_zone)
    if kind in _LEADS:
        return About("lead", subject)
    return About("reply" if kind == Kind.REPLY else "", subject)
