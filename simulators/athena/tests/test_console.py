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
    for path in ("/", "/?from=2026-03-01", "/console/appointments", "/console/calls", "/console/faults",
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
