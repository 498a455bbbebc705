"""The Availability Service's reads."""

from moonlit.availability.queries.candidates import Candidate, candidate_for_slot, candidates
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
from moonlit.availability.queries.seen import SlotAsSeen, busy_spans, others_busy, slot_as_seen
from moonlit.availability.queries.snapshot import Look, look
from moonlit.availability.queries.why_not import why_not

__all__ = [
    "Candidate",
    "Day",
    "FreeStart",
    "Look",
    "Merged",
    "PlaceFreshness",
    "SlotAsSeen",
    "agreeing_locations",
    "alternatives",
    "busy_spans",
    "candidate_for_slot",
    "candidates",
    "first_free_day",
    "freshness_by_location",
    "listing",
    "look",
    "merged",
    "next_free",
    "others_busy",
    "outcome",
    "slot_as_seen",
    "whole_horizon",
    "why_not",
]
