"""PUT /appointments/{id}/freeze: always status 200."""

import pytest

from .test_booking import TAKEN

DONE = {"success": True, "errormessage": ""}


def freeze(vendor, number, wanted):
    answer = vendor.put(f"/appointments/{number}/freeze", freeze=wanted)
    assert answer.status_code == 200
    return answer.json()


def test_a_frozen_slot_is_neither_shown_nor_booked_until_it_is_unfrozen(vendor):
    number, patient, day = vendor.slot(), vendor.patient(), {"startdate": "03/05/2026", "enddate": "03/05/2026"}
    assert freeze(vendor, number, "true") == DONE
    assert number not in {row["appointmentid"] for row in vendor.open(reasonid=101, **day)}
    assert number in {row["appointmentid"] for row in vendor.open(reasonid=101, showfrozenslots="true", **day)}
    answer = vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    assert (answer.status_code, answer.json()) == (409, TAKEN)
    assert freeze(vendor, number, "false") == DONE
    assert vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101).status_code == 200


@pytest.mark.parametrize(
    ("wanted", "sentence"),
    [("true", "Appointment is already frozen."), ("false", "Appointment is already unfrozen.")],
)
def test_a_second_time_is_no_success(vendor, wanted, sentence):
    number = vendor.slot()
    freeze(vendor, number, wanted)
    assert freeze(vendor, number, wanted) == {"success": False, "errormessage": sentence}


def test_a_booked_or_unknown_one_is_no_success(vendor):
    number = vendor.slot()
    vendor.put(f"/appointments/{number}", patientid=vendor.patient(), reasonid=101)
    for one in (number, 5):
        assert freeze(vendor, one, "true")["success"] is False
    assert vendor.put(f"/appointments/{number}/freeze").json()["missingfields"] == ["freeze"]


def test_a_freeze_may_be_stored_although_its_answer_is_lost(vendor):
    number = vendor.slot()
    vendor.fault(kind="commit_then_503", op="freeze")
    assert vendor.put(f"/appointments/{number}/freeze", freeze="true").status_code == 503
    assert freeze(vendor, number, "true")["errormessage"] == "Appointment is already frozen."
