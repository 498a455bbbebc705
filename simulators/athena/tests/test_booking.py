import asyncio

import httpx2
import pytest

TAKEN = {
    "error": "That appointment time was already booked or not available for booking.",
    "detailedmessage": "The appointment ID is already booked or is not marked as being available to be scheduled via the API.",
}


def test_a_booking_answers_with_an_array_of_one_under_the_slots_id(vendor):
    number, patient = vendor.slot(), vendor.patient()
    answer = vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101, bookingnote="moonlit 1")
    assert answer.status_code == 200
    (row,) = answer.json()
    assert row["appointmentid"] == str(number)
    assert (row["appointmentstatus"], row["patientid"], row["providerid"], row["duration"]) == ("f", patient, "71", 60)
    assert (row["renderingproviderid"], row["supervisingproviderid"]) == ("", 0)
    assert "urgent" not in row


def test_the_booking_note_gets_the_vendors_words_before_it(vendor):
    number = vendor.slot()
    vendor.put(f"/appointments/{number}", patientid=vendor.patient(), reasonid=101, bookingnote="moonlit 1")
    notes = vendor.get(f"/appointments/{number}/notes").json()["notes"]
    assert [note["notetext"] for note in notes] == [
        "API (Simulated Partner (MDP Partner)) appointment created.  Reported reason for booking: moonlit 1"
    ]
    assert vendor.post(f"/appointments/{number}/notes", notetext="call first").json() == {"success": "true"}
    assert len(vendor.get(f"/appointments/{number}/notes").json()["notes"]) == 2


def test_the_same_booking_again_is_refused_as_taken(vendor):
    number, patient = vendor.slot(), vendor.patient()
    assert vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101).status_code == 200
    again = vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    assert (again.status_code, again.json()) == (409, TAKEN)


def test_unknown_frozen_deleted_and_closed_slots_are_refused_alike(vendor):
    patient = vendor.patient()
    frozen, gone = vendor.slot(starttime="09:00"), vendor.slot(starttime="10:00")
    vendor.control("staff/freeze", {"slotid": frozen})
    vendor.control(f"slots/{gone}", method="DELETE")
    closed = vendor.control(
        "slots",
        {
            "providerid": 71,
            "departmentid": 1,
            "date": "2026-03-05",
            "starttime": "07:00",
            "appointmenttypeid": 11,
            "schedulable": False,
        },
    )["ids"][0]
    for number in (999, frozen, gone, closed):
        answer = vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
        assert (answer.status_code, answer.json()) == (409, TAKEN)
    allowed = vendor.put(f"/appointments/{closed}", patientid=patient, reasonid=101, ignoreschedulablepermission="true")
    assert allowed.status_code == 200


@pytest.mark.parametrize(
    ("form", "body"),
    [
        ({"reasonid": "101"}, {"missingfields": ["patientid"], "error": "Additional fields are required."}),
        (
            {"patientid": "1"},
            {
                "error": "Additional fields are required.",
                "detailedmessage": "An appointment type or reason must be provided.",
            },
        ),
        (
            {"patientid": "77", "reasonid": "101"},
            {"error": "Invalid patient.", "detailedmessage": "The patient ID does not exist."},
        ),
        (
            {"patientid": "1", "reasonid": "999"},
            {"error": "Invalid reason.", "detailedmessage": "The reason ID does not exist."},
        ),
    ],
)
def test_a_booking_lacking_or_mistaking_something_is_refused_and_changes_nothing(vendor, form, body):
    assert vendor.patient() == "1"
    number = vendor.slot()
    answer = vendor.put(f"/appointments/{number}", **form)
    assert (answer.status_code, answer.json()) == (400, body)
    assert vendor.get(f"/appointments/{number}").json()[0]["appointmentstatus"] == "o"


def test_a_reason_that_does_not_fit_the_slot_is_refused_as_taken(vendor):
    answer = vendor.put(f"/appointments/{vendor.slot()}", patientid=vendor.patient(), reasonid=102)
    assert answer.status_code == 409


def test_a_generic_slot_becomes_the_booked_type_and_remembers_its_own(vendor):
    number = vendor.slot(reasonid=102, starttime="13:00")
    (row,) = vendor.put(f"/appointments/{number}", patientid=vendor.patient(), reasonid=102).json()
    assert (row["appointmenttypeid"], row["duration"]) == ("12", 30)
    (listed,) = vendor.get("/appointments/booked", startdate="03/05/2026", enddate="03/05/2026").json()["appointments"]
    assert (listed["templateappointmenttypeid"], listed["appointmenttypeid"]) == ("13", "12")


