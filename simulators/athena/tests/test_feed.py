"""The change feed as it is polled."""

import pytest

from .conftest import make

CHANGED, SUBSCRIPTION = "/appointments/changed", "/appointments/changed/subscription"
UNSUBSCRIBED = {"error": "Changed messages require setup (subscription) that has not been done."}


@pytest.fixture
def reader(vendor):
    assert vendor.post(SUBSCRIPTION).json() == {"success": True}
    return vendor


def rows(vendor, **params):
    answer = vendor.get(CHANGED, **params)
    assert answer.status_code == 200
    return {row["appointmentid"]: row for row in answer.json()["appointments"]}


def book(vendor, starttime="09:00"):
    number, patient = vendor.slot(starttime=starttime), vendor.patient()
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    return str(number), patient


def test_without_a_subscription_nothing_is_told(vendor):
    book(vendor)
    for path in (CHANGED, "/patients/changed"):
        answer = vendor.get(path)
        assert (answer.status_code, answer.json()) == (403, UNSUBSCRIBED)
    assert vendor.get(SUBSCRIPTION).json() == {"status": "INACTIVE", "subscriptions": []}
    vendor.post(SUBSCRIPTION)
    assert rows(vendor) == {}


def test_a_subscription_is_to_every_event_or_to_one(vendor):
    vendor.post(SUBSCRIPTION, eventname="CancelAppointment")
    assert vendor.get(SUBSCRIPTION).json() == {
        "status": "PARTIAL", "subscriptions": [{"eventname": "CancelAppointment"}],
    }  # fmt: skip
    number, patient = book(vendor)
    assert rows(vendor) == {}
    vendor.put(f"/appointments/{number}/cancel", patientid=patient)
    assert set(rows(vendor)) == {number}
    vendor.post(SUBSCRIPTION)
    found = vendor.get(SUBSCRIPTION).json()
    assert (found["status"], len(found["subscriptions"])) == ("ACTIVE", 9)
    assert vendor.call("DELETE", SUBSCRIPTION).json() == {"success": True}
    assert vendor.get(CHANGED).status_code == 403
    assert vendor.post(SUBSCRIPTION, eventname="Rain").status_code == 400
    names = [row["eventname"] for row in vendor.get(SUBSCRIPTION + "/events").json()["subscriptions"]]
    assert {"ScheduleAppointment", "AddAppointmentSlot", "UpdateReminderCall"} <= set(names)


def test_a_row_is_handed_out_once(reader):
    number, _ = book(reader)
    (row,) = rows(reader).values()
    assert (row["appointmentid"], row["appointmentstatus"]) == (number, "f")
    assert row["lastmodified"] == "03/02/2026 10:00:00"
    assert "eventname" not in row
    assert rows(reader) == {}


def test_rows_can_be_looked_at_without_taking_them(reader):
    number, _ = book(reader)
    assert set(rows(reader, leaveunprocessed="true")) == {number}
    assert set(rows(reader)) == {number}


def test_several_changes_are_one_row_with_the_present_state(reader):
    number, patient = book(reader)
    reader.put(f"/appointments/booked/{number}", supervisingproviderid=72)
    reader.put(f"/appointments/{number}/cancel", patientid=patient)
    found = rows(reader)
    assert len(found) == 2
    assert (found[number]["appointmentstatus"], found[number]["cancelreasonid"]) == ("x", "-5")
    (reopened,) = [row for row in found.values() if row["appointmentstatus"] == "o"]
    assert reopened["templateappointmentid"] == number
    assert "patientid" not in reopened
    assert "lastmodified" not in reopened


def test_a_move_shows_both_visits_and_the_reopened_time(reader):
    number, patient = book(reader)
    other = reader.slot(starttime="10:00")
    rows(reader)
    reader.put(f"/appointments/{number}/reschedule", patientid=patient, newappointmentid=other)
    found = rows(reader)
    assert found[number]["rescheduledappointmentid"] == str(other)
    assert found[str(other)]["appointmentstatus"] == "f"
    assert len(found) == 3


def test_what_was_read_can_be_read_again_by_eastern_time(reader):
    number, _ = book(reader)
    rows(reader)  # at 10:00 Eastern
    window = {"showprocessedstartdatetime": "03/02/2026 10:00:00", "showprocessedenddatetime": "03/02/2026 10:00:00"}
    assert set(rows(reader, **window)) == set(rows(reader, **window)) == {number}
    assert rows(reader, showprocessedstartdatetime="03/02/2026 10:00:01") == {}
    answer = reader.get(CHANGED, showprocessedenddatetime="03/02/2026 10:00:01")
    assert answer.json()["missingfields"] == ["showprocessedstartdatetime"]


