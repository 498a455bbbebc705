"""Faults that have an answer. Those that break the connection are in test_server.py."""

import pytest


@pytest.mark.parametrize(
    ("kind", "status", "media"),
    [("429", 429, "text/plain"), ("500", 500, "application/json"), ("503", 503, "text/plain"), ("html", 502, "text/html"),
     ("403_qps", 403, "text/plain")],
)  # fmt: skip
def test_a_fault_hits_its_operation_so_many_times_and_nothing_is_done(vendor, kind, status, media):
    number, patient = vendor.slot(), vendor.patient()
    vendor.fault(kind=kind, op="book", times=2)
    assert vendor.get("/ping").status_code == 200
    for _ in range(2):
        answer = vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
        assert answer.status_code == status
        assert answer.headers["content-type"].startswith(media)
        assert vendor.get(f"/appointments/{number}").json()[0]["appointmentstatus"] == "o"
    assert vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101).status_code == 200


def test_a_fault_may_wait_match_parameters_and_last_for_ever(vendor):
    vendor.fault(kind="500", method="GET", path="/departments*", after=1, times=None)
    assert [vendor.get("/departments").status_code for _ in range(3)] == [200, 500, 500]
    assert vendor.get("/departments/1").status_code == 500
    assert vendor.control("faults")["faults"][0]["hits"] == 3
    vendor.control("faults", method="DELETE")
    assert vendor.get("/departments").status_code == 200
    vendor.fault(kind="500", op="open_slots", match={"providerID": 72})
    assert vendor.open(reasonid=-1)
    assert vendor.get("/appointments/open", departmentid=1, providerid=72, reasonid=-1).status_code == 500


def test_one_of_several_faults_can_be_taken_back(vendor):
    first, second = vendor.control("faults", [{"kind": "500", "op": "ping"}, {"kind": "503", "op": "ping"}])["ids"]
    assert vendor.control(f"faults/{first}", method="DELETE") == {"removed": 1}
    assert [fault["id"] for fault in vendor.control("faults")["faults"]] == [second]
    assert vendor.get("/ping").status_code == 503


def test_a_401_takes_the_token_away(vendor):
    vendor.fault(kind="401", op="ping")
    assert vendor.get("/ping").status_code == 401
    assert vendor.get("/ping").status_code == 401
    vendor.token = vendor.get_token().json()["access_token"]
    assert vendor.get("/ping").status_code == 200


def test_a_fault_of_the_token_endpoint(vendor):
    vendor.fault(kind="503", op="token")
    assert [vendor.get_token().status_code for _ in range(2)] == [503, 200]


def test_a_success_that_is_none(vendor):
    number, patient = vendor.slot(), vendor.patient()
    vendor.fault(kind="success_false", op="book")
    answer = vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    assert (answer.status_code, answer.json()["success"]) == (200, False)
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    vendor.fault(kind="success_false", op="update_booked")
    answer = vendor.put(f"/appointments/booked/{number}", supervisingproviderid=72)
    assert (answer.status_code, answer.json()) == (200, "Invalid SUPERVISINGPROVIDERID input")
    assert vendor.get(f"/appointments/{number}").json()[0]["supervisingproviderid"] == 0


def test_a_write_may_be_stored_although_the_answer_is_an_error(vendor):
    number, patient = vendor.slot(), vendor.patient()
    vendor.fault(kind="commit_then_500", op="book")
    assert vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101).status_code == 500
    (row,) = vendor.get(f"/appointments/{number}").json()
    assert (row["appointmentstatus"], row["patientid"]) == ("f", patient)


def test_a_stale_list_shows_what_is_taken(vendor):
    number = vendor.slot()
    vendor.control("staff/book", {"slotid": number})
    day = {"reasonid": 101, "startdate": "03/05/2026", "enddate": "03/05/2026"}
    assert number not in {row["appointmentid"] for row in vendor.open(**day)}
    vendor.fault(kind="stale_open", op="open_slots")
    assert number in {row["appointmentid"] for row in vendor.open(**day)}
    assert number not in {row["appointmentid"] for row in vendor.open(**day)}


def test_the_front_desk_may_be_faster(vendor):
    number, patient = vendor.slot(), vendor.patient()
    vendor.fault(kind="slot_taken", op="book")
    assert vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101).status_code == 409
    (row,) = vendor.get(f"/appointments/{number}").json()
    assert row["appointmentstatus"] == "f"
    assert row["patientid"] != patient


def test_the_days_quota_can_be_used_up(vendor):
    vendor.fault(kind="quota", op="ping")
    answers = [vendor.get("/ping") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [429, 429]
    assert answers[0].headers["x-ratelimit-remaining"] == "0"
    vendor.at("2026-03-03T00:00:00Z")
    assert vendor.get("/ping").status_code == 200


def test_a_department_may_lose_or_change_its_zone(vendor):
    vendor.fault(kind="unknown_zone", op="departments", departmentid="1")
    rows = vendor.get("/departments").json()["departments"]
    assert "timezonename" not in rows[0]
    assert rows[1]["timezonename"] == "America/Phoenix"
    vendor.fault(kind="unknown_zone", op="department", timezonename="Mars/Olympus")
    assert vendor.get("/departments/1").json()[0]["timezonename"] == "Mars/Olympus"
    assert vendor.get("/departments/1").json()[0]["timezonename"] == "America/Denver"


def test_a_slow_answer_is_an_answer(vendor):
    vendor.fault(kind="slow", op="ping", seconds=0.01)
    assert vendor.get("/ping").json() == {"pong": "true"}
    assert vendor.control("calls?op=ping")["calls"][-1]["fault"] == "slow"


def test_an_unknown_kind_or_member_is_refused(vendor):
    for fault in ({"kind": "rain"}, {"kind": "500", "colour": "red"}, {}):
        assert vendor.http.post("/_control/faults", json=fault).status_code == 400
