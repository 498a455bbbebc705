"""The calendars reads are answered from: open time of the mirror less occupancy that does not expire."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache

from moonlit.availability.models import Occupancy, ProviderCalendar, Slot, serves
from moonlit.availability.queries.places import places, visit_type_ids
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain import calendars
from moonlit.domain.calendars import Calendar
from moonlit.domain.facts import ServiceFacts
from moonlit.domain.grid import DAY, ceil_minute, day_number, instant_of, minute_of
from moonlit.domain.grid import Slot as Stretch
from moonlit.domain.zones import local_date

LONGEST_STAY = timedelta(days=2)
"""No visit lasts longer; its date of service bounds the search for what still blocks time."""


@dataclass(frozen=True, slots=True)
class _Open:
    """An open slot as the rebuild needs it."""

    stretch: Stretch
    day: date
    """Local date of service."""
    reasons: list[str]
    type_id: str

    def fits(self, service: ServiceFacts) -> bool:
        return self.stretch.length >= service.minutes and serves(
            self.reasons, self.type_id, ehr_reason_id=service.ehr_reason_id, ehr_type_id=service.ehr_type_id
        )


def first_day_of(now: datetime) -> int:
    """The day new calendars count from: yesterday, UTC, which is today or earlier in every zone of the practice."""
    return day_number(now.date()) - 1


def rebuild(provider_id: int, *, now: datetime) -> None:
    """Write the provider's calendars anew where they differ. Call under the provider's advisory lock.

    A slot serves a visit type if its EHR reason or type maps to it for this provider and place (rules 3.2).
    """
    facts = current_facts()
    first_day = first_day_of(now)
    visit_types = visit_type_ids(facts)
    codes = {place.id: code for code, place in places(facts).items()}
    services: dict[str, list[ServiceFacts]] = defaultdict(list)
    if provider_id in facts.providers:
        for row in facts.providers[provider_id].services:
            services[row.visit_type].append(row)
    busy = _busy(provider_id, now)
    built: dict[tuple[int, int], Calendar] = {}
    for place, slots in _open_slots(provider_id, first_day).items():
        for visit_type, rows in services.items():
            on = _in_force(rows, codes.get(place))
            fitting = [slot.stretch for slot in slots if any(slot.fits(row) for row in on(slot.day))]
            minutes = min(row.minutes for row in rows)
            built[place, visit_types[visit_type]] = calendars.build(fitting, busy, minutes=minutes, first_day=first_day)
    stored = {(row.location_id, row.visit_type_id): row for row in _rows(provider_id)}
    for key in sorted(stored.keys() | built.keys()):
        row = stored.get(key)
        empty = Calendar(first_day, row.slot_minutes if row else 0, 0)
        _store(provider_id, *key, built.get(key, empty), row)


def take(provider_id: int, start: datetime, end: datetime) -> None:
    """Take a stretch out of calendars that are right otherwise: the same as `rebuild` without reading every slot."""
    for row in _rows(provider_id):
        calendar = Calendar.from_row(row.first_day, row.slot_minutes, bytes(row.bits), row.odd_starts)
        rest = calendar.without(minute_of(start), ceil_minute(end))
        _store(provider_id, row.location_id, row.visit_type_id, rest, row)


def _in_force(rows: Iterable[ServiceFacts], place: str | None) -> Callable[[date], list[ServiceFacts]]:
    """The rows that hold at a place on a day: its own, or else those for any place, as the decision takes them."""
    own = [row for row in rows if row.location == place]
    anywhere = [row for row in rows if row.location is None]

    @cache
    def on(day: date) -> list[ServiceFacts]:
        return [row for row in own if row.during.covers(day)] or [row for row in anywhere if row.during.covers(day)]

    return on


def _rows(provider_id: int) -> Iterable[ProviderCalendar]:
    """In id order, after the provider's advisory lock."""
    return ProviderCalendar.objects.filter(provider_id=provider_id).order_by("id")


def _store(
    provider_id: int, location_id: int, visit_type_id: int, calendar: Calendar, row: ProviderCalendar | None
) -> None:
    columns = {
        "first_day": calendar.first_day,
        "slot_minutes": calendar.slot_minutes,
        "bits": calendar.free_bytes(),
        "odd_starts": calendar.odd_numbers(),
    }
    if row is None:
        ProviderCalendar.objects.create(
            provider_id=provider_id, location_id=location_id, visit_type_id=visit_type_id, **columns
        )
    elif any(_plain(getattr(row, name)) != value for name, value in columns.items()):
        ProviderCalendar.objects.filter(pk=row.pk).update(**columns)


def _plain(value: object) -> object:
    return bytes(value) if isinstance(value, memoryview) else value


def _open_slots(provider_id: int, first_day: int) -> dict[int, list[_Open]]:
    found: dict[int, list[_Open]] = defaultdict(list)
    rows = Slot.objects.filter(
        provider_id=provider_id, state=Slot.State.OPEN, start__gte=instant_of(first_day * DAY)
    ).values_list("location_id", "location__time_zone", "start", "minutes", "ehr_reason_ids", "ehr_type_id")
    for location_id, zone, start, minutes, reasons, type_id in rows:
        found[location_id].append(_Open(Stretch(minute_of(start), minutes), local_date(start, zone), reasons, type_id))
    return found


def _busy(provider_id: int, now: datetime) -> list[tuple[int, int]]:
    rows = Occupancy.objects.filter(
        provider_id=provider_id, live=True, expires_at=None, local_date__gte=now.date() - LONGEST_STAY
    ).values_list("during", flat=True)
    return [(minute_of(during.lower), ceil_minute(during.upper)) for during in rows]
