"""Moving: the new time is won first, decided anew, and only then is the old one let go (rules 4.10)."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import PUBLIC, Actor
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.queries import status_by_token
from moonlit.booking.refusals import HoldExpired, SlotTaken
from moonlit.booking.services import (
    advance,
    advance_change,
    ask_staff_to_move,
    mint_link,
    place_hold,
    request_cancel,
    request_move,
)
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.ehr.port import Unknown
from moonlit.people.models import Booker, Consent, Insurance, RoiContact
from moonlit.worklist.models import Task
from tests.support.people import BY_VIDEO, patient
from tests.support.visits import (
    FRIDAY,
    asked,
    at,
    booked,
    cancel,
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

STAFF = Actor("staff", "7")


@pytest.fixture
def practice(scene):
    return two_clinicians_on_friday(scene)


def test_the_new_time_is_kept_at_once_and_the_old_one_too(practice):
    row = booked(practice)
    practice.ehr.calls.clear()
    answer = move(practice, row, "14:00", "71")
    new = new_of(row)
    assert (answer.state, answer.change, answer.new_appointment) == ("booked", "move", new.pk)
    assert (new.state, keeps_time(new), keeps_time(row), practice.ehr.calls) == ("pending", True, True, [])


def test_a_move_is_the_ehrs_own_and_the_old_visit_ends_as_moved(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    practice.ehr.calls.clear()
    row, new = carry_out(practice, row)
    assert (row.state, row.change, new.state) == ("moved", "", "booked")
    assert practice.ehr.calls.count("reschedule") == 1
    assert not {"book", "cancel"} & set(practice.ehr.calls)
    assert held_in_ehr(practice) == [new.athena_appt_id]
    assert (keeps_time(row), keeps_time(new)) == (False, True)
    check_counts()


def test_the_patient_is_told_once_of_the_new_time_and_of_no_cancellation(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    row, new = carry_out(practice, row)
    assert (told(row), told(new)) == (["appointment.booked"], ["appointment.moved"])


def test_the_new_date_is_decided_anew_and_who_renders_may_change(practice):
    row = booked(practice)
    assert (row.route, row.supervisor) == ("direct", None)
    move(practice, row, "11:00", None)
    row, new = carry_out(practice, row)
    attending = practice.providers["71"]
    assert (new.provider, new.rendering_provider, new.route) == (practice.providers["72"], attending, "supervised")
    assert new.supervision_write == "to_write"
    assert new.decisions.get(version=1).snapshot["moved_from"] == str(row.pk)
    assert row.decisions.get(version=1).snapshot["route"] == "direct"
    settle(practice, 2)
    assert fresh(new).supervision_write == "written"


def test_everything_said_at_the_first_booking_holds_for_the_new_visit(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    new = new_of(row)
    assert (new.patient_id, new.criteria, new.place_of_service) == (row.patient_id, row.criteria, row.place_of_service)
    for model in (Insurance, RoiContact, Consent, Booker):
        assert model.objects.filter(appointment=new.pk).count() == model.objects.filter(appointment=row.pk).count()
    assert Insurance.objects.get(appointment=new.pk).member_id == "MX-100"


def test_asking_for_the_same_move_again_gives_the_same_answer(practice):
    row = booked(practice)
    first = move(practice, row, "14:00", "71")
    assert move(practice, row, "14:00", "71") == first
    carry_out(practice, row)
    done = move(practice, row, "14:00", "71")
    assert (done.state, done.change, done.start) == ("booked", "", at("14:00"))
    assert Appointment.objects.count() == 2


def test_another_time_while_a_move_is_under_way_has_to_wait(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    with pytest.raises(Refused) as refused:
        move(practice, row, "10:00", "71")
    assert refused.value.code is RefusalCode.REQUEST_IN_PROGRESS


def test_a_visit_that_is_not_confirmed_yet_or_being_cancelled_is_not_moved(practice):
    row = Appointment.objects.get(pk=asked(practice, "09:00", "71").appointment)
    with pytest.raises(Refused) as refused:
        move(practice, row, "14:00", "71")
    assert refused.value.code is RefusalCode.REQUEST_IN_PROGRESS
    advance(row.pk, clock=practice.clock)
    cancel(practice, row)
    with pytest.raises(Refused) as refused:
        move(practice, row, "14:00", "71")
    assert refused.value.code is RefusalCode.REQUEST_IN_PROGRESS


def test_a_cancelled_visit_is_not_found(practice):
    row = booked(practice)
    cancel(practice, row)
    advance_change(row.pk, clock=practice.clock)
    with pytest.raises(Refused) as refused:
        move(practice, row, "14:00", "71")
    assert refused.value.code is RefusalCode.NOT_FOUND


def test_inside_the_notice_period_a_move_is_a_request_to_staff(practice):
    row = booked(practice)
    practice.open("71", FRIDAY + timedelta(days=3), "09:00")
    practice.sync()
    monday = {"start": at("09:00", FRIDAY + timedelta(days=3)), "provider_id": None, "hold": None}
    practice.clock.at = row.start - timedelta(hours=23)
    with pytest.raises(Refused) as refused:
        request_move(row.pk, **monday, actor=PUBLIC, now=practice.clock())
    assert (refused.value.code, fresh(row).change) == (RefusalCode.LATE_CHANGE, "")
    assert request_move(row.pk, **monday, actor=STAFF, now=practice.clock()).change == "move"


def test_a_time_that_overlaps_the_visit_itself_is_a_request_to_staff(practice):
    row = booked(practice)
    practice.open("71", FRIDAY, "09:30")
    practice.sync()
    with pytest.raises(Refused) as refused:
        move(practice, row, "09:30", "71")
    assert refused.value.code is RefusalCode.LATE_CHANGE
    assert [reason.code for reason in refused.value.reasons] == ["overlaps_visit"]


def test_a_time_that_overlaps_it_with_another_clinician_is_moved(practice):
    row = booked(practice)
    move(practice, row, "09:00", "72")
    row, new = carry_out(practice, row)
    assert (row.state, new.provider) == ("moved", practice.providers["72"])


def test_a_request_to_staff_is_one_task_with_the_wish_in_it(practice):
    row = booked(practice)
    for _ in range(2):
        ask_staff_to_move(row.pk, note="mornings", wanted_start=at("14:00"), actor=PUBLIC, now=practice.clock())
    assert open_tasks(row) == ["move_requested"]
    assert "mornings" in Task.objects.get(kind="move_requested").note
    cancel(practice, row)
    advance_change(row.pk, clock=practice.clock)
    assert open_tasks(row) == []


def test_a_start_that_was_never_offered_is_refused_and_nothing_is_written(practice):
    row = booked(practice)
    with pytest.raises(Refused) as refused:
        move(practice, row, "16:00", "71")
    assert refused.value.code is RefusalCode.PROVIDER_NOT_BOOKABLE
    assert (fresh(row).change, Appointment.objects.count()) == ("", 1)


def test_a_start_somebody_has_is_refused_with_alternatives(practice):
    row = booked(practice)
    asked(practice, "14:00", "71", patient=patient(first_name="Xiomara", email="x@example.org", phone=None))
    with pytest.raises(SlotTaken) as taken:
        move(practice, row, "14:00", "71")
    assert taken.value.alternatives
    assert fresh(row).change == ""


def test_a_held_time_becomes_the_new_visit(practice):
    row = booked(practice)
    start = at("14:00")
    held = place_hold(BY_VIDEO, start, None, client_ref="x", address="", actor=PUBLIC, now=practice.clock())
    wanted = {"start": None, "provider_id": None, "hold": held.hold, "actor": PUBLIC, "now": practice.clock()}
    answer = request_move(row.pk, **wanted)
    assert (answer.new_appointment, new_of(row).state) == (held.hold, "pending")
    assert request_move(row.pk, **wanted) == answer
    row, new = carry_out(practice, row)
    assert (row.state, new.state, new.pk) == ("moved", "booked", held.hold)
    check_counts()


def test_a_hold_that_is_over_is_refused_and_the_old_visit_stands(practice):
    row = booked(practice)
    held = place_hold(BY_VIDEO, at("14:00"), None, client_ref="", address="", actor=PUBLIC, now=practice.clock())
    practice.clock.forward(minutes=11)
    with pytest.raises(HoldExpired):
        request_move(
            row.pk, start=None, provider_id=None, hold=held.hold, actor=PUBLIC, now=practice.clock()
        )  # fmt: skip
    assert (fresh(row).change, fresh(row).state) == ("", "booked")


def test_the_old_links_end_and_the_old_status_link_shows_the_new_visit(practice):
    accepted = asked(practice, "09:00", "71")
    advance(accepted.appointment, clock=practice.clock)
    row = Appointment.objects.get(pk=accepted.appointment)
    mint_link(row.pk, ManageLink.Purpose.MANAGE, actor=PUBLIC, now=practice.clock())
    move(practice, row, "14:00", "71")
    status = status_by_token(accepted.status_token, practice.clock())
    assert (status.state, status.change, status.start) == ("booked", "move", row.start)
    row, new = carry_out(practice, row)
    status = status_by_token(accepted.status_token, practice.clock())
    assert (status.appointment, status.state, status.change, status.start) == (new.pk, "booked", None, at("14:00"))
    assert not ManageLink.objects.filter(appointment=row.pk, purpose="manage", revoked_at=None).exists()


def test_cancelling_a_visit_that_was_moved_cancels_the_new_one(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    row, new = carry_out(practice, row)
    cancel(practice, row)
    advance_change(new.pk, clock=practice.clock)
    assert (fresh(row).state, fresh(new).state) == ("moved", "cancelled")
    assert told(new) == ["appointment.moved", "appointment.cancelled"]
    assert held_in_ehr(practice) == []


@pytest.mark.parametrize("lost", [False, True])
def test_a_cancel_while_a_move_is_under_way_takes_both_back_and_tells_it_once(practice, lost):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    if lost:
        practice.ehr.fail_next("reschedule", Unknown("lost"), stored=True)
        advance(new_of(row).pk, clock=practice.clock)
    assert cancel(practice, row).change == "cancel"
    advance_change(row.pk, clock=practice.clock)
    assert fresh(row).state == "booked"
    settle(practice, 10)
    assert (fresh(row).state, new_of(row).state) == ("cancelled", "cancelled")
    assert held_in_ehr(practice) == []
    assert (told(row), told(new_of(row))) == (["appointment.booked", "appointment.cancelled"], [])
    check_counts()


def test_a_cancel_of_the_pending_new_visit_leaves_the_old_one_as_it_was(practice):
    row = booked(practice)
    move(practice, row, "14:00", "71")
    request_cancel(new_of(row).pk, note="", actor=STAFF, now=practice.clock(), late_ok=True)
    advance_change(row.pk, clock=practice.clock)
    assert (fresh(row).state, fresh(row).change, new_of(row).state) == ("booked", "", "cancelled")
    assert (told(row), told(new_of(row))) == (["appointment.booked", "appointment.change_failed"], [])
