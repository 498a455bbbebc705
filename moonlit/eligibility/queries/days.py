"""Who may be offered where on which days: the coverage decision as masks of days (architecture "Availability")."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import date

from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.offers import offer_mask, prepare
from moonlit.eligibility.queries.essence import essence
from moonlit.eligibility.queries.kept import per_facts


@dataclass(frozen=True, slots=True)
class OfferedDays:
    """Providers who may be offered at one location on exactly the same days."""

    location: str
    days: int
    """Bit i is the i-th day from today."""
    providers: tuple[int, ...]


def offered_days(facts: Facts, criteria: Criteria, today: date) -> tuple[OfferedDays, ...]:
    """From today to the visit type's horizon; an ending licence or contract is a bit. Providers by ascending id.

    `criteria.provider` is not looked at, free time, notice and caps neither. Who is never offered is left out.
    """
    return _groups(facts, essence(facts, replace(criteria, provider=None), today), today)


@per_facts(128)
def _groups(facts: Facts, criteria: Criteria, today: date) -> tuple[OfferedDays, ...]:
    offer = prepare(facts, criteria, today)
    count = facts.visit_types[criteria.visit_type].horizon_days + 1
    groups: dict[tuple[str, int], list[int]] = defaultdict(list)
    for place in facts.locations.values():
        if place.modality is not criteria.modality or criteria.location not in {None, place.code}:
            continue
        for provider in facts.offering(criteria.visit_type):
            if days := offer_mask(offer, provider, today, count, place.code):
                groups[place.code, days].append(provider)
    return tuple(OfferedDays(location, days, tuple(who)) for (location, days), who in groups.items())
