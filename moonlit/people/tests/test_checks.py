from datetime import date

import pytest

from moonlit.people.checks import birth_date_faults, consent_faults, insurance_faults, patient_faults
from moonlit.people.inputs import BookerInput, ConsentInput, InsuranceInput, PatientInput

TODAY = date(2026, 3, 2)
IN_FORCE = {"terms": "2", "privacy_notice": "5", "telehealth": "1"}


def born(on):
    return [fault.code for fault in birth_date_faults(on, today=TODAY, field="patient.date_of_birth")]


def patient(**changes):
    given = {
        "first_name": "Bartholomew",
        "last_name": "Quill",
        "date_of_birth": "1990-02-28",
        "email": "quill@example.org",
        "state": "UT",
        "place_of_visit": "home",
    }
    return PatientInput.model_validate(given | changes)


def about_patient(modality="telehealth", state="UT", booker=None, **changes):
    faults = patient_faults(
        patient(**changes), booker or BookerInput(), modality=modality, criteria_state=state, today=TODAY
    )
    return {fault.field: fault.code for fault in faults}


def about_insurances(*insurances, self_pay=False, payer="alpine"):
    given = [InsuranceInput.model_validate(each) for each in insurances]
    faults = insurance_faults(
        given, self_pay=self_pay, payer=payer, known_payers={"alpine", "basin", "canyon"}, today=TODAY
    )
    return {fault.field: fault.code for fault in faults}


def about_consents(*consents, documents=IN_FORCE):
    given = [ConsentInput.model_validate(each) for each in consents]
    return {fault.field: fault.code for fault in consent_faults(given, documents=documents)}


def yes(kind, version):
    return {"kind": kind, "version": version, "granted": True}


TERMS, NOTICE = yes("terms", "2"), yes("privacy_notice", "5")


def test_a_birth_date_may_be_today_and_not_tomorrow():
    assert born(TODAY) == []
    assert born(date(2026, 3, 3)) == ["date_of_birth_future"]


def test_nobody_was_born_more_than_125_years_ago():
    assert born(date(1901, 1, 1)) == []
    assert born(date(1900, 12, 31)) == ["date_of_birth_too_old"]


def test_a_patient_is_reached_by_email_or_phone_or_through_who_books():
    booker = BookerInput(kind="case_manager", name="Ada Quill", phone="801-555-0142")
    assert about_patient() == {}
    assert about_patient(email=None, phone="801-555-0142") == {}
    assert about_patient(email=None, booker=booker) == {}
    assert about_patient(email=None) == {"patient.phone": "contact_missing"}


def test_the_address_of_nobody_else_does_for_who_books_for_himself():
    booker = BookerInput(kind="self", phone="801-555-0142")
    assert about_patient(email=None, booker=booker) == {"patient.phone": "contact_missing"}


@pytest.mark.parametrize(
    ("modality", "place", "fits"),
    [
        ("telehealth", "home", True),
        ("telehealth", "elsewhere", True),
        ("telehealth", "clinic", False),
        ("in_person", "clinic", True),
        ("in_person", "home", False),
        ("in_person", "elsewhere", False),
    ],
)
def test_the_place_fits_the_kind_of_visit(modality, place, fits):
    expected = {} if fits else {"patient.place_of_visit": "place_of_visit"}
    assert about_patient(modality, place_of_visit=place) == expected


def test_a_video_visit_is_for_the_state_its_times_were_chosen_for():
    assert about_patient(state="ID") == {"patient.state": "state_differs"}
    assert about_patient("in_person", state="ID", place_of_visit="clinic") == {}


def test_every_fault_is_named_at_once():
    assert set(about_patient(state="ID", email=None, place_of_visit="clinic", date_of_birth="2030-01-01")) == {
        "patient.date_of_birth",
        "patient.phone",
        "patient.place_of_visit",
        "patient.state",
    }


def test_the_first_insurance_is_the_payer_the_visit_was_decided_on():
    assert about_insurances({"payer": "alpine"}, {"payer": "basin"}) == {}
    assert about_insurances({"payer": "basin"}, {"payer": "alpine"}) == {"insurances.0.payer": "payer_differs"}


def test_an_insured_visit_names_its_insurance():
    assert about_insurances() == {"insurances": "insurance_missing"}


def test_self_pay_takes_no_insurance():
    assert about_insurances(self_pay=True, payer="") == {}
    assert about_insurances({"payer": "alpine"}, self_pay=True) == {"insurances": "insurance_with_self_pay"}


def test_an_unknown_insurance_is_named_by_its_place_in_the_list():
    assert about_insurances({"payer": "alpine"}, {"payer": "nobody"}) == {"insurances.1.payer": "payer_unknown"}


def test_at_most_three_insurances_and_none_twice():
    given = [{"payer": "alpine"}, {"payer": "basin"}, {"payer": "canyon"}]
    assert about_insurances(*given) == {}
    assert about_insurances(*given, {"payer": "alpine"}) == {"insurances": "payer_twice"}
    four = [*given, {"payer": "delta"}]
    assert about_insurances(*four) == {"insurances": "insurances_too_many"}


def test_a_subscriber_has_a_possible_birth_date():
    subscriber = {"first_name": "Ada", "last_name": "Quill", "date_of_birth": "2030-01-01"}
    given = {"payer": "alpine", "relationship": "child", "subscriber": subscriber}
    assert about_insurances(given) == {"insurances.0.subscriber.date_of_birth": "date_of_birth_future"}


def test_terms_and_privacy_notice_are_agreed_to_before_a_request_is_taken():
    assert about_consents(TERMS, NOTICE) == {}
    assert about_consents(TERMS) == {"consents.privacy_notice": "consent_missing"}
    assert about_consents(TERMS, {**NOTICE, "granted": False}) == {"consents.privacy_notice": "consent_missing"}


def test_a_text_the_practice_does_not_have_is_not_asked_for():
    assert about_consents(TERMS, documents={"terms": "2"}) == {}


def test_a_yes_to_another_version_is_no_yes():
    assert about_consents(yes("terms", "1"), NOTICE) == {"consents.0.version": "consent_version"}
    assert about_consents(TERMS, NOTICE, yes("telehealth", "")) == {"consents.2.version": "consent_version"}


def test_a_no_needs_no_version():
    assert about_consents(TERMS, NOTICE, {"kind": "telehealth", "granted": False}) == {}


def test_a_consent_is_given_once():
    assert about_consents(TERMS, NOTICE, TERMS) == {"consents.2.kind": "consent_twice"}
