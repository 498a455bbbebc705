"""Ids of locations and visit types, as of one snapshot of the facts."""

from __future__ import annotations

from dataclasses import dataclass

from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts
from moonlit.eligibility.queries import per_facts
from moonlit.practice.models import Location, VisitType


@dataclass(frozen=True, slots=True)
class Place:
    id: int
    code: str
    time_zone: str


@per_facts(1)
def places(facts: Facts) -> dict[str, Place]:
    """Location code -> place."""
    ids = dict(Location.objects.values_list("code", "pk"))
    return {code: Place(ids[code], code, each.time_zone) for code, each in facts.locations.items()}


@per_facts(1)
def visit_type_ids(facts: Facts) -> dict[str, int]:  # noqa: ARG001
    """Code -> key."""
    return dict(VisitType.objects.values_list("code", "pk"))


def zone_of(facts: Facts, criteria: Criteria) -> str:
    """The zone times are shown in: the place's, and for video visits that of the video location."""
    zones = {
        place.time_zone
        for place in facts.locations.values()
        if place.modality is criteria.modality and criteria.location in {None, place.code}
    }
    return zones.pop() if len(zones) == 1 else facts.practice.time_zone
