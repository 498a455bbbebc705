"""Who gets a visit that any provider may take (rules 3.6)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Candidate:
    """A provider who may be booked for the start asked for.

    Counts are those of the caps (rules 3.4): live rows, holds and imported visits, in the location's zone.
    """

    provider: int
    direct: bool
    """Seen on a direct route, not under supervision. Self-pay counts as direct."""
    new_patients_that_week: int
    """New patients in the ISO week of the visit."""
    bookings_that_day: int
    """Visits of any kind on the day of the visit."""


def in_order(candidates: Iterable[Candidate]) -> list[Candidate]:
    """The order in which to try them: direct before supervised, then who has most room, then the lowest id."""
    return sorted(
        candidates,
        key=lambda one: (not one.direct, one.new_patients_that_week, one.bookings_that_day, one.provider),
    )
