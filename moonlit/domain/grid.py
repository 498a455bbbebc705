"""The clockwork under the calendars: whole minutes of UTC since a fixed day, five of them to a bit.

Integers instead of datetimes, because a calendar holds thousands of starts and an answer merges a thousand calendars.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

EPOCH = datetime(2024, 1, 1, tzinfo=UTC)
"""Minute 0 and the start of day 0. Stored rows count from it: never change it."""
STEP = 5
"""Minutes to a bit."""
DAY = 24 * 60
BITS_PER_DAY = DAY // STEP

_MINUTE = timedelta(minutes=1)


class Slot(NamedTuple):
    """A stretch of a provider's time, in minutes since EPOCH."""

    start: int
    length: int

    @property
    def end(self) -> int:
        return self.start + self.length


def minute_of(instant: datetime) -> int:
    """Whole minutes from EPOCH to an aware instant, rounded down."""
    return (instant - EPOCH) // _MINUTE


def ceil_minute(instant: datetime) -> int:
    """The first whole minute at or after an aware instant."""
    return -((EPOCH - instant) // _MINUTE)


def instant_of(minute: int) -> datetime:
    """The instant, UTC."""
    return EPOCH + minute * _MINUTE


def day_number(day: date) -> int:
    """Days from EPOCH to a date of UTC."""
    return (day - EPOCH.date()).days


def bits_between(low: int, high: int) -> int:
    """Ones from bit `low` up to, not including, `high`; bits below 0 do not exist."""
    low = max(low, 0)
    return ((1 << (high - low)) - 1) << low if high > low else 0
