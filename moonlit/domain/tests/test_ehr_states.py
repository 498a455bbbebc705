"""What the EHR shows, and what we make of it (rules 4, 5)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.booking import LIVE, OPEN, State, may_become
from moonlit.domain.ehr_states import ENDED, NO_VISIT, Do, Judgement, OurVisit, SeenVisit, judge, state_of

START = datetime(2026, 3, 6, 16, 0, tzinfo=UTC)
NOTICE = timedelta(hours=24)
SEEN = SeenVisit("booked", START, 60, "1", frozenset({"71"}))
OURS = OurVisit(State.BOOKED, START, 60, "1", "71")
STATUSES = ["open", "booked", "checked_in", "checked_out", "charge_entered", "cancelled"]

starts = st.sampled_from([START, START + timedelta(hours=1)])
seen_visits = st.builds(
    SeenVisit,
    status=st.sampled_from(STATUSES),
    start=starts,
    minutes=st.sampled_from([30, 60]),
    department_id=st.sampled_from(["1", "2"]),
    provider_ids=st.sampled_from([frozenset({"71"}), frozenset({"72"}), frozenset({"71", "72"})]),
    no_show=st.booleans(),
    rescheduled_to=st.sampled_from(["", "9002"]),
    cancelled_at=st.sampled_from([None, START - timedelta(days=3), START - timedelta(hours=1)]),
)
our_visits = st.builds(
    OurVisit,
    state=st.sampled_from(State),
    start=starts,
    minutes=st.sampled_from([30, 60, None]),
    department_id=st.sampled_from(["1", "2"]),
    provider_id=st.sampled_from(["71", "72"]),
    change_under_way=st.booleans(),
)


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("open", None),
        ("booked", State.BOOKED),
        ("checked_in", State.CHECKED_IN),
        ("checked_out", State.COMPLETED),
        ("charge_entered", State.COMPLETED),
        ("cancelled", State.CANCELLED),
    ],
)
def test_every_word_of_the_ehr_has_one_meaning(status, state):
    assert state_of(replace(SEEN, status=status), NOTICE) is state


def test_a_cancelled_record_says_why_it_ended():
    cancelled = replace(SEEN, status="cancelled")
    assert state_of(replace(cancelled, no_show=True), NOTICE) is State.NO_SHOW
    assert state_of(replace(cancelled, rescheduled_to="9002"), NOTICE) is State.MOVED
    assert state_of(replace(cancelled, no_show=True, rescheduled_to="9002"), NOTICE) is State.NO_SHOW


def test_a_cancel_is_late_after_the_notice_period_has_begun():
    cancelled = replace(SEEN, status="cancelled", cancelled_at=START - NOTICE)
    assert state_of(cancelled, NOTICE) is State.CANCELLED
    late = replace(cancelled, cancelled_at=START - NOTICE + timedelta(seconds=1))
    assert state_of(late, NOTICE) is State.LATE_CANCELLED


def test_what_agrees_is_left_alone():
    assert judge(OURS, SEEN, NOTICE) == Judgement(Do.NOTHING)


@pytest.mark.parametrize(
    "other",
    [{"start": START + timedelta(minutes=5)}, {"minutes": 90}, {"department_id": "2"}, {"provider_ids": {"72"}}],
)
def test_another_time_length_place_or_clinician_is_followed(other):
    assert judge(OURS, replace(SEEN, **other), NOTICE) == Judgement(Do.FOLLOW, State.BOOKED, relocated=True)


def test_without_a_time_that_is_kept_the_length_is_not_compared():
    held = replace(OURS, state=State.COMPLETED, minutes=None)
    done = replace(SEEN, status="checked_out")
    assert judge(held, done, NOTICE) == Judgement(Do.NOTHING)
    assert judge(held, replace(done, department_id="2"), NOTICE).relocated


def test_a_clinician_who_keeps_the_template_sees_the_patient_still():
    assert judge(OURS, replace(SEEN, provider_ids=frozenset({"70", "71"})), NOTICE).do is Do.NOTHING


def test_where_a_cancelled_visit_would_have_been_is_of_no_interest():
    gone = replace(SEEN, status="cancelled", start=START + timedelta(hours=1))
    assert judge(OURS, gone, NOTICE) == Judgement(Do.FOLLOW, State.CANCELLED)


@pytest.mark.parametrize("ours", [State.CANCELLED, State.LATE_CANCELLED, State.MOVED])
def test_how_a_visit_ended_is_not_rewritten_by_the_ehrs_one_word_for_it(ours):
    for seen in (replace(SEEN, status="cancelled"), replace(SEEN, status="cancelled", rescheduled_to="9002")):
        assert judge(replace(OURS, state=ours), seen, NOTICE) == Judgement(Do.NOTHING)


def test_our_own_write_seen_early_is_left_to_its_machine():
    for state in OPEN:
        for status in STATUSES:
            assert judge(replace(OURS, state=state), replace(SEEN, status=status), NOTICE) == Judgement(Do.WAIT)


def test_a_change_under_way_settles_itself():
    asked = replace(OURS, change_under_way=True)
    assert judge(asked, SEEN, NOTICE) == Judgement(Do.NOTHING)
    for status in set(STATUSES) - {"booked"}:
        assert judge(asked, replace(SEEN, status=status), NOTICE) == Judgement(Do.SETTLE)


def test_a_time_that_is_open_again_has_no_visit_any_more():
    assert judge(OURS, replace(SEEN, status="open"), NOTICE) == Judgement(Do.FOLLOW, State.CANCELLED)
    ended = replace(OURS, state=State.CANCELLED)
    assert judge(ended, replace(SEEN, status="open"), NOTICE) == Judgement(Do.FRESHEN)


@given(st.none() | our_visits, seen_visits)
def test_every_pair_has_an_answer_that_the_machine_allows(ours, seen):
    judged = judge(ours, seen, NOTICE)
    assert (judged.state is None) == (judged.do not in {Do.IMPORT, Do.FOLLOW})
    if judged.do is Do.FOLLOW:
        assert judged.state is ours.state or may_become(ours.state, judged.state)
        assert ours.state not in NO_VISIT
        assert judged.state is not ours.state or judged.relocated
    if judged.relocated:
        assert judged.state in LIVE | {State.COMPLETED}


@given(st.none() | our_visits, seen_visits)
def test_done_once_there_is_nothing_left_to_do(ours, seen):
    after = taken_in(ours, seen)
    assert taken_in(after, seen) == after


@given(st.lists(seen_visits, min_size=1, max_size=8), st.data())
def test_any_order_and_number_of_notices_ends_in_the_same_state(history, data):
    """The record goes through `history`; notices about it are read at any moment, the last one after its end.

    A visit that ended stays ended: the EHR has no un-cancel.
    """
    lasting = next((n for n, seen in enumerate(history) if ended(seen)), len(history) - 1)
    history = history[: lasting + 1]
    read_at = data.draw(st.lists(st.integers(0, len(history) - 1), max_size=12))
    ours = None
    for moment in [*sorted(read_at), *[len(history) - 1] * data.draw(st.integers(1, 3))]:
        ours = taken_in(ours, history[moment])
    assert told(ours) == told(taken_in(None, history[-1]))


def taken_in(ours, seen):
    """What the services make of it, without a database."""
    judged = judge(ours, seen, NOTICE)
    if judged.do not in {Do.IMPORT, Do.FOLLOW}:
        return ours
    if judged.do is Do.IMPORT or judged.relocated:
        return OurVisit(judged.state, seen.start, seen.minutes, seen.department_id, min(seen.provider_ids))
    return replace(ours, state=judged.state)


def ended(seen):
    return state_of(seen, NOTICE) in ENDED | {State.NO_SHOW}


def told(ours):
    """What matters of it: a visit that does not take place is nowhere."""
    if ours is None or ours.state in ENDED | {State.NO_SHOW}:
        return None if ours is None or ours.state in ENDED else ours.state
    return replace(ours, provider_id="")
