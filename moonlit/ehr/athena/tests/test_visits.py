"""Moving, cancelling and freezing, where the answer alone does not say what happened."""

from datetime import date
from urllib.parse import parse_qsl

import pytest

from moonlit.ehr.athena.tests.conftest import NOW
from moonlit.ehr.port import AlreadyDone, EhrStatus, NotReached, Rejected, Retry, Throttled, Unknown

pytestmark = pytest.mark.django_db
DEPARTMENT = [{"departmentid": "1", "timezonename": "America/Denver"}]
VISIT = {
    "appointmentid": "77",
    "appointmentstatus": "f",
    "patientid": "5",
    "date": "03/05/2026",
    "starttime": "09:00",
    "duration": 60,
    "departmentid": "1",
    "providerid": "72",
    "appointmentnotes": [],
}
ENDED = {
    "error": "This appointment has already been checked in.",
    "detailedmessage": "The appointment is either already canceled or checked in.",
}
HALF = [{"appointmentid": "78", "departmentid": "1", "providerid": "", "appointmentstatus": "f", "patientid": "5"}]
TAKEN = {"error": "That appointment time was already booked or not available for booking."}
FROZEN = {"success": False, "errormessage": "Appointment is already frozen."}
UNFROZEN = {"success": False, "errormessage": "Appointment is already unfrozen."}


def cancel(vendor):
    return vendor.ehr().cancel(appointment_id="77", patient_id="5", reason="Asked\nby the patient")


def move(vendor):
    return vendor.ehr().reschedule(
        appointment_id="77", new_slot_id="78", patient_id="5", reason_id="9", reason="Another day"
    )


def form_of(vendor, path):
    (request,) = (one for one in vendor.asked(path) if one.method != "GET")
    return dict(parse_qsl(request.get_data(as_text=True)))


@pytest.fixture
def practice(vendor):
    vendor.says("/departments/1", DEPARTMENT)
    return vendor


def now_is(vendor, **changes):
    vendor.says("/appointments/77", [{**VISIT, **changes}])


def test_a_cancellation_names_the_patient_and_the_reason_in_one_line(vendor):
    vendor.says("/appointments/77/cancel", {"status": "x"}, method="PUT")
    cancel(vendor)
    assert form_of(vendor, "/appointments/77/cancel") == {
        "patientid": "5",
        "cancellationreason": "Asked by the patient",
    }


@pytest.mark.parametrize(
    ("letter", "error", "code"),
    [
        ("x", AlreadyDone, ""),
        ("2", Rejected, "not_booked"),
        ("3", Rejected, "not_booked"),
        ("o", Rejected, "not_booked"),
        ("f", Rejected, "rejected"),
    ],
)
@pytest.mark.parametrize(("status", "body"), [(404, ENDED), (409, TAKEN)])
def test_cancelled_already_and_checked_in_are_told_apart_by_reading(practice, letter, error, code, status, body):
    practice.says("/appointments/77/cancel", body, status, method="PUT")
    now_is(practice, appointmentstatus=letter)
    with pytest.raises(error) as caught:
        cancel(practice)
    assert getattr(caught.value, "code", "") == code
    assert len(practice.asked("/appointments/77/cancel")) == 1


def test_where_the_visit_cannot_be_read_a_refused_cancellation_is_unknown(practice):
    practice.says("/appointments/77/cancel", ENDED, 404, method="PUT")
    practice.says("/appointments/77", "", 503)
    with pytest.raises(Unknown):
        cancel(practice)


def test_a_cancellation_of_nothing_is_not_found(practice):
    practice.says("/appointments/77/cancel", {"error": "The appointment is not available."}, 404, method="PUT")
    practice.says("/appointments/77", {"error": "The appointment is not available."}, 404)
    with pytest.raises(Rejected) as caught:
        cancel(practice)
    assert caught.value.code == "not_found"


def test_a_cancellation_refused_for_its_patient_is_told_without_reading(vendor):
    vendor.says("/appointments/77/cancel", {"error": "Invalid patient."}, 400, method="PUT")
    with pytest.raises(Rejected) as caught:
        cancel(vendor)
    assert caught.value.code == "patient_refused"


@pytest.mark.parametrize("body", [{"status": "f"}, {"success": False}, {}, [], "", "<html>"])
def test_a_cancellation_that_says_neither_yes_nor_no_is_unknown(vendor, body):
    vendor.says("/appointments/77/cancel", body, method="PUT")
    with pytest.raises(Unknown):
        cancel(vendor)


