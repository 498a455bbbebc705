"""The mirror of open slots: when the EHR is asked, how seldom, and what happens when it does not answer (rules 5)."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from moonlit.availability.models import DepartmentZone, MirrorState, Slot
from moonlit.availability.tests.helpers import BASIN, FRIDAY, IN_CLINIC, change, times
from moonlit.ehr.port import Department, NotReached, Retry, Throttled
from moonlit.platform.db import try_advisory_lock
from moonlit.practice.models import Location, Provider, ProviderVisitType
from moonlit.sync.models import SyncWindow
from moonlit.sync.services import refresh_all, refresh_due
from tests.support.scene import DENVER, MONDAY

MINUTE = timedelta(minutes=1)


def calls(scene, run=refresh_due):
    """The EHR's methods called by one run."""
    scene.ehr.calls.clear()
    run(clock=scene.clock)
    return list(scene.ehr.calls)


def window(kind, place="video"):
    return SyncWindow.objects.get(location__code=place, kind=kind)


def test_everything_at_once_is_one_call_a_department_and_one_for_the_zones(scene):
    scene.open("71", FRIDAY, "09:00")
    scene.open("73", FRIDAY, "10:00", department="2")
    assert calls(scene, refresh_all) == ["departments", "open_slots", "open_slots"]
    assert (times(scene, BASIN), times(scene, IN_CLINIC)) == ({"09:00": {"71"}}, {"10:00": {"73"}})


def test_twice_gives_the_same_state(scene):
    scene.open("71", FRIDAY, "09:00", "10:00")
    refresh_all(clock=scene.clock)
    before = list(Slot.objects.order_by("pk").values())
    result = refresh_all(clock=scene.clock)
    assert (result.windows, result.failed) == (2, 0)
    assert (result.mirrored.added, result.mirrored.changed, result.mirrored.removed) == (0, 0, 0)
    assert list(Slot.objects.order_by("pk").values()) == before


def test_the_near_days_come_every_two_minutes_the_whole_horizon_every_thirty(scene):
    assert calls(scene) == ["departments", "open_slots", "open_slots"]
    assert calls(scene) == []
    scene.clock.forward(seconds=119)
    assert calls(scene) == []
    scene.clock.forward(seconds=1)
    assert calls(scene) == ["open_slots", "open_slots"]
    made = []
    for _ in range(14):
        scene.clock.forward(minutes=2)
        made.append(calls(scene))
    assert made == [["open_slots", "open_slots"]] * 13 + [["departments", "open_slots", "open_slots"]]


def test_the_days_asked_for(scene, monkeypatch):
    asked = []
    real = type(scene.ehr).open_slots

    def spy(self, **more):
        asked.append((more["first_day"], more["last_day"], more["provider_ids"], more["reason_ids"]))
        return real(self, **more)

    monkeypatch.setattr(type(scene.ehr), "open_slots", spy)
    refresh_due(clock=scene.clock)
    scene.clock.forward(minutes=2)
    refresh_due(clock=scene.clock)
    people, reasons = ["71", "72", "73"], ["171", "172", "173"]
    assert asked[0] == (MONDAY, MONDAY + timedelta(days=90), people, reasons)
    assert asked[2] == (MONDAY, MONDAY + timedelta(days=14), people, reasons)


def test_nobody_to_ask_about_is_no_call(scene):
    change(ProviderVisitType.objects.all(), ehr_reason_id=None)
    assert calls(scene, refresh_all) == ["departments"]


def test_only_those_who_work_at_the_place_are_asked_about(scene):
    change(Provider.objects.filter(calendar_source_id="71"), locations=["clinic"])
    change(Provider.objects.filter(calendar_source_id="72"), modalities=["in_person"])
    refresh_all(clock=scene.clock)
    mirrored = MirrorState.objects.filter(location__code="video").values_list("provider__calendar_source_id", flat=True)
    assert list(mirrored) == ["73"]


def test_a_change_in_the_ehr_is_here_within_one_near_cycle(scene):
    (slot,) = scene.open("71", FRIDAY, "09:00")
    refresh_due(clock=scene.clock)
    scene.ehr.staff_book(slot, scene.ehr.add_patient(None))
    scene.open("73", FRIDAY, "11:00")
    scene.clock.forward(minutes=2)
    refresh_due(clock=scene.clock)
    assert times(scene) == {"11:00": {"73"}}


# When the EHR does not answer


def test_a_failure_keeps_the_mirror_and_marks_it(scene):
    scene.open("71", FRIDAY, "09:00")
    refresh_due(clock=scene.clock)
    scene.clock.forward(minutes=2)
    scene.ehr.fail_next("open_slots", Retry("five hundred"))
    result = refresh_due(clock=scene.clock)
    assert (result.windows, result.failed) == (2, 1)
    assert times(scene) == {"09:00": {"71"}}
    row = window("near")
    assert (row.failures, row.error, row.next_at) == (1, "Retry", scene.clock() + timedelta(seconds=15))
    states = MirrorState.objects.filter(location__code="video")
    assert set(states.values_list("error", flat=True)) == {"Retry"}
    assert set(states.values_list("as_of", flat=True)) == {scene.clock() - 2 * MINUTE}
    assert set(MirrorState.objects.filter(location__code="clinic").values_list("error", flat=True)) == {""}


