"""Which provider gives which visit at which place, as far as the EHR knows all three."""

from dataclasses import dataclass

from moonlit.practice.models import Location, Provider, ProviderVisitType


@dataclass(frozen=True)
class Offer:
    provider: Provider
    row: ProviderVisitType
    place: Location


def offers(providers: list[Provider], rows: list[ProviderVisitType], places: list[Location]) -> list[Offer]:
    """Every visit a provider gives at a place of the right kind (rules 1.8); rows are his or somebody else's."""
    return [
        Offer(provider, row, place)
        for provider in providers
        for row in rows
        if row.provider_id == provider.id
        for place in places
        if _is_given_at(provider, row, place)
    ]


def _is_given_at(provider: Provider, row: ProviderVisitType, place: Location) -> bool:
    modality = "telehealth" if place.kind == Location.Kind.TELEHEALTH else "in_person"
    return (
        (row.location_id is None or row.location_id == place.id)
        and (provider.locations is None or place.code in provider.locations)
        and (provider.modalities is None or modality in provider.modalities)
        and modality in row.visit_type.modalities
    )
