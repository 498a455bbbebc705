"""What the port promises about what is written to a chart, and about charts that were merged."""

from dataclasses import asdict, replace
from datetime import UTC, date, datetime

import pytest

from moonlit.ehr.port import AlreadyDone, ChartDetails, EhrInsurance, NewInsurance, Rejected, SignedForms, Unknown
from tests.contracts.asking import ADA, booked, cancel
from tests.contracts.test_athena_faults import calls
from tests.contracts.worlds import PACKAGE, VIDEO

POLICY = NewInsurance(
    package_id=PACKAGE,
    sequence=1,
    member_id="M-1",
    group_number="G-2",
    relationship="spouse",
    holder_first_name="Casper",
    holder_last_name="Quillfeather",
    holder_date_of_birth=date(1988, 1, 2),
    holder_sex="male",
)
FORMS = SignedForms(
    signer_name="Ada Quillfeather",
    signed_at=datetime(2026, 3, 2, 14, 0, tzinfo=UTC),
    privacy_notice=True,
    assignment_of_benefits=False,
    release_of_billing_information=False,
)


HOME = ChartDetails(sex="female", street="4 Canyon Rim", city="Provo", state="UT", zip="84601")


def insure(world, patient_id, **changes):
    return world.ehr.add_insurance(patient_id, replace(POLICY, **changes), department_id=VIDEO)


def test_packages_are_found_by_a_part_of_their_name(world):
    assert world.ehr.packages(plan_name="harbor", member_id="M-1") == [(PACKAGE, "HARBOR HEALTH (PPO)")]
    assert world.ehr.packages(plan_name="Nobody's Plan", member_id="M-1") == []


def test_a_policy_reads_back_as_written_in_its_order(world):
    patient_id = world.chart(ADA)
    assert world.ehr.insurances(patient_id) == []
    first = insure(world, patient_id)
    second = insure(world, patient_id, sequence=2, member_id="M-2")
    assert world.ehr.insurances(patient_id) == [
        EhrInsurance(first, PACKAGE, 1, "M-1"),
        EhrInsurance(second, PACKAGE, 2, "M-2"),
    ]


def test_a_taken_place_is_already_done_and_stays_as_it_was(world):
    patient_id = world.chart(ADA)
    insure(world, patient_id)
    with pytest.raises(AlreadyDone):
        insure(world, patient_id, member_id="M-9")
    assert [policy.member_id for policy in world.ehr.insurances(patient_id)] == ["M-1"]


@pytest.mark.parametrize(
    "wrong", [{"sequence": 2}, {"package_id": "999999"}, {"holder_first_name": ""}, {"holder_sex": ""}]
)
def test_a_policy_the_ehr_does_not_take_is_rejected(world, wrong):
    patient_id = world.chart(ADA)
    with pytest.raises(Rejected):
        insure(world, patient_id, **wrong)
    assert world.ehr.insurances(patient_id) == []


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_to_a_policy_is_unknown_and_reading_tells(world, stored):
    patient_id = world.chart(ADA)
    world.lose_answer("add_insurance", stored=stored)
    with pytest.raises(Unknown):
        insure(world, patient_id)
    assert [policy.member_id for policy in world.ehr.insurances(patient_id)] == (["M-1"] if stored else [])


def test_signed_forms_are_taken_and_taking_them_again_is_harmless(world):
    patient_id = world.chart(ADA)
    for _ in range(2):
        world.ehr.set_privacy(patient_id, FORMS, department_id=VIDEO)


def test_forms_without_any_signature_are_a_mistake_of_the_caller(world):
    with pytest.raises(ValueError, match="no signed form"):
        world.ehr.set_privacy(world.chart(ADA), replace(FORMS, privacy_notice=False), department_id=VIDEO)


def test_a_lost_answer_to_signed_forms_is_unknown(world):
    world.lose_answer("set_privacy", stored=True)
    with pytest.raises(Unknown):
        world.ehr.set_privacy(world.chart(ADA), FORMS, department_id=VIDEO)


def test_what_is_filled_in_reads_back_and_the_rest_of_the_chart_stays(world):
    patient_id = world.chart(ADA)
    before = world.ehr.patient(patient_id).details
    for _ in range(2):
        world.ehr.update_patient(patient_id, HOME)
    assert world.ehr.patient(patient_id).details == replace(before, **asdict(HOME))
    world.ehr.update_patient(patient_id, ChartDetails(city="Ogden"))
    assert world.ehr.patient(patient_id).details == replace(before, **asdict(replace(HOME, city="Ogden")))


@pytest.mark.parametrize("stored", [True, False])
def test_a_lost_answer_to_details_is_unknown_and_reading_tells(world, stored):
    patient_id = world.chart(ADA)
    world.lose_answer("update_patient", stored=stored)
    with pytest.raises(Unknown):
        world.ehr.update_patient(patient_id, HOME)
    assert world.ehr.patient(patient_id).details.zip == (HOME.zip if stored else "")


def test_a_chart_that_was_never_merged_is_its_own(world):
    patient_id = world.chart(ADA)
    assert world.ehr.current_patient_id(patient_id) == patient_id


def test_a_merged_chart_is_gone_and_leads_to_the_one_that_lives_on(world):
    world.ehr.subscribe()
    visit_id, old = booked(world)
    middle, new = (world.chart(replace(ADA, first_name=name)) for name in ("Adah", "Adda"))
    world.merge(old, middle)
    world.merge(middle, new)
    with pytest.raises(Rejected) as caught:
        world.ehr.patient(old)
    assert caught.value.code == "not_found"
    assert [world.ehr.current_patient_id(number) for number in (old, middle, new)] == [new] * 3
    assert world.ehr.appointment(visit_id).patient_id == new
    with pytest.raises(Rejected) as refused:
        cancel(world, visit_id, old)
    assert refused.value.code == "patient_refused"
    cancel(world, visit_id, new)


def test_a_chart_nobody_knows_is_not_found_whatever_is_asked_of_it(world):
    world.ehr.subscribe()
    for call in (
        lambda: world.ehr.current_patient_id("999999"),
        lambda: world.ehr.insurances("999999"),
        lambda: insure(world, "999999"),
        lambda: world.ehr.set_privacy("999999", FORMS, department_id=VIDEO),
        lambda: world.ehr.update_patient("999999", HOME),
    ):
        with pytest.raises(Rejected) as caught:
            call()
        assert caught.value.code == "not_found"


def test_a_chart_that_is_filled_in_stays_with_the_department_it_was_registered_in(simulator):
    patient_id = simulator.chart(ADA)
    before = simulator.control("GET", f"patients/{patient_id}")
    simulator.ehr.update_patient(patient_id, HOME)
    after = simulator.control("GET", f"patients/{patient_id}")
    assert (before["departmentid"], after["departmentid"], after["city"]) == (VIDEO, VIDEO, "Provo")
    (sent,) = calls(simulator, "update_patient")
    assert "departmentid" not in sent["form"]
