"""When a text message may ring: 08:00-21:00 in every zone the patient may be in (rules 6.4). Pure."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta

from moonlit.domain import zones
from moonlit.domain.state_zones import STATE_ZONES

EARLIEST = time(8)
LATEST = time(21)
"""The first minute in which nothing may ring."""
_DAYS = 8


def patient_zones(state: str, place_zone: str) -> tuple[str, ...]:
    """The zones to respect: all of the patient's state, or that of the place of the visit when it is not known."""
    return STATE_ZONES.get(state, (place_zone,))


def next_civil(at: datetime, in_zones: Sequence[str]) -> datetime:
    """The first instant not before `at` at which every zone's clock shows 08:00 to 20:59.

    Raises ValueError when the zones lie so far apart that there is none.
    """
    last = at + timedelta(days=_DAYS)
    while at < last:
        waits = [_opening(at, zone) for zone in in_zones if not _civil(at, zone)]
        if not waits:
            return at
        at = max(waits)
    raise ValueError("these zones have no civil hour in common")


def _civil(at: datetime, zone: str) -> bool:
    return EARLIEST <= zones.local(at, zone).time() < LATEST


def _opening(at: datetime, zone: str) -> datetime:
    """The next 08:00 of the zone; `at` lies outside its civil hours."""
    clock = zones.local(at, zone)
    day = clock.date() if clock.time() < EARLIEST else clock.date() + timedelta(days=1)
    return zones.first_instant(day, EARLIEST, zone)
