"""Cancelling: at once before the EHR knows the visit, carried out by the machine afterwards (rules 4, 4.10)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.queries import status_by_token
from moonlit.booking.services import advance, advance_change, mint_link, request_cancel
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.ehr.port import EhrStatus, NotReached, Rejected, Retry, Throttled, Unknown
from moonlit.worklist.models import Task
from tests.support.visits import (
    asked,
    at,
    booked,
    cancel,
    check_counts,
    fresh,
    keeps_time,
    later,
    open_tasks,
    settle,
    told,
)


@pytest.fixture
def practice(scene):
    scene.open("71", at("09:00").date(), "09:00", "10:00")
    scene.open("72", at("09:00").date(), "09:00", "11:00")
    scene.sync()
    return scene


def carry_out(scene, row):
    advance_change(row.pk, clock=scene.clock)
    return fresh(row)


def ehr_shows(scene, row):
    return scene.ehr.appointment(row.athena_appt_id).status


def test_a_booked_visit_stays_booked_and_live_until_the_ehr_has_released_it(practice):
    row = booked(practice)
    practice.ehr.calls.clear()
    answer = cancel(practice, row)
    assert (answer.state, answer.change, answer.late) == ("booked", "cancel", False)
    assert practice.ehr.calls == []
    assert (fresh(row).state, keeps_time(row)) == ("booked", True)
    row = carry_out(practice, row)
    assert (row.state, row.change, keeps_time(row)) == ("cancelled", "", False)
    assert ehr_shows(practice, row) is EhrStatus.CANCELLED
    assert told(row) == ["appointment.booked", "appointment.cancelled"]
    check_counts()


def test_the_time_comes_back_with_the_next_sync_and_not_before(practice):
    row = booked(practice)
    cancel(practice, row)
    carry_out(practice, row)
    with pytest.raises(Refused):
        asked(practice, "09:00", "71")
    practice.sync()
    assert booked(practice, "09:00").athena_appt_id != row.athena_appt_id


def test_cancelling_again_gives_the_same_answer(practice):
    row = booked(practice)
    first = cancel(practice, row)
    assert cancel(practice, row) == first
    row = carry_out(practice, row)
    again = cancel(practice, row)
    assert (again.state, again.change) == ("cancelled", "")
    assert practice.ehr.calls.count("cancel") == 1


def test_the_links_end_with_the_visit_and_the_version_moves_on(practice):
    row = booked(practice)
    token = mint_link(row.pk, ManageLink.Purpose.MANAGE, actor=PUBLIC, now=practice.clock())
    cancel(practice, row)
    row = carry_out(practice, row)
    assert token
    assert not ManageLink.objects.filter(appointment=row.pk, purpose="manage", revoked_at=None).exists()
    assert row.version == 2


def test_the_reason_is_kept_encrypted_with_the_visit(practice):
    row = booked(practice)
    cancel(practice, row, note="I found another doctor")
    assert fresh(row).change_note == "I found another doctor"


def test_a_pending_request_is_cancelled_at_once_without_a_call(practice):
    accepted = asked(practice, "09:00", "71")
    practice.ehr.calls.clear()
    row = Appointment.objects.get(pk=accepted.appointment)
    assert cancel(practice, row).state == "cancelled"
    assert (fresh(row).state, keeps_time(row), practice.ehr.calls) == ("cancelled", False, [])
    assert told(row) == ["appointment.cancelled"]
    advance(row.pk, clock=practice.clock)
    assert "book" not in practice.ehr.calls
    check_counts()


def test_a_request_taken_back_while_the_answer_is_lost_is_cancelled_once_booked_and_never_confirmed(practice):
    accepted = asked(practice, "09:00", "71")
    row = Appointment.objects.get(pk=accepted.appointment)
    practice.ehr.fail_next("book", Unknown("lost"), stored=True)
    advance(row.pk, clock=practice.clock)
    answer = cancel(practice, row)
    assert (answer.state, answer.change) == ("pending", "cancel")
    assert cancel(practice, row) == answer
    settle(practice, 5)
    row = fresh(row)
    assert (row.state, ehr_shows(practice, row)) == ("cancelled", EhrStatus.CANCELLED)
    assert told(row) == ["appointment.cancelled"]
    assert AuditEvent.objects.filter(verb="booking:appointment:withdrawn").count() == 1


def test_a_request_taken_back_that_was_never_booked_calls_nobody(practice):
    accepted = asked(practice, "09:00", "71")
    row = Appointment.objects.get(pk=accepted.appointment)
    for _ in range(3):
        practice.ehr.fail_next("book", Unknown("lost"))
    advance(row.pk, clock=practice.clock)
    cancel(practice, row)
    settle(practice, 5)
    assert (fresh(row).state, open_tasks(row), told(row)) == ("failed", [], ["appointment.cancelled"])


def test_a_request_taken_back_is_not_given_to_another_clinician(practice):
    accepted = asked(practice, "09:00", None)
    row = Appointment.objects.get(pk=accepted.appointment)
    practice.ehr.fail_next("book", Unknown("lost"))
    advance(row.pk, clock=practice.clock)
    practice.ehr.staff_book(row.slot_ehr_id, practice.ehr.add_patient(None))
    cancel(practice, row)
    settle(practice, 5)
    assert (fresh(row).state, fresh(row).provider_id) == ("lost", practice.providers["71"].pk)


def test_inside_the_notice_period_the_policy_comes_first_and_it_ends_as_late(practice):
    row = booked(practice)
    practice.clock.at = row.start - timedelta(hours=23)
    with pytest.raises(Refused) as refused:
        cancel(practice, row)
    assert (refused.value.code, fresh(row).change) == (RefusalCode.LATE_CHANGE, "")
    assert cancel(practice, row, late_ok=True).late
    assert carry_out(practice, row).state == "late_cancelled"
    assert told(row)[-1] == "appointment.cancelled"


def test_exactly_at_the_notice_period_it_is_not_late(practice):
    row = booked(practice)
    practice.clock.at = row.start - timedelta(hours=24)
    assert not cancel(practice, row).late


@pytest.mark.parametrize("state", ["checked_in", "completed", "no_show"])
def test_a_visit_that_has_begun_cannot_be_cancelled_here(practice, state):
    row = booked(practice)
    Appointment.objects.filter(pk=row.pk).update(state=state)
    with pytest.raises(Refused) as refused:
        cancel(practice, row, late_ok=True)
    assert refused.value.code is RefusalCode.LATE_CHANGE


def test_from_its_start_on_a_visit_cannot_be_cancelled_here(practice):
    row = booked(practice)
    practice.clock.at = row.start
    with pytest.raises(Refused) as refused:
        cancel(practice, row, late_ok=True)
    assert refused.value.code is RefusalCode.LATE_CHANGE


def test_an_unknown_visit_is_not_found(practice):
    with pytest.raises(Refused) as refused:
        request_cancel(uuid4(), note="", actor=PUBLIC, now=practice.clock(), late_ok=True)
    assert refused.value.code is RefusalCode.NOT_FOUND


@pytest.mark.parametrize(
    "fault", [NotReached("down"), Throttled("busy", retry_after=5), Rejected("no", code="forbidden", status=403)]
)
def test_a_cancel_that_never_arrived_is_sent_again(practice, fault):
    row = booked(practice)
    cancel(practice, row)
    practice.ehr.fail_next("cancel", fault)
    assert carry_out(practice, row).state == "booked"
    assert keeps_time(row)
    later(practice, minutes=1)
    assert fresh(row).state == "cancelled"


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_is_looked_up_and_never_assumed(practice, stored):
    row = booked(practice)
    cancel(practice, row)
    practice.ehr.fail_next("cancel", Unknown("lost"), stored=stored)
    assert carry_out(practice, row).state == "booked"
    settle(practice, 2)
    assert fresh(row).state == "cancelled"
    assert practice.ehr.calls.count("cancel") == (1 if stored else 2)
    assert told(row).count("appointment.cancelled") == 1


def test_an_unreadable_visit_is_read_again_and_nothing_is_said_meanwhile(practice):
    row = booked(practice)
    cancel(practice, row)
    practice.ehr.fail_next("cancel", Unknown("lost"), stored=True)
    carry_out(practice, row)
    for _ in range(3):
        practice.ehr.fail_next("appointment", Retry("slow"))
        later(practice, minutes=1)
        assert fresh(row).state == "booked"
    settle(practice, 3)
    assert fresh(row).state == "cancelled"


def test_a_visit_checked_in_meanwhile_is_not_cancelled_and_staff_hear_of_it(practice):
    row = booked(practice)
    practice.ehr.staff_set(row.athena_appt_id, EhrStatus.CHECKED_IN)
    cancel(practice, row)
    row = carry_out(practice, row)
    assert (row.state, row.change, keeps_time(row)) == ("checked_in", "", True)
    assert open_tasks(row) == ["cancel_failed"]
    assert "appointment.cancelled" not in told(row)
    assert AuditEvent.objects.filter(verb="booking:change:abandoned").count() == 1


def test_a_visit_the_front_desk_cancelled_first_is_cancelled(practice):
    row = booked(practice)
    cancel(practice, row)
    practice.ehr.staff_cancel(row.athena_appt_id)
    assert carry_out(practice, row).state == "cancelled"
    assert told(row).count("appointment.cancelled") == 1


def test_a_visit_the_front_desk_moved_is_not_called_cancelled(practice):
    row = booked(practice)
    (elsewhere,) = practice.open("71", at("09:00").date(), "15:00")
    cancel(practice, row)
    practice.ehr.staff_move(row.athena_appt_id, elsewhere)
    row = carry_out(practice, row)
    assert (row.state, open_tasks(row), keeps_time(row)) == ("moved", ["cancel_failed"], False)
    assert "appointment.cancelled" not in told(row)


def test_a_visit_marked_as_no_show_ends_as_that(practice):
    row = booked(practice)
    cancel(practice, row)
    practice.ehr.staff_cancel(row.athena_appt_id, no_show=True)
    assert carry_out(practice, row).state == "no_show"


def test_a_chart_merged_meanwhile_is_followed(practice):
    row = booked(practice)
    cancel(practice, row)
    practice.ehr.merge_patients(row.patient.ehr_patient_id, practice.ehr.add_patient(None))
    carry_out(practice, row)
    settle(practice, 2)
    assert fresh(row).state == "cancelled"
    assert open_tasks(row) == []


def test_an_id_that_shows_another_persons_visit_is_never_cancelled(practice):
    row = booked(practice)
    cancel(practice, row)
    stranger = practice.ehr.add_patient(None)
    practice.ehr.staff_edit(row.athena_appt_id, patient_id=stranger, notes=())
    carry_out(practice, row)
    settle(practice, 5)
    assert (fresh(row).state, open_tasks(row)) == ("booked", ["cancel_failed"])
    assert ehr_shows(practice, row) is EhrStatus.BOOKED


def test_a_refusal_goes_to_staff_and_the_task_closes_itself_when_it_works_after_all(practice):
    row = booked(practice)
    cancel(practice, row)
    practice.ehr.fail_next("cancel", Rejected("no", code="rejected"))
    row = carry_out(practice, row)
    assert (row.state, row.change, open_tasks(row)) == ("booked", "cancel", ["cancel_failed"])
    settle(practice, 2)
    assert (fresh(row).state, open_tasks(row)) == ("cancelled", [])


def test_an_ehr_out_of_reach_is_told_to_staff_after_fifteen_minutes_and_once(practice):
    row = booked(practice)
    cancel(practice, row)
    for _ in range(200):
        practice.ehr.fail_next("cancel", NotReached("down"))
        practice.ehr.fail_next("appointment", NotReached("down"))
    settle(practice, 14)
    assert open_tasks(row) == []
    settle(practice, 2)
    assert open_tasks(row) == ["cancel_failed"]
    Task.objects.filter(kind="cancel_failed").update(state="closed", outcome="done", closed_at=practice.clock())
    settle(practice, 60)
    assert open_tasks(row) == []
    practice.ehr._faults.clear()
    settle(practice, 20)
    assert fresh(row).state == "cancelled"


def test_a_cancel_the_ehr_never_took_ends_at_the_visits_start_with_people(practice):
    row = booked(practice)
    cancel(practice, row)
    for _ in range(900):
        practice.ehr.fail_next("cancel", NotReached("down"))
    practice.clock.at = row.start - timedelta(minutes=30)
    settle(practice, 70)
    row = fresh(row)
    assert (row.state, row.change, row.change_next_at) == ("booked", "", None)
    assert open_tasks(row) == ["cancel_failed"]
    assert ehr_shows(practice, row) is EhrStatus.BOOKED


def test_supervision_that_was_still_to_be_written_is_not(practice):
    row = booked(practice, "11:00", "72")
    assert row.supervision_write == "to_write"
    cancel(practice, row)
    assert carry_out(practice, row).supervision_write == "not_needed"
    settle(practice, 2)
    assert "set_supervisor" not in practice.ehr.calls


def test_two_workers_at_once_cancel_once(practice):
    row = booked(practice)
    cancel(practice, row)
    carry_out(practice, row)
    carry_out(practice, row)
    assert practice.ehr.calls.count("cancel") == 1


def test_the_status_link_tells_of_the_cancel_under_way_and_of_its_end(practice):
    accepted = asked(practice, "09:00", "71")
    advance(accepted.appointment, clock=practice.clock)
    row = Appointment.objects.get(pk=accepted.appointment)
    cancel(practice, row)
    now = practice.clock()
    assert (status_by_token(accepted.status_token, now).state, status_by_token(accepted.status_token, now).change) == (
        "booked",
        "cancel",
    )
    carry_out(practice, row)
    assert status_by_token(accepted.status_token, now).state == "cancelled"
