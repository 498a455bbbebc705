from dataclasses import replace
from datetime import date

import pytest

from moonlit.ehr.athena import forms
from moonlit.ehr.port import ChartDetails, PersonDetails, Rejected

ADA = PersonDetails("Ada", "Quillfeather", date(1990, 7, 3), email="ada@example.org")


def test_a_new_patient_is_sent_with_what_was_given_and_nothing_else():
    assert forms.new_patient(ADA, "1") == {
        "firstname": "Ada",
        "lastname": "Quillfeather",
        "dob": "07/03/1990",
        "email": "ada@example.org",
        "departmentid": "1",
    }


def test_everything_given_is_sent_in_athenas_words():
    full = replace(
        ADA,
        phone="+18015550123",
        street="1 Main Street",
        city="Provo",
        state="UT",
        zip="84601",
        sex="male",
        language="es-MX",
    )
    sent = forms.new_patient(full, "1")
    assert (sent["mobilephone"], sent["sex"], sent["language6392code"], sent["address1"]) == (
        "8015550123",
        "M",
        "spa",
        "1 Main Street",
    )


def test_a_language_athena_has_no_code_for_is_left_out():
    assert "language6392code" not in forms.new_patient(replace(ADA, language="tlh"), "1")


def test_a_foreign_phone_is_left_out():
    assert "mobilephone" not in forms.new_patient(replace(ADA, phone="+442079460123"), "1")


@pytest.mark.parametrize(("field", "length"), [("first_name", 20), ("last_name", 30)])
def test_names_fit_to_the_last_character_and_one_more_is_refused(field, length):
    forms.new_patient(replace(ADA, **{field: "é" * length}), "1")
    with pytest.raises(Rejected) as caught:
        forms.new_patient(replace(ADA, **{field: "é" * (length + 1)}), "1")
    assert caught.value.code == "too_long"
    assert "é" not in str(caught.value)


@pytest.mark.parametrize(
    ("field", "name", "length"),
    [("email", "email", 50), ("street", "address1", 100), ("city", "city", 30), ("zip", "zip", 10)],
)
def test_an_optional_value_is_whole_or_absent(field, name, length):
    person = replace(ADA, phone="+18015550123")
    assert forms.new_patient(replace(person, **{field: "x" * length}), "1")[name] == "x" * length
    assert name not in forms.new_patient(replace(person, **{field: "x" * (length + 1)}), "1")


def test_leaving_out_the_only_contact_is_refused():
    with pytest.raises(Rejected) as caught:
        forms.new_patient(replace(ADA, email="x" * 51), "1")
    assert caught.value.code == "missing_fields"


def test_a_match_is_asked_for_with_every_detail_that_can_tell_two_people_apart():
    asked = forms.match_query(replace(ADA, phone="+18015550123", zip="84601"), "1", 16)
    assert {"firstname", "lastname", "dob", "email", "mobilephone", "zip", "minscore", "returnbestmatches"} <= set(
        asked
    )


@pytest.mark.parametrize(
    ("write", "claim_mode"), [("renderingproviderid", "attending_rendering"), ("supervisingproviderid", "nobody")]
)
def test_an_unknown_way_to_write_supervision_is_a_mistake_of_ours(write, claim_mode):
    with pytest.raises(ValueError):
        forms.supervision(write, claim_mode, seen="72", supervisor="71")


def test_of_a_chart_only_what_is_told_is_sent_because_an_empty_field_would_clear_it():
    assert forms.chart_details(ChartDetails(sex="male")) == {"sex": "M"}
    home = ChartDetails(street="4 Canyon Rim", city="Provo", state="UT", zip="84601")
    assert forms.chart_details(home) == {"address1": "4 Canyon Rim", "city": "Provo", "state": "UT", "zip": "84601"}


@pytest.mark.parametrize("long", [{"street": "x" * 101}, {"city": "x" * 31}])
def test_an_address_that_does_not_fit_whole_is_not_sent_at_all(long):
    with pytest.raises(Rejected) as caught:
        forms.chart_details(ChartDetails(zip="84601", **long))
    assert caught.value.code == "too_long"
