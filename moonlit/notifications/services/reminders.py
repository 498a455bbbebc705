"""Reminders, found by looking at the visits: nothing is planned ahead, so nothing planned can go stale.

A visit with an open window and no decision for its present start is looked at once a minute (domain.reminders). Each
decision is a `Notice`; a visit that moved in place has another start and is reminded of that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Greatest

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment, AppointmentState
from moonlit.booking.services import ask_for_contact
from moonlit.domain.booking import State
from moonlit.domain.reminders import Planned, Reminder, Verdict, judge, reach
from moonlit.notifications.kinds import ABOUT_VISITS
from moonlit.notifications.models import Notice
from moonlit.notifications.services.promise import decide, settle
from moonlit.notifications.services.queue import queue_visit_message
from moonlit.platform.log import get_logger
from moonlit.practice.queries import message_owner

log = get_logger(__name__)

TOPICS: Mapping[Reminder, str] = MappingProxyType(
    {told.reminder: topic for topic, told in ABOUT_VISITS.items() if told.reminder}
)
BATCH = 200
"""Visits looked at for one reminder in one sweep."""
CHARTS = 40
"""Charts asked for in one sweep: a call each, of the budget that bookings leave."""
CONTACT_GOOD_FOR = timedelta(hours=6)
"""A chart read for one reminder is read again for the next: people change their numbers."""
ASK_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class _Visit:
    id: UUID
    version: int
    planned: Planned


def remind(*, now: datetime) -> None:
    """Decide on every reminder whose hour has come: promise it, or write down why not. Bounded."""
    for reminder, topic in TOPICS.items():
        if message_owner(ABOUT_VISITS[topic].kind) != "moonlit":
            continue
        ready, charts_to_ask = _undecided(reminder, topic, now)
        for visit in _read(ready[:BATCH]):
            _guarded(reminder, topic, visit, now)
        for visit in _read(charts_to_ask[:CHARTS]):
            if judge(reminder, visit.planned, now) is Verdict.DUE:
                ask_for_contact(visit.id, now=now)


def _undecided(reminder: Reminder, topic: str, now: datetime) -> tuple[QuerySet, QuerySet]:
    """Booked visits near enough, without a decision for their present start, the soonest first: those that can be told
    of now, and those made in the EHR whose chart is to be read first.
    """
    decided = Notice.objects.filter(
        subject=Cast(OuterRef("pk"), CharField()),
        visit_start=OuterRef("start"),
        visit_start__gt=now,  # said again for the planner: these few of all that were ever decided
        visit_start__lte=now + reach(reminder),
        event__startswith=f"{topic}:",
    )
    near = Appointment.objects.filter(
        state=State.BOOKED.value,
        change=Appointment.Change.NONE,
        start__gt=now,
        start__lte=now + reach(reminder),
    )
    if reminder is Reminder.JOIN:
        near = near.filter(location__kind="telehealth")
    near = near.filter(~Exists(decided)).order_by("start", "id")
    ours = Q(origin=Appointment.Origin.MOONLIT)
    # Either side of now: a clock that was set back must not make a chart read tomorrow look fresh for a day.
    fresh = Q(contact_read_at__gt=now - CONTACT_GOOD_FOR, contact_read_at__lte=now + CONTACT_GOOD_FOR)
    just_asked = Q(contact_asked_at__gt=now - ASK_AGAIN, contact_asked_at__lte=now + ASK_AGAIN)
    return near.filter(ours | fresh), near.exclude(ours).exclude(fresh).exclude(just_asked)


def _read(rows: QuerySet) -> Iterator[_Visit]:
    moved = AppointmentState.objects.filter(appointment=OuterRef("pk"), problem="ehr_moved").order_by("-at")
    told = Greatest("booked_at", Subquery(moved.values("at")[:1]))  # PostgreSQL leaves out what is null
    for pk, version, start, zone, told_at, created_at in rows.annotate(told=told).values_list(
        "pk", "version", "start", "time_zone", "told", "created_at"
    ):
        yield _Visit(pk, version, Planned(start, zone, told_at or created_at))


def _guarded(reminder: Reminder, topic: str, visit: _Visit, now: datetime) -> None:
    """One visit that cannot be told must not keep the others from being reminded. It is tried again in each sweep until
    its window has closed: a repair before that has lost nothing.
    """
    try:
        _decide(reminder, topic, visit, now)
    except Exception:
        log.exception("reminder_failed", appointment=str(visit.id), topic=topic)


def _decide(reminder: Reminder, topic: str, visit: _Visit, now: datetime) -> None:
    found = judge(reminder, visit.planned, now)
    if found is Verdict.DUE:
        queue_visit_message(topic, visit.id, visit.version, actor=SYSTEM, now=now)
    elif found is not Verdict.NOT_YET:
        outcome = Notice.Outcome.TOO_LATE if found is Verdict.TOO_LATE else Notice.Outcome.STALE
        with transaction.atomic():
            kind = ABOUT_VISITS[topic].kind
            notice = decide(
                f"{topic}:{visit.id}:{visit.version}",
                kind,
                visit.id,
                now=now,
                version=visit.version,
                visit_start=visit.planned.start,
            )
            if notice is not None:
                settle(notice, outcome, found.value)
