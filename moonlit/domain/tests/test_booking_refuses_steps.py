"""Each step of the booking machine is for the states it was made for; what it leaves behind is exact (rules 4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from moonlit.domain import booking
from moonlit.domain.booking import Do, Progress, PutAnswer, Seen, State, Step

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
LIMIT = NOW + timedelta(days=3)
SENT = Progress(State.SUBMITTING, LIMIT, puts=1, attempts=1, last_put_at=NOW, next_look_at=NOW)

STEPS = {
    "begin_put": (lambda row: booking.begin_put(row, NOW), "pending"),
    "after_put": (lambda row: booking.after_put(row, PutAnswer.BOOKED, NOW), "submitting"),
    "after_look": (lambda row: booking.after_look(row, Seen.OURS, NOW, now=NOW), "submitting unknown"),
    "postpone": (lambda row: booking.postpone(row, NOW), "pending"),
    "gave_up": (booking.gave_up, "pending"),
    "withdraw": (booking.withdraw, "held pending submitting unknown booked"),
    "try_next_provider": (lambda row: booking.try_next_provider(row, NOW), "lost"),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_is_refused_from_every_other_state(name):
    take, allowed = STEPS[name]
    for state in State:
        row = replace(SENT, state=state)
        if state.value in allowed.split():
            take(row)
        else:
            with pytest.raises(ValueError, match=f"{state} cannot take this step"):
                take(row)


@pytest.mark.parametrize("state", [State.SUBMITTING, State.UNKNOWN])
def test_a_put_that_nobody_wrote_down_is_a_broken_row(state):
    broken = replace(SENT, state=state, last_put_at=None)
    with pytest.raises(ValueError, match=f"{state} without last_put_at"):
        booking.after_look(broken, Seen.UNREADABLE, NOW, now=NOW)


def test_a_settled_booking_is_looked_at_no_more():
    assert booking.after_put(SENT, PutAnswer.BOOKED, NOW) == replace(SENT, state=State.BOOKED, next_look_at=None)


def test_a_second_put_counts_and_holds_its_lease():
    unknown = replace(SENT, state=State.UNKNOWN)
    later = NOW + timedelta(seconds=20)
    again = booking.after_look(unknown, Seen.OPEN, later, now=later)
    assert (again.puts, again.attempts, again.last_put_at) == (2, 2, later)
    assert booking.next_step(again, later) == Step(Do.WAIT, later + timedelta(seconds=90))


def test_an_unclear_answer_is_looked_up_after_half_the_time_it_took():
    for took, pause in ((1, 2), (5, 2.5), (20, 10), (590, 295), (700, 300)):
        at = NOW + timedelta(seconds=took)
        assert booking.after_put(SENT, PutAnswer.UNCLEAR, at).next_look_at == at + timedelta(seconds=pause)


def test_a_look_waits_no_longer_than_the_quarantine_and_no_longer_than_its_turn():
    unknown = replace(SENT, state=State.UNKNOWN, puts=3)
    for asked, next_look in ((10, 15), (60, 90), (100, 120)):
        at = NOW + timedelta(seconds=asked)
        after = booking.after_look(unknown, Seen.OPEN, at, now=at)
        assert after == replace(unknown, next_look_at=NOW + timedelta(seconds=next_look))


def test_unknown_waits_for_its_look_and_needs_none_to_begin():
    unknown = replace(SENT, state=State.UNKNOWN, next_look_at=NOW + timedelta(seconds=2))
    assert booking.next_step(unknown, NOW) == Step(Do.WAIT, unknown.next_look_at)
    assert booking.next_step(unknown, unknown.next_look_at) == Step(Do.LOOK)
    assert booking.next_step(replace(unknown, next_look_at=None), NOW) == Step(Do.LOOK)


def test_the_figures_of_the_rules():
    assert timedelta(minutes=15) == booking.ALERT_STAFF_AFTER
    assert timedelta(hours=2) == booking.CALL_TASK_AFTER
    assert {State.PENDING, State.SUBMITTING, State.UNKNOWN} == booking.OPEN


def test_a_new_row_knows_no_patient_and_nothing_stands_against_it():
    assert booking.next_step(Progress(State.PENDING, LIMIT), NOW) == Step(Do.FIND_PATIENT)
