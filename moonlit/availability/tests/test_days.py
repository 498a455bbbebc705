"""On which days times are shown: closures, absences, notice, horizon, zones (rules 1.2, 2, 3.3, 3.4, 12, 13)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from moonlit.availability.queries import first_free_day, merged, outcome
from moonlit.availability.services import record_department_zone
from moonlit.availability.tests.helpers import (
    ALPINE,
    BASIN,
    FRIDAY,
    IN_CLINIC,
    LAST_DAY,
    a_slot,
    at,
    bookable,
    change,
    mirrored,
    practice_changes,
    shown,
    times,
)
from moonlit.coverage.models import ProviderPayer
from moonlit.domain.reasons import Outcome
from moonlit.ehr.port import Department
from moonlit.practice.models import Absence, Closure, License, Location, VisitType
from moonlit.worklist.models import Task
from tests.support.scene import DENVER, MONDAY

A_DAY = timedelta(days=1)
SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)


@pytest.fixture
def scene(scene):
    scene.sync()
    return scene


def every_day(scene, days, clock="09:00", provider="71", **more):
    slots = [a_slot(f"{day}{clock}{provider}", at(day, clock), provider=provider) for day in days]
    mirrored(scene, *slots, **more)


def week(first=FRIDAY, count=7):
    return [first + number * A_DAY for number in range(count)]


def days_of(found):
    return {date.fromisoformat(start[:10]) for start in found}


def test_a_closure_of_the_practice_closes_every_place(scene):
    every_day(scene, week())
    mirrored(scene, a_slot("c", at(FRIDAY, "09:00"), department="2"), place="clinic")
    with practice_changes():
        Closure.objects.create(starts=FRIDAY, ends=FRIDAY + A_DAY)
    assert days_of(shown(scene)) == set(week()[2:])
    assert shown(scene, IN_CLINIC) == {}


def test_a_closure_of_one_place_leaves_the_others_open(scene):
    every_day(scene, week())
    mirrored(scene, a_slot("c", at(FRIDAY, "09:00"), department="2"), place="clinic")
    with practice_changes():
        Closure.objects.create(location=Location.objects.get(code="clinic"), starts=FRIDAY, ends=FRIDAY)
    assert days_of(shown(scene)) == set(week())
    assert shown(scene, IN_CLINIC) == {}


def test_an_absence_hides_one_provider_everywhere(scene):
    every_day(scene, week())
    mirrored(
        scene,
        a_slot("c", at(FRIDAY, "09:00"), department="2"),
        a_slot("d", at(FRIDAY, "10:00"), department="2", provider="73"),
        place="clinic",
    )
    with practice_changes():
        Absence.objects.create(provider=scene.providers["71"], starts=FRIDAY, ends=FRIDAY + A_DAY)
    assert days_of(shown(scene)) == set(week()[2:])
    assert times(scene, IN_CLINIC) == {"10:00": {"73"}}


def test_a_supervisor_s_absence_hides_the_resident(scene):
    every_day(scene, week(), provider="72")
    with practice_changes():
        Absence.objects.create(provider=scene.providers["71"], starts=FRIDAY, ends=FRIDAY)
    assert days_of(shown(scene, ALPINE)) == set(week()[1:])


def test_an_ending_licence_and_an_ending_contract_end_the_calendar(scene):
    mirrored(
        scene,
        *(
            a_slot(f"{day}{provider}", at(day, "09:00"), provider=provider)
            for day in week()
            for provider in ("71", "73")
        ),
    )
    change(License.objects.filter(provider=scene.providers["71"]), ends=FRIDAY + 2 * A_DAY)
    change(ProviderPayer.objects.filter(provider=scene.providers["73"]), end_date=FRIDAY)
    found = shown(scene)
    assert {start[:10] for start, who in found.items() if "71" in who} == {str(day) for day in week(count=3)}
    assert {start[:10] for start, who in found.items() if "73" in who} == {str(FRIDAY)}


def test_a_contract_that_starts_within_thirty_days_opens_on_its_day(scene):
    starts = MONDAY + 10 * A_DAY
    every_day(scene, week(starts - 3 * A_DAY))
    change(ProviderPayer.objects.filter(payer__code="basin"), effective_date=starts)
    assert min(days_of(shown(scene))) == starts
    change(ProviderPayer.objects.filter(payer__code="basin"), effective_date=MONDAY + 31 * A_DAY)
    every_day(scene, week(MONDAY + 30 * A_DAY))
    assert shown(scene) == {}


def test_notice_is_counted_in_hours_to_the_minute(scene):
    tomorrow = MONDAY + A_DAY  # now is 09:00 in Denver
    clocks = ("08:55", "08:59", "09:00", "09:01")
    mirrored(scene, *(a_slot(clock, at(tomorrow, clock)) for clock in clocks))
    assert set(times(scene, day=tomorrow)) == {"09:00", "09:01"}
    assert bookable(scene, BASIN, at(tomorrow, "08:55")) == bookable(scene, BASIN, at(tomorrow, "08:59")) == []
    scene.clock.forward(seconds=1)
    assert set(times(scene, day=tomorrow)) == {"09:01"}
    assert bookable(scene, BASIN, at(tomorrow, "09:00")) == []


def test_the_notice_of_the_visit_type_counts(scene):
    every_day(scene, [MONDAY], clock="10:00")
    assert times(scene, day=MONDAY) == {}
    change(VisitType.objects.filter(code="intake"), min_notice_hours=1)
    assert times(scene, day=MONDAY) == {"10:00": {"71"}}


def test_the_horizon_ends_with_its_last_day(scene):
    every_day(scene, [LAST_DAY, LAST_DAY + A_DAY], clock="23:00", last=LAST_DAY + A_DAY)
    assert days_of(shown(scene, last=LAST_DAY + 5 * A_DAY)) == {LAST_DAY}
    assert bookable(scene, BASIN, at(LAST_DAY + A_DAY, "23:00")) == []
    change(VisitType.objects.filter(code="intake"), horizon_days=30)
    assert shown(scene, last=LAST_DAY + 5 * A_DAY) == {}


def test_days_before_today_and_a_range_beyond_the_horizon_are_empty_not_wrong(scene):
    every_day(scene, week())
    assert shown(scene, first=date(2020, 1, 1), last=date(2020, 1, 9)) == {}
    assert shown(scene, first=LAST_DAY + A_DAY, last=LAST_DAY + 9 * A_DAY) == {}
    assert days_of(shown(scene, first=date(2020, 1, 1))) == set(week())


@pytest.mark.parametrize("day", [SPRING, AUTUMN])
def test_on_the_days_the_clocks_change_times_are_on_the_wall_clock_of_that_day(scene, day):
    change(VisitType.objects.filter(code="intake"), horizon_days=300)
    for number, clock in enumerate(("00:00", "00:30", "04:00", "23:00")):
        mirrored(scene, *[a_slot(f"{number}", at(day, clock))], first=day, last=day, asked_at=scene.clock())
        assert times(scene, day=day) == {clock: {"71"}}
        assert shown(scene, first=day - A_DAY, last=day - A_DAY) == {}
        assert shown(scene, first=day + A_DAY, last=day + A_DAY) == {}


def test_the_end_shown_is_minutes_later_also_over_a_change_of_the_clocks(scene):
    mirrored(scene, a_slot("1", at(SPRING, "01:30")))
    ((slot,),) = [day.slots for day in merged(BASIN, first_day=SPRING, last_day=SPRING, now=scene.clock()).days]
    assert (f"{slot.start:%H:%M%z}", f"{slot.end:%H:%M%z}") == ("01:30-0700", "03:30-0600")


def test_days_are_those_of_the_place(scene):
    """A clinic further west: half past eleven at night is still the same day there."""
    change(Location.objects.filter(code="clinic"), time_zone="America/Los_Angeles")
    clinic = Location.objects.get(code="clinic")
    record_department_zone(clinic, "America/Los_Angeles", now=scene.clock())
    mirrored(
        scene,
        a_slot("1", at(FRIDAY, "23:30", "America/Los_Angeles"), department="2"),
        place="clinic",
    )
    assert times(scene, IN_CLINIC) == {"23:30": {"71"}}
    with practice_changes():
        Absence.objects.create(provider=scene.providers["71"], starts=FRIDAY + A_DAY, ends=FRIDAY + A_DAY)
    assert times(scene, IN_CLINIC) == {"23:30": {"71"}}


# Zones (rules 13)


def disagree(scene, zone="America/New_York"):
    scene.ehr.add_department(Department("1", "Video", zone, "UT"))
    scene.sync()


def test_times_are_withheld_while_the_ehr_s_zone_differs(scene):
    scene.open("71", FRIDAY, "09:00")
    scene.open("71", FRIDAY, "09:00", department="2")
    scene.sync()
    assert times(scene) == {"09:00": {"71"}}
    disagree(scene)
    found = merged(BASIN, first_day=MONDAY, last_day=LAST_DAY, now=scene.clock())
    assert (found.days, found.partial) == ((), True)
    assert bookable(scene, BASIN, at(FRIDAY, "09:00")) == []
    assert times(scene, IN_CLINIC) == {"09:00": {"71"}}
    assert Task.objects.get(kind="zone_mismatch").subject == "location:video"


def test_times_are_shown_again_when_the_zones_agree(scene):
    scene.open("71", FRIDAY, "09:00")
    disagree(scene)
    disagree(scene, DENVER)
    found = merged(BASIN, first_day=FRIDAY, last_day=FRIDAY, now=scene.clock())
    assert (len(found.days), found.partial) == (1, False)
    assert not Task.objects.filter(kind="zone_mismatch", state="open").exists()


def test_another_name_of_the_same_clock_agrees(scene):
    scene.open("71", FRIDAY, "09:00")
    disagree(scene, "America/Boise")
    assert times(scene) == {"09:00": {"71"}}


def test_a_department_without_a_zone_is_withheld_until_a_person_has_looked(scene):
    scene.open("71", FRIDAY, "09:00")
    disagree(scene, None)
    assert times(scene) == {}


def test_slots_read_by_a_wrong_zone_of_ours_are_dropped_before_they_are_shown(scene):
    """The practice corrects its file: what was read before shows wrong instants until it is read again."""
    scene.open("71", FRIDAY, "09:00")
    scene.sync()
    change(Location.objects.filter(code="video"), time_zone="America/New_York")
    assert times(scene) == {}, "not compared with the new zone yet"
    video = Location.objects.get(code="video")
    record_department_zone(video, "America/New_York", now=scene.clock())
    found = merged(BASIN, first_day=MONDAY, last_day=LAST_DAY, now=scene.clock())
    assert found.days == ()


# What follows from free time


def test_first_free_day_and_no_times(scene):
    assert first_free_day(BASIN, scene.clock()) is None
    answer = outcome(BASIN, scene.clock())
    assert (answer.outcome, answer.reason.value) == (Outcome.NO_TIMES, "no_times_available")
    every_day(scene, week())
    assert first_free_day(BASIN, scene.clock()) == FRIDAY
    assert outcome(BASIN, scene.clock()).outcome is Outcome.BOOKABLE


def test_a_lead_stays_a_lead_without_a_look_at_free_time(scene):
    answer = outcome(replace(BASIN, payer="canyon"), scene.clock())
    assert (answer.outcome, answer.reason.value) == (Outcome.LEAD, "out_of_network")
