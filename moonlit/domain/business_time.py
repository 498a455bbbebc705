"""Office hours: when an answer is promised, when a task is due (rules 4.4, 4.5, 4.15, 7).

Hours are the practice's wall clock, in its zone; what comes out is an instant in UTC or a date. A closure of the
practice is no business day.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType

from moonlit.domain.zones import day_start, first_instant, local_date

DEFAULT_HOURS: Mapping[int, Sequence[tuple[time, time]]] = MappingProxyType(
    dict.fromkeys(range(5), ((time(9), time(17)),))
)
"""Monday to Friday, nine to five, until the practice says otherwise."""

ANSWER_WITHIN = timedelta(hours=2)
"""Office time in which staff settle a booking that the EHR did not (rules 4.5); what is promised leaves room for it."""

_SEARCH_DAYS = 400


@dataclass(frozen=True, slots=True)
class Office:
    """When somebody is in."""

    hours: Mapping[int, Sequence[tuple[time, time]]]
    """Weekday (Monday is 0) to spans of wall-clock time, ascending; a span that ends at midnight ends with the day."""
    closures: frozenset[date]
    zone: str


class PromiseKind(enum.StrEnum):
    TODAY = "today"
    NEXT_BUSINESS_DAY = "next_business_day"


@dataclass(frozen=True, slots=True)
class Promise:
    """When we answer: "today by 5 PM", "next business day"."""

    kind: PromiseKind
    day: date
    by: time
    """Wall clock of `zone`."""
    zone: str
    at: datetime
    """The same moment, UTC."""


def is_business_day(day: date, office: Office) -> bool:
    """Whether the office opens at all that day."""
    return day not in office.closures and bool(office.hours.get(day.weekday()))


def next_business_day(day: date, office: Office) -> date:
    """The first business day after `day`. ValueError when the office does not open within a year."""
    return next(_business_days(day + timedelta(days=1), office))


def add_business_days(day: date, days: int, office: Office) -> date:
    """The date `days` business days after `day`, which itself does not count."""
    for _ in range(days):
        day = next_business_day(day, office)
    return day


def business_days_between(first: date, last: date, office: Office) -> int:
    """Business days after `first` up to and including `last`."""
    return sum(is_business_day(first + timedelta(days=n), office) for n in range(1, (last - first).days + 1))


def add_business_time(start: datetime, amount: timedelta, office: Office) -> datetime:
    """The instant at which `amount` of office time has passed since `start`. ValueError as above."""
    spans = _open_from(start, office)
    begins, closes = next(spans)
    left = amount
    while left > closes - begins:
        left -= closes - begins
        begins, closes = next(spans)
    return begins + left


def end_of_business_day(now: datetime, office: Office) -> datetime:
    """When today's office hours end or, if they have, the next business day's: the due time of a same-day task."""
    return next(
        closes
        for day in _business_days(local_date(now, office.zone), office)
        for _, closes in _open_spans(day, office)[-1:]
        if closes > now
    )


def promise(now: datetime, office: Office) -> Promise:
    """By when a booking that the EHR has not answered will be settled (rules 4.4)."""
    day = local_date(add_business_time(now, ANSWER_WITHIN, office), office.zone)
    kind = PromiseKind.TODAY if day == local_date(now, office.zone) else PromiseKind.NEXT_BUSINESS_DAY
    return Promise(kind, day, office.hours[day.weekday()][-1][1], office.zone, _open_spans(day, office)[-1][1])


def answer_by(asked: datetime, office: Office) -> date:
    """By the end of which day a person answers whoever asked at that instant: a lead, or somebody who wants a visit
    moved (rules 2). It is promised on the page and again in the message. ValueError as above.
    """
    return next_business_day(local_date(asked, office.zone), office)


def estimate_due(asked: date, visit: date, office: Office) -> date | None:
    """When the good-faith estimate of a self-pay visit is due; None: only on request (rules 4.15)."""
    ahead = business_days_between(asked, visit, office)
    if ahead >= 10:
        return add_business_days(asked, 3, office)
    return add_business_days(asked, 1, office) if ahead >= 3 else None


def _business_days(first: date, office: Office) -> Iterator[date]:
    for n in range(_SEARCH_DAYS):
        day = first + timedelta(days=n)
        if is_business_day(day, office):
            yield day
    raise ValueError("the office does not open within a year")


def _open_from(start: datetime, office: Office) -> Iterator[tuple[datetime, datetime]]:
    for day in _business_days(local_date(start, office.zone), office):
        for opens, closes in _open_spans(day, office):
            if closes > start:
                yield max(opens, start), closes


def _open_spans(day: date, office: Office) -> list[tuple[datetime, datetime]]:
    return [
        (
            first_instant(day, opens, office.zone),
            first_instant(day, closes, office.zone)
            if closes > opens
            else day_start(day + timedelta(days=1), office.zone),
        )
        for opens, closes in office.hours[day.weekday()]
    ]
