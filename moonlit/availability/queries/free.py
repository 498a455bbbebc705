"""Free time for one patient's criteria: every eligible provider's calendar, cut down to what may be shown (rules 3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import NamedTuple

from moonlit.availability.queries.caps import capped_providers, full_days
from moonlit.availability.queries.exact import bookable_starts, needs_exact_look
from moonlit.availability.queries.places import Place, places, visit_type_ids, zone_of
from moonlit.availability.queries.rows import Freshness, Row, Snapshot
from moonlit.availability.queries.snapshot import Look
from moonlit.domain.criteria import Criteria
from moonlit.domain.grid import DAY, STEP
from moonlit.domain.local_days import local_days
from moonlit.domain.starts import Mask, Starts
from moonlit.eligibility.queries import OfferedDays, offered_days

STALE_AFTER = timedelta(minutes=45)
"""A mirror older than this is shown, and said to be partial (rules 3.5): the whole horizon is asked for every 30."""


class Pair(NamedTuple):
    """One provider at one place, with the starts that may be offered."""

    provider: int
    place: Place
    free: Starts


@dataclass(frozen=True, slots=True)
class FreeTime:
    pairs: tuple[Pair, ...]
    first: date
    last: date
    """Local days asked for, cut to today and the horizon; `last` < `first` means nothing was left."""
    time_zone: str
    as_of: datetime | None
    """The oldest data used."""
    partial: bool


@dataclass(slots=True)
class _Age:
    """The oldest data seen so far."""

    as_of: datetime | None = None
    partial: bool = False

    def see(self, fresh: Freshness | None, last: date, now: datetime) -> None:
        as_of = fresh.up_to(last) if fresh is not None else None
        if fresh is None or as_of is None:
            self.partial = True
            return
        if fresh.failed or now - as_of > STALE_AFTER:
            self.partial = True
        if self.as_of is None or as_of < self.as_of:
            self.as_of = as_of


def free_time(
    look: Look, criteria: Criteria, *, first: date, last: date, provider_ids: Iterable[int] | None = None
) -> FreeTime:
    """What may be offered between two local days, both inclusive. No database statement."""
    facts, snapshot, today = look.facts, look.snapshot, look.today
    visit_type = facts.visit_types[criteria.visit_type]
    first = max(first, today)
    last = min(last, today + timedelta(days=visit_type.horizon_days))
    age = _Age()
    pairs: list[Pair] = []
    if first <= last:
        days = (last - first).days + 1
        notice = look.minute + visit_type.min_notice_hours * 60
        calendars = snapshot.rows.get(visit_type_ids(facts)[criteria.visit_type], {})
        capped, mixed = capped_providers(facts), needs_exact_look(facts, criteria.visit_type)
        for group in offered_days(facts, criteria, today):
            open_days = group.days >> (first - today).days & (1 << days) - 1
            place = places(facts)[group.location]
            wanted = _wanted(group, criteria.provider, provider_ids)
            if not open_days or not wanted:
                continue
            if snapshot.zones.get(place.id) != place.time_zone:
                age.partial = True  # the EHR's clock there is not ours: its times are withheld (rules 13)
                continue
            times = _from(notice, _times(place.time_zone, first, days, open_days, snapshot.first_day))
            rows, freshness = calendars.get(place.id, {}), snapshot.freshness.get(place.id, {})
            for provider in wanted:
                age.see(freshness.get(provider), last, look.at)
                row = rows.get(provider)
                if row is None:
                    continue
                passing = times
                if provider in capped:
                    full = full_days(
                        snapshot, facts.providers[provider], first, days, new_patient=visit_type.new_patient
                    )
                    if full:
                        rest = _times(place.time_zone, first, days, open_days & ~full, snapshot.first_day)
                        passing = _from(notice, rest)
                free = _without_holds(snapshot, provider, row).within(passing)
                if (free.bits or free.odd) and (provider, place.code) in mixed:
                    free = bookable_starts(facts, criteria, provider, place, free)
                if free.bits or free.odd:
                    pairs.append(Pair(provider, place, free))
    return FreeTime(tuple(pairs), first, last, zone_of(facts, criteria), age.as_of, age.partial)


def _wanted(group: OfferedDays, chosen: int | None, provider_ids: Iterable[int] | None) -> Iterable[int]:
    if chosen is None and provider_ids is None:
        return group.providers
    among = set(group.providers if provider_ids is None else provider_ids)
    return [each for each in group.providers if each in among and chosen in {None, each}]


def _without_holds(snapshot: Snapshot, provider: int, row: Row) -> Starts:
    holds = snapshot.holds.get(provider)
    if holds is None:
        return row.starts
    calendar = row.calendar
    for hold in holds:
        calendar = calendar.without(hold.start, hold.end)
    return calendar.offered()


@lru_cache(maxsize=1024)
def _times(zone: str, first: date, days: int, open_days: int, first_day: int) -> Mask:
    """The open local days of a zone; 23- and 25-hour days are right."""
    return local_days(zone, first, days).mask(first_day, open_days)


def _from(minute: int, times: Mask) -> Mask:
    """The times from a minute on."""
    spans = times.spans
    if not spans or spans[0][0] >= minute:
        return times
    skipped = max(-((times.first_day * DAY - minute) // STEP), 0)
    kept = tuple((max(low, minute), high) for low, high in spans if high > minute)
    return Mask(times.first_day, times.bits >> skipped << skipped, kept)
