"""What is shown is what the rows say, for random slots, visits, holds and caps around both changes of the clocks."""

import os
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlit.availability.models import Occupancy, Slot
from moonlit.availability.queries import merged, why_not
from moonlit.availability.services import CapReached, TimeTaken, rebuild, release
from moonlit.availability.tests.helpers import ALPINE, BASIN, IN_CLINIC, bookable, practice_changes, take
from moonlit.coverage.queries import facts
from moonlit.domain.coverage import service_on
from moonlit.domain.offers import offerable, prepare
from moonlit.domain.refusals import RefusalCode
from moonlit.domain.zones import day_start, local_date
from moonlit.practice.models import Absence, Location, Provider
from tests.support.scene import DENVER

EXAMPLES = 300 if os.environ.get("MOONLIT_LONG") == "1" else 15
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
WHO = ["71", "72", "73"]
PLACES = {"video": "1", "clinic": "2"}
CRITERIA = [BASIN, ALPINE, IN_CLINIC, replace(BASIN, payer=None, self_pay=True)]


@dataclass(frozen=True)
class AnySlot:
    who: str
    place: str
    start: datetime
    minutes: int
    reason: str


@dataclass(frozen=True)
class Taken:
    who: str
    start: datetime
    minutes: int
    kind: str
    new_patient: bool


@dataclass(frozen=True)
class World:
    slots: list
    taken: list
    caps: dict
    absent: bool


def instants(day):
    """Any five minutes, now and then any minute, of the three days around."""
    begins = day_start(day - timedelta(days=1), DENVER)
    on_grid = st.integers(0, 72 * 12).map(lambda step: step * 5)
    # Hours at which visits begin, so that they meet.
    usual = st.sampled_from([hour * 60 for hour in (24, 25, 26, 27, 33, 34, 35, 47)])
    minutes = st.one_of(usual, usual, on_grid, st.integers(0, 72 * 60))
    return minutes.map(lambda minute: begins + timedelta(minutes=minute))


def worlds(day):
    who, place = st.sampled_from(WHO), st.sampled_from(list(PLACES))
    slots = st.builds(
        AnySlot, who, place, instants(day), st.sampled_from([30, 60, 60, 60, 90]), st.sampled_from(["own", "own", "no"])
    )
    taken = st.builds(
        Taken,
        who,
        instants(day),
        st.sampled_from([15, 60, 120]),
        st.sampled_from(["ours", "ehr", "hold", "expired", "released"]),
        st.booleans(),
    )
    caps = st.fixed_dictionaries(
        {"weekly_new_patient_cap": st.sampled_from([None, 0, 1, 2]), "daily_cap": st.sampled_from([None, None, 1, 2])}
    )
    return st.builds(World, st.lists(slots, min_size=1, max_size=10), st.lists(taken, max_size=5), caps, st.booleans())


def build(scene, world, day):
    with practice_changes():
        Provider.objects.filter(pk=scene.providers["71"].pk).update(**world.caps)
        if world.absent:
            Absence.objects.create(provider=scene.providers["73"], starts=day, ends=day)
    places = {place.code: place for place in Location.objects.all()}
    Slot.objects.bulk_create(
        Slot(
            ehr_slot_id=f"s{number}",
            provider=scene.providers[slot.who],
            location=places[slot.place],
            start=slot.start,
            minutes=slot.minutes,
            ehr_reason_ids=[f"1{slot.who}" if slot.reason == "own" else "9"],
            seen_at=scene.clock(),
        )
        for number, slot in enumerate(world.slots)
    )
    for each in scene.providers.values():
        rebuild(each.pk, now=scene.clock())
    for each in world.taken:
        _occupy(scene, each)


def _occupy(scene, each):
    more = {"minutes": each.minutes, "new_patient": each.new_patient}
    if each.kind == "ehr":
        more["origin"] = Occupancy.Origin.EHR
    if each.kind in {"hold", "expired"}:
        more["expires_at"] = scene.clock() + timedelta(minutes=10 if each.kind == "hold" else -1)
    try:
        with transaction.atomic():
            appointment = take(scene, each.who, each.start, **more)
    except (TimeTaken, CapReached):
        return
    if each.kind == "released":
        release(appointment, now=scene.clock())


def naive(scene, criteria):
    """The rules read plainly, row by row."""
    known = facts()
    now = scene.clock()
    offer = prepare(known, criteria, local_date(now, known.practice.time_zone))
    live = [row for row in Occupancy.objects.filter(live=True) if row.expires_at is None or row.expires_at > now]
    found = {}
    for slot in Slot.objects.filter(state="open").select_related("location", "provider"):
        place, provider = slot.location, slot.provider
        if known.locations[place.code].modality is not criteria.modality:
            continue
        day = local_date(slot.start, place.time_zone)
        decision = offerable(offer, provider.pk, day, place.code)
        service = service_on(known, offer.ask(decision.payer, place.code), provider.pk, day)
        visit_type = known.visit_types[criteria.visit_type]
        mine = [row for row in live if row.provider_id == provider.pk]
        monday = day - timedelta(days=day.weekday())
        week = [row for row in mine if row.new_patient and monday <= row.local_date < monday + timedelta(days=7)]
        limits = known.providers[provider.pk]
        end = slot.start + timedelta(minutes=slot.minutes)
        if (
            decision.ok
            and service is not None
            and service.ehr_reason_id in slot.ehr_reason_ids
            and slot.minutes >= service.minutes
            and slot.start >= now + timedelta(hours=visit_type.min_notice_hours)
            and day <= offer.today + timedelta(days=visit_type.horizon_days)
            and not any(row.during.lower < end and slot.start < row.during.upper for row in mine)
            and (limits.daily_cap is None or sum(row.local_date == day for row in mine) < limits.daily_cap)
            and (limits.weekly_new_patient_cap is None or len(week) < limits.weekly_new_patient_cap)
        ):
            found.setdefault(slot.start, set()).add(provider.calendar_source_id)
    return found


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
@settings(max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_shown_is_what_the_rows_say_and_can_be_booked(scene, day, data):
    scene.clock.at = datetime.combine(day - timedelta(days=3), datetime.min.time(), tzinfo=UTC) + timedelta(hours=16)
    with transaction.atomic():
        scene.sync()
        build(scene, data.draw(worlds(day)), day)
        for criteria in CRITERIA:
            _check(scene, criteria, day)
        transaction.set_rollback(True)


def _check(scene, criteria, day):
    everything = offered(scene, criteria, day)
    assert everything == naive(scene, criteria)
    union = {}
    for provider in WHO:
        for start, who in offered(scene, criteria, day, [scene.providers[provider].pk]).items():
            union.setdefault(start, set()).update(who)
    assert everything == union, "merged is the union of the single providers"

    for start in {slot.start for slot in Slot.objects.all()} | set(everything):
        found = {each.provider_id for each in bookable(scene, criteria, start)}
        assert found == {scene.providers[each].pk for each in everything.get(start, ())}
        if not found:
            refused = why_not(criteria, start, provider_id=None, now=scene.clock())
            assert refused.code is RefusalCode.SLOT_TAKEN or refused.reasons


def offered(scene, criteria, day, providers=None):
    first, last = day - timedelta(days=3), day + timedelta(days=3)
    names = {row.pk: ehr for ehr, row in scene.providers.items()}
    found = merged(criteria, first_day=first, last_day=last, now=scene.clock(), provider_ids=providers)
    return {
        slot.start.astimezone(UTC): {names[each] for each in slot.providers} for day in found.days for slot in day.slots
    }
