"""Taking time: one body, caps, holds, imports (rules 3.3, 3.4, 4.1, 4.2)."""

from datetime import date, timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction

from moonlit.availability.models import CapCount, Occupancy, ProviderCalendar
from moonlit.availability.services import CapReached, TimeTaken, rebuild, release
from moonlit.availability.tests.helpers import (
    BASIN,
    FRIDAY,
    IN_CLINIC,
    a_slot,
    at,
    bookable,
    change,
    hold,
    mirrored,
    shown,
    take,
    times,
)
from moonlit.practice.models import Provider
from tests.support.scene import MONDAY

EHR = Occupancy.Origin.EHR
NINE, TEN, ELEVEN = (at(FRIDAY, clock) for clock in ("09:00", "10:00", "11:00"))
NEXT_WEEK = FRIDAY + timedelta(days=7)


@pytest.fixture
def scene(scene):
    scene.sync()
    days = [FRIDAY, FRIDAY + timedelta(days=1), FRIDAY + timedelta(days=2), NEXT_WEEK]
    for place, department in (("video", "1"), ("clinic", "2")):
        mirrored(
            scene,
            *(
                a_slot(f"{department}{provider}{day}{clock}", at(day, clock), provider=provider, department=department)
                for provider in ("71", "73")
                for day in days
                for clock in ("09:00", "10:00", "11:00")
            ),
            place=place,
        )
    return scene


def of(scene, provider):
    return Provider.objects.filter(pk=scene.providers[provider].pk)


# One person, one body


def test_time_taken_hides_the_provider_in_every_department(scene):
    take(scene, "71", NINE, minutes=75)
    assert times(scene) == {"09:00": {"73"}, "10:00": {"73"}, "11:00": {"71", "73"}}
    assert times(scene, IN_CLINIC) == times(scene)


def test_released_time_is_shown_again_and_releasing_twice_changes_nothing(scene):
    appointment = take(scene, "71", NINE)
    before = list(CapCount.objects.values_list("kind", "count"))
    release(appointment, now=scene.clock())
    release(appointment, now=scene.clock())
    release(uuid4(), now=scene.clock())
    assert times(scene)["09:00"] == {"71", "73"}
    assert before == [("day", 1), ("week_new", 1)]
    assert set(CapCount.objects.values_list("count", flat=True)) == {0}


def test_two_live_rows_of_one_provider_may_not_overlap_in_any_department(scene):
    take(scene, "71", NINE)
    for start, place in ((NINE, "clinic"), (NINE + timedelta(minutes=59), "video"), (at(FRIDAY, "08:01"), "clinic")):
        with pytest.raises(TimeTaken):
            take(scene, "71", start, place=place)
    take(scene, "71", TEN, place="clinic")
    take(scene, "71", at(FRIDAY, "08:00"))
    take(scene, "73", NINE)


def test_the_database_itself_refuses_an_overlap(scene):
    take(scene, "71", NINE)
    row = Occupancy.objects.get()
    with pytest.raises(IntegrityError, match="occupancy_one_body"), transaction.atomic():
        Occupancy.objects.bulk_create([Occupancy(**{**_columns(row), "appointment": uuid4()})])


def _columns(row):
    return {field.attname: getattr(row, field.attname) for field in Occupancy._meta.concrete_fields}


def test_one_slot_of_the_ehr_is_taken_once(scene):
    take(scene, "71", NINE, slot_id="s")
    with pytest.raises(TimeTaken):
        take(scene, "73", TEN, slot_id="s")


def test_a_fault_of_ours_is_not_told_as_taken_time(scene):
    with pytest.raises(IntegrityError), transaction.atomic():
        take(scene, "71", NINE, slot_id="x", origin=None)


def test_taking_again_gives_the_earlier_time_back(scene):
    appointment = take(scene, "71", NINE)
    take(scene, "73", TEN, appointment=appointment)
    assert times(scene) == {"09:00": {"71", "73"}, "10:00": {"71"}, "11:00": {"71", "73"}}
    counts = dict(CapCount.objects.filter(kind="day").values_list("provider_id", "count"))
    assert counts == {scene.providers["71"].pk: 0, scene.providers["73"].pk: 1}


# Imports


def test_an_import_is_never_refused_but_hides_our_time(scene):
    take(scene, "71", NINE)
    take(scene, "71", NINE, origin=EHR)
    take(scene, "71", at(FRIDAY, "09:30"), origin=EHR, place="clinic")
    assert times(scene) == {"09:00": {"73"}, "10:00": {"73"}, "11:00": {"71", "73"}}
    with pytest.raises(TimeTaken):
        take(scene, "71", TEN)


def test_an_import_may_share_a_slot_id(scene):
    take(scene, "71", NINE, slot_id="s")
    take(scene, "71", NINE, slot_id="s", origin=EHR)


# Holds


def test_a_hold_hides_the_time_at_once_and_no_longer_when_it_expires(scene):
    hold(scene, "71", NINE)
    assert times(scene)["09:00"] == {"73"}
    with pytest.raises(TimeTaken):
        take(scene, "71", NINE)
    scene.clock.forward(minutes=10)
    assert times(scene)["09:00"] == {"71", "73"}, "no sweeper has come by"
    take(scene, "71", NINE)
    assert Occupancy.objects.filter(live=True).count() == 1


def test_an_expired_hold_gives_its_slot_free_also_for_another_provider(scene):
    hold(scene, "71", NINE, slot_id="moved")
    scene.clock.forward(minutes=11)
    take(scene, "73", TEN, slot_id="moved")


