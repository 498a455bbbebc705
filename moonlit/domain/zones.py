"""Wall clocks and instants (rules 3.2, 12): a local time may exist once, twice or never.

Instants are aware UTC datetimes, zones are IANA names. A date alone never passes through a timestamp.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_A_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Once:
    """The ordinary case: the clock shows this time once that day."""

    at: datetime


@dataclass(frozen=True, slots=True)
class Repeated:
    """Autumn: the clock shows this time twice. The first instant is the one to take, and to flag."""

    first: datetime
    second: datetime


@dataclass(frozen=True, slots=True)
class Gap:
    """Spring: the clock never shows this time. `until` is the instant at which it jumps over it."""

    until: datetime


def resolve(day: date, at: time, zone: str) -> Once | Repeated | Gap:
    """What a department's wall clock means as an instant. Seconds are kept; `at` must carry no zone of its own."""
    tz = ZoneInfo(zone)
    wall = datetime.combine(day, at.replace(fold=0))
    early = wall.replace(tzinfo=tz).astimezone(UTC)
    late = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)
    if early == late:
        return Once(early)
    if early < late:
        return Repeated(early, late)
    # In a gap, fold=1 reads the clock with the offset after the jump and so comes out earlier than fold=0.
    return Gap(_jump_between(late, early, tz))


def first_instant(day: date, at: time, zone: str) -> datetime:
    """The first instant at which the clock shows this time or, where it skips it, any later one."""
    match resolve(day, at, zone):
        case Once(instant):
            return instant
        case Repeated(first, _):
            return first
        case Gap(until):
            return until


def local(instant: datetime, zone: str) -> datetime:
    """The instant as the clock of that zone shows it."""
    return instant.astimezone(ZoneInfo(zone))


def local_date(instant: datetime, zone: str) -> date:
    """The calendar date at that instant in that zone."""
    return local(instant, zone).date()


@lru_cache(maxsize=4096)
def day_start(day: date, zone: str) -> datetime:
    """The first instant of a local date. A day lasts until the next one's start: 23, 24 or 25 hours."""
    return first_instant(day, time(), zone)


def is_zone(name: str) -> bool:
    """Whether the name is an IANA zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def same_clock(one: str, other: str, first: date, last: date) -> bool:
    """Whether two zone names show the same wall clock at every hour of these days (UTC, both inclusive).

    An EHR may write `US/Mountain` where we write `America/Denver` (rules 13).
    """
    a, b = ZoneInfo(one), ZoneInfo(other)
    at = datetime.combine(first, time(), tzinfo=UTC)
    end = datetime.combine(last, time(), tzinfo=UTC) + _A_DAY
    while at < end:
        if at.astimezone(a).utcoffset() != at.astimezone(b).utcoffset():
            return False
        at += timedelta(hours=1)
    return True


def clock_changes(zone: str, first: date, last: date) -> list[datetime]:
    """The instants (UTC) at which the zone's offset changes on these days (UTC, both inclusive), in order."""
    tz, changes = ZoneInfo(zone), []
    at = datetime.combine(first, time(), tzinfo=UTC)
    end = datetime.combine(last, time(), tzinfo=UTC) + _A_DAY
    while at < end:
        if at.astimezone(tz).utcoffset() != (at + _A_DAY).astimezone(tz).utcoffset():
            changes.append(_jump_between(at, at + _A_DAY, tz))
        at += _A_DAY
    return changes


def _jump_between(before: datetime, after: datetime, tz: ZoneInfo) -> datetime:
    """The instant, to the second, at which the zone's offset changes between two instants."""
    old = before.astimezone(tz).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        if middle.astimezone(tz).utcoffset() == old:
            before = middle
        else:
            after = middle
    return after.replace(microsecond=0)
