"""Packages, the policies of a chart, the policies of a visit."""

import pytest

HOLDER = {
    "insurancepolicyholderfirstname": "Nora",
    "insurancepolicyholderlastname": "Feld",
    "insurancepolicyholdersex": "F",
}


@pytest.fixture
def patient(vendor):
    return vendor.patient()


def add(vendor, patient, sequence=1, package=10459, **changes):
    form = {"insurancepackageid": package, "sequencenumber": sequence, "departmentid": 1,
            "insuranceidnumber": "W123", "policynumber": "G9", **HOLDER}  # fmt: skip
    form |= changes
    path = f"/patients/{patient}/insurances"
    return vendor.post(path, **{name: value for name, value in form.items() if value is not None})


def test_packages_are_found_by_a_part_of_the_plans_name(vendor):
    answer = vendor.get("/insurancepackages", insuranceplanname="copper", memberid="W123").json()
    assert [row["insurancepackageid"] for row in answer["insurances"]] == [10459, 10702]
    assert answer["insurances"][0]["affiliations"] == ["Copper Choice", "Valley Gold"]
    by_affiliation = vendor.get("/insurancepackages", insuranceplanname="gold", memberid="W123").json()
    assert by_affiliation["totalcount"] == 1
    assert vendor.get("/insurancepackages").json()["missingfields"] == ["insuranceplanname", "memberid"]


def test_a_policy_is_answered_with_an_array_of_one_and_listed(vendor, patient):
    answer = add(vendor, patient, relationshiptoinsuredid=2, insurancepolicyholderdob="05/06/1960")
    assert answer.status_code == 200
    (row,) = answer.json()
    assert (row["insurancepackageid"], row["sequencenumber"], row["insuranceid"]) == (10459, 1, "1")
    assert (row["insuranceidnumber"], row["policynumber"], row["relationshiptoinsured"]) == ("W123", "G9", "Spouse")
    assert (row["insurancepolicyholder"], row["insurancepolicyholderdob"]) == ("NORA FELD", "05/06/1960")
    assert (row["insuranceplandisplayname"], row["eligibilitystatus"]) == ("Copper Valley Health (PPO)", "Unverified")
    listed = vendor.get(f"/patients/{patient}/insurances").json()
    assert (listed["totalcount"], listed["insurances"]) == (1, [row])


def test_a_taken_sequence_number_is_a_conflict(vendor, patient):
    add(vendor, patient)
    answer = add(vendor, patient, package=10702)
    assert (answer.status_code, answer.json()) == (
        409, {"error": "An existing insurance package exists. Use PUT to update or DELETE to deactivate."},
    )  # fmt: skip
    assert vendor.get(f"/patients/{patient}/insurances").json()["totalcount"] == 1


def test_a_secondary_needs_a_primary(vendor, patient):
    answer = add(vendor, patient, sequence=2)
    assert (answer.status_code, answer.json()) == (400, {"error": "Secondary insurance without primary."})
    add(vendor, patient)
    assert add(vendor, patient, sequence=2, package=10101).status_code == 200


@pytest.mark.parametrize(
    ("change", "body"),
    [
        ({"insurancepackageid": None}, {"missingfields": ["insurancepackageid"]}),
        ({"sequencenumber": None}, {"missingfields": ["sequencenumber"]}),
        ({"departmentid": None}, {"error": "departmentid is required"}),
        ({"insurancepolicyholdersex": None}, {"missingfields": ["insurancepolicyholdersex"]}),
        ({"insurancepackageid": 5}, {"invalidfields": ["insurancepackageid"]}),
        ({"sequencenumber": 4}, {"invalidfields": ["sequencenumber"]}),
        ({"insurancepolicyholdersex": "X"}, {"invalidfields": ["insurancepolicyholdersex"]}),
        ({"relationshiptoinsuredid": 12}, {"invalidfields": ["insuredentitytypeid"]}),
        ({"issuedate": "2026-01-01"}, {"detailedmessage": "Expecting format date, but value is 2026-01-01"}),
    ],
)
def test_a_policy_lacking_or_mistaking_something_is_refused(vendor, patient, change, body):
    answer = add(vendor, patient, **change)
    assert answer.status_code == 400
    assert body.items() <= answer.json().items()
    assert vendor.get(f"/patients/{patient}/insurances").json()["totalcount"] == 0


