"""How good the mirror of one place is, for staff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, F, Max, Min, Q, Sum

from moonlit.availability.models import DepartmentZone, MirrorState


@dataclass(frozen=True, slots=True)
class PlaceFreshness:
    providers: int
    failing: int
    """Providers whose last refresh failed."""
    error: str
    oldest: datetime | None
    """When the oldest data still shown was asked for."""
    open_slots: int
    too_short: int
    """Slots shorter than every visit their provider offers (rules 3.2)."""
    in_gap: int
    """Slots dropped because their wall-clock time does not exist."""
    ehr_time_zone: str
    zone_agrees: bool | None
    """False: the EHR's zone differs and times are withheld (rules 13). None: not compared yet; withheld too."""


def freshness_by_location() -> dict[int, PlaceFreshness]:
    """Location id -> freshness, for every location that was mirrored or compared at least once; in two queries."""
    zones = {row.location_id: row for row in DepartmentZone.objects.all()}
    mirrors = {
        row["location_id"]: row
        for row in MirrorState.objects.values("location_id").annotate(
            providers=Count("id"),
            failing=Count("id", filter=~Q(error="")),
            worst=Max("error"),
            oldest=Min("as_of"),
            slots=Sum("open_slots"),
            short=Sum("too_short"),
            gap=Max("in_gap"),  # counted per answer of the EHR and noted with each provider of it
        )
    }
    found = {}
    for location in zones.keys() | mirrors.keys():
        mirror, zone = mirrors.get(location), zones.get(location)
        found[location] = PlaceFreshness(
            providers=mirror["providers"] if mirror else 0,
            failing=mirror["failing"] if mirror else 0,
            error=mirror["worst"] if mirror else "",
            oldest=mirror["oldest"] if mirror else None,
            open_slots=mirror["slots"] if mirror else 0,
            too_short=mirror["short"] if mirror else 0,
            in_gap=mirror["gap"] if mirror else 0,
            ehr_time_zone=zone.ehr_time_zone if zone else "",
            zone_agrees=zone.agrees if zone else None,
        )
    return found


def agreeing_locations() -> set[int]:
    """Ids of the locations whose department was found to keep the clock we now have for it (rules 13)."""
    agreeing = DepartmentZone.objects.filter(agrees=True, time_zone=F("location__time_zone"))
    return set(agreeing.values_list("location_id", flat=True))
