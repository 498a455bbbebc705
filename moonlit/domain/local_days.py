"""The local days of a place as stretches of the calendar, 23- and 25-hour days included (rules 12)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise

from moonlit.domain import starts
from moonlit.domain.grid import DAY, STEP, minute_of
from moonlit.domain.starts import Mask, Starts
from moonlit.domain.zones import day_start


@dataclass(frozen=True, slots=True)
class LocalDays:
    """Consecutive local dates of one zone."""

    zone: str
    first: date
    edges: tuple[int, ...]
    """Minutes since EPOCH at which each day begins, and after the last one the minute it ends."""

    @property
    def count(self) -> int:
        return len(self.edges) - 1

    @property
    def all_days(self) -> int:
        """Every day wanted, for `mask`."""
        return (1 << self.count) - 1

    def date_at(self, index: int) -> date:
        return self.first + timedelta(days=index)

    def day_of(self, minute: int) -> date | None:
        """The local date of a minute; None outside these days."""
        index = bisect_right(self.edges, minute) - 1
        return self.date_at(index) if 0 <= index < self.count else None

    def mask(self, first_day: int, wanted: int) -> Mask:
        """The times of some days: bit i of `wanted` is the i-th day. Days beyond the last are ignored."""
        spans: list[tuple[int, int]] = []
        for index, (begins, ends) in enumerate(pairwise(self.edges)):
            if not wanted >> index & 1:
                continue
            if spans and spans[-1][1] == begins:
                spans[-1] = (spans[-1][0], ends)
            else:
                spans.append((begins, ends))
        return starts.mask(first_day, spans)

    def counts(self, merged: Starts) -> list[int]:
        """How many starts fall on each day."""
        base = merged.first_day * DAY
        cuts = [max(-((base - edge) // STEP), 0) for edge in self.edges]
        on_grid = [(merged.bits >> low & (1 << high - low) - 1).bit_count() for low, high in pairwise(cuts)]
        if not merged.odd:
            return on_grid
        odd_cuts = [bisect_left(merged.odd, edge) for edge in self.edges]
        return [grid + high - low for grid, (low, high) in zip(on_grid, pairwise(odd_cuts), strict=True)]


@lru_cache(maxsize=512)
def local_days(zone: str, first: date, count: int) -> LocalDays:
    """`count` local days of a zone from `first` on."""
    edges = (minute_of(day_start(first + timedelta(days=index), zone)) for index in range(count + 1))
    return LocalDays(zone, first, tuple(edges))
