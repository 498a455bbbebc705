"""Random histories of the booking machine against an EHR that loses answers, is late, and is booked by others too.

300 histories in `make test`, 20,000 with MOONLIT_LONG=1.
"""

import os
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlit.domain import booking
from moonlit.domain.booking import State
from moonlit.domain.tests.booking_world import BrokenWorldError, World

HISTORIES = 20_000 if os.environ.get("MOONLIT_LONG") == "1" else 300
LATEST_LANDING = 100

FAULTS = [
    "clean",
    "late",
    "dropped",
    "refused",
    "not_reached",
    "crash_before",
    "crash_after",
    "unreadable",
    "slow_worker",
]

providers = st.sampled_from([1, 2])
wait = st.tuples(st.just("wait"), st.sampled_from([3, 10, 30, 60, 90, 130]))
rarer = st.one_of(
    st.tuples(st.just("ask"), providers, st.booleans(), st.sampled_from([5, 100, 400, 5000])),
    st.tuples(st.sampled_from(["staff_book", "staff_cancel"]), providers),
    st.tuples(st.just("withdraw")),
)


def rounds(faults):
    work = st.tuples(
        st.just("work"), st.sampled_from(sorted(faults)), st.sampled_from([0, 1, 5, 30, 60, LATEST_LANDING])
    )
    return st.lists(st.one_of(st.tuples(work, wait), st.tuples(work, wait, rarer)), min_size=2, max_size=12)


# One history knows only a few kinds of fault: mixed all together they rarely meet in the order that hurts.
histories = st.sets(st.sampled_from(FAULTS), min_size=1, max_size=3).flatmap(rounds)


def play(history):
    world = World()
    for event, *details in history:
        match event:
            case "work":
                world.work(*details)
            case "wait":
                world.wait(*details)
            case "ask":
                provider, any_provider, notice = details
                world.ask(provider, any_provider=any_provider, notice=notice)
            case "staff_book":
                world.staff_book(*details)
            case "staff_cancel":
                world.staff_cancel(*details)
            case "withdraw":
                world.withdraw()
        world.check()
    world.get_well()
    return world


@settings(max_examples=HISTORIES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.booleans(), st.sampled_from([100, 400, 5000]), histories)
def test_no_history_ends_in_a_double_booking_an_orphan_or_a_false_confirmation(any_provider, notice, history):
    play([("ask", 1, any_provider, notice), *(event for one in history for event in one)])


THREE_PUTS_THE_LAST_ONE_LATE = [
    ("ask", 1, False, 5000),
    ("work", "dropped", 1),
    ("wait", 60),
    ("work", "dropped", 1),
    ("wait", 60),
    ("work", "late", 90),
    ("wait", 40),
    ("work", "clean", 0),
    ("wait", 5),
]


def test_a_put_that_lands_after_the_last_look_is_still_booked():
    world = play(THREE_PUTS_THE_LAST_ONE_LATE)

    assert [row.progress.state for row in world.rows.values()] == [State.BOOKED]


def test_without_the_quarantine_a_late_put_becomes_an_orphan(monkeypatch):
    monkeypatch.setattr(booking, "QUARANTINE", timedelta(0))

    with pytest.raises(BrokenWorldError, match="orphan"):
        play(THREE_PUTS_THE_LAST_ONE_LATE)


def test_a_worker_that_slept_before_its_call_would_make_an_orphan_if_it_still_sent(monkeypatch):
    asleep = [("ask", 1, False, 130), ("work", "slow_worker", 250), ("wait", 100), ("work", "clean", 0)]
    asleep += [("wait", 30), ("work", "clean", 0), ("wait", 200)]
    assert [row.progress.state for row in play(asleep).rows.values()] == [State.FAILED]

    monkeypatch.setattr(booking, "SEND_WITHIN", timedelta(days=1))
    with pytest.raises(BrokenWorldError, match="orphan"):
        play(asleep)


@pytest.mark.parametrize("fault", ["late", "dropped", "not_reached", "crash_before", "crash_after", "slow_worker"])
def test_one_fault_of_any_kind_still_ends_booked(fault):
    world = play([("ask", 1, False, 5000), ("work", fault, 20), ("wait", 100)])

    assert [row.progress.state for row in world.rows.values()] == [State.BOOKED]


def test_a_time_taken_by_staff_is_lost_and_any_provider_gets_the_next():
    world = World()
    world.ask(1, any_provider=True)
    world.staff_book(1)
    world.get_well()

    (row,) = world.rows.values()
    assert (row.progress.state, row.provider) == (State.BOOKED, 2)


def test_a_withdrawal_while_the_answer_is_lost_is_carried_out_once_booked():
    world = World()
    world.ask(1)
    world.work("late", 50)
    world.wait(40)
    world.withdraw()
    world.get_well()

    (row,) = world.rows.values()
    assert row.progress.state is State.CANCELLED
    assert world.slots[row.slot_id].cancelled
