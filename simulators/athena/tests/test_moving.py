"""Rescheduling through the API, and the front desk moving or ending a visit."""

import pytest

from .conftest import make
from .test_booking import TAKEN

GONE = {
    "error": "This appointment has already been checked in.",
    "detailedmessage": "The appointment is either already canceled or checked in.",
}


@pytest.fixture
def visit(vendor):
    """(appointment, patient, another open slot of the same provider)"""
    number, patient, other = vendor.slot(), vendor.patient(), vendor.slot(starttime="10:00")
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101, bookingnote="moonlit 1")
    vendor.put(f"/appointments/booked/{number}", supervisingproviderid=72)
    return number, patient, other


def move(vendor, number, **form):
    return vendor.put(f"/appointments/{number}/reschedule", **form)


def status(vendor, number):
    return vendor.get(f"/appointments/{number}").json()[0]["appointmentstatus"]


def test_a_move_answers_with_a_part_of_the_new_visit(vendor, visit):
    number, patient, other = visit
    answer = move(vendor, number, newappointmentid=other, patientid=patient)
    assert answer.status_code == 200
    assert answer.json() == [
        {"appointmentid": str(other), "departmentid": "1", "providerid": "", "appointmentstatus": "f", "duration": 60,
         "patientid": patient, "appointmenttypeid": "11"}
    ]  # fmt: skip


def test_the_old_visit_is_cancelled_and_names_the_new_one(vendor, visit):
    number, patient, other = visit
    move(vendor, number, newappointmentid=other, patientid=patient)
    (old,) = vendor.get(f"/appointments/{number}").json()
    assert (old["appointmentstatus"], old["cancelreasonid"], old["cancelreasonname"]) == (
        "x", "-4", "RESCHEDULED FROM API",
    )  # fmt: skip
    assert old["rescheduledappointmentid"] == str(other)
    assert (old["cancelreasonnoshow"], old["cancelreasonslotavailable"]) == (False, True)
    (new,) = vendor.get(f"/appointments/{other}").json()
    assert (new["appointmentstatus"], new["providerid"], new["patientid"]) == ("f", "71", patient)


def test_the_old_time_is_offered_again_under_a_new_id(vendor, visit):
    number, patient, other = visit
    move(vendor, number, newappointmentid=other, patientid=patient)
    again = vendor.slot()
    assert again not in (number, other)
    vendor.put(f"/appointments/{again}", patientid=patient, reasonid=101)
    rows = vendor.get("/appointments/booked", startdate="03/05/2026", enddate="03/05/2026").json()["appointments"]
    assert {row["appointmentid"]: row["templateappointmentid"] for row in rows}[str(again)] == str(number)


def test_notes_and_supervisor_stay_behind_unless_the_setting_says_otherwise(vendor, visit):
    number, patient, other = visit
    move(vendor, number, newappointmentid=other, patientid=patient, reschedulereason="ill")
    assert vendor.get(f"/appointments/{other}/notes").json()["notes"] == []
    assert vendor.get(f"/appointments/{other}").json()[0]["supervisingproviderid"] == 0
    vendor.put(f"/appointments/booked/{other}", supervisingproviderid=72)
    vendor.post(f"/appointments/{other}/notes", notetext="call first")
    vendor.control("settings", {"reschedule_moves": True})
    third = vendor.slot(starttime="11:00")
    move(vendor, other, newappointmentid=third, patientid=patient)
    assert [note["notetext"] for note in vendor.get(f"/appointments/{third}/notes").json()["notes"]] == ["call first"]
    assert vendor.get(f"/appointments/{third}").json()[0]["supervisingproviderid"] == 72


def test_a_move_to_a_taken_frozen_or_unknown_slot_leaves_the_visit_untouched(vendor, visit):
    number, patient, other = visit
    frozen = vendor.slot(starttime="11:00")
    vendor.put(f"/appointments/{frozen}/freeze", freeze="true")
    vendor.control("staff/book", {"slotid": other})
    for target in (other, frozen, 5, number):
        answer = move(vendor, number, newappointmentid=target, patientid=patient)
        assert (answer.status_code, answer.json()) == (409, TAKEN)
        assert answer.content.startswith(b"\n\n")
    (row,) = vendor.get(f"/appointments/{number}").json()
    assert row["appointmentstatus"] == "f"
    assert "rescheduledappointmentid" not in row
    assert vendor.control("appointments?status=x")["total"] == 0


def test_the_same_move_again_is_refused(vendor, visit):
    number, patient, other = visit
    move(vendor, number, newappointmentid=other, patientid=patient)
    answer = move(vendor, number, newappointmentid=other, patientid=patient)
    assert (answer.status_code, answer.json()) == (404, GONE)


def test_a_move_lacking_or_mistaking_something_changes_nothing(vendor, visit):
    number, patient, other = visit
    stranger = vendor.patient(firstname="Olga", email="olga@example.org")
    assert move(vendor, number).json()["missingfields"] == ["newappointmentid", "patientid"]
    assert move(vendor, number, newappointmentid=other, patientid=stranger).status_code == 400
    assert move(vendor, number, newappointmentid=other, patientid=patient, reasonid=999).status_code == 400
    assert move(vendor, other, newappointmentid=number, patientid=patient).json() == {
        "error": "Appointment ID is not a booked appointment"
    }
    assert (status(vendor, number), status(vendor, other)) == ("f", "o")