def test_retries_come_later_each_time_but_never_later_than_the_usual_turn(scene):
    refresh_due(clock=scene.clock)
    waits = []
    scene.clock.forward(minutes=2)
    for _ in range(6):
        scene.ehr.fail_next("open_slots", NotReached("refused"))
        refresh_due(clock=scene.clock)
        row = window("near")
        waits.append((row.next_at - scene.clock()).total_seconds())
        scene.clock.at = row.next_at
        SyncWindow.objects.exclude(pk=row.pk).update(next_at=scene.clock() + timedelta(days=1))
    assert waits == [15, 30, 60, 120, 120, 120]
    refresh_due(clock=scene.clock)
    row = window("near")
    assert (row.failures, row.error, row.next_at - scene.clock()) == (0, "", 2 * MINUTE)


def test_being_throttled_waits_as_long_as_the_ehr_says(scene):
    refresh_due(clock=scene.clock)
    scene.clock.forward(minutes=2)
    scene.ehr.fail_next("open_slots", Throttled("slowly", retry_after=90))
    refresh_due(clock=scene.clock)
    assert window("near").next_at == scene.clock() + timedelta(seconds=90)


def test_a_fault_of_ours_in_one_place_does_not_keep_the_others_waiting(scene, monkeypatch):
    scene.open("71", FRIDAY, "09:00", department="2")
    real = type(scene.ehr).open_slots

    def stumble(self, **more):
        if more["department_id"] == "1":
            raise ZeroDivisionError
        return real(self, **more)

    monkeypatch.setattr(type(scene.ehr), "open_slots", stumble)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            refresh_due(clock=scene.clock)
    assert times(scene, IN_CLINIC) == {"09:00": {"71"}}
    assert window("whole").next_at > scene.clock()


# Zones (rules 13)


def test_a_department_whose_zone_differs_is_not_asked_for_its_times(scene):
    scene.ehr.add_department(Department("1", "Video", "America/New_York", "UT"))
    assert calls(scene) == ["departments", "open_slots"]
    assert window("whole").error == "zone_mismatch"
    scene.clock.forward(minutes=2)
    assert calls(scene) == ["departments", "open_slots"], "looked at again with the near days"


def test_a_zone_put_right_brings_the_whole_horizon_within_a_near_cycle(scene):
    scene.open("71", MONDAY + timedelta(days=60), "09:00")
    scene.ehr.add_department(Department("1", "Video", "America/New_York", "UT"))
    refresh_due(clock=scene.clock)
    scene.ehr.add_department(Department("1", "Video", DENVER, "UT"))
    scene.clock.forward(minutes=2)
    refresh_due(clock=scene.clock)
    assert times(scene, day=MONDAY + timedelta(days=60)) == {"09:00": {"71"}}


def test_a_zone_of_ours_put_right_is_read_anew_before_it_is_shown(scene):
    far = MONDAY + timedelta(days=60)
    scene.open("71", FRIDAY, "09:00")
    scene.open("71", far, "09:00")
    refresh_due(clock=scene.clock)
    change(Location.objects.filter(code="video"), time_zone="America/New_York")
    scene.ehr.add_department(Department("1", "Video", "America/New_York", "UT"))
    scene.clock.forward(minutes=2)
    scene.ehr.fail_next("open_slots", Retry("five hundred"))
    refresh_due(clock=scene.clock)
    assert DepartmentZone.objects.get(location__code="video").agrees
    assert times(scene) == {}
    scene.clock.forward(seconds=15)
    refresh_due(clock=scene.clock)
    assert times(scene) == times(scene, day=far) == {"11:00": {"71"}}


def test_zones_that_cannot_be_asked_for_keep_what_was_known(scene):
    scene.open("71", FRIDAY, "09:00")
    refresh_due(clock=scene.clock)
    scene.clock.forward(minutes=30)
    scene.ehr.fail_next("departments", NotReached("refused"))
    refresh_due(clock=scene.clock)
    assert times(scene) == {"09:00": {"71"}}


def test_without_any_comparison_nothing_is_shown_and_it_is_tried_again_soon(scene):
    scene.open("71", FRIDAY, "09:00")
    scene.ehr.fail_next("departments", NotReached("refused"))
    assert calls(scene) == ["departments"]
    assert times(scene) == {}
    scene.clock.forward(minutes=2)
    refresh_due(clock=scene.clock)
    assert times(scene) == {"09:00": {"71"}}


# One at a time


@pytest.mark.django_db(transaction=True)
def test_while_one_run_is_under_way_another_is_told_so(scene):
    def another(run):
        try:
            return run(clock=scene.clock)
        finally:
            connections.close_all()

    with try_advisory_lock("sync") as mine, ThreadPoolExecutor(1) as pool:
        assert mine
        assert pool.submit(another, refresh_all).result(20) is None
        assert pool.submit(another, refresh_due).result(20) is None
    assert scene.ehr.calls == []
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(another, refresh_all).result(20).windows == 2


def test_progress_is_told_a_place_at_a_time(scene):
    scene.open("71", FRIDAY, "09:00")
    scene.ehr.fail_next("open_slots", Retry("x"))
    lines = []
    refresh_all(clock=scene.clock, progress=lines.append)
    assert lines == ["Video visit: Retry", "River Clinic: 0 added, 0 changed, 0 removed"]
