import copy

from simulators.athena.example import PRACTICE

from .conftest import make


def test_the_same_seed_again_changes_nothing(vendor):
    before = vendor.control("health")
    again = vendor.control("seed", PRACTICE)
    assert again["slots_added"] == 0
    assert vendor.control("health") == before
    assert before["slots_until"] == "2026-06-10"  # a Wednesday, 100 days on


def test_a_changed_schedule_replaces_open_slots_and_keeps_visits(vendor):
    kept = vendor.slot()
    vendor.control("staff/book", {"slotid": kept})
    changed = copy.deepcopy(PRACTICE)
    changed["schedules"][0]["blocks"] = [{"weekday": 3, "start": "08:30", "end": "12:30"}]
    vendor.control("seed", changed)
    rows = vendor.open(reasonid=101, startdate="03/03/2026", enddate="03/13/2026")
    mornings = [(row["date"], row["starttime"]) for row in rows if row["appointmenttypeid"] == 11]
    assert mornings == [("03/05/2026", "10:30"), ("03/05/2026", "11:30")] + [
        ("03/12/2026", clock) for clock in ("08:30", "09:30", "10:30", "11:30")
    ]
    assert vendor.control(f"appointments/{kept}")["status"] == "f"


def test_slots_reach_90_days_ahead_on_every_day(vendor):
    for now in ("2026-03-03T00:10:00Z", "2026-05-20T12:00:00Z", "2027-01-04T12:00:00Z"):
        vendor.at(now)
        vendor.get("/ping")
        assert (
            vendor.control("health")["slots_until"] >= {"3": "2026-06-01", "0": "2026-08-18", "4": "2027-04-04"}[now[9]]
        )
    rows = vendor.open(reasonid=-1, startdate="04/01/2027", enddate="04/01/2027")
    assert len(rows) == 3 + 8


def test_a_deleted_slot_does_not_come_back(vendor):
    number = vendor.slot()
    vendor.control(f"slots/{number}", method="DELETE")
    vendor.at("2026-03-03T12:00:00Z")
    vendor.control("seed", PRACTICE)
    day = vendor.open(reasonid=-1, startdate="03/05/2026", enddate="03/05/2026")
    assert "09:00" not in {row["starttime"] for row in day}


def test_ids_may_be_text_and_missing_types_are_made_once():
    vendor = make(practice=None)
    seed = {
        "departments": [{"id": "5", "name": "North", "timezonename": "America/Denver"}],
        "providers": [{"id": "8", "firstname": "Ida", "lastname": "Holm"}],
        "reasons": [
            {"id": "201", "name": "Therapy", "providerid": "8", "departmentid": "5", "minutes": 50},
            {"id": "202", "name": "Therapy, long", "providerid": "8", "departmentid": "5", "minutes": 80},
        ],
        "schedules": [
            {"providerid": "8", "departmentid": "5", "minutes": 80, "reasonids": ["201", "202"], "skip": ["2026-03-05"],
             "blocks": [{"weekday": day, "start": "09:00", "end": "12:00"} for day in range(7)]},
        ],
    }  # fmt: skip
    first = vendor.control("seed", seed)
    assert first["slots_added"] == 2 * 100
    assert vendor.control("seed", seed)["slots_added"] == 0
    assert [row["duration"] for row in vendor.get("/appointmenttypes").json()["appointmenttypes"]] == [50, 80]
    rows = vendor.get("/appointments/open", departmentid=5, providerid=8, reasonid="201,202").json()["appointments"]
    assert {tuple(row["reasonid"]) for row in rows} == {("201", "202")}
    assert "03/05/2026" not in {row["date"] for row in rows}
    vendor.control("patients", {"firstname": "Nora", "lastname": "Feld", "dob": "04/05/1990", "departmentid": "5"})
    answer = vendor.put(f"/appointments/{rows[0]['appointmentid']}", patientid=1, reasonid=202)
    assert answer.json()[0]["duration"] == 80