def test_self_pay_needs_no_policy_holder(vendor, patient):
    answer = vendor.post(f"/patients/{patient}/insurances", insurancepackageid=0, sequencenumber=1, departmentid=1)
    assert answer.json()[0]["insuranceplanname"] == "*SELF PAY*"


def test_a_removed_policy_stays_on_the_chart_and_frees_its_number(vendor, patient):
    add(vendor, patient)
    path = f"/patients/{patient}/insurances"
    assert vendor.call("DELETE", path, params={"sequencenumber": 1}).json() == {"success": True, "message": ""}
    again = vendor.call("DELETE", path, params={"sequencenumber": 1})
    assert (again.status_code, again.json()) == (
        404, {"error": "No insurance package is active at the sequence number given."},
    )  # fmt: skip
    assert vendor.get(path).json()["totalcount"] == 0
    (row,) = vendor.get(path, showcancelled="true").json()["insurances"]
    assert row["cancelled"] == "03/02/2026"
    (new,) = add(vendor, patient, package=10702).json()
    assert vendor.call("DELETE", f"{path}/{new['insuranceid']}").status_code == 200


def test_a_lost_answer_makes_the_repetition_a_conflict(vendor, patient):
    vendor.fault(kind="commit_then_500", op="add_insurance")
    assert add(vendor, patient).status_code == 500
    assert add(vendor, patient).status_code == 409


def test_an_unknown_chart_is_404(vendor):
    assert vendor.get("/patients/77/insurances").status_code == 404
    assert add(vendor, 77).status_code == 404


def test_policies_of_a_visit_are_the_charts_unless_chosen(vendor, patient):
    number = vendor.slot()
    vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
    ids = [add(vendor, patient, sequence=n, package=p).json()[0]["insuranceid"] for n, p in ((1, 10459), (2, 10101))]

    def shown():
        return [row["insuranceid"] for row in vendor.get(f"/appointments/{number}/insurances").json()["insurances"]]

    assert shown() == ids
    assert vendor.put(f"/appointments/{number}/insurances", primaryinsuranceid=ids[1]).json() == {"success": True}
    assert shown() == [ids[1]]
    (row,) = vendor.get(f"/appointments/{number}", showinsurance="true").json()
    assert [one["insuranceid"] for one in row["insurances"]] == [ids[1]]
    assert vendor.put(f"/appointments/{number}/insurances", primaryinsuranceid=999).status_code == 400
    assert shown() == [ids[1]]


def test_policies_belong_to_booked_visits_only(vendor, patient):
    number = vendor.slot()
    for answer in (
        vendor.put(f"/appointments/{number}/insurances", primaryinsuranceid=1),
        vendor.get(f"/appointments/{number}/insurances"),
        vendor.put("/appointments/5/insurances", primaryinsuranceid=1),
    ):
        assert (answer.status_code, answer.json()) == (400, {"error": "Appointment ID is not a booked appointment"})


def test_a_seeded_package_needs_no_more_than_a_name(vendor, patient):
    vendor.control("seed", {"packages": [{"id": 900, "name": "HARBOR HEALTH"}]})
    (row,) = add(vendor, patient, package=900).json()
    assert (row["insuranceplandisplayname"], row["insurancetype"]) == ("HARBOR HEALTH", "Commercial")
    assert vendor.http.post("/_control/seed", json={"packages": [{"id": 901}]}).status_code == 400


def test_a_practice_seeded_without_packages_takes_any_id(vendor, patient):
    vendor.control("reset", {})
    vendor.at("2026-03-02T15:00:00Z")
    vendor.control("seed", {"departments": [{"id": 1, "name": "Video", "timezonename": "America/Denver"}]})
    number = vendor.patient()
    assert add(vendor, number, package=31724).json()[0]["insuranceplanname"] == "PACKAGE 31724"
