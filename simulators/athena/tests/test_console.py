import re

import pytest


@pytest.fixture
def booked(vendor):
    number = vendor.slot()
    patient = vendor.patient(firstname="Nora", lastname="<b>Feld</b>")
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101, bookingnote="moonlit 1")
    vendor.put(f"/appointments/booked/{number}", supervisingproviderid=72)
    return number


def test_the_calendar_counts_and_lists_the_latest_visit(vendor, booked):
    page = vendor.http.get("/").text
    assert "1 booked" in page
    assert f"/console/appointments/{booked}" in page
    assert "Desert Clinic (2)" in page


def test_an_appointments_page_shows_who_sees_the_patient_and_who_supervises(vendor, booked):
    page = vendor.http.get(f"/console/appointments/{booked}").text
    assert re.search(r"Provider seen: <b[^>]*>Alma Thornquist, MD \(71\)", page)
    assert re.search(r"Supervising provider: <b[^>]*>Ruben Oakes, NP \(72\)", page)
    assert "moonlit 1" in page
    assert "&lt;b&gt;Feld" in page
    assert "<b>Feld" not in page


def test_every_page_answers_and_loads_nothing_from_elsewhere(vendor, booked):
    for path in ("/", "/?from=2026-03-01", "/console/appointments", "/console/calls", "/console/faults", "/console/notices",
                 "/console/day?date=2026-03-05&department=1", f"/console/appointments/{booked}", "/?from=never",
                 "/console/day?date=x&department=y", "/console/calls?offset=zero"):  # fmt: skip
        answer = vendor.http.get(path)
        assert answer.status_code == 200, path
        assert "http://" not in answer.text.replace("http://www.w3.org", "")
        assert "<script" not in answer.text
    assert vendor.http.get("/console/appointments/5").status_code == 404


def test_long_lists_are_shown_page_by_page(vendor):
    for _ in range(60):
        vendor.get("/ping")
    first = vendor.http.get("/console/calls").text
    assert first.count("/v1/195900/ping") == 50
    assert "offset=50" in first
    assert vendor.http.get("/console/calls?offset=50").text.count("/v1/195900/ping") == 10


def test_a_fault_is_ordered_and_taken_back_by_form(vendor):
    vendor.http.post("/console/faults", data={"kind": "503", "op": "ping", "times": "0", "seconds": ""})
    assert vendor.get("/ping").status_code == 503
    page = vendor.http.get("/console/faults").text
    number = re.search(r"name='remove' value='(\d+)'", page)[1]
    vendor.http.post("/console/faults", data={"remove": number})
    assert vendor.get("/ping").status_code == 200


def press(vendor, number, act, **form):
    answer = vendor.http.post(f"/console/appointments/{number}/act", data={"act": act} | form, follow_redirects=False)
    assert answer.status_code == 303
    return vendor.http.get(answer.headers["location"]).text


def test_the_front_desk_works_by_buttons(vendor, booked):
    page = vendor.http.get(f"/console/appointments/{booked}").text
    assert "No-show" in page
    assert "Move to the open slot" in page
    target = vendor.slot(starttime="10:00")
    assert f"/console/appointments/{target}'" not in page
    assert "cancelled" in press(vendor, booked, "move", slotid=str(target))
    assert f"/console/appointments/{target}" in vendor.http.get(f"/console/appointments/{booked}").text
    assert "Ruben Oakes, NP (72)" in press(vendor, target, "providers", supervisingproviderid="72")
    assert "checked in" in press(vendor, target, "checkin")
    assert "checked out" in press(vendor, target, "checkout")


def test_a_button_that_cannot_do_its_work_says_why(vendor, booked):
    assert "That appointment time was already booked" in press(vendor, booked, "move", slotid=str(booked))
    assert "That could not be done." in press(vendor, booked, "dance")
    assert "two different charts" in press(vendor, booked, "merge", into="99")
    assert vendor.get(f"/appointments/{booked}").json()[0]["appointmentstatus"] == "f"


def test_an_open_slot_is_frozen_and_unfrozen_by_button(vendor):
    number = vendor.slot()
    assert "no, frozen" in press(vendor, number, "freeze", freeze="1")
    assert "no, frozen" not in press(vendor, number, "freeze", freeze="")
    assert "Walter Walkin" in press(vendor, number, "book")


def test_the_notices_page_tells_what_waits_and_sends_what_is_held(vendor):
    vendor.post("/appointments/changed/subscription")
    vendor.control("settings", {"webhook": "http://127.0.0.1:9/", "push_retry_seconds": []})
    vendor.http.post("/console/notices", data={"act": "hold"})
    vendor.put(f"/appointments/{vendor.slot()}/freeze", freeze="true")
    page = vendor.http.get("/console/notices").text
    assert "<td>appointments</td><td>subscribed</td><td>1</td><td>0</td>" in page
    assert "Appointment.freeze" in page
    assert "Held back now." in page
    vendor.http.post("/console/notices", data={"act": "release"})
    assert "Held back now." not in vendor.http.get("/console/notices").text