def test_a_moved_visit_is_read_back_because_the_answer_is_half_of_it(practice):
    practice.says("/appointments/77/reschedule", HALF, method="PUT")
    practice.says("/appointments/78", [{**VISIT, "appointmentid": "78", "date": "03/06/2026"}])
    found = move(practice)
    assert (found.id, found.status, found.provider_id, found.start.day) == ("78", EhrStatus.BOOKED, "72", 6)
    assert form_of(practice, "/appointments/77/reschedule") == {
        "newappointmentid": "78",
        "patientid": "5",
        "reasonid": "9",
        "reschedulereason": "Another day",
    }


@pytest.mark.parametrize(
    ("status", "row"),
    [
        (503, {}),
        (404, {"error": "The appointment is not available."}),
        (200, [{**VISIT, "appointmentid": "78", "appointmentstatus": "o", "patientid": ""}]),
        (200, [{**VISIT, "appointmentid": "78", "patientid": "6"}]),
    ],
)
def test_a_move_whose_new_visit_is_not_read_back_as_ours_is_unknown(practice, status, row):
    practice.says("/appointments/77/reschedule", HALF, method="PUT")
    practice.says("/appointments/78", row, status)
    with pytest.raises(Unknown):
        move(practice)


@pytest.mark.parametrize("body", [[], [{**HALF[0], "appointmentid": "79"}], {"success": False}])
def test_an_answer_that_does_not_prove_the_move_is_unknown(practice, body):
    practice.says("/appointments/77/reschedule", body, method="PUT")
    practice.says("/appointments/78", [{**VISIT, "appointmentid": "78"}])
    with pytest.raises(Unknown):
        move(practice)


def test_a_move_to_a_taken_slot_is_already_done(vendor):
    vendor.says("/appointments/77/reschedule", TAKEN, 409, method="PUT")
    with pytest.raises(AlreadyDone):
        move(vendor)


@pytest.mark.parametrize(
    ("changes", "error", "code"),
    [
        ({"appointmentstatus": "x", "rescheduledappointmentid": "78"}, AlreadyDone, ""),
        ({"appointmentstatus": "x", "rescheduledappointmentid": "79"}, Rejected, "not_booked"),
        ({"appointmentstatus": "x"}, Rejected, "not_booked"),
        ({"appointmentstatus": "2"}, Rejected, "not_booked"),
        ({}, Rejected, "rejected"),
    ],
)
def test_a_refused_move_is_settled_by_reading_the_old_visit(practice, changes, error, code):
    practice.says("/appointments/77/reschedule", ENDED, 404, method="PUT")
    now_is(practice, **changes)
    with pytest.raises(error) as caught:
        move(practice)
    assert getattr(caught.value, "code", "") == code


@pytest.mark.parametrize(("verb", "freeze", "body"), [("freeze", "true", FROZEN), ("unfreeze", "false", UNFROZEN)])
def test_what_was_frozen_or_unfrozen_before_is_already_done(vendor, verb, freeze, body):
    vendor.says("/appointments/77/freeze", body, method="PUT")
    with pytest.raises(AlreadyDone):
        getattr(vendor.ehr(), verb)("77")
    assert form_of(vendor, "/appointments/77/freeze") == {"freeze": freeze}


@pytest.mark.parametrize(
    ("body", "error"),
    [({"success": False, "errormessage": "oops"}, Rejected), ({"success": False, "errormessage": ""}, Unknown)],
)
def test_a_freeze_refused_in_other_words_is_rejected_and_without_words_unknown(vendor, body, error):
    vendor.says("/appointments/77/freeze", body, method="PUT")
    with pytest.raises(error):
        vendor.ehr().freeze("77")


def test_a_freeze_that_went_well_says_nothing(vendor):
    vendor.says("/appointments/77/freeze", {"success": True, "errormessage": ""}, method="PUT")
    vendor.ehr().freeze("77")


def test_a_note_is_sent_without_control_characters(vendor):
    vendor.says("/appointments/77/notes", {"success": "true"}, method="POST")
    vendor.ehr().add_note("77", "First line\x00\nsecond é\t")
    assert form_of(vendor, "/appointments/77/notes") == {"notetext": "First line  second é"}


def test_notes_come_with_their_texts_only(vendor):
    vendor.says("/appointments/77/notes", {"notes": [{"noteid": "1", "notetext": "one"}, {"noteid": "2"}]})
    assert vendor.ehr().notes("77") == ["one"]


def between(vendor):
    return vendor.ehr().appointments_between(
        department_ids=["1", "2"], first_day=date(2026, 3, 2), last_day=date(2026, 3, 15)
    )