def test_a_bad_seed_is_refused_as_a_whole(vendor):
    before = vendor.control("health")
    for bad in (
        {"departments": [{"id": "9", "name": "New"}], "providers": [{"id": "x"}]},
        {"departments": [{"id": "9", "name": "New"}], "schedules": [{"providerid": 71}]},
        {"departments": [{"id": "9", "name": "New"}], "schedules": [PRACTICE["schedules"][0] | {"providerid": 999}]},
        {"departments": [{"id": "9", "name": "New"}], "reasons": [{"id": 1, "name": "R", "reasontype": "odd"}]},
        {"doctors": []},
    ):
        answer = vendor.http.post("/_control/seed", json=bad)
        assert answer.status_code == 400, bad
        assert answer.json()["error"]
        assert vendor.control("health") == before


def test_the_front_desk_books_moves_on_and_cancels(vendor):
    number = vendor.slot()
    row = vendor.control(
        "staff/book", {"slotid": number, "patient": {"firstname": "Ola", "lastname": "Berg", "dob": "01/02/1980"}}
    )
    assert (row["status"], row["patient"]["lastname"], row["scheduledby"]) == ("f", "Berg", "frontdesk1")
    assert vendor.http.post("/_control/staff/book", json={"slotid": number}).status_code == 409
    assert vendor.http.post("/_control/staff/status", json={"appointmentid": number, "status": "3"}).status_code == 409
    assert vendor.control("staff/status", {"appointmentid": number, "status": "2"})["status"] == "2"
    assert vendor.http.post("/_control/staff/cancel", json={"appointmentid": number}).status_code == 409
    other = vendor.slot(starttime="10:00")
    vendor.control("staff/book", {"slotid": other})
    cancelled = vendor.control("staff/cancel", {"appointmentid": other, "reason": "by phone"})
    assert cancelled["appointment"]["status"] == "x"
    assert str(vendor.slot(starttime="10:00")) == cancelled["reopened"]


def test_calls_are_logged_with_their_fields(vendor):
    patient, number = vendor.patient(), vendor.slot()
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    (call,) = vendor.control("calls?op=book")["calls"]
    assert (call["method"], call["status"], call["form"]) == ("PUT", 200, {"patientid": patient, "reasonid": "101"})
    assert call["path"] == f"/v1/195900/appointments/{number}"
    assert vendor.control(f"calls?since_id={call['id']}")["calls"] == []
    vendor.control("calls", method="DELETE")
    assert vendor.control("calls")["total"] == 0


def test_slots_and_appointments_can_be_looked_at(vendor):
    number = vendor.slot()
    listed = vendor.control("slots?providerid=71&departmentid=1&from=2026-03-05&to=2026-03-05")
    assert listed["total"] == 11
    assert listed["slots"][0]["id"] == str(number)
    vendor.put(f"/appointments/{number}", patientid=vendor.patient(), reasonid=101)
    vendor.put(f"/appointments/booked/{number}", supervisingproviderid=72)
    (row,) = vendor.control("appointments?status=f")["appointments"]
    assert (row["id"], row["supervisingproviderid"], row["patient"]["firstname"]) == (str(number), "72", "Nora")
    assert vendor.http.get("/_control/appointments/5").status_code == 404


def test_reset_with_or_without_the_seed(vendor):
    vendor.control("staff/book", {"slotid": vendor.slot()})
    vendor.control("reset", {"keep_seed": True})
    vendor.at("2026-03-02T15:00:00Z")
    health = vendor.control("health")
    assert (health["departments"], health["appointments"]) == (3, 0)
    assert vendor.slot()
    vendor.control("reset", {})
    assert vendor.control("health")["departments"] == 0


def test_an_unknown_setting_is_refused(vendor):
    assert vendor.http.post("/_control/settings", json={"colour": 1}).status_code == 400
    assert vendor.control("settings")["min_hours"] == 24


def test_the_state_survives_a_restart(tmp_path):
    vendor = make(str(tmp_path))
    number, patient = vendor.slot(), vendor.patient()
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101, bookingnote="kept")
    before = vendor.control(f"appointments/{number}")
    left = int(vendor.get("/ping").headers["x-ratelimit-remaining"])
    again = make(str(tmp_path), practice=None)
    assert again.control(f"appointments/{number}") == before
    assert again.call("GET", "/ping", token=vendor.token).headers["x-ratelimit-remaining"] == str(left - 1)
    assert again.control("seed", PRACTICE)["slots_added"] == 0
    assert again.control("calls?op=book")["total"] == 1