def test_a_hold_becomes_a_booking_of_the_same_time(scene):
    appointment = hold(scene, "71", NINE)
    take(scene, "71", NINE, appointment=appointment)
    assert times(scene)["09:00"] == {"73"}
    assert set(CapCount.objects.values_list("kind", "count")) == {("day", 1), ("week_new", 1)}


def test_a_hold_takes_the_last_place_and_gives_it_to_its_own_booking(scene):
    change(of(scene, "71"), weekly_new_patient_cap=1)
    appointment = hold(scene, "71", NINE)
    with pytest.raises(CapReached):
        take(scene, "71", TEN)
    take(scene, "71", NINE, appointment=appointment)


# Caps


def test_the_weekly_cap_counts_new_patients_from_monday_to_sunday(scene):
    change(of(scene, "71"), weekly_new_patient_cap=2)
    take(scene, "71", NINE, new_patient=False)
    take(scene, "71", TEN)
    assert times(scene)["11:00"] == {"71", "73"}
    sunday = FRIDAY + timedelta(days=2)
    take(scene, "71", at(sunday, "09:00"))
    found = shown(scene)
    assert {start[:10] for start, who in found.items() if "71" in who} == {str(NEXT_WEEK)}
    assert bookable(scene, BASIN, ELEVEN, "71") == []
    with pytest.raises(CapReached):
        take(scene, "71", ELEVEN)
    take(scene, "71", ELEVEN, new_patient=False)
    take(scene, "71", at(NEXT_WEEK, "09:00"))


def test_a_hold_of_a_known_patient_does_not_count_as_a_new_one(scene):
    change(of(scene, "71"), weekly_new_patient_cap=1)
    hold(scene, "71", NINE, new_patient=False)
    assert times(scene)["10:00"] == {"71", "73"}
    take(scene, "71", TEN)


def test_the_daily_cap_counts_every_visit_of_the_day(scene):
    change(of(scene, "71"), daily_cap=2)
    take(scene, "71", NINE, new_patient=False)
    hold(scene, "71", TEN, new_patient=False)
    assert times(scene)["11:00"] == {"73"}
    with pytest.raises(CapReached):
        take(scene, "71", ELEVEN)
    scene.clock.forward(minutes=11)
    assert times(scene)["11:00"] == {"71", "73"}
    take(scene, "71", ELEVEN)


def test_imported_new_patients_count_and_a_cap_of_none_closes_nothing(scene):
    change(of(scene, "71"), weekly_new_patient_cap=1)
    take(scene, "71", at(FRIDAY - timedelta(days=3), "09:00"), origin=EHR)
    assert all("71" not in who for who in times(scene).values())
    take(scene, "71", at(FRIDAY, "15:00"), origin=EHR)
    with pytest.raises(CapReached):
        take(scene, "71", NINE)
    assert times(scene)["09:00"] == {"73"}


def test_a_cap_of_zero_closes_the_calendar(scene):
    change(of(scene, "71"), weekly_new_patient_cap=0)
    assert all(who == {"73"} for who in shown(scene).values())
    with pytest.raises(CapReached):
        take(scene, "71", NINE)


def test_a_cancelled_visit_gives_its_place_back(scene):
    change(of(scene, "71"), weekly_new_patient_cap=1)
    appointment = take(scene, "71", NINE)
    assert times(scene)["10:00"] == {"73"}
    release(appointment, now=scene.clock())
    assert times(scene)["10:00"] == {"71", "73"}


def test_caps_are_counted_in_the_zone_of_the_place(scene):
    """Sunday night in Denver is Monday in UTC: it is still the earlier week."""
    change(of(scene, "71"), weekly_new_patient_cap=1)
    sunday = FRIDAY + timedelta(days=2)
    take(scene, "71", at(sunday, "23:00"))
    assert CapCount.objects.get(kind="week_new").starts == date(2026, 3, 2)
    assert {start[:10] for start, who in shown(scene).items() if "71" in who} == {str(NEXT_WEEK)}


# Calendars


def test_taking_a_stretch_out_is_the_same_as_building_anew(scene):
    take(scene, "71", NINE, minutes=61)
    take(scene, "71", at(NEXT_WEEK, "10:30"), minutes=15)
    rows = ProviderCalendar.objects.order_by("pk")
    taken = [(bytes(row.bits), row.odd_starts) for row in rows]
    rebuild(scene.providers["71"].pk, now=scene.clock())
    assert [(bytes(row.bits), row.odd_starts) for row in rows.all()] == taken


def test_building_anew_leaves_out_what_is_taken_today_and_tonight(scene):
    for day, clock in ((MONDAY, "17:00"), (MONDAY - timedelta(days=1), "23:30")):
        mirrored(scene, a_slot("x", at(day, clock), minutes=90), first=day)
        assert any(row.bits for row in ProviderCalendar.objects.filter(provider=scene.providers["71"]))
        take(scene, "71", at(day, clock), minutes=90)
        rebuild(scene.providers["71"].pk, now=scene.clock())
        assert not any(
            row.bits for row in ProviderCalendar.objects.filter(provider=scene.providers["71"], location__code="video")
        )


def test_a_calendar_that_does_not_change_is_not_written(scene, django_assert_num_queries):
    def writes(captured):
        return [query for query in captured.captured_queries if query["sql"].startswith(("UPDATE", "INSERT"))]

    with django_assert_num_queries(5, exact=False) as captured:
        rebuild(scene.providers["71"].pk, now=scene.clock())
    assert writes(captured) == []
    take(scene, "71", at(MONDAY, "02:00"))