def test_all_visits_of_all_departments_are_listed_cancelled_ones_too(practice):
    practice.says("/departments/2", [{"departmentid": "2", "timezonename": "US/Eastern"}])
    rows = [
        VISIT,
        {**VISIT, "appointmentid": "78", "departmentid": "2", "appointmentstatus": "x"},
        {**VISIT, "appointmentid": "79", "appointmentstatus": "o"},
        {**VISIT, "appointmentid": "80", "date": "junk"},
    ]
    route = "/appointments/booked/multipledepartment"
    practice.says(route, {"totalcount": 4, "appointments": rows})
    found = between(practice)
    assert [(visit.id, visit.start.hour) for visit in found] == [("77", 16), ("78", 14)]
    (request,) = practice.asked(route)
    asked = {name: request.args[name] for name in ("departmentid", "startdate", "enddate", "showcancelled")}
    assert asked == {
        "departmentid": "1,2",
        "startdate": "03/02/2026",
        "enddate": "03/15/2026",
        "showcancelled": "true",
    }


def test_a_department_without_usable_zone_does_not_hide_the_visits_of_the_others(practice):
    practice.says("/departments/2", [{"departmentid": "2"}])
    rows = [{**VISIT, "departmentid": "2"}, {**VISIT, "appointmentid": "78"}]
    practice.says("/appointments/booked/multipledepartment", {"appointments": rows})
    assert [visit.id for visit in between(practice)] == ["78"]


def test_no_department_is_no_visit_and_no_call(vendor):
    assert vendor.ehr().appointments_between(department_ids=[], first_day=NOW.date(), last_day=NOW.date()) == []
    assert vendor.asked("/appointments/booked/multipledepartment") == []


def test_a_cancellation_comes_through_where_a_freeze_and_a_sync_must_wait(vendor):
    """Cancelling and moving count as commits; freezing is a look, the long lists are sync."""
    vendor.says("/appointments/77/cancel", {"status": "x"}, method="PUT")
    vendor.says("/appointments/77/freeze", {"success": True}, method="PUT")
    vendor.says("/appointments/changed", {"appointments": []})
    ehr = vendor.ehr(rps=0.0, daily_limit=20, budget_wait_seconds=0.0)
    for _ in range(16):
        ehr.cancel(appointment_id="77", patient_id="5", reason="")
    with pytest.raises(NotReached):
        ehr.changed_since(None)
    ehr.freeze("77")
    ehr.freeze("77")
    ehr.freeze("77")
    with pytest.raises(NotReached):
        ehr.freeze("77")
    ehr.cancel(appointment_id="77", patient_id="5", reason="")


def test_a_throttled_cancellation_was_not_carried_out(vendor):
    vendor.says("/appointments/77/cancel", "Too Many Requests", 429, method="PUT")
    with pytest.raises(Throttled):
        cancel(vendor)


@pytest.mark.parametrize("number", ["", "7/7", "x", "\u0667"])
def test_an_id_that_is_no_number_reaches_no_address(vendor, number):
    ehr = vendor.ehr()
    for call in (
        lambda: ehr.cancel(appointment_id=number, patient_id="5", reason=""),
        lambda: ehr.reschedule(appointment_id="77", new_slot_id=number, patient_id="5", reason_id="9", reason=""),
        lambda: ehr.freeze(number),
        lambda: ehr.notes(number),
        lambda: ehr.insurances(number),
        lambda: ehr.current_patient_id(number),
    ):
        with pytest.raises(Rejected) as caught:
            call()
        assert caught.value.code == "not_found"
    assert vendor.tokens == 0


# the link to a video

ROOM = "/appointments/77/nativeathenatelehealthroom"
LINK = "https://video.example.org/room/1"


@pytest.mark.parametrize(
    "answer", [{"appointmentid": 77, "patienturl": LINK}, [{"appointmentid": "77", "patienturl": LINK}]]
)
def test_the_link_to_a_video_is_read_in_both_shapes(vendor, answer):
    vendor.says(ROOM, answer)
    assert vendor.ehr().join_url("77") == LINK


@pytest.mark.parametrize(
    ("answer", "status", "code"),
    [
        ({"error": "The appointment type is not enabled for telehealth."}, 400, "no_room"),
        ({"error": "The data provided is invalid."}, 422, "no_room"),
        ({"appointmentid": "77", "jointoken": "x"}, 200, "no_room"),
        ({"error": "The appointment is not available."}, 404, "not_found"),
        ({"error": "You do not have access to this context"}, 403, "forbidden"),
    ],
)
def test_whatever_else_the_vendor_refuses_means_that_there_is_no_room(vendor, answer, status, code):
    vendor.says(ROOM, answer, status=status)
    with pytest.raises(Rejected) as caught:
        vendor.ehr().join_url("77")
    assert caught.value.code == code


def test_a_link_of_another_visit_is_no_answer(vendor):
    vendor.says(ROOM, {"appointmentid": "78", "patienturl": LINK})
    with pytest.raises(Retry):
        vendor.ehr().join_url("77")
