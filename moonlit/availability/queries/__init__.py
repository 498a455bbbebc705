"""The Availability Service's reads."""

from moonlit.availability.queries.candidates import Candidate, candidates
from moonlit.availability.queries.freshness import PlaceFreshness, agreeing_locations, freshness_by_location
from moonlit.availability.queries.listing import listing
from moonlit.availability.queries.merged import (
    Day,
    FreeStart,
    Merged,
    alternatives,
    first_free_day,
    merged,
    next_free,
    outcome,
    whole_horizon,
)
from moonlit.availability.queries.snapshot import Look, look
from moonlit.availability.queries.why_not import why_not

__all__ = [
    "Candidate",
    "Day",
    "FreeStart",
    "Look",
    "Merged",
    "PlaceFreshness",
    "agreeing_locations",
    "alternatives",
    "candidates",
    "first_free_day",
    "freshness_by_location",
    "listing",
    "look",
    "merged",
    "next_free",
    "outcome",
    "whole_horizon",
    "why_not",
]
