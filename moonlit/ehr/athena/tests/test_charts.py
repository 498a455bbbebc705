"""Insurance, signed forms and merged charts, in the shapes Athena's answers were seen or are feared in."""

from dataclasses import replace
from datetime import UTC, date, datetime
from urllib.parse import parse_qsl

import pytest

from moonlit.ehr.port import AlreadyDone, EhrInsurance, NewInsurance, NotReached, Rejected, SignedForms, Unknown

pytestmark = pytest.mark.django_db
POLICIES = "/patients/5/insurances"
PRIVACY = "/patients/5/privacyinformationverified"
DEPARTMENT = [{"departmentid": "1", "timezonename": "America/Denver"}]
ROW = {"insuranceid": "7990", "insurancepackageid": 159571, "sequencenumber": 1, "insuranceidnumber": "M-1"}
POLICY = NewInsurance(
    package_id="159571",
    sequence=1,
    member_id="M-1",
    group_number="G-2",
    relationship="child",
    holder_first_name="Doris",
    holder_last_name="Quillfeather",
    holder_date_of_birth=date(1960, 5, 15),
    holder_sex="female",
)
SIGNED = SignedForms(
    signer_name="Ada Quillfeather",
    signed_at=datetime(2026, 3, 3, 2, 30, tzinfo=UTC),
    privacy_notice=True,
    assignment_of_benefits=False,
    release_of_billing_information=True,
)


def sent(vendor, path):
    (request,) = (one for one in vendor.asked(path) if one.method == "POST")
    return dict(parse_qsl(request.get_data(as_text=True), keep_blank_values=True))


def add(vendor, policy=POLICY):
    return vendor.ehr().add_insurance("5", policy, department_id="1")


def test_a_policy_is_written_with_its_holder_and_always_with_the_department(vendor):
    vendor.says(POLICIES, [ROW], method="POST")
    assert add(vendor) == "7990"
    assert sent(vendor, POLICIES) == {
        "insurancepackageid": "159571",
        "sequencenumber": "1",
        "departmentid": "1",
        "insuranceidnumber": "M-1",
        "policynumber": "G-2",
        "relationshiptoinsuredid": "3",
        "insurancepolicyholderfirstname": "Doris",
        "insurancepolicyholderlastname": "Quillfeather",
        "insurancepolicyholderdob": "05/15/1960",
        "insurancepolicyholdersex": "F",
    }


def test_what_is_not_known_of_the_holder_is_not_invented(vendor):
    vendor.says(POLICIES, [ROW], method="POST")
    add(vendor, replace(POLICY, holder_date_of_birth=None, holder_sex="", group_number=""))
    assert not {"insurancepolicyholderdob", "insurancepolicyholdersex", "policynumber"} & set(sent(vendor, POLICIES))


def test_the_older_answer_names_no_policy_so_it_is_looked_up(vendor):
    vendor.says(POLICIES, {"success": "true"}, method="POST")
    vendor.says(POLICIES, {"insurances": [{**ROW, "sequencenumber": "2", "insuranceid": "1"}, ROW]})
    assert add(vendor) == "7990"


@pytest.mark.parametrize(
    ("status", "listed"),
    [(503, ""), (200, {"insurances": []}), (200, {"insurances": [{**ROW, "insurancepackageid": 1}]})],
)
def test_a_policy_stored_but_not_found_again_is_unknown(vendor, status, listed):
    vendor.says(POLICIES, {"success": "true"}, method="POST")
    vendor.says(POLICIES, listed, status)
    with pytest.raises(Unknown):
        add(vendor)


@pytest.mark.parametrize("body", [[], {}, "<html>", [{"insurancepackageid": 0}]])
def test_an_answer_that_does_not_prove_the_policy_is_unknown(vendor, body):
    vendor.says(POLICIES, body, method="POST")
    vendor.says(POLICIES, {"insurances": []})
    with pytest.raises(Unknown):
        add(vendor)


@pytest.mark.parametrize(
    ("status", "sentence", "error"),
    [
        (409, "An existing insurance package exists. Use PUT to update or DELETE to deactivate.", AlreadyDone),
        (400, "Secondary insurance without primary.", Rejected),
    ],
)
def test_a_taken_place_is_already_done_and_a_missing_primary_rejected(vendor, status, sentence, error):
    vendor.says(POLICIES, {"error": sentence}, status, method="POST")
    with pytest.raises(error):
        add(vendor)


def test_a_holder_whose_name_is_too_long_is_refused_before_anything_is_sent(vendor):
    with pytest.raises(Rejected) as caught:
        add(vendor, replace(POLICY, holder_last_name="Q" * 31))
    assert caught.value.code == "too_long"
    assert vendor.tokens == 0


