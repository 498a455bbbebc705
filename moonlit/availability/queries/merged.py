"""The merged calendar: one entry per start with everybody who has it (rules 3.5), and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from moonlit.availability.queries.free import FreeTime, free_time
from moonlit.availability.queries.named import Lengths, by_provider
from moonlit.availability.queries.snapshot import Look, look
from moonlit.availability.queries.wall import Wall, wall
from moonlit.domain import starts
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.local_days import local_days
from moonlit.domain.reasons import LeadReason, Outcome
from moonlit.domain.zones import local_date
from moonlit.eligibility.queries import EligibilityAnswer, check

ALTERNATIVES_WITHIN = timedelta(days=14)


@dataclass(frozen=True, slots=True)
class FreeStart:
    start: datetime
    end: datetime
    """With the offset of the visit's place."""
    providers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Day:
    date: date
    count: int
    slots: tuple[FreeStart, ...] = ()


@dataclass(frozen=True, slots=True)
class Merged:
    time_zone: str
    as_of: datetime | None
    partial: bool
    days: tuple[Day, ...]


def merged(
    criteria: Criteria,
    *,
    first_day: date,
    last_day: date,
    now: datetime,
    provider_ids: Iterable[int] | None = None,
    names: bool = True,
) -> Merged:
    """Free starts of all eligible providers by local day; `names` False gives counts only, which costs far less.

    Raises Refused (`range_too_long`) when naming would take more than 60,000 provider-start pairs.
    """
    seen = look(now)
    free = free_time(seen, criteria, first=first_day, last=last_day, provider_ids=provider_ids)
    days = _named(seen.facts, criteria, free) if names else tuple(Day(day, count) for day, count in counts(free))
    return Merged(free.time_zone, free.as_of, free.partial, days)


def counts(free: FreeTime) -> list[tuple[date, int]]:
    """How many starts somebody has, for each day that has any."""
    if not free.pairs:
        return []
    days = local_days(free.time_zone, free.first, (free.last - free.first).days + 1)
    union = starts.merge((pair.free for pair in free.pairs), free.pairs[0].free.first_day)
    return [(days.date_at(index), count) for index, count in enumerate(days.counts(union)) if count]


def wall_of(free: FreeTime) -> Wall:
    """The clock its times are shown by."""
    return wall(free.time_zone, free.first, (free.last - free.first).days + 1)


def outcome(criteria: Criteria, now: datetime) -> EligibilityAnswer:
    """The answer of rules 2 with its last row: bookable, but no free time within horizon, notice and caps."""
    seen = look(now)
    answer = check(criteria, now, facts=seen.facts)
    if answer.outcome not in {Outcome.BOOKABLE, Outcome.BOOKABLE_FROM}:
        return answer
    if not counts(_horizon(seen, criteria)):
        return replace(answer, outcome=Outcome.NO_TIMES, reason=LeadReason.NO_TIMES_AVAILABLE)
    return answer


def first_free_day(criteria: Criteria, now: datetime) -> date | None:
    """The first local day with a free start, within the visit type's horizon."""
    found = counts(_horizon(look(now), criteria))
    return found[0][0] if found else None


def next_free(criteria: Criteria, now: datetime) -> dict[int, datetime]:
    """Provider -> his first free start, with the offset of the place; for cards."""
    free = _horizon(look(now), criteria)
    clock = wall_of(free)
    earliest: dict[int, int] = {}
    for pair in free.pairs:
        minute = pair.free.minutes()[0]
        earliest[pair.provider] = min(minute, earliest.get(pair.provider, minute))
    return {provider: clock.at(minute) for provider, minute in earliest.items()}


def alternatives(criteria: Criteria, near: datetime, now: datetime, limit: int = 5) -> tuple[FreeStart, ...]:
    """The free starts nearest to the one that was wanted, in order of time."""
    seen = look(now)
    zone = seen.facts.practice.time_zone
    first, last = local_date(near - ALTERNATIVES_WITHIN, zone), local_date(near + ALTERNATIVES_WITHIN, zone)
    free = free_time(seen, criteria, first=first, last=last)
    offered = [slot for day in _named(seen.facts, criteria, free) for slot in day.slots]
    nearest = sorted(offered, key=lambda slot: (abs(slot.start - near), slot.start))[:limit]
    return tuple(sorted(nearest, key=lambda slot: slot.start))


def whole_horizon(criteria: Criteria, now: datetime) -> tuple[date, date]:
    """Every local day on which a visit of this type may lie."""
    return _days(look(now), criteria)


def _days(seen: Look, criteria: Criteria) -> tuple[date, date]:
    return seen.today, seen.today + timedelta(days=seen.facts.visit_types[criteria.visit_type].horizon_days)


def _horizon(seen: Look, criteria: Criteria) -> FreeTime:
    first, last = _days(seen, criteria)
    return free_time(seen, criteria, first=first, last=last)


def _named(facts: Facts, criteria: Criteria, free: FreeTime) -> tuple[Day, ...]:
    if not free.pairs:
        return ()
    clock, lengths = wall_of(free), Lengths(facts, criteria, free)
    by_day: dict[date, list[FreeStart]] = defaultdict(list)
    for minute, providers in starts.name(by_provider(free)):
        start = clock.at(minute)
        end = clock.at(minute + lengths.longest(providers, start.date()))
        by_day[start.date()].append(FreeStart(start, end, tuple(providers)))
    return tuple(Day(day, len(slots), tuple(slots)) for day, slots in by_day.items())
