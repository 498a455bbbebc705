from datetime import date

import pytest
from pydantic import ValidationError

from moonlit.domain.reasons import LeadReason
from moonlit.leads.inputs import LeadCriteria, LeadInput

QUILL = {"email": "quill@example.org", "reason": "out_of_network"}


def faults(**changes):
    """Field -> code."""
    with pytest.raises(ValidationError) as caught:
        LeadInput.model_validate(QUILL | changes)
    return {".".join(map(str, error["loc"])): error["type"] for error in caught.value.errors()}


@pytest.mark.parametrize("contact", [{"email": "quill@example.org"}, {"phone": "801-555-0142"}])
def test_an_address_or_a_number_is_enough(contact):
    assert LeadInput.model_validate({**contact, "reason": "minor"}).reason is LeadReason.MINOR


@pytest.mark.parametrize("contact", [{}, {"email": ""}, {"email": None, "phone": ""}])
def test_who_cannot_be_reached_is_refused(contact):
    with pytest.raises(ValidationError) as caught:
        LeadInput.model_validate({**contact, "reason": "minor"})
    assert [error["type"] for error in caught.value.errors()] == ["contact_missing"]


def test_empty_texts_of_a_form_are_absent_members():
    lead = LeadInput.model_validate(
        {**QUILL, "phone": "", "payer": "", "payer_name": "", "insurance_effective_date": ""}
    )
    assert (lead.phone, lead.payer, lead.payer_name, lead.insurance_effective_date) == (None, None, None, None)


def test_we_may_write_only_where_it_was_said():
    assert LeadInput.model_validate(QUILL).consent.model_dump() == {"email": False, "sms": False, "version": ""}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"reason": "because"}, {"reason": "enum"}),
        ({"reason": ""}, {"reason": "enum"}),
        ({"phone": "1"}, {"phone": "string_too_short"}),
        ({"email": "quill"}, {"email": "email_invalid"}),
        ({"preferred_name": "<script>"}, {"preferred_name": "name_characters"}),
        ({"insurance_effective_date": "2026-02-30"}, {"insurance_effective_date": "date_impossible"}),
        ({"for_someone_else": "yes"}, {"for_someone_else": "bool_type"}),
        ({"date_of_birth": "1990-02-28"}, {"date_of_birth": "extra_forbidden"}),
        ({"member_id": "MX-100"}, {"member_id": "extra_forbidden"}),
        ({"status": "converted"}, {"status": "extra_forbidden"}),
        ({"payer": "Big Plan"}, {"payer": "string_pattern_mismatch"}),
        ({"language": "English"}, {"language": "string_pattern_mismatch"}),
        ({"consent": {"email": "yes"}}, {"consent.email": "bool_type"}),
        ({"criteria": {"modality": "phone"}}, {"criteria.modality": "literal_error"}),
        ({"criteria": {"patient_state": "XX"}}, {"criteria.patient_state": "state_unknown"}),
    ],
)
def test_each_member_at_fault_is_named(changes, expected):
    assert faults(**changes) == expected


def test_the_criteria_of_the_other_calls_are_taken_as_they_are():
    asked = {
        "visit_type": "intake",
        "modality": "telehealth",
        "patient_state": "UT",
        "payer": "alpine",
        "provider": "7",
    }
    assert LeadInput.model_validate({**QUILL, "criteria": asked}).criteria.payer == "alpine"
    assert LeadInput.model_validate({**QUILL, "criteria": {}}).criteria == LeadCriteria()


def test_of_a_birth_date_the_age_is_kept():
    stored = LeadCriteria.model_validate({"date_of_birth": "2010-03-03"}).as_stored(date(2026, 3, 2))
    assert stored["age"] == 15
    assert "2010" not in str(stored)