def test_a_move_keeps_the_reason_or_where_it_does_not_fit_the_type(vendor, visit):
    number, patient, _ = visit
    fits = vendor.control("slots", {"providerid": 72, "departmentid": 2, "date": "2026-03-06", "starttime": "07:00",
                                    "appointmenttypeid": 11, "reasonids": [102]})["ids"][0]  # fmt: skip
    other_type = vendor.control("slots", {"providerid": 72, "departmentid": 2, "date": "2026-03-06",
                                          "starttime": "08:00", "appointmenttypeid": 12})["ids"][0]  # fmt: skip
    assert move(vendor, number, newappointmentid=other_type, patientid=patient).status_code == 409
    assert move(vendor, number, newappointmentid=fits, patientid=patient).status_code == 200
    assert vendor.control(f"appointments/{fits}")["reasonid"] == "101"


def test_parameters_of_a_move_may_stand_in_the_query(vendor, visit):
    number, patient, other = visit
    path = f"/appointments/{number}/reschedule?PATIENTID={patient}&newAppointmentId={other}"
    assert vendor.put(path).status_code == 200


def test_a_checked_in_visit_can_neither_be_cancelled_nor_moved(vendor, visit):
    number, patient, other = visit
    vendor.control("staff/checkin", {"appointmentid": number})
    cancelled = vendor.put(f"/appointments/{number}/cancel", patientid=patient)
    moved = move(vendor, number, newappointmentid=other, patientid=patient)
    for answer in (cancelled, moved):
        assert (answer.status_code, answer.json()) == (404, GONE)
    assert status(vendor, other) == "o"
    vendor.control("staff/checkout", {"appointmentid": number})
    assert status(vendor, number) == "3"


def test_an_open_slot_cannot_be_cancelled(vendor):
    answer = vendor.put(f"/appointments/{vendor.slot()}/cancel", patientid=vendor.patient())
    assert (answer.status_code, answer.json()) == (400, {"error": "Appointment ID is not a booked appointment"})
    assert vendor.put("/appointments/5/cancel", patientid=1).status_code == 404


def test_the_front_desk_moves_a_visit_to_another_provider(vendor, visit):
    number, patient, _ = visit
    target = vendor.control("slots", {"providerid": 72, "departmentid": 2, "date": "2026-03-09", "starttime": "07:00",
                                      "appointmenttypeid": 11, "schedulable": False})["ids"][0]  # fmt: skip
    moved = vendor.control("staff/move", {"appointmentid": number, "slotid": target})
    assert (moved["old"]["status"], moved["old"]["rescheduledappointmentid"]) == ("x", target)
    assert (moved["new"]["patientid"], moved["new"]["providerid"], moved["new"]["status"]) == (patient, "72", "f")


def test_the_front_desk_records_a_no_show_and_the_time_stays_closed(vendor, visit):
    number, _, _ = visit
    ended = vendor.control("staff/cancel", {"appointmentid": number, "no_show": True})
    assert ended["reopened"] is None
    assert ended["appointment"]["cancelreasonnoshow"] == 1
    (row,) = vendor.get(f"/appointments/{number}").json()
    assert (row["appointmentstatus"], row["cancelreasonnoshow"]) == ("x", True)


def test_the_front_desk_changes_who_sees_the_patient(vendor, visit):
    number, _, _ = visit
    vendor.control("staff/providers", {"appointmentid": number, "providerid": 72, "supervisingproviderid": None})
    (row,) = vendor.get(f"/appointments/{number}").json()
    assert (row["providerid"], row["supervisingproviderid"]) == ("72", 0)
    wrong = vendor.http.post("/_control/staff/providers", json={"appointmentid": number, "providerid": 999})
    assert wrong.status_code == 400


@pytest.mark.parametrize(
    ("kind", "after"), [("staff_cancelled", "x"), ("staff_checked_in", "2")]
)  # fmt: skip
@pytest.mark.parametrize("op", ["cancel", "reschedule"])
def test_the_front_desk_may_be_faster_than_a_cancel_or_a_move(vendor, visit, kind, after, op):
    number, patient, other = visit
    vendor.fault(kind=kind, op=op)
    assert vendor.put(f"/appointments/{number}/{op}", patientid=patient, newappointmentid=other).status_code == 404
    assert (status(vendor, number), status(vendor, other)) == (after, "o")


def test_the_front_desk_may_take_the_new_slot_first(vendor, visit):
    number, patient, other = visit
    vendor.fault(kind="slot_taken", op="reschedule")
    assert move(vendor, number, newappointmentid=other, patientid=patient).status_code == 409
    assert status(vendor, number) == "f"
    assert vendor.get(f"/appointments/{other}").json()[0]["patientid"] != patient


def test_a_lost_answer_leaves_a_move_done(vendor, visit):
    number, patient, other = visit
    vendor.fault(kind="commit_then_html", op="reschedule")
    answer = move(vendor, number, newappointmentid=other, patientid=patient)
    assert (answer.status_code, answer.headers["content-type"]) == (502, "text/html; charset=utf-8")
    assert (status(vendor, number), status(vendor, other)) == ("x", "f")


def test_everything_may_be_text(visit):
    vendor = make(quirks="strings")
    number, patient, other = vendor.slot(), vendor.patient(), vendor.slot(starttime="10:00")
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    (row,) = move(vendor, number, newappointmentid=other, patientid=patient).json()
    assert row["duration"] == "60"
    assert vendor.put(f"/appointments/{vendor.slot(starttime='11:00')}/freeze", freeze="true").json() == {
        "success": "true", "errormessage": "",
    }  # fmt: skip