def test_an_hour_takes_two_generic_half_hours_and_a_cancel_gives_both_back(vendor):
    patient, first = vendor.patient(), vendor.slot(starttime="13:00")
    second = vendor.slot(reasonid=102, starttime="13:30")
    (row,) = vendor.put(f"/appointments/{first}", patientid=patient, reasonid=101).json()
    assert row["duration"] == 60
    assert vendor.put(f"/appointments/{second}", patientid=patient, reasonid=102).status_code == 409
    assert vendor.get(f"/appointments/{second}").status_code == 404
    vendor.put(f"/appointments/{first}/cancel", patientid=patient)
    times = [row["starttime"] for row in vendor.open(reasonid=102, startdate="03/05/2026", enddate="03/05/2026")]
    assert times[:2] == ["13:00", "13:30"]


def test_one_patient_may_be_booked_twice_at_the_same_time(vendor):
    patient = vendor.patient()
    other = vendor.control(
        "slots",
        {"providerid": 71, "departmentid": 1, "date": "2026-03-05", "starttime": "09:00", "appointmenttypeid": 11},
    )["ids"][0]
    for number in (vendor.slot(), other):
        assert vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101).status_code == 200


def test_eight_bookings_at_once_have_one_winner(vendor):
    number = vendor.slot()
    people = [vendor.patient(firstname=name, email=f"{name}@example.org".lower()) for name in "ABCDEFGH"]

    async def race():
        transport = httpx2.ASGITransport(app=vendor.app)
        headers = {"Authorization": f"Bearer {vendor.token}"}
        vendor.control("settings", {"latency_ms": [0, 2]})
        async with httpx2.AsyncClient(transport=transport, base_url="http://sim", headers=headers) as client:
            path = f"/v1/195900/appointments/{number}"
            return await asyncio.gather(
                *(client.put(path, data={"patientid": one, "reasonid": "101"}) for one in people)
            )

    answers = asyncio.run(race())
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 7
    winner = next(answer for answer in answers if answer.status_code == 200).json()[0]["patientid"]
    assert vendor.get(f"/appointments/{number}").json()[0]["patientid"] == winner


@pytest.fixture
def booked(vendor):
    number, patient = vendor.slot(), vendor.patient()
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    return number, patient


def test_the_supervising_provider_is_written_afterwards_and_read_back(vendor, booked):
    number, _ = booked
    answer = vendor.put(f"/appointments/booked/{number}", supervisingproviderid=72)
    assert (answer.status_code, answer.json()) == (200, 1)
    assert vendor.get(f"/appointments/{number}").json()[0]["supervisingproviderid"] == 72
    vendor.control("settings", {"echo_supervisor": False})
    assert vendor.get(f"/appointments/{number}").json()[0]["supervisingproviderid"] == 0


def test_rendering_and_scheduling_provider_are_two_fields(vendor, booked):
    number, _ = booked
    assert vendor.put(f"/appointments/booked/{number}", providerid=72, schedulingproviderid=71).json() == 1
    (row,) = vendor.get(f"/appointments/{number}").json()
    assert (row["renderingproviderid"], row["providerid"]) == ("72", "71")
    assert vendor.put(f"/appointments/booked/{number}", schedulingproviderid=72).json() == 1
    assert vendor.get(f"/appointments/{number}").json()[0]["providerid"] == "72"


@pytest.mark.parametrize("name", ["providerid", "schedulingproviderid", "supervisingproviderid", "departmentid"])
def test_a_bad_correction_is_a_bare_sentence_with_status_200(vendor, booked, name):
    number, _ = booked
    answer = vendor.put(f"/appointments/booked/{number}", **{"appointmenttypeid": 12, name: 999})
    assert (answer.status_code, answer.json()) == (200, f"Invalid {name.upper()} input")
    assert vendor.get(f"/appointments/{number}").json()[0]["appointmenttypeid"] == "11"


def test_only_a_booked_appointment_can_be_corrected(vendor):
    answer = vendor.put(f"/appointments/booked/{vendor.slot()}", supervisingproviderid=72)
    assert (answer.status_code, answer.json()) == (400, {"error": "Appointment ID is not a booked appointment"})


def test_an_open_slot_reads_without_a_patient_and_an_unknown_one_is_404(vendor):
    (row,) = vendor.get(f"/appointments/{vendor.slot()}").json()
    assert row["appointmentstatus"] == "o"
    assert "patientid" not in row
    answer = vendor.get("/appointments/5")
    assert (answer.status_code, answer.json()) == (404, {"error": "The appointment is not available."})


