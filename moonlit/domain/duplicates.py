"""Visits that one person should not hold together (rules 4.9)."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class HeldVisit:
    """One visit of the person that still lies ahead or goes on."""

    start: datetime
    end: datetime
    """UTC, exclusive."""
    family: str
    """Family of the visit type: `medication`; "" when not known."""
    first: bool
    """A first visit of its family."""


class Double(enum.StrEnum):
    OVERLAP = "overlap"
    SECOND_FIRST_VISIT = "second_first_visit"


ESTABLISHED_FOR = timedelta(days=3 * 365 + 1)
"""A completed visit this recent makes the next one no first visit: payers count three years."""


def doubles(visit: HeldVisit, others: Iterable[HeldVisit]) -> frozenset[Double]:
    """What is wrong with holding `visit` beside the others: times that overlap (touching is no overlap), and a second
    first visit of one family.
    """
    found = set()
    for other in others:
        if visit.start < other.end and other.start < visit.end:
            found.add(Double.OVERLAP)
        if visit.first and other.first and visit.family and visit.family == other.family:
            found.add(Double.SECOND_FIRST_VISIT)
    return frozenset(found)
