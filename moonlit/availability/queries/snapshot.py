"""Every web process keeps the calendars in memory and asks, before each answer, what changed since (architecture).

One statement reads what was stamped at or after the oldest transaction that was still open at the last look, and that
number for the next look. No bus, no stale cache: a commit anywhere is seen by the next answer everywhere.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

import orjson
from django.db import connection

from moonlit.availability.queries.rows import Snapshot, applied
from moonlit.coverage.queries import facts
from moonlit.domain.facts import Facts
from moonlit.domain.grid import ceil_minute, day_number, instant_of
from moonlit.domain.zones import local_date

_CHANGED = (
    "SELECT oldest_open, wrote_nothing, facts_version, changed, standing"
    " FROM availability_changed_since(%s::xid8, %s, %s)"
)
_NOTHING = "[null, null, null]"
COUNTED_BEFORE = timedelta(days=14)
"""Cap counters are kept from so long before today: a week's counter starts on its Monday."""


class Look(NamedTuple):
    """All that an answer is made from. Two looks that are equal have the same answers."""

    facts: Facts
    snapshot: Snapshot
    today: date
    """The practice's local date."""
    minute: int
    """The first whole minute at or after now; every start is a whole minute."""

    @property
    def at(self) -> datetime:
        return instant_of(self.minute)


@dataclass(frozen=True, slots=True)
class _Kept:
    since: int
    standing: str
    """Zones and holds, as the statement wrote them."""
    snapshot: Snapshot


_loading = threading.Lock()
_kept = _Kept(0, "", Snapshot(first_day=-1))


def look(now: datetime) -> Look:
    """The practice and its calendars as they are now: one statement, and the work of applying what changed."""
    snapshot, version = _read(now)
    known = facts(version)
    return Look(known, snapshot, local_date(now, known.practice.time_zone), ceil_minute(now))


def current(now: datetime) -> Snapshot:
    """The calendars as they are now."""
    return _read(now)[0]


def forget() -> None:
    """Start from nothing at the next look; for tests, where databases come and go within a process."""
    global _kept  # noqa: PLW0603  the process's one copy
    _kept = _Kept(0, "", Snapshot(first_day=-1))


def _read(now: datetime) -> tuple[Snapshot, int | None]:
    """A new day begins with a full reading, which drops what is past."""
    yesterday = day_number(now.date()) - 1
    if _is_of(yesterday):
        return _changed_since(_kept, now)
    with _loading:  # one thread reads it all, the others find it read
        fresh = _Kept(0, "", Snapshot(first_day=yesterday))
        return _changed_since(_kept if _is_of(yesterday) else fresh, now)


def _is_of(yesterday: int) -> bool:
    return _kept.snapshot.first_day in {yesterday, yesterday + 1}  # around midnight threads may differ about the day


def _changed_since(kept: _Kept, now: datetime) -> tuple[Snapshot, int | None]:
    global _kept  # noqa: PLW0603  the process's one copy
    with connection.cursor() as cursor:
        cursor.execute(_CHANGED, [str(kept.since), now, now.date() - COUNTED_BEFORE])
        since, wrote_nothing, version, changed, standing = cursor.fetchone()
    snapshot = kept.snapshot
    if changed != _NOTHING or standing != kept.standing:
        snapshot = applied(snapshot, orjson.loads(changed), orjson.loads(standing))
    # A transaction also sees what it wrote itself and may yet roll back: that is not for others. Of two threads the
    # one that looked later stays.
    if wrote_nothing and (since >= _kept.since or _kept.snapshot.first_day != snapshot.first_day):
        _kept = _Kept(since, standing, snapshot)
    return snapshot, version
