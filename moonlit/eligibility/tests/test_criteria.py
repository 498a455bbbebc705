from datetime import date

import pytest
from pydantic import ValidationError

from moonlit.domain.criteria import Age
from moonlit.domain.facts import Facts, LocationFacts, PracticeFacts, ProviderFacts, VisitTypeFacts
from moonlit.domain.reasons import LocationKind, Modality
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.eligibility.criteria import CriteriaInput, resolve_criteria

TODAY = date(2026, 3, 2)
BY_VIDEO = {"visit_type": "intake", "modality": "telehealth", "patient_state": "UT", "payer": "alpine"}
IN_CLINIC = {"visit_type": "intake", "modality": "in_person", "location": "clinic", "payer": "alpine"}
FACTS = Facts(
    practice=PracticeFacts(states=("UT",), home_state="UT"),
    payers={},
    providers={7: ProviderFacts(id=7, npi="2000000101", name="Ada Attending")},
    locations={
        "video": LocationFacts("video", LocationKind.TELEHEALTH, None, "America/Denver", "1"),
        "clinic": LocationFacts("clinic", LocationKind.CLINIC, "ID", "America/Boise", "2"),
    },
    visit_types={
        "intake": VisitTypeFacts("intake", "medication", 60, new_patient=True),
        "follow_up": VisitTypeFacts("follow_up", "medication", 30, new_patient=False, public=False),
    },
)


def resolved(given, **changes):
    return resolve_criteria(CriteriaInput.model_validate(given | changes), facts=FACTS, today=TODAY)


def without(given, name):
    return {key: value for key, value in given.items() if key != name}


def faults(given, **changes):
    """Field -> code, of the shape or of the practice."""
    with pytest.raises((ValidationError, Refused)) as caught:
        resolved(given, **changes)
    if isinstance(caught.value, ValidationError):
        return {".".join(map(str, error["loc"])): error["type"] for error in caught.value.errors()}
    assert caught.value.code is RefusalCode.INVALID_REQUEST
    return {reason.field: reason.code for reason in caught.value.reasons}


def test_by_video_the_patients_state_counts():
    criteria = resolved(BY_VIDEO)
    assert (criteria.modality, criteria.place_state, criteria.location) == (Modality.TELEHEALTH, "UT", None)


def test_in_person_the_state_of_the_clinic_counts_whatever_the_patients_is():
    assert resolved(IN_CLINIC, patient_state="UT").place_state == "ID"


@pytest.mark.parametrize(
    ("given", "changes", "expected"),
    [
        (without(BY_VIDEO, "patient_state"), {}, {"patient_state": "patient_state_missing"}),
        (without(IN_CLINIC, "location"), {}, {"location": "location_missing"}),
        (IN_CLINIC, {"location": "nowhere"}, {"location": "location_unknown"}),
        (IN_CLINIC, {"location": "video"}, {"location": "location_unknown"}),
        (BY_VIDEO, {"location": "clinic"}, {"location": "location_unknown"}),
        (BY_VIDEO, {"visit_type": "surgery"}, {"visit_type": "visit_type_unknown"}),
        (BY_VIDEO, {"visit_type": "follow_up"}, {"visit_type": "visit_type_unknown"}),
        (BY_VIDEO, {"self_pay": True}, {"self_pay": "payer_with_self_pay"}),
        (BY_VIDEO, {"age": 30, "date_of_birth": "1990-02-28"}, {"age": "age_twice"}),
        (BY_VIDEO, {"date_of_birth": "2030-01-01"}, {"date_of_birth": "date_of_birth_future"}),
        (BY_VIDEO, {"date_of_birth": "1850-01-01"}, {"date_of_birth": "date_of_birth_too_old"}),
        (BY_VIDEO, {"date_of_birth": "1990-02-30"}, {"date_of_birth": "date_impossible"}),
        (BY_VIDEO, {"provider": "8"}, {"provider": "provider_unknown"}),
        (BY_VIDEO, {"provider": "x"}, {"provider": "provider_unknown"}),
        (BY_VIDEO, {"provider": "07"}, {"provider": "provider_unknown"}),
        (BY_VIDEO, {"provider": "9" * 40}, {"provider": "provider_unknown"}),
        (BY_VIDEO, {"provider": 7}, {"provider": "provider_unknown"}),
        (BY_VIDEO, {"modality": "phone"}, {"modality": "literal_error"}),
        (BY_VIDEO, {"patient_state": "XX"}, {"patient_state": "state_unknown"}),
        (BY_VIDEO, {"age": -1}, {"age": "greater_than_equal"}),
        (BY_VIDEO, {"age": 126}, {"age": "less_than_equal"}),
        (BY_VIDEO, {"age": "30"}, {"age": "int_type"}),
        (BY_VIDEO, {"age": True}, {"age": "int_type"}),
        (BY_VIDEO, {"self_pay": "true"}, {"self_pay": "bool_type"}),
        (BY_VIDEO, {"visit_language": "Spanish"}, {"visit_language": "string_pattern_mismatch"}),
        (BY_VIDEO, {"payer": "Big Plan"}, {"payer": "string_pattern_mismatch"}),
        (BY_VIDEO, {"plan": "x" * 121}, {"plan": "string_too_long"}),
        (BY_VIDEO, {"supervisor": "7"}, {"supervisor": "extra_forbidden"}),
        ({}, {}, {"visit_type": "missing", "modality": "missing"}),
    ],
)
def test_each_member_at_fault_is_named(given, changes, expected):
    assert faults(given, **changes) == expected


def test_every_fault_of_the_practice_is_named_at_once():
    found = faults(BY_VIDEO, visit_type="surgery", patient_state=None, provider="8", self_pay=True)
    assert set(found) == {"visit_type", "patient_state", "provider", "self_pay"}


def test_a_payer_nobody_knows_is_no_fault_its_answer_is_a_lead():
    assert resolved(BY_VIDEO, payer="nobody").payer == "nobody"


def test_neither_payer_nor_self_pay_is_a_question_too():
    criteria = resolved(without(BY_VIDEO, "payer"))
    assert (criteria.payer, criteria.self_pay) == (None, False)


def test_an_unstated_age_is_that_of_an_adult_and_a_birth_date_wins():
    assert resolved(BY_VIDEO).age == Age()
    assert resolved(BY_VIDEO, age=17).age == Age(years=17)
    assert resolved(BY_VIDEO, date_of_birth="1990-02-28").age == Age(born=date(1990, 2, 28))


def test_the_state_may_be_written_small():
    assert resolved(BY_VIDEO, patient_state="ut").place_state == "UT"


def test_empty_texts_are_as_good_as_none():
    criteria = resolved(BY_VIDEO, plan="", employer=" ", county="")
    assert (criteria.plan, criteria.employer, criteria.county) == (None, None, None)
