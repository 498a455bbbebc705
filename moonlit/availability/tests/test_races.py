"""Real threads, real commits: two for the last place, sixteen for one time (rules 3.4, 4.1)."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from time import monotonic

import pytest
from django.db import connection, connections, transaction

from moonlit.availability.models import CapCount, Occupancy
from moonlit.availability.services import CapReached, TimeTaken
from moonlit.availability.tests.helpers import FRIDAY, a_slot, at, change, hold, mirrored, take, times
from moonlit.practice.models import Provider

pytestmark = pytest.mark.django_db(transaction=True)
CLOCKS = ("09:00", "10:00", "11:00")


@pytest.fixture
def scene(scene):
    scene.sync()
    mirrored(scene, *(a_slot(clock, at(FRIDAY, clock)) for clock in CLOCKS))
    return scene


def race(attempts):
    """Run them at the same instant; "won", or the name of the refusal, for each."""
    start = Barrier(len(attempts))

    def run(attempt):
        try:
            start.wait(20)
            with transaction.atomic():
                attempt()
        except (TimeTaken, CapReached) as refused:
            return type(refused).__name__
        else:
            return "won"
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(attempts)) as pool:
        return sorted(pool.map(run, attempts))


def test_sixteen_for_one_time_leave_one_winner(scene):
    nine = at(FRIDAY, "09:00")
    places = ["video", "clinic"] * 8
    found = race([lambda place=place: take(scene, "71", nine, place=place) for place in places])
    assert found == ["TimeTaken"] * 15 + ["won"]
    assert Occupancy.objects.filter(live=True).count() == 1
    assert set(CapCount.objects.values_list("count", flat=True)) == {1}
    assert set(times(scene)) == {"10:00", "11:00"}


def test_two_for_the_last_place_of_a_week_leave_one_winner(scene):
    change(Provider.objects.filter(pk=scene.providers["71"].pk), weekly_new_patient_cap=1)
    for _ in range(3):
        found = race([lambda clock=clock: take(scene, "71", at(FRIDAY, clock)) for clock in CLOCKS[:2]])
        assert found == ["CapReached", "won"]
        assert times(scene) == {}
        Occupancy.objects.all().delete()
        CapCount.objects.update(count=0)


def test_a_hold_and_a_booking_race_for_the_last_place_of_a_day(scene):
    change(Provider.objects.filter(pk=scene.providers["71"].pk), daily_cap=1)
    found = race([lambda: take(scene, "71", at(FRIDAY, "09:00")), lambda: hold(scene, "71", at(FRIDAY, "10:00"))])
    assert found == ["CapReached", "won"]


def test_one_slot_of_the_ehr_for_two_providers_leaves_one_winner(scene):
    nine = at(FRIDAY, "09:00")
    found = race([lambda who=who: take(scene, who, nine, slot_id="s") for who in ("71", "73")])
    assert found == ["TimeTaken", "won"]


def test_neighbours_of_one_provider_do_not_disturb_each_other(scene):
    assert race([lambda clock=clock: take(scene, "71", at(FRIDAY, clock)) for clock in CLOCKS]) == ["won"] * 3
    assert times(scene) == {}


def somebody_waits_for_a_lock():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return cursor.fetchone()[0] > 0


def test_a_mirror_that_comes_during_a_booking_does_not_show_its_time_again(scene):
    def run(function, *args):
        try:
            return function(*args)
        finally:
            connections.close_all()

    more = [a_slot(clock, at(FRIDAY, clock)) for clock in (*CLOCKS, "14:00")]
    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            take(scene, "71", at(FRIDAY, "09:00"))
            mirroring = pool.submit(run, mirrored, scene, *more)
            give_up = monotonic() + 20
            while not somebody_waits_for_a_lock():
                assert monotonic() < give_up
        mirroring.result(20)
    assert set(times(scene)) == {"10:00", "11:00", "14:00"}