def test_a_reader_whose_answer_was_lost_reads_again(reader):
    number, _ = book(reader)
    reader.fault(kind="commit_then_500", op="changed")
    assert reader.get(CHANGED).status_code == 500
    assert rows(reader) == {}
    assert set(rows(reader, showprocessedstartdatetime="03/02/2026 09:59:00")) == {number}


def test_rows_may_be_filtered_and_the_others_keep_waiting(reader):
    number, patient = book(reader)
    assert rows(reader, departmentid=2) == rows(reader, providerid=72) == rows(reader, patientid=99) == {}
    assert set(rows(reader, departmentid="1,2", providerid=71, patientid=patient)) == {number}


def test_a_page_takes_only_what_is_on_it(reader):
    numbers = {book(reader, starttime)[0] for starttime in ("09:00", "10:00", "11:00")}
    first = reader.get(CHANGED, limit=2).json()
    assert (first["totalcount"], len(first["appointments"])) == (3, 2)
    rest = rows(reader)
    assert len(rest) == 1
    assert {row["appointmentid"] for row in first["appointments"]} | set(rest) == numbers


def test_notices_may_come_again_or_out_of_order(reader):
    first, second = book(reader, "09:00")[0], book(reader, "10:00")[0]
    reader.fault(kind="feed_reversed", op="changed")
    assert list(rows(reader, leaveunprocessed="true")) == [second, first]
    reader.fault(kind="feed_repeated", op="changed")
    assert list(rows(reader)) == list(rows(reader)) == [first, second]
    assert rows(reader) == {}
    reader.control("feed", {"appointmentids": [first]})
    assert set(rows(reader)) == {first}


def test_only_the_departments_asked_for_are_told(vendor):
    vendor.post(SUBSCRIPTION, departmentids="2,3")
    book(vendor)
    assert rows(vendor) == {}
    vendor.post(SUBSCRIPTION)
    number, _ = book(vendor, "10:00")
    assert set(rows(vendor)) == {number}


def test_a_subscription_may_take_its_time():
    vendor = make(subscription_delay_seconds=600)
    vendor.post(SUBSCRIPTION)
    book(vendor)
    assert vendor.get(CHANGED).status_code == 403
    vendor.control("clock", {"advance_seconds": 300})
    vendor.post(SUBSCRIPTION)  # again: the beginning stays
    vendor.control("clock", {"advance_seconds": 300})
    assert rows(vendor) == {}
    number, _ = book(vendor, "10:00")
    assert set(rows(vendor)) == {number}


def test_freezing_checking_in_and_added_slots_are_changes_too(reader):
    number, _ = book(reader)
    frozen = str(reader.slot(starttime="10:00"))
    rows(reader)
    reader.put(f"/appointments/{frozen}/freeze", freeze="true")
    reader.control("staff/checkin", {"appointmentid": number})
    (added,) = reader.control("slots", {"providerid": 71, "departmentid": 1, "date": "2026-03-05",
                                        "starttime": "07:00", "appointmenttypeid": 11})["ids"]  # fmt: skip
    found = rows(reader)
    assert {key: row["appointmentstatus"] for key, row in found.items()} == {frozen: "o", number: "2", added: "o"}


def test_a_refused_write_tells_nothing(reader):
    number, patient = book(reader)
    rows(reader)
    reader.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    reader.put(f"/appointments/{number}/reschedule", patientid=patient, newappointmentid=number)
    assert rows(reader) == {}


def test_patients_have_a_feed_of_their_own(vendor):
    vendor.post("/patients/changed/subscription")
    number = vendor.patient()
    vendor.put(f"/patients/{number}", city="Provo")
    (row,) = vendor.get("/patients/changed").json()["patients"]
    assert (row["patientid"], row["city"]) == (number, "Provo")
    assert vendor.get("/patients/changed").json() == {"patients": [], "totalcount": 0}
    events = [row["eventname"] for row in vendor.get("/patients/changed/subscription").json()["subscriptions"]]
    assert "MergePatient" in events


def test_the_control_address_shows_what_waits(reader):
    number, _ = book(reader)
    assert reader.control("feed")["appointment"]["waiting"] == [number]
    rows(reader)
    found = reader.control("feed")["appointment"]
    assert (found["waiting"], found["read"]) == ([], [number])
    assert reader.control("feed")["patient"]["subscription"] is None


def test_a_restarted_simulator_still_hands_out_what_waited(tmp_path):
    first = make(tmp_path)
    first.post(SUBSCRIPTION)
    number, _ = book(first)
    second = make(tmp_path)
    assert set(rows(second)) == {number}
