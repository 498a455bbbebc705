"""The demo practice with a few open times, at the scene's Monday (2 March 2026, nine in the morning in Denver)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from moonlit.audit.actor import SYSTEM
from moonlit.availability.models import MirrorState, Slot
from moonlit.availability.services import record_department_zone
from moonlit.availability.services.calendars import rebuild
from moonlit.domain.zones import first_instant
from moonlit.practice.models import Location, Provider, ProviderVisitType
from moonlit.practicefile.services import load
from tests.support.scene import DENVER, MONDAY, Clock

EXAMPLE = Path(__file__).parents[3] / "examples" / "practice.yaml"
IN_A_WEEK = MONDAY + timedelta(days=7)
IN_THREE_WEEKS = MONDAY + timedelta(days=22)


def open_times(provider: Provider, location: Location, day: date, *starts: str, now: datetime) -> None:
    """Put open slots into the mirror, as a sync would."""
    offered = ProviderVisitType.objects.filter(provider=provider).first()
    for start in starts:
        at = first_instant(day, datetime.strptime(start, "%H:%M").time(), DENVER)
        Slot.objects.create(
            ehr_slot_id=f"{location.ehr_department_id}{provider.calendar_source_id}{day:%m%d}{start.replace(':', '')}",
            provider=provider,
            location=location,
            start=at,
            minutes=60,
            ehr_reason_ids=[offered.ehr_reason_id],
            ehr_type_id=offered.ehr_type_id or "11",
            state=Slot.State.OPEN,
            seen_at=now,
        )
    MirrorState.objects.update_or_create(
        provider=provider, location=location, defaults={"as_of": now, "attempted_at": now, "covered_to": day}
    )
    rebuild(provider.pk, now=now)


@dataclass
class Town:
    clock: Clock
    providers: dict[str, Provider] = field(default_factory=dict)
    """By last name."""
    places: dict[str, Location] = field(default_factory=dict)

    def open(self, name: str, day: date, *starts: str, place: str = "video") -> None:
        open_times(self.providers[name], self.places[place], day, *starts, now=self.clock())


def build_town() -> Town:
    """Load the practice and open a few times."""
    at = Clock(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    load(EXAMPLE.read_text(), actor=SYSTEM, now=at(), anchor=MONDAY)
    for place in Location.objects.all():
        record_department_zone(place, place.time_zone, now=at())
    built = Town(
        clock=at,
        providers={row.last_name: row for row in Provider.objects.all()},
        places={row.code: row for row in Location.objects.all()},
    )
    built.open("Quintero-Hale", IN_A_WEEK, "09:00", "10:00", "13:00")
    built.open("Quintero-Hale", IN_THREE_WEEKS, "09:00")
    built.open("Quintero-Hale", IN_A_WEEK, "15:00", place="sugarhouse")
    built.open("Wexler", IN_A_WEEK, "10:00", "11:00")
    built.open("Okafor-Bell", IN_A_WEEK, "08:00")
    return built
