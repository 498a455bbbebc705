"""Which slots serve a visit (rules 3.2)."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.availability.models import MirrorState, Slot
from moonlit.availability.tests.helpers import (
    ALPINE,
    BASIN,
    FRIDAY,
    IN_CLINIC,
    a_slot,
    at,
    bookable,
    change,
    mirrored,
    practice_changes,
    take,
    times,
)
from moonlit.domain.criteria import Age
from moonlit.practice.models import Location, ProviderVisitType


@pytest.fixture(autouse=True)
def _zones(scene):
    scene.sync()


def services(scene, provider):
    return ProviderVisitType.objects.filter(provider=scene.providers[provider])


def test_a_slot_serves_by_its_reason_for_this_provider(scene):
    mirrored(
        scene,
        a_slot("1", at(FRIDAY, "09:00")),
        a_slot("2", at(FRIDAY, "10:00"), reasons=("172",)),
        a_slot("3", at(FRIDAY, "11:00"), reasons=("5", "171")),
    )
    assert times(scene) == {"09:00": {"71"}, "11:00": {"71"}}


def test_a_slot_serves_by_its_type_where_the_provider_has_one(scene):
    change(services(scene, "71"), ehr_type_id="82")
    mirrored(
        scene,
        a_slot("1", at(FRIDAY, "09:00"), reasons=(), type_id="82"),
        a_slot("2", at(FRIDAY, "10:00"), reasons=(), type_id="83"),
        a_slot("3", at(FRIDAY, "09:00"), provider="73", reasons=(), type_id="82"),
    )
    assert times(scene) == {"09:00": {"71"}}
    (found,) = bookable(scene, BASIN, at(FRIDAY, "09:00"))
    assert found.ehr_reason_id == "171", "booking sends the reason, never the type"


def test_a_slot_without_reason_and_type_serves_nothing(scene):
    mirrored(scene, a_slot("1", at(FRIDAY, "09:00"), reasons=(), type_id=""))
    assert times(scene) == {}


def test_a_slot_belongs_to_its_department(scene):
    mirrored(scene, a_slot("1", at(FRIDAY, "09:00")))
    mirrored(scene, a_slot("2", at(FRIDAY, "10:00"), department="2"), place="clinic")
    assert times(scene) == {"09:00": {"71"}}
    assert times(scene, IN_CLINIC) == {"10:00": {"71"}}


def test_what_a_department_maps_to_beats_what_holds_anywhere(scene):
    (row,) = services(scene, "71")
    clinic = Location.objects.get(code="clinic")
    with practice_changes():
        ProviderVisitType.objects.create(
            provider=row.provider, visit_type=row.visit_type, location=clinic, minutes=90, ehr_reason_id="900"
        )
    for place, department in (("video", "1"), ("clinic", "2")):
        mirrored(
            scene,
            a_slot(f"{department}a", at(FRIDAY, "09:00"), department=department),
            a_slot(f"{department}b", at(FRIDAY, "11:00"), department=department, minutes=90, reasons=("900",)),
            a_slot(f"{department}c", at(FRIDAY, "13:00"), department=department, reasons=("900",)),
            place=place,
        )
    assert times(scene) == {"09:00": {"71"}}
    assert times(scene, IN_CLINIC) == {"11:00": {"71"}}


def test_a_slot_that_is_too_short_is_not_shown_but_counted(scene):
    mirrored(
        scene,
        a_slot("1", at(FRIDAY, "09:00"), minutes=55),
        a_slot("2", at(FRIDAY, "10:00"), minutes=30),
        a_slot("3", at(FRIDAY, "10:30"), minutes=30),
        a_slot("4", at(FRIDAY, "14:00"), minutes=60),
    )
    assert times(scene) == {"14:00": {"71"}}, "two short ones are not joined"
    state = MirrorState.objects.get(provider=scene.providers["71"], location__code="video")
    assert (state.open_slots, state.too_short) == (4, 3)


def test_a_longer_slot_serves_and_is_busy_as_a_whole(scene):
    mirrored(
        scene,
        a_slot("1", at(FRIDAY, "09:00"), minutes=90),
        a_slot("2", at(FRIDAY, "10:15"), minutes=60),
        a_slot("3", at(FRIDAY, "10:30"), minutes=60),
    )
    (found,) = bookable(scene, BASIN, at(FRIDAY, "09:00"))
    assert (found.end, found.slot_end) == (at(FRIDAY, "10:00"), at(FRIDAY, "10:30"))
    take(scene, "71", found.start, minutes=90, slot_id=found.slot_ehr_id)
    assert times(scene) == {"10:30": {"71"}}


def test_the_shortest_slot_that_is_long_enough_is_taken(scene):
    mirrored(
        scene,
        a_slot("short", at(FRIDAY, "09:00"), minutes=50),
        a_slot("long", at(FRIDAY, "09:00"), minutes=120),
        a_slot("right", at(FRIDAY, "09:00"), minutes=60),
    )
    (found,) = bookable(scene, BASIN, at(FRIDAY, "09:00"))
    assert found.slot_ehr_id == "right"


def test_a_start_off_the_grid_is_offered_like_any_other(scene):
    mirrored(scene, a_slot("1", at(FRIDAY, "09:07")), a_slot("2", at(FRIDAY, "09:07"), provider="73"))
    assert times(scene) == {"09:07": {"71", "73"}}
    assert [each.slot_ehr_id for each in bookable(scene, BASIN, at(FRIDAY, "09:07"))] == ["1", "2"]


def test_two_lengths_of_one_visit_at_once_are_told_apart_by_age(scene):
    """Rows that hold at the same time: children get longer visits with a reason of their own."""
    (row,) = services(scene, "71")
    with practice_changes():
        services(scene, "71").update(min_age=40)
        ProviderVisitType.objects.create(
            provider=row.provider,
            visit_type=row.visit_type,
            minutes=90,
            max_age=39,
            ehr_reason_id="940",
            starts=date(2020, 1, 1),
        )
    mirrored(
        scene,
        a_slot("1", at(FRIDAY, "09:00")),
        a_slot("2", at(FRIDAY, "09:07")),
        a_slot("3", at(FRIDAY, "11:00"), minutes=90, reasons=("940",)),
        a_slot("4", at(FRIDAY, "13:00"), minutes=60, reasons=("940",)),
    )
    young, old = replace(BASIN, age=Age(years=20)), replace(BASIN, age=Age(years=60))
    assert times(scene, young) == {"11:00": {"71"}}
    assert times(scene, old) == {"09:00": {"71"}, "09:07": {"71"}}
    for criteria, clock in ((young, "09:00"), (old, "11:00"), (young, "13:00")):
        assert bookable(scene, criteria, at(FRIDAY, clock)) == []


def test_a_change_of_length_on_a_date_is_seen_when_the_mirror_comes_by(scene):
    mirrored(scene, a_slot("1", at(FRIDAY, "09:00")), a_slot("2", at(FRIDAY, "11:00"), minutes=90))
    assert times(scene) == {"09:00": {"71"}, "11:00": {"71"}}
    change(services(scene, "71"), minutes=90)
    mirrored(scene, a_slot("1", at(FRIDAY, "09:00")), a_slot("2", at(FRIDAY, "11:00"), minutes=90))
    assert times(scene) == {"11:00": {"71"}}


def test_slots_the_clock_skips_are_dropped_and_reported(scene):
    scene.ehr.add_slot_in_gap("gap-1", department_id="1")
    scene.open("71", FRIDAY, "09:00")
    scene.sync()
    assert times(scene) == {"09:00": {"71"}}
    assert set(MirrorState.objects.filter(location__code="video").values_list("in_gap", flat=True)) == {1}


def test_a_repeated_hour_is_flagged(scene):
    autumn = date(2026, 11, 1)
    mirrored(scene, a_slot("1", at(autumn, "01:30"), repeated_hour=True), last=autumn)
    assert Slot.objects.get(ehr_slot_id="1").repeated_hour


def test_a_resident_is_shown_with_the_resident_s_own_slots(scene):
    mirrored(scene, a_slot("1", at(FRIDAY, "09:00"), provider="72"))
    assert times(scene, ALPINE) == {"09:00": {"72"}}
    assert times(scene, BASIN) == {}
