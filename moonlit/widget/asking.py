"""What step 2 can ask about at all: which kinds of first visit there are, and where somebody offers one."""

from __future__ import annotations

from dataclasses import dataclass

from moonlit.domain.facts import Facts, LocationFacts
from moonlit.domain.reasons import Modality


@dataclass(frozen=True, slots=True)
class PlacesOffered:
    by_video: bool
    clinics: frozenset[str]
    """Codes."""


def kinds_of_help(facts: Facts) -> list[str]:
    """Codes of the visits somebody new may choose from, one a family, in the order of the practice file."""
    by_family: dict[str, str] = {}
    for code, each in facts.visit_types.items():
        if each.public and each.new_patient:
            by_family.setdefault(each.family, code)
    return list(by_family.values())


def places_offered(facts: Facts) -> PlacesOffered:
    """Where some clinician performs a first visit, whoever pays for it and whenever: no other place is worth asking."""
    kinds = kinds_of_help(facts)
    places = [place for place in facts.locations.values() if any(_offered(facts, kind, place) for kind in kinds)]
    return PlacesOffered(
        by_video=any(place.modality is Modality.TELEHEALTH for place in places),
        clinics=frozenset(place.code for place in places if place.modality is Modality.IN_PERSON),
    )


def _offered(facts: Facts, kind: str, place: LocationFacts) -> bool:
    return place.modality in facts.visit_types[kind].modalities and any(
        _works_there(facts, provider, kind, place) for provider in facts.offering(kind)
    )


def _works_there(facts: Facts, provider: int, kind: str, place: LocationFacts) -> bool:
    """As the decision sees it (rules 1.8): a row for the place or for any, and the place among the clinician's own."""
    who = facts.providers[provider]
    return (
        place.modality in who.modalities
        and (who.locations is None or place.code in who.locations)
        and any(row.location in {None, place.code} for row in facts.services_of(provider, kind))
    )
