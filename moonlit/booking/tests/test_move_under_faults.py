"""What becomes of a move when the EHR fails, and when the front desk works on the same visits (rules 4.10)."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.booking.services import advance, advance_change, request_move
from moonlit.ehr.port import EhrStatus, NotReached, Rejected, Retry, Throttled, Unknown
from tests.support.visits import (
    FRIDAY,
    at,
    booked,
    carry_out,
    check_counts,
    fresh,
    held_in_ehr,
    keeps_time,
    move,
    new_of,
    open_tasks,
    settle,
    told,
    two_clinicians_on_friday,
)


@pytest.fixture
def practice(scene):
    return two_clinicians_on_friday(scene)


@pytest.mark.parametrize("fault", [NotReached("down"), Throttled("busy", retry_after=5)])
def test_a_move_that_never_arrived_is_sent_again(practice, fault):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.fail_next("reschedule", fault)
    carry_out(practice, row)
    assert (fresh(row).state, new_of(row).state) == ("booked", "pending")
    settle(practice, 3)
    assert (fresh(row).state, new_of(row).state) == ("moved", "booked")


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_is_looked_up_at_the_new_time(practice, stored):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.fail_next("reschedule", Unknown("lost"), stored=stored)
    carry_out(practice, row)
    assert (fresh(row).state, new_of(row).state) == ("booked", "unknown")
    settle(practice, 5)
    row, new = fresh(row), new_of(row)
    assert (row.state, new.state, told(new)) == ("moved", "booked", ["appointment.moved"])
    assert held_in_ehr(practice) == [new.athena_appt_id]


def test_a_new_time_that_somebody_takes_leaves_the_old_one_standing(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.staff_book(new_of(row).slot_ehr_id, practice.ehr.add_patient(None))
    carry_out(practice, row)
    settle(practice, 5)
    row, new = fresh(row), new_of(row)
    assert (row.state, row.change, new.state, keeps_time(new)) == ("booked", "", "lost", False)
    assert told(row) == ["appointment.booked", "appointment.change_failed"]
    assert (told(new), open_tasks(row), open_tasks(new)) == ([], ["move_requested"], [])
    assert practice.ehr.appointment(row.athena_appt_id).status is EhrStatus.BOOKED
    check_counts()


def test_with_any_clinician_a_taken_new_time_goes_to_the_next_one(practice):
    practice.open("72", FRIDAY, "14:00")
    practice.sync()
    row = booked(practice)
    move(practice, row, "14:00", None)
    practice.ehr.staff_book(new_of(row).slot_ehr_id, practice.ehr.add_patient(None))
    carry_out(practice, row)
    settle(practice, 5)
    assert (fresh(row).state, new_of(row).state) == ("moved", "booked")
    assert new_of(row).provider == practice.providers["72"]


def test_a_move_that_failed_can_be_asked_for_again(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.staff_book(new_of(row).slot_ehr_id, practice.ehr.add_patient(None))
    carry_out(practice, row)
    settle(practice, 5)
    move(practice, row, "10:00", "71")
    row, new = carry_out(practice, row)
    assert (row.state, new.state, new.start) == ("moved", "booked", at("10:00"))
    assert open_tasks(row) == []


def test_the_old_time_is_said_to_stand_only_once_the_ehr_has_shown_it(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.staff_book(new_of(row).slot_ehr_id, practice.ehr.add_patient(None))
    advance(new_of(row).pk, clock=practice.clock)
    practice.clock.forward(minutes=3)
    advance(new_of(row).pk, clock=practice.clock)
    assert (new_of(row).state, fresh(row).change, told(row)) == ("lost", "move", ["appointment.booked"])
    advance_change(row.pk, clock=practice.clock)
    assert (fresh(row).change, told(row)[-1]) == ("", "appointment.change_failed")


def test_a_move_that_landed_and_was_cancelled_by_the_front_desk_leaves_no_visit_and_says_so(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.fail_next("reschedule", Unknown("lost"), stored=True)
    carry_out(practice, row)
    practice.ehr.staff_cancel(new_of(row).slot_ehr_id)
    settle(practice, 5)
    row, new = fresh(row), new_of(row)
    assert (row.state, new.state, held_in_ehr(practice)) == ("cancelled", "failed", [])
    assert told(row) == ["appointment.booked", "appointment.cancelled"]
    assert open_tasks(row) == ["move_failed", "move_requested"]


def test_two_failed_moves_are_told_twice(practice):
    row = booked(practice)
    for hour in ("14:00", "10:00"):
        move(practice, row, hour, "71")
        practice.ehr.staff_book(new_of(row).slot_ehr_id, practice.ehr.add_patient(None))
        carry_out(practice, row)
        settle(practice, 5)
    assert told(row).count("appointment.change_failed") == 2


def test_a_move_the_ehr_refuses_is_a_booking_and_then_a_cancel(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.fail_next("reschedule", Rejected("no", code="rejected"))
    carry_out(practice, row)
    settle(practice, 3)
    row, new = fresh(row), new_of(row)
    assert (row.state, new.state) == ("moved", "booked")
    assert (practice.ehr.calls.count("reschedule"), practice.ehr.calls.count("cancel")) == (1, 1)
    assert held_in_ehr(practice) == [new.athena_appt_id]


def test_an_old_visit_the_front_desk_cancelled_meanwhile_still_gives_the_new_time(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.staff_cancel(row.athena_appt_id)
    carry_out(practice, row)
    settle(practice, 3)
    assert (fresh(row).state, new_of(row).state) == ("moved", "booked")
    assert told(row) == ["appointment.booked"]


def test_an_old_visit_checked_in_meanwhile_is_not_moved(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.staff_set(row.athena_appt_id, EhrStatus.CHECKED_IN)
    carry_out(practice, row)
    settle(practice, 3)
    row, new = fresh(row), new_of(row)
    assert (row.change, new.state, keeps_time(new)) == ("", "failed", False)
    assert held_in_ehr(practice) == [row.athena_appt_id]


def test_an_old_visit_the_front_desk_moved_itself_is_not_moved_again(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    elsewhere = practice.open("71", FRIDAY, "16:00")[0]
    practice.ehr.staff_move(row.athena_appt_id, elsewhere)
    carry_out(practice, row)
    settle(practice, 3)
    assert (fresh(row).change, new_of(row).state) == ("", "failed")
    assert held_in_ehr(practice) == [elsewhere]


def test_an_old_visit_checked_in_after_the_new_one_was_won_goes_to_staff(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.fail_next("reschedule", Rejected("no", code="rejected"))
    advance(new_of(row).pk, clock=practice.clock)
    practice.clock.forward(seconds=30)
    advance(new_of(row).pk, clock=practice.clock)
    assert new_of(row).state == "booked"
    practice.ehr.staff_set(row.athena_appt_id, EhrStatus.CHECKED_IN)
    settle(practice, 3)
    row = fresh(row)
    assert (row.state, row.change, open_tasks(row)) == ("checked_in", "", ["move_failed"])


def test_an_old_visit_that_cannot_be_released_is_told_to_staff_and_the_task_closes_when_it_is(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    for _ in range(200):
        practice.ehr.fail_next("appointment", Retry("slow"))
    carry_out(practice, row)
    assert (fresh(row).state, new_of(row).state, told(new_of(row))) == ("booked", "booked", ["appointment.moved"])
    settle(practice, 20)
    assert open_tasks(row) == ["move_failed"]
    practice.ehr._faults.clear()
    settle(practice, 20)
    assert (fresh(row).state, open_tasks(row)) == ("moved", [])


def test_a_chart_merged_meanwhile_is_followed(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    merged = practice.ehr.add_patient(None)
    practice.ehr.merge_patients(row.patient.ehr_patient_id, merged)
    carry_out(practice, row)
    settle(practice, 3)
    assert (fresh(row).state, new_of(row).state) == ("moved", "booked")
    assert fresh(row).patient.ehr_patient_id == merged


def test_a_chart_merged_while_the_answer_is_lost_is_followed(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.fail_next("reschedule", Unknown("lost"), stored=True)
    carry_out(practice, row)
    practice.ehr.merge_patients(row.patient.ehr_patient_id, practice.ehr.add_patient(None))
    settle(practice, 5)
    assert (fresh(row).state, new_of(row).state) == ("moved", "booked")


def test_a_move_that_is_not_won_before_the_old_visit_begins_comes_to_nothing(practice):
    row = booked(practice)
    practice.open("71", FRIDAY + timedelta(days=7), "09:00")
    practice.sync()
    for _ in range(2000):
        practice.ehr.fail_next("reschedule", NotReached("down"))
    wanted = {"start": at("09:00", FRIDAY + timedelta(days=7)), "provider_id": None, "hold": None}
    practice.clock.at = row.start - timedelta(hours=24)
    request_move(row.pk, **wanted, actor=PUBLIC, now=practice.clock())
    practice.clock.at = row.start - timedelta(minutes=2)
    settle(practice, 5)
    assert (fresh(row).state, fresh(row).change, new_of(row).state) == ("booked", "", "failed")