def test_cancelling_keeps_the_record_and_reopens_the_time_under_a_new_id(vendor, booked):
    number, patient = booked
    assert vendor.put(f"/appointments/{number}/cancel", patientid=patient, cancellationreason="ill").json() == {
        "status": "x"
    }
    (row,) = vendor.get(f"/appointments/{number}").json()
    assert (row["appointmentstatus"], row["cancelreasonid"], row["cancelreasonslotavailable"]) == ("x", "-5", True)
    again = vendor.slot()
    assert again != number
    vendor.put(f"/appointments/{again}", patientid=patient, reasonid=101)
    (listed,) = vendor.get("/appointments/booked", startdate="03/05/2026", enddate="03/05/2026").json()["appointments"]
    assert (listed["appointmentid"], listed["templateappointmentid"]) == (str(again), str(number))


def test_a_second_cancel_or_one_for_another_patient_is_refused(vendor, booked):
    number, patient = booked
    other = vendor.patient(firstname="Olga", email="olga@example.org")
    assert vendor.put(f"/appointments/{number}/cancel", patientid=other).status_code == 400
    vendor.put(f"/appointments/{number}/cancel", patientid=patient)
    again = vendor.put(f"/appointments/{number}/cancel", patientid=patient)
    assert again.status_code == 404
    assert again.json()["detailedmessage"] == "The appointment is either already canceled or checked in."


def test_the_booked_list_filters_and_hides_cancelled_ones_unless_asked(vendor, booked):
    number, patient = booked

    def ids(**params):
        params = {"startdate": "03/01/2026", "enddate": "03/31/2026", "departmentid": 1} | params
        return [row["appointmentid"] for row in vendor.get("/appointments/booked", **params).json()["appointments"]]

    assert ids() == [str(number)]
    assert ids(startdate="03/05/2026", enddate="03/05/2026") == [str(number)]
    assert ids(enddate="03/04/2026") == ids(departmentid=2) == ids(providerid=72) == ids(patientid=99) == []
    assert ids(startlastmodified="03/02/2026 10:00:00", endlastmodified="03/02/2026 10:00:00") == [
        str(number)
    ]  # Eastern
    assert ids(startlastmodified="03/02/2026 10:00:01") == []
    vendor.put(f"/appointments/{number}/cancel", patientid=patient)
    assert ids() == []
    assert ids(showcancelled="true") == ids(appointmentstatus="x") == [str(number)]
    missing = vendor.get("/appointments/booked", departmentid=1)
    assert missing.json()["missingfields"] == ["startdate", "enddate"]


def test_a_booked_row_tells_who_scheduled_it_and_when_in_eastern_time(vendor, booked):
    (row,) = vendor.get("/appointments/booked", startdate="03/05/2026", enddate="03/05/2026").json()["appointments"]
    assert row["scheduledby"].startswith("API-")
    assert row["scheduleddatetime"] == "03/02/2026 10:00:00"
    assert row["hl7providerid"] == 71
    assert row["appointmentnotes"][0]["text"].startswith("API (")
    assert "patient" not in row


def test_demographics_come_only_when_asked_for(vendor, booked):
    number, _ = booked
    assert "patient" not in vendor.get(f"/appointments/{number}").json()[0]
    assert vendor.get(f"/appointments/{number}", showpatientdetail="true").json()[0]["patient"]["lastname"] == "Feld"


def test_a_patients_own_appointments(vendor, booked):
    number, patient = booked
    rows = vendor.get(f"/patients/{patient}/appointments").json()
    assert [row["appointmentid"] for row in rows["appointments"]] == [str(number)]
    vendor.put(f"/appointments/{number}/cancel", patientid=patient)
    assert vendor.get(f"/patients/{patient}/appointments").json()["totalcount"] == 0
    assert vendor.get(f"/patients/{patient}/appointments", showcancelled="Y").json()["totalcount"] == 1


@pytest.mark.parametrize(("flag", "seen"), [({"donotsendconfirmationemail": "true"}, "suppressed"), ({}, "mailed")])
def test_the_vendor_mails_a_confirmation_of_its_own_unless_told_not_to(vendor, flag, seen):
    number = vendor.slot()
    vendor.put(f"/appointments/{number}", patientid=vendor.patient(), reasonid=101, **flag)
    assert vendor.control(f"appointments/{number}")["confirmation"] == seen
