"""What is told only when something has lasted: a request that still waits, and what is left to do before a visit.

Found by looking at the visits, as reminders are; each decision is a `Notice`, one for each visit.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import CharField, Exists, OuterRef, QuerySet
from django.db.models.functions import Cast

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment
from moonlit.domain.booking import State
from moonlit.notifications.kinds import TRUE_IN, Kind
from moonlit.notifications.models import Notice
from moonlit.notifications.services.promise import decide, settle
from moonlit.notifications.services.queue import queue_visit_message
from moonlit.platform.log import get_logger

log = get_logger(__name__)

RECEIVED = "appointment.received"
TO_COMPLETE = "appointment.to_complete"
WAITS = timedelta(minutes=2)
"""Most requests are answered before; who is still on the page sees it there."""
SETTLED = timedelta(hours=1)
"""Whoever has just booked may be completing it this very moment."""
FORGET = timedelta(hours=48)
"""What was not told by then (an outage) is not brought up any more: staff have their tasks."""
BATCH = 200


def tell_waiting(*, now: datetime) -> None:
    """Tell once that the request has come and the time is kept, when the EHR has not answered for two minutes.

    Whoever may not book by himself, or has to be looked up first, hears the same at the same time (rules 4.9). A move
    under way is told when it is over: the old visit stands until then.
    """
    waiting = _ours(Kind.RECEIVED).filter(
        state__in=TRUE_IN[Kind.RECEIVED],
        created_at__lte=now - WAITS,
        created_at__gt=now - FORGET,
        withdrawn_at=None,
        moved_from=None,
        start__gt=now,
    )
    _each(waiting.order_by("created_at", "id"), RECEIVED, lambda row: _tell(RECEIVED, row, now))


def tell_to_complete(*, now: datetime) -> None:
    """Tell once, an hour after the booking at the earliest, that something is left to sign or to add; write down that
    nothing is. A visit that was moved has been told at its old time.
    """
    booked = _ours(Kind.TO_COMPLETE).filter(
        state=State.BOOKED.value,
        change=Appointment.Change.NONE,
        booked_at__lte=now - SETTLED,
        booked_at__gt=now - FORGET,
        start__gt=now,
    )
    _each(booked.order_by("booked_at", "id"), TO_COMPLETE, lambda row: _tell_what_is_left(row, now))


def _ours(kind: Kind) -> QuerySet[Appointment]:
    """Visits of our own without a decision of the kind, whatever their version."""
    decided = Notice.objects.filter(subject=Cast(OuterRef("pk"), CharField()), kind=kind)
    ours = Appointment.objects.filter(origin=Appointment.Origin.MOONLIT, patient__isnull=False)
    return ours.filter(~Exists(decided)).only("pk", "version", "start", "moved_from_id")


def _each(rows: QuerySet[Appointment], topic: str, tell: Callable[[Appointment], None]) -> None:
    for row in list(rows[:BATCH]):
        try:
            tell(row)
        except Exception:
            # One visit that cannot be told must not keep the others waiting. It is tried again at the next look, until
            # it is too late (`FORGET`): a repair within that time has lost nothing.
            log.exception("visit_not_told", appointment=str(row.pk), topic=topic)


def _tell(topic: str, row: Appointment, now: datetime) -> None:
    queue_visit_message(topic, row.pk, row.version, actor=SYSTEM, now=now)


def _tell_what_is_left(row: Appointment, now: datetime) -> None:
    if not _told_before(row.moved_from_id):
        _tell(TO_COMPLETE, row, now)
        return
    with transaction.atomic():
        event = f"{TO_COMPLETE}:{row.pk}:{row.version}"
        notice = decide(event, Kind.TO_COMPLETE, row.pk, now=now, version=row.version, visit_start=row.start)
        if notice is not None:
            settle(notice, Notice.Outcome.STALE, "told_already")


def _told_before(visit: UUID | None) -> bool:
    """Whether a visit, or any that it replaced, was told what is left to do."""
    while visit is not None:
        told = Notice.objects.filter(subject=str(visit), kind=Kind.TO_COMPLETE, outcome=Notice.Outcome.PROMISED)
        if told.exists():
            return True
        visit = Appointment.objects.filter(pk=visit).values_list("moved_from_id", flat=True).first()
    return False
