"""The change feed: read every minute, stored as it came, then taken in (rules 5).

The EHR hands each row out once. So a reading is announced in the database before it begins and its rows are stored in
the transaction that takes the announcement back; an announcement left standing means that a reading got lost, and what
was handed out since is asked for again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from moonlit.ehr.port import Changed, EhrError, Rejected, Throttled, get_ehr
from moonlit.platform.db import try_advisory_lock
from moonlit.platform.log import get_logger
from moonlit.sync.models import Comparison, Feed, Notice
from moonlit.sync.services.alarm import sound_or_silence
from moonlit.sync.services.notices import TakenIn, work_off
from moonlit.sync.services.take_in import Shown

log = get_logger(__name__)

Clock = Callable[[], datetime]

EVERY = timedelta(minutes=1)
FIRST_RETRY = timedelta(seconds=15)
CONFIRM_EVERY = timedelta(days=1)
"""So often we make sure that we are subscribed."""
OVERLAP = timedelta(minutes=2)
"""The EHR's clock may differ from ours by so much."""
MOST_READS = 20
"""Answers of one turn; the rest comes with the next."""
UNSUBSCRIBED = Rejected.__name__
"""How a reading is refused while the subscription is not in force: ours was ended, or is minutes old."""
KEPT = timedelta(days=7)
"""As long as the EHR would repeat a push."""


@dataclass(frozen=True, slots=True)
class FeedRead:
    read: int
    """Rows the EHR handed out."""
    applied: int
    failed: int
    """Notices that could not be taken in, and the reading itself."""


def follow_feed(*, clock: Clock, now_too: bool = False) -> FeedRead | None:
    """Read the feed when it is due (`now_too`: in any case) and take in whatever waits. None: another is at it.

    Only one process reads and takes in at a time, so that what was read first is taken in first.
    """
    with try_advisory_lock("feed") as mine:
        if not mine:
            return None
        now = clock()
        feed, _ = Feed.objects.get_or_create(pk=1, defaults={"next_at": now})
        fresh: list[Shown] = []
        failed = 0
        due = now_too or feed.next_at <= now
        if due:
            try:
                fresh = _read(feed, clock)
            except EhrError as fault:
                _failed(feed, fault, clock())
                failed = 1
        done = work_off(clock=clock, fresh=fresh)
        if due or done.failed:
            sound_or_silence(now=clock())
        return FeedRead(len(fresh), done.applied, done.failed + failed)


def take_in_due(*, clock: Clock) -> TakenIn | None:
    """Take in what was pushed, now. None: whoever reads the feed at this moment finds it, or the next look does."""
    with try_advisory_lock("feed") as mine:
        return work_off(clock=clock, fresh=()) if mine else None


def forget_applied(now: datetime) -> int:
    """Delete what was taken in a week ago; how many."""
    deleted, _ = Notice.objects.filter(applied_at__lt=now - KEPT).delete()
    return deleted


def _read(feed: Feed, clock: Clock) -> list[Shown]:
    ehr = get_ehr()
    _put_off(feed, clock())
    if feed.subscribed_at is None or clock() - feed.subscribed_at >= CONFIRM_EVERY:
        ehr.subscribe()
        _save(feed, subscribed_at=clock())
    if feed.reading_since is not None:
        lost = ehr.changed_since(feed.reading_since - OVERLAP)
        with transaction.atomic():
            _store(lost, clock())
            _save(feed, reading_since=None)
        log.warning("feed_read_again", rows=len(lost.appointments))
    return _read_until_empty(feed, clock)


def _read_until_empty(feed: Feed, clock: Clock) -> list[Shown]:
    shown: list[Shown] = []
    for _ in range(MOST_READS):
        asked_at = clock()
        _save(feed, reading_since=asked_at)
        changed = get_ehr().changed_since(None)
        now = clock()
        with transaction.atomic():
            if feed.error == UNSUBSCRIBED:
                # What happened without a subscription is told by no feed.
                Comparison.objects.update(next_at=now)
            _store(changed, now)
            _save(feed, reading_since=None, read_at=asked_at, next_at=now + EVERY, failures=0, error="")
        shown += [Shown(found, asked_at) for found in changed.appointments]
        if not changed.raw:
            break
    return shown


def _store(changed: Changed, now: datetime) -> None:
    """Every row, those too that could not be read as a visit: their visits are read by id."""
    readable = [found.id for found in changed.appointments]
    others = [str(raw.get("appointmentid") or "")[:40] for raw in changed.raw[len(readable) :]]
    Notice.objects.bulk_create(
        Notice(source=Notice.Source.FEED, appointment_id=ehr_id, raw=raw, received_at=now, next_at=now)
        for ehr_id, raw in zip([*readable, *others], changed.raw, strict=True)
    )


def _put_off(feed: Feed, now: datetime) -> None:
    """Before anything is asked: a reading that makes us stumble is not the next thing we do when we are back."""
    _save(feed, next_at=now + _backoff(feed))


def _backoff(feed: Feed) -> timedelta:
    return min(FIRST_RETRY * 2 ** min(feed.failures, 10), EVERY)


def _failed(feed: Feed, fault: EhrError, now: datetime) -> None:
    wait = _backoff(feed)
    if isinstance(fault, Throttled):
        wait = max(wait, timedelta(seconds=fault.retry_after))
    error = type(fault).__name__
    subscribed_at = None if error == UNSUBSCRIBED else feed.subscribed_at
    failures = min(feed.failures + 1, 1000)
    _save(feed, next_at=now + wait, failures=failures, error=error, subscribed_at=subscribed_at)
    log.warning("feed_failed", error=error, attempts=failures)


def _save(feed: Feed, **columns: object) -> None:
    for name, value in columns.items():
        setattr(feed, name, value)
    feed.save(update_fields=list(columns))
