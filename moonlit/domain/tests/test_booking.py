"""The booking machine, one decision at a time (rules 4)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from moonlit.domain import booking
from moonlit.domain.booking import Do, Progress, PutAnswer, Seen, State, Step

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
LIMIT = NOW + timedelta(days=3)
PENDING = Progress(State.PENDING, LIMIT, patient_known=True)
SUBMITTING = booking.begin_put(PENDING, NOW)
UNKNOWN = booking.after_put(SUBMITTING, PutAnswer.UNCLEAR, NOW)
SECOND_PUT = booking.after_look(UNKNOWN, Seen.OPEN, NOW, now=NOW)
"""`submitting` again, with a first put that may still land."""
LAST_PUT_UNCLEAR = replace(UNKNOWN, puts=booking.MAX_PUTS)


def seconds(n):
    return NOW + timedelta(seconds=n)


# The table


RULES_4 = {
    "held": "pending expired released",
    "pending": "submitting booked failed cancelled",
    "submitting": "booked unknown lost failed pending",
    "unknown": "booked lost failed submitting",
    "booked": "checked_in completed cancelled late_cancelled moved no_show",
    "lost": "pending",
    "failed": "",
    "expired": "held",
    "released": "",
}


@pytest.mark.parametrize("old", RULES_4)
def test_a_booking_may_become_exactly_what_the_table_says(old):
    allowed = {new for new in State if booking.may_become(State(old), new)}

    assert allowed == {State(word) for word in RULES_4[old].split()}


def test_the_ehr_may_move_a_visit_between_its_states_in_any_order():
    visit = [State.BOOKED, *(State(word) for word in RULES_4["booked"].split())]

    assert all(booking.may_become(a, b) for a in visit for b in visit if a is not b)
    assert not any(booking.may_become(a, b) for a in visit for b in State if b not in visit)


def test_exactly_the_live_states_block_time():
    assert set(booking.LIVE) == {State(w) for w in ["held", "pending", "submitting", "unknown", "booked", "checked_in"]}


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ("held", "held"),
        ("pending", "pending"),
        ("submitting", "pending"),
        ("unknown", "pending"),
        ("lost", "not_booked"),
        ("failed", "not_booked"),
        ("booked", "booked"),
        ("late_cancelled", "late_cancelled"),
        ("expired", "expired"),
    ],
)
def test_the_patient_sees_one_plain_word(state, word):
    assert booking.public_word(State(state)) == word


# Pending


def test_a_new_booking_finds_its_patient_and_then_puts():
    assert booking.next_step(replace(PENDING, patient_known=False), NOW) == Step(Do.FIND_PATIENT)
    assert booking.next_step(PENDING, NOW) == Step(Do.PUT)


def test_submitting_is_written_down_before_the_call():
    assert (SUBMITTING.state, SUBMITTING.puts, SUBMITTING.attempts, SUBMITTING.last_put_at) == (
        State.SUBMITTING,
        1,
        1,
        NOW,
    )


def test_pending_lives_to_the_last_moment_before_the_notice_limit():
    just_before = LIMIT - timedelta(microseconds=1)

    assert booking.next_step(PENDING, just_before) == Step(Do.PUT)
    assert booking.next_step(PENDING, LIMIT) == Step(Do.GIVE_UP)
    assert booking.gave_up(PENDING).state is State.FAILED


def test_a_blocked_booking_keeps_its_time_and_waits_for_staff():
    blocked = replace(PENDING, blocked=True)

    assert booking.next_step(blocked, NOW) == Step(Do.WAIT, LIMIT)
    assert booking.next_step(blocked, LIMIT) == Step(Do.GIVE_UP)


def test_a_put_that_never_left_does_not_count_and_is_tried_again_later():
    back = booking.after_put(SUBMITTING, PutAnswer.NOT_REACHED, NOW)

    assert (back.state, back.puts, back.attempts) == (State.PENDING, 0, 1)
    assert booking.next_step(back, NOW) == Step(Do.WAIT, seconds(5))
    assert booking.next_step(back, seconds(5)) == Step(Do.PUT)


def test_puts_that_never_left_may_be_many():
    progress = PENDING
    at = NOW
    waits = []
    for _ in range(20):
        progress = booking.after_put(booking.begin_put(progress, at), PutAnswer.NOT_REACHED, at)
        waits.append((progress.next_look_at - at).total_seconds())
        at = progress.next_look_at

    assert waits[:6] == [5, 10, 20, 40, 60, 60]
    assert waits[-1] == 60
    assert booking.next_step(progress, at) == Step(Do.PUT)


def test_an_ehr_that_names_a_longer_wait_gets_it():
    wish = timedelta(minutes=7)

    assert booking.after_put(SUBMITTING, PutAnswer.NOT_REACHED, NOW, retry_after=wish).next_look_at == NOW + wish
    assert booking.postpone(PENDING, NOW, retry_after=wish).next_look_at == NOW + wish
    assert booking.postpone(PENDING, NOW, retry_after=timedelta(seconds=1)).next_look_at == seconds(5)


def test_a_wait_never_outlasts_the_notice_limit():
    later = booking.postpone(PENDING, NOW, retry_after=timedelta(days=30))

    assert later.attempts == 1
    assert booking.next_step(later, NOW) == Step(Do.WAIT, LIMIT)


# The answer of a put


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (PutAnswer.BOOKED, State.BOOKED),
        (PutAnswer.TAKEN, State.LOST),
        (PutAnswer.REFUSED, State.FAILED),
        (PutAnswer.UNCLEAR, State.UNKNOWN),
    ],
)
def test_a_first_put_ends_as_its_answer_says(answer, state):
    assert booking.after_put(SUBMITTING, answer, NOW).state is state


@pytest.mark.parametrize("answer", [PutAnswer.TAKEN, PutAnswer.REFUSED, PutAnswer.UNCLEAR])
def test_a_refusal_proves_nothing_while_an_earlier_put_may_land(answer):
    assert booking.after_put(SECOND_PUT, answer, NOW).state is State.UNKNOWN


def test_a_second_put_that_never_left_keeps_the_first_one_in_mind():
    after = booking.after_put(SECOND_PUT, PutAnswer.NOT_REACHED, NOW)

    assert (after.state, after.puts) == (State.UNKNOWN, 1)


def test_an_answer_for_a_booking_that_moved_on_is_refused():
    with pytest.raises(ValueError, match="unknown cannot take this step"):
        booking.after_put(UNKNOWN, PutAnswer.BOOKED, NOW)


def test_a_worker_may_send_for_ten_seconds_after_its_commit():
    assert booking.may_still_send(SUBMITTING, seconds(10))
    assert not booking.may_still_send(SUBMITTING, seconds(10.1))
    assert not booking.may_still_send(UNKNOWN, NOW)


def test_a_row_left_submitting_is_looked_up_when_its_lease_is_over():
    assert booking.next_step(SUBMITTING, seconds(89)) == Step(Do.WAIT, seconds(90))
    assert booking.next_step(SUBMITTING, seconds(90)) == Step(Do.LOOK)


def test_a_dead_workers_row_is_unknown_before_it_is_put_again():
    after = booking.after_look(SUBMITTING, Seen.OPEN, seconds(90), now=seconds(91))

    assert (after.state, after.puts) == (State.UNKNOWN, 1)


# Looks


@pytest.mark.parametrize(
    ("seen", "state"),
    [
        (Seen.OURS, State.BOOKED),
        (Seen.OTHERS, State.LOST),
        (Seen.CANCELLED, State.FAILED),
        (Seen.OPEN, State.SUBMITTING),
        (Seen.GONE, State.UNKNOWN),
        (Seen.UNREADABLE, State.UNKNOWN),
    ],
)
def test_a_look_ends_as_what_is_there_says(seen, state):
    assert booking.after_look(UNKNOWN, seen, NOW, now=NOW).state is state


def test_an_open_slot_is_put_again_at_most_three_times():
    puts = 1
    progress = UNKNOWN
    while (again := booking.after_look(progress, Seen.OPEN, NOW, now=NOW)).state is State.SUBMITTING:
        puts += 1
        progress = booking.after_put(again, PutAnswer.UNCLEAR, NOW)

    assert puts == 3
    assert again.state is State.UNKNOWN


def test_the_time_is_kept_for_two_minutes_after_the_last_put():
    early = booking.after_look(LAST_PUT_UNCLEAR, Seen.OPEN, seconds(119), now=seconds(121))
    assert (early.state, early.next_look_at) == (State.UNKNOWN, seconds(120))

    assert booking.after_look(early, Seen.OPEN, seconds(120), now=seconds(121)).state is State.FAILED


def test_a_slot_that_vanished_is_lost_only_after_the_quarantine():
    assert booking.after_look(UNKNOWN, Seen.GONE, seconds(119), now=seconds(119)).state is State.UNKNOWN
    assert booking.after_look(UNKNOWN, Seen.GONE, seconds(120), now=seconds(120)).state is State.LOST


def test_an_unreadable_slot_stays_unknown_for_as_long_as_it_takes():
    late = NOW + timedelta(days=2)

    after = booking.after_look(LAST_PUT_UNCLEAR, Seen.UNREADABLE, late, now=late)

    assert (after.state, after.next_look_at) == (State.UNKNOWN, late + timedelta(minutes=5))


def test_looks_come_quickly_at_first_and_rarely_later():
    def pause(after):
        now = NOW + after
        return booking.after_look(LAST_PUT_UNCLEAR, Seen.UNREADABLE, now, now=now).next_look_at - now

    assert pause(timedelta(0)) == timedelta(seconds=2)
    assert pause(timedelta(seconds=10)) == timedelta(seconds=5)
    assert pause(timedelta(hours=1)) == timedelta(minutes=5)


def test_nothing_is_put_again_after_the_notice_limit():
    after = booking.after_look(replace(UNKNOWN, notice_limit_at=seconds(30)), Seen.OPEN, seconds(30), now=seconds(30))

    assert after.state is State.UNKNOWN


# Withdrawal


@pytest.mark.parametrize(("state", "after"), [(State.HELD, State.RELEASED), (State.PENDING, State.CANCELLED)])
def test_a_withdrawal_before_any_put_ends_at_once(state, after):
    assert booking.withdraw(replace(PENDING, state=state)).state is after


def test_a_withdrawal_under_way_is_remembered_and_carried_out_once_booked():
    withdrawn = booking.withdraw(SUBMITTING)
    assert (withdrawn.state, withdrawn.withdrawn) == (State.SUBMITTING, True)

    booked = booking.after_put(withdrawn, PutAnswer.BOOKED, NOW)
    assert booking.next_step(booked, NOW) == Step(Do.CANCEL_VISIT)


def test_a_withdrawn_visit_is_never_put_again():
    withdrawn = booking.withdraw(UNKNOWN)
    assert booking.after_look(withdrawn, Seen.OPEN, NOW, now=NOW).state is State.UNKNOWN
    assert booking.after_look(withdrawn, Seen.OPEN, seconds(120), now=seconds(120)).state is State.FAILED


def test_a_withdrawn_visit_whose_put_never_left_is_cancelled():
    back = booking.after_put(booking.withdraw(SUBMITTING), PutAnswer.NOT_REACHED, NOW)

    assert booking.next_step(back, NOW) == Step(Do.WITHDRAW)
    assert booking.withdraw(back).state is State.CANCELLED


def test_a_finished_visit_cannot_be_withdrawn():
    with pytest.raises(ValueError, match="completed"):
        booking.withdraw(replace(PENDING, state=State.COMPLETED))


# The next provider


def test_a_lost_visit_starts_afresh_with_the_next_provider():
    lost = replace(UNKNOWN, state=State.LOST)

    again = booking.try_next_provider(lost, NOW)

    assert again == replace(PENDING, next_look_at=NOW)
    assert booking.next_step(again, NOW) == Step(Do.PUT)


def test_the_next_provider_is_tried_only_for_a_patient_who_still_waits_and_in_time():
    lost = replace(UNKNOWN, state=State.LOST)

    assert booking.may_try_next_provider(lost, NOW)
    assert not booking.may_try_next_provider(replace(lost, withdrawn=True), NOW)
    assert not booking.may_try_next_provider(lost, LIMIT)
    assert not booking.may_try_next_provider(replace(lost, state=State.FAILED), NOW)


@pytest.mark.parametrize("state", ["booked", "completed", "lost", "failed", "cancelled", "held"])
def test_a_settled_booking_needs_nothing_more(state):
    assert booking.next_step(replace(PENDING, state=State(state)), NOW) == Step(Do.DONE)
