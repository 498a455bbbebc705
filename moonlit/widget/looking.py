"""How a page that waits for the EHR looks again by itself: often at first, then patiently, then no more."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from django.http import HttpRequest

from moonlit.domain.booking import ALERT_STAFF_AFTER
from moonlit.domain.business_time import Promise

LOOKS = (2, 3, 5, 8, 13, 21)
"""Seconds until each of the first looks. Without scripts each is a reload and these are all: a page that never rests
cannot be read aloud."""
PATIENT_SECONDS = 30
_MOST_LOOKS = len(LOOKS) + (15 * 60 - sum(LOOKS)) // PATIENT_SECONDS
"""With scripts, which change nothing on the page before there is news: a quarter of an hour."""
_USUALLY_WITHIN = timedelta(minutes=2)


class Waiting(StrEnum):
    """What may honestly be said of a request that has not been answered."""

    FRESH = "fresh"
    SLOW = "slow"
    HANDLED = "handled"
    """Staff have been told (rules 4.5)."""
    LATE = "late"
    """The answer we promised is overdue (rules 4.4)."""


def waiting(asked_at: datetime, promise: Promise | None, now: datetime) -> Waiting:
    """How long it has been, as far as it changes what is said."""
    if promise is not None and now > promise.at:
        return Waiting.LATE
    if now - asked_at >= ALERT_STAFF_AFTER:
        return Waiting.HANDLED
    return Waiting.FRESH if now - asked_at < _USUALLY_WITHIN else Waiting.SLOW


def look_of(request: HttpRequest) -> int:
    """How often the page has looked again by itself; `?look=stop` ends it."""
    text = request.GET.get("look", "0")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 3 else _MOST_LOOKS


def seconds_until(look: int, *, scripts: bool) -> int | None:
    """Until the next look; None: it was the last."""
    if look < len(LOOKS):
        return LOOKS[look]
    return PATIENT_SECONDS if scripts and look < _MOST_LOOKS else None
