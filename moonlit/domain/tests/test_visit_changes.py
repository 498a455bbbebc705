"""The change machine step by step (rules 4, 4.10); random histories are in test_change_machine_model."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from moonlit.domain.booking import LEASE, QUARANTINE, SEND_WITHIN, State
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.domain.visit_changes import (
    LOOKS_AFTER_NEW,
    SLOWEST,
    Change,
    Do,
    Kind,
    New,
    PutAnswer,
    Seen,
    Step,
    after_look,
    after_put,
    begin_look,
    begin_put,
    check_may_cancel,
    check_may_move,
    is_late,
    may_still_send,
    next_step,
    takes_too_long,
)

NOW = datetime(2026, 3, 2, 16, tzinfo=UTC)
START = NOW + timedelta(days=4)
DAY = timedelta(hours=24)
CANCEL = Change(Kind.CANCEL, START, NOW, next_at=NOW)
RELEASE = Change(Kind.MOVE, START, NOW, next_at=NOW, new=New.WON)
SECOND = timedelta(seconds=1)


def test_a_cancel_is_put_first_and_the_visit_a_move_left_is_looked_at_first():
    assert next_step(CANCEL, NOW).do is Do.PUT_CANCEL
    assert next_step(RELEASE, NOW).do is Do.LOOK


def test_before_its_time_nothing_is_tried():
    assert next_step(replace(CANCEL, next_at=NOW + SECOND), NOW) == Step(Do.WAIT, NOW + SECOND)
    assert next_step(replace(CANCEL, next_at=NOW + SECOND), NOW + SECOND).do is Do.PUT_CANCEL


def test_a_call_under_way_has_the_row_to_itself_for_a_lease():
    for begun in (begin_put(CANCEL, NOW), begin_look(CANCEL, NOW)):
        assert (begun.attempts, begun.next_at) == (1, NOW + LEASE)
        assert next_step(begun, NOW + LEASE - SECOND).do is Do.WAIT
        assert next_step(begun, NOW + LEASE).do is (Do.LOOK if begun.last_put_at else Do.PUT_CANCEL)


@pytest.mark.parametrize("kind", list(Kind))
def test_a_change_waits_for_a_new_visit_that_is_not_decided(kind):
    waiting = Change(kind, START, NOW, next_at=NOW, new=New.UNDECIDED)
    assert next_step(waiting, NOW) == Step(Do.WAIT_FOR_NEW, NOW + LOOKS_AFTER_NEW)
    assert next_step(waiting, START + DAY).do is Do.WAIT_FOR_NEW


def test_a_worker_that_slept_does_not_send():
    begun = begin_put(CANCEL, NOW)
    assert may_still_send(begun, NOW + SEND_WITHIN)
    assert not may_still_send(begun, NOW + SEND_WITHIN + SECOND)
    assert not may_still_send(begin_look(CANCEL, NOW), NOW)
    assert not may_still_send(begin_put(CANCEL, START - SECOND), START)


@pytest.mark.parametrize(
    ("change", "state"),
    [
        (CANCEL, State.CANCELLED),
        (replace(CANCEL, late=True), State.LATE_CANCELLED),
        (RELEASE, State.MOVED),
        (replace(CANCEL, new=New.WON), State.MOVED),
        (replace(RELEASE, new=New.NOT_BOOKED), State.CANCELLED),
    ],
)
def test_what_a_released_visit_becomes(change, state):
    assert after_put(change, PutAnswer.RELEASED, NOW).ends_as is state
    assert after_look(change, Seen.RELEASED, NOW).ends_as is state


@pytest.mark.parametrize("answer", [PutAnswer.UNCLEAR, PutAnswer.NOT_REACHED, PutAnswer.REFUSED])
def test_anything_but_a_clear_answer_is_looked_up_after_a_while(answer):
    after = after_put(begin_put(CANCEL, NOW), answer, NOW)
    assert after.ends_as is None
    assert after.change.next_at == NOW + timedelta(seconds=2)
    assert next_step(after.change, after.change.next_at).do is Do.LOOK
    assert after.needs_staff is (answer is PutAnswer.REFUSED)


def test_an_ehr_that_asks_for_a_pause_gets_it():
    after = after_put(begin_put(CANCEL, NOW), PutAnswer.NOT_REACHED, NOW, retry_after=timedelta(seconds=60))
    assert after.change.next_at == NOW + timedelta(seconds=60)
    after = after_put(begin_put(CANCEL, NOW), PutAnswer.NOT_REACHED, NOW, retry_after=timedelta(seconds=1))
    assert after.change.next_at == NOW + timedelta(seconds=2)


def test_a_visit_that_is_said_not_to_be_booked_is_looked_at_at_once_but_not_for_ever():
    first = begin_put(CANCEL, NOW)
    assert after_put(first, PutAnswer.NOT_BOOKED, NOW).change.next_at == NOW
    third = replace(first, attempts=3)
    assert after_put(third, PutAnswer.NOT_BOOKED, NOW).change.next_at == NOW + timedelta(seconds=8)


def test_tries_become_rarer_up_to_a_quarter_of_an_hour():
    waits = [
        after_look(replace(CANCEL, attempts=number), Seen.UNREADABLE, NOW).change.next_at - NOW
        for number in range(1, 40)
    ]
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (2, 4, 8, 16)]
    assert waits == sorted(waits)
    assert waits[-1] == SLOWEST


def test_a_visit_still_booked_is_put_again_until_it_begins():
    after = after_look(begin_look(RELEASE, NOW), Seen.BOOKED, NOW)
    assert (after.put_again, after.change.last_put_at, after.change.attempts) == (True, NOW, 2)
    assert not after_look(RELEASE, Seen.BOOKED, START).put_again


def test_after_a_lost_move_a_visit_still_booked_stands_and_is_never_cancelled():
    after = after_look(replace(RELEASE, new=New.NOT_BOOKED), Seen.BOOKED, NOW)
    assert (after.ends_as, after.put_again, after.needs_staff) == (State.BOOKED, False, False)


def test_after_a_lost_move_a_visit_that_is_gone_goes_to_staff():
    assert after_look(replace(RELEASE, new=New.NOT_BOOKED), Seen.RELEASED, NOW).needs_staff
    assert not after_look(RELEASE, Seen.RELEASED, NOW).needs_staff


@pytest.mark.parametrize(
    ("seen", "state", "staff"),
    [
        (Seen.CHECKED_IN, State.CHECKED_IN, True),
        (Seen.COMPLETED, State.COMPLETED, True),
        (Seen.ELSEWHERE, State.MOVED, True),
        (Seen.NO_SHOW, State.NO_SHOW, False),
    ],
)
def test_what_the_front_desk_made_of_the_visit_counts(seen, state, staff):
    after = after_look(CANCEL, seen, NOW)
    assert (after.ends_as, after.needs_staff) == (state, staff)


def test_a_strangers_visit_under_the_id_is_left_alone_and_staff_look():
    after = after_look(begin_look(CANCEL, NOW), Seen.OTHERS, NOW)
    assert (after.ends_as, after.put_again, after.needs_staff) == (None, False, True)


def test_from_the_visits_start_on_nothing_is_put_and_people_take_over():
    assert next_step(CANCEL, START).do is Do.LOOK
    looked = replace(CANCEL, attempts=1)
    assert next_step(looked, START).do is Do.GIVE_UP
    put = replace(CANCEL, attempts=1, last_put_at=START - SECOND)
    assert next_step(put, START).do is Do.LOOK
    assert next_step(put, START - SECOND + QUARANTINE).do is Do.GIVE_UP


def test_staff_hear_of_a_change_that_takes_a_quarter_of_an_hour_once_it_was_tried():
    tried = replace(CANCEL, attempts=1)
    assert takes_too_long(tried, NOW + timedelta(minutes=15))
    assert not takes_too_long(tried, NOW + timedelta(minutes=15) - SECOND)
    assert not takes_too_long(CANCEL, NOW + DAY)


def test_the_notice_period_begins_just_after_its_hours():
    assert not is_late(START, DAY, START - DAY)
    assert is_late(START, DAY, START - DAY + SECOND)
    assert not is_late(START, timedelta(0), START)


def test_a_late_cancel_needs_the_patients_word():
    late = START - SECOND
    with pytest.raises(Refused) as refused:
        check_may_cancel(State.BOOKED, START, DAY, late, late_ok=False)
    assert refused.value.code is RefusalCode.LATE_CHANGE
    assert refused.value.reasons[0].code == "late_cancellation"
    assert check_may_cancel(State.BOOKED, START, DAY, late, late_ok=True) is True
    assert check_may_cancel(State.BOOKED, START, DAY, NOW, late_ok=False) is False


@pytest.mark.parametrize(
    ("state", "now"), [(State.CHECKED_IN, NOW), (State.COMPLETED, NOW), (State.NO_SHOW, NOW), (State.BOOKED, START)]
)
def test_a_visit_that_has_begun_is_changed_by_nobody(state, now):
    with pytest.raises(Refused) as refused:
        check_may_cancel(state, START, DAY, now, late_ok=True)
    assert refused.value.reasons[0].code == "visit_begun"
    with pytest.raises(Refused) as refused:
        may_move(state=state, now=now, by_staff=True)
    assert refused.value.reasons[0].code == "visit_begun"


def may_move(
    new=(START + DAY, START + DAY + timedelta(hours=1)),
    *,
    same_provider=True,
    by_staff=False,
    state=State.BOOKED,
    now=NOW,
):
    old = (START, START + timedelta(hours=1))
    check_may_move(old, new, same_provider=same_provider, notice=DAY, state=state, by_staff=by_staff, now=now)


def test_a_late_move_is_for_staff_who_may_make_it():
    may_move(now=START - DAY)
    with pytest.raises(Refused) as refused:
        may_move(now=START - DAY + SECOND)
    assert (refused.value.code, refused.value.reasons[0].code) == (RefusalCode.LATE_CHANGE, "notice_period")
    may_move(now=START - DAY + SECOND, by_staff=True)


@pytest.mark.parametrize(
    ("shift", "overlaps"),
    [(timedelta(minutes=30), True), (timedelta(minutes=-30), True), (timedelta(hours=1), False), (timedelta(hours=-1), False)],
)  # fmt: skip
def test_a_move_onto_the_visits_own_time_is_for_staff_unless_somebody_else_sees_the_patient(shift, overlaps):
    new = (START + shift, START + shift + timedelta(hours=1))
    may_move(new, same_provider=False)
    if not overlaps:
        may_move(new)
        return
    with pytest.raises(Refused) as refused:
        may_move(new, by_staff=True)
    assert refused.value.reasons[0].code == "overlaps_visit"
