"""Date windows: whole local days, both ends inclusive, an absent end means open (rules 1.2).

A `Windows` value is normal: sorted, no two of its periods touch or overlap. Every function here returns normal windows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Period:
    """From `starts` to `ends`, both included; None is open on that side. Raises ValueError when it ends too early."""

    starts: date | None = None
    ends: date | None = None

    def __post_init__(self) -> None:
        if self.first > self.last:
            raise ValueError("a period ends before it starts")

    @property
    def first(self) -> date:
        return self.starts or date.min

    @property
    def last(self) -> date:
        return self.ends or date.max

    def covers(self, day: date) -> bool:
        return (self.starts is None or self.starts <= day) and (self.ends is None or day <= self.ends)

    def intersect(self, other: Period) -> Period | None:
        first, last = max(self.first, other.first), min(self.last, other.last)
        return _period(first, last) if first <= last else None


Windows = tuple[Period, ...]

OPEN = Period()
ALWAYS: Windows = (OPEN,)
NEVER: Windows = ()


def join(periods: Iterable[Period]) -> Windows:
    """Periods that touch or overlap become one: a renewal or a handover without a gap is no new start (rules 2)."""
    joined: list[Period] = []
    for period in sorted(periods, key=lambda each: (each.first, each.last)):
        if joined and _touches(joined[-1], period):
            joined[-1] = _period(joined[-1].first, max(joined[-1].last, period.last))
        else:
            joined.append(period)
    return tuple(joined)


def intersect(*several: Iterable[Period]) -> Windows:
    """The days that lie in every one of the given windows."""
    common: Windows = ALWAYS
    for windows in several:
        others = tuple(windows)
        common = tuple(both for one in common for other in others if (both := one.intersect(other)) is not None)
    return join(common)


def subtract(periods: Iterable[Period], removed: Iterable[Period]) -> Windows:
    """The days of `periods` that lie in none of `removed`."""
    return intersect(periods, _complement(join(removed)))


def covers(periods: Iterable[Period], day: date) -> bool:
    return any(period.covers(day) for period in periods)


def window_on(windows: Iterable[Period], day: date) -> Period | None:
    """The window that holds the day, or None."""
    return next((period for period in windows if period.covers(day)), None)


def change_days(periods: Iterable[Period]) -> Iterator[date]:
    """The first day of each change: a start, and the day after an end."""
    for period in periods:
        if period.starts is not None:
            yield period.starts
        if period.ends is not None and period.ends < date.max:
            yield period.ends + ONE_DAY


def _period(first: date, last: date) -> Period:
    return Period(None if first == date.min else first, None if last == date.max else last)


def _touches(earlier: Period, later: Period) -> bool:
    return earlier.last == date.max or later.first <= earlier.last + ONE_DAY


def _complement(windows: Windows) -> Iterator[Period]:
    after = date.min
    for window in windows:
        if window.first > after:
            yield _period(after, window.first - ONE_DAY)
        if window.last == date.max:
            return
        after = window.last + ONE_DAY
    yield _period(after, date.max)
