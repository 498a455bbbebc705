"""Freezing a held slot and thawing it: no order of answers may leave it frozen for ever (rules 4.2)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.booking import LEASE, QUARANTINE
from moonlit.domain.freezes import (
    MOST_FREEZES,
    TELL_STAFF_AFTER,
    Answer,
    Do,
    Freeze,
    State,
    after_freeze,
    after_thaw,
    begin,
    is_left_frozen,
    next_step,
    rest,
)

NOW = datetime(2026, 3, 2, 16, tzinfo=UTC)
LATER = NOW + timedelta(minutes=10)
THAWED = Freeze(State.THAWED)
FREEZING = begin(THAWED, Do.FREEZE, NOW)
FROZEN = after_freeze(FREEZING, Answer.DONE, NOW)
UNCLEAR = after_freeze(FREEZING, Answer.UNCLEAR, NOW)


def test_a_held_slot_is_frozen_and_an_unheld_one_thawed():
    assert next_step(THAWED, LATER, NOW) is Do.FREEZE
    assert next_step(FROZEN, LATER, NOW) is Do.NOTHING
    assert next_step(FROZEN, None, NOW) is Do.THAW
    assert next_step(FROZEN, LATER, LATER) is Do.THAW
    assert next_step(THAWED, None, NOW) is Do.NOTHING


def test_a_freeze_is_written_down_before_it_is_sent():
    assert (FREEZING.state, FREEZING.puts, FREEZING.sent_at, FREEZING.next_at) == (
        State.FREEZING,
        1,
        NOW,
        NOW + LEASE,
    )


def test_a_frozen_slot_is_looked_at_again_when_its_hold_ends():
    assert rest(FROZEN, LATER).next_at == LATER
    assert rest(THAWED, LATER).next_at is None


def test_what_somebody_else_had_frozen_is_not_ours_to_thaw():
    assert after_freeze(FREEZING, Answer.ALREADY, NOW) == THAWED


def test_an_earlier_freeze_of_ours_that_landed_is_known_as_ours():
    again = begin(UNCLEAR, Do.FREEZE, NOW)
    assert after_freeze(again, Answer.ALREADY, NOW).state is State.FROZEN


def test_a_slot_frozen_again_while_it_was_being_thawed_is_still_ours():
    thawing = begin(UNCLEAR, Do.THAW, NOW)
    assert next_step(thawing, LATER, NOW) is Do.FREEZE
    assert after_freeze(begin(thawing, Do.FREEZE, NOW), Answer.ALREADY, NOW).state is State.FROZEN


@pytest.mark.parametrize("answer", [Answer.REFUSED, Answer.GONE])
def test_a_refused_freeze_is_done_without(answer):
    assert after_freeze(FREEZING, answer, NOW) == THAWED


def test_a_freeze_that_never_left_is_tried_again_and_not_for_ever():
    freeze = THAWED
    for _ in range(MOST_FREEZES):
        assert next_step(freeze, LATER, NOW) is Do.FREEZE
        freeze = after_freeze(begin(freeze, Do.FREEZE, NOW), Answer.NOT_REACHED, NOW)
        assert (freeze.state, freeze.puts) == (State.THAWED, 0)
    assert next_step(freeze, LATER, NOW) is Do.NOTHING


def test_a_lost_answer_means_it_may_be_frozen_until_a_thaw_says_otherwise():
    assert UNCLEAR.state is State.FREEZING
    assert next_step(UNCLEAR, None, NOW) is Do.THAW


def test_a_freeze_can_land_after_a_thaw_so_not_frozen_counts_only_after_the_quarantine():
    thawing = begin(UNCLEAR, Do.THAW, NOW)
    assert after_thaw(thawing, Answer.ALREADY, NOW, NOW).state is State.THAWING
    over = NOW + QUARANTINE
    assert after_thaw(thawing, Answer.ALREADY, over, over) == THAWED
    assert after_thaw(thawing, Answer.DONE, NOW, NOW) == THAWED, "a thaw that found it frozen is proof"


def test_a_confirmed_freeze_cannot_land_again():
    assert after_thaw(begin(FROZEN, Do.THAW, NOW), Answer.ALREADY, NOW, NOW) == THAWED


def test_a_slot_that_is_gone_is_not_frozen():
    assert after_thaw(begin(FROZEN, Do.THAW, NOW), Answer.GONE, NOW, NOW) == THAWED


def test_staff_are_told_of_a_slot_that_stays_frozen_and_we_go_on_trying():
    freeze = FROZEN
    for _ in range(TELL_STAFF_AFTER):
        assert not is_left_frozen(freeze)
        freeze = after_thaw(begin(freeze, Do.THAW, NOW), Answer.UNCLEAR, NOW, NOW)
    assert is_left_frozen(freeze)
    assert freeze.next_at > NOW


@given(st.lists(st.tuples(st.booleans(), st.sampled_from(Answer)), max_size=30))
def test_whatever_is_answered_a_slot_that_may_be_frozen_is_never_forgotten(steps):
    freeze, now = THAWED, NOW
    for wanted, answer in steps:
        until = now + timedelta(minutes=10) if wanted else None
        do = next_step(freeze, until, now)
        if do is Do.FREEZE:
            freeze = after_freeze(begin(freeze, do, now), answer, now)
        elif do is Do.THAW:
            freeze = after_thaw(begin(freeze, do, now), answer, now, now)
        else:
            freeze = rest(freeze, until)
        assert freeze.state is State.THAWED or freeze.next_at is not None
        now += timedelta(seconds=20)
