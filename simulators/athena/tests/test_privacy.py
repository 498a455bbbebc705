"""POST and GET /patients/{id}/privacyinformationverified."""

import pytest

SIGNED = {"departmentid": 1, "signaturename": "Nora Feld", "signaturedatetime": "03/01/2026 10:00:00"}


@pytest.fixture
def path(vendor):
    return f"/patients/{vendor.patient()}/privacyinformationverified"


def marked(vendor, path):
    shown = vendor.get(path, departmentid=1).json()
    return {box for box in ("privacynotice", "patientsignature", "insuredsignature") if shown[box][f"is{box}onfile"]}


def test_nothing_is_on_file_at_first(vendor, path):
    assert vendor.get(path, departmentid=1).json() == {
        "checkboxesconfigured": 3,
        "privacynotice": {"isprivacynoticeonfile": False},
        "patientsignature": {"ispatientsignatureonfile": False},
        "insuredsignature": {"isinsuredsignatureonfile": False},
    }


def test_what_is_named_true_is_marked_with_its_day(vendor, path):
    answer = vendor.post(path, **SIGNED, privacynotice="true", insuredsignature="true")
    assert (answer.status_code, answer.json()) == (200, [{"success": True, "patientid": 1}])
    assert marked(vendor, path) == {"privacynotice", "insuredsignature"}
    shown = vendor.get(path, departmentid=1).json()
    assert shown["privacynotice"]["privacynoticegivendate"] == "03/02/2026"
    assert vendor.get("/patients/1").json()[0]["privacyinformationverified"] is False


@pytest.mark.parametrize("form", [{}, {"privacynotice": "false", "patientsignature": "false"}])
def test_no_true_flag_marks_all_three(vendor, path, form):
    assert vendor.post(path, **SIGNED, **form).status_code == 200
    assert marked(vendor, path) == {"privacynotice", "patientsignature", "insuredsignature"}
    assert vendor.get("/patients/1").json()[0]["privacyinformationverified"] is True


def test_nothing_comes_off_again(vendor, path):
    vendor.post(path, **SIGNED, privacynotice="true")
    vendor.post(path, **SIGNED, privacynotice="false", patientsignature="true")
    assert marked(vendor, path) == {"privacynotice", "patientsignature"}


@pytest.mark.parametrize("absent", ["signaturename", "signaturedatetime"])
def test_name_and_time_of_a_signature_go_together(vendor, path, absent):
    form = {name: value for name, value in SIGNED.items() if name != absent}
    answer = vendor.post(path, **form, privacynotice="true")
    assert (answer.status_code, answer.json()["missingfields"]) == (400, [absent])
    assert marked(vendor, path) == set()


def test_the_department_is_needed_and_the_chart_must_exist(vendor, path):
    assert vendor.post(path, privacynotice="true").json()["missingfields"] == ["departmentid"]
    assert vendor.get(path).json()["missingfields"] == ["departmentid"]
    assert vendor.post("/patients/77/privacyinformationverified", **SIGNED).status_code == 404
    wrong = vendor.post(path, **SIGNED | {"signaturedatetime": "2026-03-01"}, privacynotice="true")
    assert wrong.status_code == 400
