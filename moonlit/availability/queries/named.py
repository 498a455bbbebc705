"""Who has which start (rules 3.5), and how long a visit with each provider lasts."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date

from moonlit.availability.queries.free import FreeTime
from moonlit.domain import starts
from moonlit.domain.coverage import service_on
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.domain.starts import Starts

MOST_PAIRS = 60_000


def by_provider(free: FreeTime) -> list[tuple[int, Starts]]:
    """The starts of each provider by ascending id, his places merged: one person, one body.

    Raises Refused (`range_too_long`) when naming them would take more than 60,000 provider-start pairs.
    """
    rows: dict[int, list[Starts]] = defaultdict(list)
    for pair in free.pairs:
        rows[pair.provider].append(pair.free)
    if sum(len(each) for several in rows.values() for each in several) > MOST_PAIRS:
        raise Refused(
            RefusalCode.RANGE_TOO_LONG, "These are too many times at once. Please ask for fewer days or providers."
        )
    return [
        (provider, each[0] if len(each) == 1 else starts.merge(each, each[0].first_day))
        for provider, each in sorted(rows.items())
    ]


class Lengths:
    """Minutes a visit lasts, by provider and local day; the longest where he has several places."""

    def __init__(self, facts: Facts, criteria: Criteria, free: FreeTime) -> None:
        self._facts, self._criteria = facts, criteria
        self._places: dict[int, set[str]] = defaultdict(set)
        for pair in free.pairs:
            self._places[pair.provider].add(pair.place.code)
        self._fixed: dict[int, int] = {}
        self._by_day: dict[tuple[int, date], int] = {}
        for provider in self._places:
            lengths = {row.minutes for row in facts.services_of(provider, criteria.visit_type)}
            if len(lengths) == 1:
                self._fixed[provider] = lengths.pop()
        same = set(self._fixed.values())
        self.everybody = same.pop() if len(same) == 1 and len(self._fixed) == len(self._places) else None

    def longest(self, providers: Iterable[int], day: date) -> int:
        """The minutes shown for a start that these providers have."""
        if self.everybody is not None:
            return self.everybody
        return max(self._fixed.get(each) or self._on(each, day) for each in providers)

    def _on(self, provider: int, day: date) -> int:
        if (provider, day) not in self._by_day:
            asks = [self._criteria.ask(None, location=place) for place in self._places[provider]]
            found = [service_on(self._facts, ask, provider, day) for ask in asks]
            self._by_day[provider, day] = max((row.minutes for row in found if row is not None), default=0)
        return self._by_day[provider, day]
