"""Everything there is to keep in step, in one call: what is due, or all of it now."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from moonlit.platform.db import try_advisory_lock
from moonlit.sync.services.compare import Compared, compare_all, compare_due
from moonlit.sync.services.feed import FeedRead, follow_feed
from moonlit.sync.services.slots import Progress, Refreshed, refresh_all, refresh_due

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class SyncDone:
    slots: Refreshed
    feed: FeedRead | None
    """None: another process is reading it."""
    compared: Compared

    @property
    def failed(self) -> int:
        feed = self.feed.failed if self.feed is not None else 0
        return self.slots.failed + feed + self.compared.failed


def sync_once(*, clock: Clock, progress: Progress = lambda _line: None) -> SyncDone | None:
    """Take in everything now: the feed, all open slots, every visit. None: another run is under way."""
    with try_advisory_lock("sync") as mine:
        if not mine:
            return None
        feed = follow_feed(clock=clock, now_too=True)
        if feed is not None:
            progress(f"changes: {feed.read} read, {feed.applied} taken in, {feed.failed} failed")
        slots = refresh_all(clock=clock, progress=progress)
        compared = compare_all(clock=clock, progress=progress)
        if slots is None or compared is None:  # both take the lock that is ours
            return None
        return SyncDone(slots, feed, compared)


def sync_due(*, clock: Clock) -> None:
    """Take in what is due. Whatever another process is at is left to it."""
    follow_feed(clock=clock)
    refresh_due(clock=clock)
    compare_due(clock=clock)
