"""Free times and the clinicians who have them, as step 3 and moving a visit show them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from moonlit.availability.queries import Day, merged, next_free
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts, ProviderFacts
from moonlit.domain.zones import local_date
from moonlit.widget import words
from moonlit.widget.journey import Standing
from moonlit.widget.month import OpenDays
from moonlit.widget.queries import full_name, portraits


def open_days(criteria: Criteria, *, provider: int | None, now: datetime, without: datetime | None = None) -> OpenDays:
    """The days of the whole horizon that have a time, of everybody or of one clinician; one statement.

    A start of `without` does not count: the time a visit has already.
    """
    only = None if provider is None else [provider]
    found = merged(criteria, first_day=date.min, last_day=date.max, now=now, provider_ids=only, names=False)
    counts = {day.date: day.count for day in found.days}
    if without is not None and (own := local_date(without, found.time_zone)) in counts:
        left = sum(len(day.slots) for day in listed(criteria, provider=provider, days=[own], now=now, without=without))
        counts = {day: left if day == own else count for day, count in counts.items() if day != own or left}
    return OpenDays(counts, found.time_zone, found.partial, today=local_date(now, found.time_zone))


def listed(
    criteria: Criteria, *, provider: int | None, days: Sequence[date], now: datetime, without: datetime | None = None
) -> list[Day]:
    """The times of these days, ascending; one statement, or none where there are no days."""
    if not days:
        return []
    only = None if provider is None else [provider]
    found = merged(criteria, first_day=days[0], last_day=days[-1], now=now, provider_ids=only)
    kept = [Day(day.date, day.count, tuple(slot for slot in day.slots if slot.start != without)) for day in found.days]
    return [day for day in kept if day.slots and day.date in days]


@dataclass(frozen=True, slots=True)
class Card:
    """One clinician to choose."""

    id: int
    name: str
    initials: str
    photo: str
    languages: tuple[str, ...]
    about: str
    supervisor: str
    with_interpreter: bool
    next_free: datetime


def cards(standing: Standing, facts: Facts, now: datetime) -> list[Card]:
    """Everybody who has a free time, the earliest first; two statements."""
    if standing.answer is None or standing.criteria is None:
        return []
    free = next_free(standing.criteria, now)
    seen = portraits(free)
    found = [
        Card(
            id=each.id,
            name=full_name(each.name, each.credentials),
            initials=seen[each.id].initials,
            photo=seen[each.id].photo,
            languages=each.languages,
            about=words.shown_in(seen[each.id].about),
            supervisor=_named(facts.providers[each.supervisor.id]) if each.supervisor else "",
            with_interpreter=each.with_interpreter,
            next_free=free[each.id],
        )
        for each in standing.answer.providers
        if each.id in free
    ]
    return sorted(found, key=lambda card: (card.next_free, card.id))


def _named(found: ProviderFacts) -> str:
    return full_name(found.name, found.credentials)
