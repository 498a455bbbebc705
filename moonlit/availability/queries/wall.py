"""Minutes of the calendar as the clock on a place's wall shows them, written as the interface wants them (rules 12)."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from moonlit.domain.grid import DAY, instant_of
from moonlit.domain.local_days import local_days

_CLOCK = tuple(f"T{minute // 60:02}:{minute % 60:02}:00" for minute in range(DAY))


@dataclass(frozen=True, slots=True)
class Wall:
    """Some consecutive days of a zone, and one more for visits that end after midnight."""

    zone: ZoneInfo
    edges: tuple[int, ...]
    dates: tuple[date, ...]
    heads: tuple[str, ...]
    """The date of each day."""
    tails: tuple[str | None, ...]
    """Its offset; None where the clocks change that day."""

    def day_index(self, minute: int) -> int:
        return bisect_right(self.edges, minute) - 1

    def at(self, minute: int) -> datetime:
        """The local time with its offset."""
        return instant_of(minute).astimezone(self.zone)

    def text(self, minute: int) -> str:
        """RFC 3339 with the offset of the place: `at(minute).isoformat()`, some twenty times faster."""
        index = bisect_right(self.edges, minute) - 1
        if 0 <= index < len(self.tails):
            tail = self.tails[index]
            if tail is not None:
                return self.heads[index] + _CLOCK[minute - self.edges[index]] + tail
        return self.at(minute).isoformat(timespec="seconds")


@lru_cache(maxsize=256)
def wall(zone: str, first: date, days: int) -> Wall:
    """The days of a zone from `first` on."""
    known = local_days(zone, first, days + 1)
    tz = ZoneInfo(zone)
    dates = tuple(known.date_at(index) for index in range(days + 1))
    tails: list[str | None] = []
    for begins, ends in zip(known.edges, known.edges[1:], strict=False):
        first_minute = instant_of(begins).astimezone(tz)
        plain = ends - begins == DAY and first_minute.hour == first_minute.minute == 0
        tails.append(first_minute.isoformat(timespec="seconds")[19:] if plain else None)
    return Wall(tz, known.edges, dates, tuple(day.isoformat() for day in dates), tuple(tails))
