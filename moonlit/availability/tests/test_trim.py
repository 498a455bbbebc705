"""What is past does not stay (the nightly trim), and what an answer costs."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moonlit.availability.jobs import forget_past, move_calendars_on
from moonlit.availability.models import CapCount, Occupancy, ProviderCalendar, Slot
from moonlit.availability.queries import candidates, first_free_day, merged, outcome
from moonlit.availability.tests.helpers import BASIN, FRIDAY, LAST_DAY, a_slot, at, mirrored, take, times
from moonlit.coverage.queries import facts
from moonlit.domain.grid import day_number
from tests.support.scene import MONDAY


@pytest.fixture
def scene(scene):
    scene.sync()
    days = [FRIDAY, FRIDAY + timedelta(days=30)]
    mirrored(
        scene,
        *(a_slot(f"{who}{day}", at(day, "09:00"), provider=who) for who in ("71", "73") for day in days),
    )
    return scene


def test_slots_of_last_week_are_forgotten_and_the_others_stay(scene):
    scene.clock.forward(days=10)
    forget_past(scene.clock())
    assert Slot.objects.count() == 4, "six days old"
    scene.clock.forward(days=2)
    forget_past(scene.clock())
    assert set(Slot.objects.values_list("ehr_slot_id", flat=True)) == {
        f"{who}{FRIDAY + timedelta(days=30)}" for who in ("71", "73")
    }


def test_calendars_move_on_to_the_new_day_and_show_the_same(scene):
    later = FRIDAY + timedelta(days=30)
    take(scene, "73", at(later, "09:00"))
    scene.clock.forward(days=20)
    before = times(scene, day=later)
    longest = max(len(row.bits) for row in ProviderCalendar.objects.all())
    move_calendars_on(scene.clock())
    rows = ProviderCalendar.objects.all()
    assert {row.first_day for row in rows} == {day_number(scene.clock().date()) - 1}
    assert max(len(row.bits) for row in rows) < longest
    assert times(scene, day=later) == before == {"09:00": {"71"}}


def test_a_second_round_of_the_day_finds_nothing(scene):
    scene.clock.forward(days=1)
    move_calendars_on(scene.clock())
    assert len(statements(lambda: move_calendars_on(scene.clock()))) == 1


def test_old_counters_are_forgotten_recent_ones_stay(scene):
    take(scene, "71", at(FRIDAY, "09:00"))
    scene.clock.forward(days=30)
    forget_past(scene.clock())
    assert CapCount.objects.count() == 2
    scene.clock.forward(days=15)
    forget_past(scene.clock())
    assert CapCount.objects.count() == 0


def test_past_visits_are_kept(scene):
    take(scene, "71", at(FRIDAY, "09:00"))
    scene.clock.forward(days=400)
    forget_past(scene.clock())
    assert Occupancy.objects.count() == 1


# Statements


def statements(run):
    facts()
    with CaptureQueriesContext(connection) as captured:
        run()
    return [query["sql"] for query in captured if not query["sql"].startswith(("SAVEPOINT", "RELEASE"))]


def test_an_answer_takes_one_statement_however_long_it_is(scene):
    now = scene.clock()
    merged(BASIN, first_day=MONDAY, last_day=LAST_DAY, now=now)
    outcome(BASIN, now)
    for run in (
        lambda: merged(BASIN, first_day=MONDAY, last_day=LAST_DAY, now=now),
        lambda: merged(BASIN, first_day=MONDAY, last_day=LAST_DAY, now=now, names=False),
        lambda: first_free_day(BASIN, now),
        lambda: outcome(BASIN, now),
    ):
        (statement,) = statements(run)
        assert "availability_changed_since" in statement


def test_candidates_take_two_however_many_they_are(scene):
    run = lambda: candidates(BASIN, at(FRIDAY, "09:00"), provider_id=None, now=scene.clock())  # noqa: E731
    assert len(run()) == 2
    assert len(statements(run)) == 2
