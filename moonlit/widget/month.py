"""Looking for a time: which days a page lists and which month it draws, worked out from the days that have times."""

from __future__ import annotations

from calendar import Calendar
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

DAYS_A_PAGE = 5
_SUNDAY_FIRST = Calendar(firstweekday=6)


@dataclass(frozen=True, slots=True)
class OpenDays:
    """Every day of the horizon that has a free time, ascending, and how many it has."""

    counts: Mapping[date, int]
    time_zone: str
    partial: bool
    """Whether some calendars answer late (rules 3.5)."""
    today: date
    """Where the visit is."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What an address asks to see; anything unreadable in it is as good as absent."""

    first: date | None = None
    """`?from=`: the list of days begins here."""
    month: date | None = None
    """`?month=`: its first day."""
    day: date | None = None
    """`?day=`: its times, beneath its month."""


@dataclass(frozen=True, slots=True)
class Cell:
    day: date
    count: int
    is_today: bool
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class Month:
    first: date
    weeks: tuple[tuple[Cell | None, ...], ...]
    """Sunday first; None belongs to another month."""
    before: date | None
    after: date | None
    """The first day of the neighbouring month, while there are times in that direction."""


@dataclass(frozen=True, slots=True)
class Shown:
    days: tuple[date, ...]
    """Whose times are listed; empty only where nothing is free at all, or nothing from the day asked for on."""
    month: Month | None = None
    """None: the plain list of the first days."""
    more_from: date | None = None
    """Where the next page of the list begins."""
    missed: date | None = None
    """The day that was asked for, when it has no times (any more)."""
    nearest: tuple[date, ...] = field(default=())
    """Days that have times, around the one that was missed."""


def shown(open_days: OpenDays, asked: Asked) -> Shown:
    """The list opens on the first free day, a month on its first free day."""
    counts = open_days.counts
    if not counts or (asked.day is None and asked.month is None):
        return _listed(open_days, asked.first)
    free = list(counts)
    if asked.day is not None and asked.day not in counts:
        before = [day for day in free if day < asked.day][-1:]
        after = [day for day in free if day > asked.day][:1]
        month = _within(asked.day.replace(day=1), free)
        return Shown(
            (), _month(open_days, month, chosen=None), missed=asked.day, nearest=tuple(dict.fromkeys(before + after))
        )
    month = _within((asked.day or asked.month or free[0]).replace(day=1), free)
    chosen = asked.day or next((day for day in free if day.replace(day=1) == month), None)
    return Shown(() if chosen is None else (chosen,), _month(open_days, month, chosen=chosen))


def _listed(open_days: OpenDays, first: date | None) -> Shown:
    days = list(islice((day for day in open_days.counts if first is None or day >= first), DAYS_A_PAGE + 1))
    return Shown(tuple(days[:DAYS_A_PAGE]), more_from=days[DAYS_A_PAGE] if len(days) > DAYS_A_PAGE else None)


def _within(month: date, free: list[date]) -> date:
    """The month itself, or the nearest one between the first and the last free day."""
    return min(max(month, free[0].replace(day=1)), free[-1].replace(day=1))


def _month(open_days: OpenDays, first: date, *, chosen: date | None) -> Month:
    def cell(day: date) -> Cell | None:
        if day.month != first.month:
            return None
        return Cell(day, open_days.counts.get(day, 0), day == open_days.today, day == chosen)

    free = list(open_days.counts)
    weeks = _SUNDAY_FIRST.monthdatescalendar(first.year, first.month)
    return Month(
        first=first,
        weeks=tuple(tuple(cell(day) for day in week) for week in weeks),
        before=_neighbour(first, -1) if free[0] < first else None,
        after=_neighbour(first, 1) if free[-1] >= _neighbour(first, 1) else None,
    )


def _neighbour(first: date, step: int) -> date:
    """The first day of the month before (-1) or after (1)."""
    year, month = divmod(first.year * 12 + first.month - 1 + step, 12)
    return date(year, month + 1, 1)
