"""The practice's business time: office hours and closures of the whole practice, in its own zone."""

from __future__ import annotations

from datetime import date, time, timedelta

from moonlit.domain.business_time import DEFAULT_HOURS, Office
from moonlit.practice.models import Closure, Practice

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def office() -> Office:
    """Business time as of now in the database. Without office hours in the practice file: Monday to Friday, 9 to 5."""
    practice = Practice.objects.get(pk=1)
    hours = {
        number: tuple((time.fromisoformat(opens), time.fromisoformat(closes)) for opens, closes in spans)
        for number, day in enumerate(WEEKDAYS)
        if (spans := practice.office_hours.get(day))
    }
    closed: set[date] = set()
    for closure in Closure.objects.filter(location__isnull=True):
        closed |= {closure.starts + timedelta(days=n) for n in range((closure.ends - closure.starts).days + 1)}
    return Office(hours=hours or DEFAULT_HOURS, closures=frozenset(closed), zone=practice.time_zone)