def test_active_policies_come_in_order_without_cancelled_ones_and_those_of_a_case(vendor):
    rows = [
        {**ROW, "sequencenumber": "2", "insuranceid": 12, "insurancepackageid": 0, "insuranceidnumber": None},
        ROW,
        {**ROW, "insuranceid": "13", "cancelled": "08/25/2023"},
        {"insuranceid": "14", "insurancepackageid": 9, "casepolicytypename": "Auto"},
    ]
    vendor.says(POLICIES, {"insurances": rows, "totalcount": 4})
    assert vendor.ehr().insurances("5") == [EhrInsurance("7990", "159571", 1, "M-1"), EhrInsurance("12", "0", 2, "")]


def test_packages_that_fit_come_with_id_and_name(vendor):
    rows = [{"insurancepackageid": 47700, "insuranceplanname": "PARAMOUNT (PPO)"}, {"insuranceplanname": "no id"}]
    vendor.says("/insurancepackages", {"insurances": rows})
    assert vendor.ehr().packages(plan_name="Paramount", member_id="M-1") == [("47700", "PARAMOUNT (PPO)")]
    (request,) = vendor.asked("/insurancepackages")
    assert (request.args["insuranceplanname"], request.args["memberid"]) == ("Paramount", "M-1")


@pytest.mark.parametrize(("zone", "clock"), [("", "03/02/2026 19:30:00"), ("America/New_York", "03/02/2026 21:30:00")])
def test_only_what_was_signed_is_flagged_at_the_clock_of_the_department_or_the_configured_zone(vendor, zone, clock):
    vendor.says("/departments/1", DEPARTMENT)
    vendor.says(PRIVACY, [{"success": True, "patientid": 5}], method="POST")
    vendor.ehr(signature_zone=zone).set_privacy("5", SIGNED, department_id="1")
    assert sent(vendor, PRIVACY) == {
        "departmentid": "1",
        "signaturename": "Ada Quillfeather",
        "signaturedatetime": clock,
        "privacynotice": "true",
        "insuredsignature": "false",
        "patientsignature": "true",
    }


def test_forms_without_any_signature_are_never_sent(vendor):
    nothing = replace(SIGNED, privacy_notice=False, release_of_billing_information=False)
    with pytest.raises(ValueError, match="no signed form"):
        vendor.ehr().set_privacy("5", nothing, department_id="1")
    assert vendor.tokens == 0


def test_forms_are_not_sent_where_the_clock_to_write_is_unknown(vendor):
    vendor.says("/departments/1", [{"departmentid": "1"}])
    with pytest.raises(NotReached):
        vendor.ehr().set_privacy("5", SIGNED, department_id="1")
    assert vendor.asked(PRIVACY) == []


@pytest.mark.parametrize("body", [[{"success": False, "patientid": 5}], [{"success": "false"}], []])
def test_forms_whose_answer_is_no_yes_are_unknown(vendor, body):
    vendor.says("/departments/1", DEPARTMENT)
    vendor.says(PRIVACY, body, method="POST")
    with pytest.raises(Unknown):
        vendor.ehr().set_privacy("5", SIGNED, department_id="1")


GONE = ({"error": "The patient does not exist."}, 404)


def test_a_chart_in_use_is_its_own(vendor):
    vendor.says("/patients/5", [{"patientid": "5", "status": "active"}])
    assert vendor.ehr().current_patient_id("5") == "5"
    assert vendor.asked("/patients/changed") == []


def test_a_chart_that_answers_as_another_is_that_other(vendor):
    vendor.says("/patients/5", [{"patientid": 6}])
    assert vendor.ehr().current_patient_id("5") == "6"


@pytest.mark.parametrize("previous", [["5"], [5, 4], "4,5", [{"previouspatientid": 5}], [{"patientid": "5"}]])
@pytest.mark.parametrize("old", [GONE, ([{"patientid": "5", "status": "deleted"}], 200)])
def test_a_merged_chart_is_found_by_what_the_feed_of_charts_told(vendor, previous, old):
    vendor.says("/patients/5", *old)
    vendor.says("/patients/6", [{"patientid": "6", "status": "active"}])
    waiting = [[{"patientid": "9"}], []]
    vendor.server.expect_request("/v1/9/patients/changed", query_string={"limit": "5000"}).respond_with_handler(
        lambda _: vendor.json({"patients": waiting.pop(0)})
    )
    vendor.says(
        "/patients/changed", {"patients": [{"patientid": "9"}, {"patientid": "6", "previouspatientids": previous}]}
    )
    assert vendor.ehr().current_patient_id("5") == "6"
    assert waiting == []


@pytest.mark.parametrize(("old", "error"), [(GONE, Rejected), (([{"patientid": "5", "status": "deleted"}], 200), None)])
def test_a_chart_merged_into_nothing_known_is_not_found_or_stays_itself(vendor, old, error):
    vendor.says("/patients/5", *old)
    vendor.says("/patients/changed", {"patients": []})
    if error is None:
        assert vendor.ehr().current_patient_id("5") == "5"
        return
    with pytest.raises(error) as caught:
        vendor.ehr().current_patient_id("5")
    assert caught.value.code == "not_found"
