"""Random histories of visits that are moved and cancelled while the EHR fails and the front desk works too.

200 histories in `make test`, 5,000 with MOONLIT_LONG=1.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlit.domain.booking import State
from moonlit.domain.tests.booking_world import START, BrokenWorldError
from moonlit.domain.tests.change_world import ChangeWorld
from moonlit.domain.tests.test_booking_machine_model import FAULTS, LATEST_LANDING, wait

HISTORIES = 5_000 if os.environ.get("MOONLIT_LONG") == "1" else 200

people = st.one_of(
    st.tuples(st.sampled_from(["move", "move", "cancel", "cancel"])),
    st.tuples(st.sampled_from(["staff_book", "staff_cancel", "staff_check_in"]), st.sampled_from([1, 2])),
)


def rounds(faults):
    work = st.tuples(
        st.just("work"), st.sampled_from(sorted(faults)), st.sampled_from([0, 1, 5, 30, 60, LATEST_LANDING])
    )
    return st.lists(st.one_of(st.tuples(work, wait), st.tuples(people, work, wait)), min_size=2, max_size=14)


histories = st.sets(st.sampled_from(FAULTS), min_size=1, max_size=3).flatmap(rounds)


def a_booked_visit(starts_in=timedelta(days=30)):
    world = ChangeWorld(visit_start=START + starts_in)
    world.ask(1)
    world.work()
    world.wait(10)
    return world


def play(world, history):
    for event, *details in history:
        getattr(world, event)(*details)
        world.check()
    world.get_well()
    world.check()
    return world


def states(world):
    return [row.progress.state for row in world.rows.values()]


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([200, 900, 100_000]), st.booleans(), histories)
def test_no_history_of_moves_and_cancels_lies_about_a_visit_or_loses_one(starts_in, booked, history):
    world = a_booked_visit(timedelta(seconds=starts_in)) if booked else ChangeWorld()
    if not booked:
        world.ask(1)
    play(world, [event for one in history for event in one])


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault != "clean"])
def test_one_fault_of_any_kind_still_ends_cancelled(fault):
    world = play(a_booked_visit(), [("cancel",), ("work", fault, 20), ("wait", 100)])
    assert states(world) == [State.CANCELLED]


@pytest.mark.parametrize("fault", [fault for fault in FAULTS if fault not in {"clean", "refused"}])
def test_one_fault_of_any_kind_still_ends_moved(fault):
    world = play(a_booked_visit(), [("move",), ("work", fault, 20), ("wait", 100)])
    assert states(world) == [State.MOVED, State.BOOKED]


def test_a_new_time_that_staff_give_away_leaves_the_old_one():
    world = a_booked_visit()
    world.move()
    world.staff_book(2)
    play(world, [])
    assert states(world) == [State.BOOKED, State.LOST]


@pytest.mark.parametrize("fault", ["clean", "late", "crash_after", "dropped"])
def test_a_cancel_during_a_move_ends_both_whatever_happened_to_the_move(fault):
    world = play(a_booked_visit(), [("move",), ("work", fault, 60), ("cancel",), ("wait", 30)])
    assert State.BOOKED not in states(world)


def test_a_cancel_that_did_not_wait_for_the_move_under_way_would_be_a_lie(monkeypatch):
    history = [("move",), ("work", "crash_after", 1), ("wait", 3), ("cancel",)]
    history += [("work", "clean", 0), ("wait", 3), ("work", "clean", 0), ("wait", 3)]
    assert State.BOOKED not in states(play(a_booked_visit(), history))

    monkeypatch.setattr(ChangeWorld, "_new", lambda *_: None)
    with pytest.raises(BrokenWorldError, match="called cancelled"):
        play(a_booked_visit(), history)


def test_a_visit_that_begins_before_the_ehr_answers_is_left_to_people():
    world = a_booked_visit(timedelta(seconds=300))
    world.cancel()
    for _ in range(40):
        world.work("not_reached", 1)
        world.wait(30)
    play(world, [])
    assert states(world) == [State.BOOKED]
    assert world.with_staff == set(world.rows)
