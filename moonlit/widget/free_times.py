"""Free times as a page shows them, by list or by month, and what a press on one of them sends back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from itertools import groupby
from typing import Any

from django.http import HttpRequest
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moonlit.availability.queries import FreeStart
from moonlit.domain.criteria import Criteria
from moonlit.domain.zones import local
from moonlit.widget import time_queries, words
from moonlit.widget.month import Asked, Cell, Month, Shown, shown

LONG_DAY = 8
"""A day with more times than this is told by morning, afternoon and evening."""
_YEARS = range(2000, 2200)


def times_shown(
    request: HttpRequest,
    criteria: Criteria,
    *,
    provider: int | None,
    keep: Mapping[str, str],
    now: datetime,
    without: datetime | None = None,
) -> dict[str, Any]:
    """What `_times.html` and `_month.html` need, in two statements.

    `keep`: what every link of the page carries on in its query. `without`: the time a visit has already.
    """
    days = time_queries.open_days(criteria, provider=provider, now=now, without=without)
    asked = asked_for(request)
    seen = shown(days, asked)
    listed = time_queries.listed(criteria, provider=provider, days=seen.days, now=now, without=without)
    own = {zone for day in listed for slot in day.slots if (zone := _own_zone(slot, days.time_zone, criteria))}

    def link(**more: str) -> str:
        return "?" + urlencode({**keep, **more})

    first = next(iter(days.counts), None)
    return {
        "days": [day_of_times(day.date, day.slots, own_zone=next(iter(own), "")) for day in listed],
        "time_zone": days.time_zone,
        "zone": words.zone_words(days.time_zone),
        "own_zone": words.zone_words(own.pop()) if own else "",
        "partial": days.partial,
        "month": _month(seen.month, link) if seen.month else None,
        "month_key": f"{seen.month.first:%Y-%m}" if seen.month else "",
        "list_link": link(),
        "month_link": link(month=f"{first:%Y-%m}") if first else "",
        "more_link": link(**{"from": seen.more_from.isoformat()}) if seen.more_from else "",
        "later": asked.first is not None and seen.month is None,
        "missed": words.weekday_words(seen.missed) if seen.missed else "",
        "nearest_days": _days_to_try(seen, first, link),
    }


def _days_to_try(seen: Shown, first: date | None, link: Callable[..., str]) -> list[dict[str, str]]:
    """Where there is nothing to list: the days beside it that have times, else the very first one."""
    if seen.days or first is None:
        return []
    return [{"name": words.weekday_words(day), "link": _to_day(day, link)} for day in seen.nearest or (first,)]


def _to_day(day: date, link: Callable[..., str]) -> str:
    return link(day=day.isoformat()) + "#times"


def _month(month: Month, link: Callable[..., str]) -> dict[str, Any]:
    def cell(each: Cell | None) -> dict[str, Any] | None:
        if each is None:
            return None
        times = ngettext("%(count)d time", "%(count)d times", each.count) % {"count": each.count}
        return {
            "number": each.day.day,
            "count": each.count,
            "name": _("%(day)s: %(times)s") % {"day": words.weekday_words(each.day), "times": times},
            "link": _to_day(each.day, link) if each.count else "",
            "is_today": each.is_today,
            "is_chosen": each.is_chosen,
        }

    def neighbour(first: date | None) -> dict[str, str] | None:
        return {"name": words.month_words(first), "link": link(month=f"{first:%Y-%m}")} if first else None

    return {
        "name": words.month_words(month.first),
        "weekdays": words.weekdays(),
        "weeks": [[cell(each) for each in week] for week in month.weeks],
        "before": neighbour(month.before),
        "after": neighbour(month.after),
    }


def day_of_times(day: date, slots: Sequence[FreeStart], *, own_zone: str = "") -> dict[str, Any]:
    """One day with a label for each of its times, in parts when it is long."""
    labels = words.slot_labels([slot.start for slot in slots])
    times = [
        {"value": sent(slot.start), "label": label, "own": _own_label(slot, own_zone), "part": part_of_day(slot.start)}
        for slot, label in zip(slots, labels, strict=True)
    ]
    long = len(times) > LONG_DAY
    parts = [
        {"name": name, "times": list(some)}
        for name, some in groupby(times, key=lambda each: each["part"] if long else "")
    ]
    return {"key": day.isoformat(), "name": words.weekday_words(day), "parts": parts}


def part_of_day(at: datetime) -> str:
    """Of a time already on the right clock."""
    return _("Morning") if at.hour < 12 else _("Afternoon") if at.hour < 17 else _("Evening")


def _own_zone(slot: FreeStart, zone: str, criteria: Criteria) -> str:
    return words.own_zone(slot.start, zone, criteria.place_state)


def _own_label(slot: FreeStart, own_zone: str) -> str:
    """The same moment on the patient's own clock, where that is another (rules 12)."""
    theirs = local(slot.start, own_zone) if own_zone else slot.start
    if theirs.utcoffset() == slot.start.utcoffset():
        return ""
    return words.time_words(theirs) if theirs.date() == slot.start.date() else words.weekday_and_time_words(theirs)


def sent(start: datetime) -> str:
    """A start as the value of a button."""
    return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime | None:
    """The start that was pressed; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None and at.year in _YEARS else None


def asked_for(request: HttpRequest) -> Asked:
    """Which days the address asks to see."""
    given = request.GET
    return Asked(_date(given.get("from", "")), _date(given.get("month", "") + "-01"), _date(given.get("day", "")))


def _date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
