import pytest

NORA = {"firstname": "Nora", "lastname": "Feld", "dob": "04/05/1990"}


def test_a_chart_is_created_and_read_back_as_an_array_of_one(vendor):
    number = vendor.patient(mobilephone="(801) 555-0123", sex="F", consenttotext="true", nonsense="x")
    (row,) = vendor.get(f"/patients/{number}").json()
    assert (row["patientid"], row["dob"], row["mobilephone"]) == (number, "04/05/1990", "8015550123")
    assert (row["sex"], row["consenttotext"], row["status"]) == ("F", True, "active")
    assert "nonsense" not in row


def test_the_social_security_number_is_masked_unless_asked_for(vendor):
    number = vendor.patient(ssn="900-12-3456")
    assert vendor.get(f"/patients/{number}").json()[0]["ssn"] == "*****3456"
    assert vendor.get(f"/patients/{number}", showfullssn="true").json()[0]["ssn"] == "900-12-3456"


def test_missing_fields_are_listed(vendor):
    answer = vendor.post("/patients", departmentid=1)
    assert answer.status_code == 400
    assert answer.json() == {
        "invalidfields": [],
        "missingfields": ["lastname", "dob", "firstname"],
        "error": "Additional fields are required.",
    }


def test_one_way_to_reach_the_patient_is_needed(vendor):
    answer = vendor.post("/patients", **NORA, departmentid=1)
    assert (answer.status_code, answer.json()["error"]) == (400, "Additional fields are required.")
    assert vendor.post("/patients", **NORA, departmentid=1, zip="84101").status_code == 200


@pytest.mark.parametrize("dob", ["wrong date", "1990-04-05", "02/30/1990", "04/05/2030", "01/01/0001"])
def test_an_impossible_birth_date_is_refused(vendor, dob):
    answer = vendor.post("/patients", **NORA | {"dob": dob}, departmentid=1, email="nora@example.org")
    assert (answer.status_code, answer.json()) == (400, {"error": "Improper DOB."})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("mobilephone", "555-0123"),
        ("mobilephone", "0115550123"),
        ("email", "no address"),
        ("sex", "X"),
        ("departmentid", "9"),
    ],
)
def test_an_invalid_field_is_named(vendor, field, value):
    answer = vendor.post("/patients", **NORA | {"departmentid": 1, "email": "nora@example.org", field: value})
    assert (answer.status_code, answer.json()["invalidfields"]) == (400, [field])
    assert vendor.control("patients")["total"] == 0


@pytest.mark.parametrize(("field", "most"), [("firstname", 20), ("lastname", 30), ("email", 50)])
def test_a_field_over_its_limit_is_refused_or_cut_by_setting(vendor, field, most):
    value = "a" * most if field != "email" else "a" * (most - 12) + "@example.org"
    assert vendor.post("/patients", **NORA | {"departmentid": 1, "zip": "84101", field: value}).status_code == 200
    longer = {"departmentid": 1, "homephone": "8015550188", "zip": "84102", "dob": "01/01/1980", field: "a" + value}
    answer = vendor.post("/patients", **NORA | longer)
    assert (answer.status_code, answer.json()["invalidfields"]) == (400, [field])
    vendor.control("settings", {"long_fields": "truncate"})
    if field != "email":
        number = vendor.post("/patients", **NORA | longer).json()[0]["patientid"]
        assert len(vendor.get(f"/patients/{number}").json()[0][field]) == most


def test_creating_who_exists_returns_the_chart_as_it_was(vendor):
    number = vendor.patient()
    again = vendor.post(
        "/patients", **NORA, departmentid=1, email="NORA@example.org", city="Elsewhere", showerrormessage="true"
    )
    assert again.json()[0]["patientid"] == number
    assert "errormessage" in again.json()[0]
    assert "city" not in vendor.get(f"/patients/{number}").json()[0]


def test_the_same_name_and_birth_date_alone_is_not_the_same_person(vendor):
    assert vendor.patient() != vendor.patient(email="other@example.org")


def test_the_search_returns_a_bare_array_with_a_score(vendor):
    number = vendor.patient()
    (row,) = vendor.get("/patients/enhancedbestmatch", **NORA).json()
    assert (row["patientid"], row["score"]) == (number, 23)
    (row,) = vendor.get("/patients/enhancedbestmatch", **NORA, email="nora@example.org").json()
    assert row["score"] == 26
    assert vendor.get("/patients/enhancedbestmatch", **NORA | {"dob": "04/06/1990"}).json() == []


def test_the_best_five_may_be_asked_for(vendor):
    for number in range(6):
        vendor.patient(email=f"nora{number}@example.org")
    assert len(vendor.get("/patients/enhancedbestmatch", **NORA, returnbestmatches="true").json()) == 5
    weak = vendor.get("/patients/enhancedbestmatch", **NORA | {"firstname": "Zoe"}, returnbestmatches="true").json()
    assert {row["score"] for row in weak} == {17}
    assert vendor.get("/patients/enhancedbestmatch", **NORA | {"firstname": "Zoe"}).json() == []
    strict = vendor.get(
        "/patients/enhancedbestmatch", **NORA, email="nora3@example.org", returnbestmatches="true", minscore=24
    )
    assert [row["score"] for row in strict.json()] == [26]


def test_the_search_needs_name_and_birth_date(vendor):
    answer = vendor.get("/patients/enhancedbestmatch", lastname="Feld", dob="04/05/1990")
    assert (answer.status_code, answer.json()) == (
        400,
        {"missingfields": ["firstname"], "error": "Additional fields are required."},
    )
    answer = vendor.get("/patients/enhancedbestmatch", **NORA | {"dob": "01/01/   1"})
    assert answer.json()["detailedmessage"] == "Expecting format date, but value is 01/01/   1"


def test_a_chart_is_changed_field_by_field(vendor):
    number = vendor.patient(homephone="8015550101")
    assert vendor.put(f"/patients/{number}", city="Provo", homephone="8015550102").json() == [{"patientid": number}]
    (row,) = vendor.get(f"/patients/{number}").json()
    assert (row["city"], row["homephone"], row["firstname"]) == ("Provo", "8015550102", "Nora")


def test_an_unknown_chart_is_404(vendor):
    assert vendor.get("/patients/5").status_code == 404
    assert vendor.put("/patients/5", city="Provo").status_code == 404


def test_patients_can_be_listed_by_a_criterion(vendor):
    number = vendor.patient()
    assert vendor.get("/patients").status_code == 400
    assert [row["patientid"] for row in vendor.get("/patients", lastname="fel").json()["patients"]] == [number]
    assert vendor.get("/patients", lastname="other").json()["totalcount"] == 0
