from datetime import timedelta

from moonlit.availability.models import DepartmentZone
from moonlit.ehr.port import Retry
from moonlit.practice.models import Location
from moonlit.sync.models import SyncWindow
from moonlit.sync.queries import state_by_location
from tests.support.scene import MONDAY


def state_of(scene, code):
    name = Location.objects.get(code=code).name
    return next(place for place in state_by_location(scene.clock()) if place.name == name)


def test_a_fresh_location_needs_no_hand(scene):
    scene.open("71", MONDAY + timedelta(days=4), "09:00", "10:00")
    scene.sync()
    place = state_of(scene, "video")
    assert (place.behind, place.withheld, place.not_compared, place.needs_a_hand) == (False, False, False, False)
    assert [window.kind for window in place.windows] == ["near", "whole"]
    assert (place.mirror.providers, place.mirror.failing, place.mirror.open_slots) == (3, 0, 2)
    assert place.mirror.oldest == scene.clock()


def test_a_location_before_its_first_refresh_is_behind_and_not_compared(scene):
    place = state_of(scene, "video")
    assert (place.behind, place.not_compared, place.withheld) == (True, True, False)


def test_a_location_that_misses_several_turns_is_behind(scene):
    scene.sync()
    scene.clock.forward(minutes=10)
    assert not state_of(scene, "video").behind
    scene.clock.forward(seconds=1)
    assert state_of(scene, "video").behind


def test_a_failed_refresh_is_told_with_its_error(scene):
    scene.sync()
    scene.ehr.fail_next("open_slots", Retry("down"))
    scene.sync()
    places = [place for place in state_by_location(scene.clock()) if place.mirror.failing]
    assert len(places) == 1
    assert (places[0].mirror.failing, places[0].mirror.error, places[0].needs_a_hand) == (3, "Retry", True)
    assert {window.error for window in places[0].windows} == {"", "Retry"}


def test_times_are_withheld_only_where_the_zone_differs(scene):
    scene.sync()
    DepartmentZone.objects.filter(location__code="clinic").update(agrees=False, ehr_time_zone="America/Boise")
    assert (state_of(scene, "clinic").withheld, state_of(scene, "video").withheld) == (True, False)
    assert state_of(scene, "clinic").mirror.ehr_time_zone == "America/Boise"


def test_a_location_without_a_department_asks_nothing_and_is_not_behind(scene):
    scene.sync()
    SyncWindow.objects.filter(location__code="clinic").delete()
    Location.objects.filter(code="clinic").update(ehr_department_id=None)
    place = state_of(scene, "clinic")
    assert (place.mapped, place.behind, place.needs_a_hand) == (False, False, False)
