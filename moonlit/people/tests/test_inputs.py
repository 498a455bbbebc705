import unicodedata
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from moonlit.people.inputs import (
    CONSENT_KINDS,
    AddressInput,
    BookerInput,
    ConsentInput,
    ContactInput,
    Email,
    InsuranceInput,
    Line,
    MemberId,
    PatientInput,
    PersonName,
    Phone,
    PlainDate,
    State,
    SubscriberInput,
)

QUILL = {
    "first_name": "Bartholomew",
    "last_name": "Quill",
    "date_of_birth": "1990-02-28",
    "email": "quill@example.org",
    "state": "UT",
    "place_of_visit": "home",
}
SUBSCRIBER = {"first_name": "Ada", "last_name": "Quill", "date_of_birth": "1960-05-01"}


def accepted(kind, value):
    return TypeAdapter(kind).validate_python(value)


def fault(kind, value):
    """The code of the one fault."""
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(value)
    (error,) = caught.value.errors()
    return error["type"]


def faults(model, value):
    """Field -> code."""
    with pytest.raises(ValidationError) as caught:
        model.model_validate(value)
    return {".".join(map(str, error["loc"])): error["type"] for error in caught.value.errors()}


@pytest.mark.parametrize(
    "name",
    [
        "Zoë",
        "Ñandú-O'Leary",
        "D'Artagnan",
        "O’Brien",  # noqa: RUF001  the apostrophe a phone types
        "李小龍",
        "Nguyễn Thị",
        "محمد",
        "Иван",
        "प्रिया",
        "Gal·la",
        "Jr., Sammy",
        "van der Berg",
        "X",
        "N'Golo",
        "Anne\u2010Marie",
    ],
)
def test_names_of_every_language_are_taken_as_they_are(name):
    assert accepted(PersonName, name) == name


def test_a_name_is_trimmed_and_written_in_one_form():
    assert accepted(PersonName, "  Mary \t  Ann ") == "Mary Ann"
    assert accepted(PersonName, unicodedata.normalize("NFD", "Zoë")) == "Zoë"


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        "Robert'); DROP TABLE students;--",
        "R2D2",
        "a@b",
        "Zoë\x00",
        "Zoë\u202e",
        "\u200bZoë",
        "=cmd|calc",
        "{{7*7}}",
        "-",
        "'",
        "😀",
        "Zoë\ufffd",
        "a_b",
        "a/b",
    ],
)
def test_what_is_no_name_is_refused(name):
    assert fault(PersonName, name) == "name_characters"


@pytest.mark.parametrize(
    ("name", "code"),
    [("", "string_too_short"), ("x" * 101, "string_too_long"), (None, "string_type"), (7, "string_type")],
)
def test_a_name_has_between_one_and_a_hundred_characters(name, code):
    assert fault(PersonName, name) == code
    assert accepted(PersonName, "x" * 100)


@given(st.text(max_size=130))
def test_any_text_is_a_name_or_refused_and_never_an_accident(text):
    try:
        name = TypeAdapter(PersonName).validate_python(text)
    except ValidationError:
        return
    assert "\x00" not in name
    assert not set(name) & set('<>&{}=;"\\|')


@pytest.mark.parametrize(
    "typed", ["801-555-0142", "(801) 555-0142", "8015550142", "+1 801 555 0142", "1.801.555.0142", " 801 555 0142 "]
)
def test_a_phone_is_kept_in_one_form(typed):
    assert accepted(Phone, typed.strip()) == "+18015550142"


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("123", "string_too_short"),
        ("555-0142", "phone_invalid"),
        ("801-555-014", "phone_invalid"),
        ("801-555-01423", "phone_invalid"),
        ("000-000-0000", "phone_invalid"),
        ("+44 20 7946 0958", "phone_invalid"),
        ("call me maybe", "phone_invalid"),
        ("801-555-0142 ext. 7", "phone_extension"),
        ("8" * 31, "string_too_long"),
        (8015550142, "string_type"),
    ],
)
def test_what_nobody_can_ring_is_refused(typed, code):
    assert fault(Phone, typed) == code


@pytest.mark.parametrize("email", ["zoe@example.org", "o'leary+visits@example.org", "first.last@mail.example.org"])
def test_an_email_address_is_taken(email):
    assert accepted(Email, email) == email


def test_the_host_of_an_email_address_is_written_small():
    assert accepted(Email, "Zoe@EXAMPLE.org") == "Zoe@example.org"


@pytest.mark.parametrize(
    "email",
    ["zoe@", "@example.org", "zoe", "zoe@example", "zoe @example.org", "zoe@example..org", "a@b@example.org",
     "zoe@example.org\nbcc: all@example.org", "Zoë <zoe@example.org>", "zoe@[127.0.0.1]", "zoe\x00@example.org"],
)  # fmt: skip
def test_what_is_no_email_address_is_refused(email):
    assert fault(Email, email) == "email_invalid"


@given(st.one_of(st.text(max_size=60), st.emails()))
def test_any_text_is_an_email_address_or_refused(text):
    with suppress(ValidationError):
        assert "@" in TypeAdapter(Email).validate_python(text)


@given(st.text(max_size=40))
def test_any_text_is_a_phone_or_refused(text):
    with suppress(ValidationError):
        assert TypeAdapter(Phone).validate_python(text).startswith("+1")


@pytest.mark.parametrize("typed", ["1990-02-28", "2000-02-29", "0001-01-01"])
def test_a_date_is_year_month_day(typed):
    assert accepted(PlainDate, typed).isoformat() == typed


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("1990-02-30", "date_impossible"),
        ("1990-00-10", "date_impossible"),
        ("0000-01-01", "date_impossible"),
        ("1990-2-28", "date_shape"),
        ("19900228", "date_shape"),
        ("2026-W01-1", "date_shape"),
        ("28/02/1990", "date_shape"),
        ("1990-02-28T00:00:00", "date_shape"),
        ("१९९०-०२-२८", "date_shape"),
        (636163200, "date_shape"),
        (None, "date_shape"),
        ("", "date_shape"),
    ],
)
def test_what_is_no_date_is_refused(typed, code):
    assert fault(PlainDate, typed) == code


def test_a_state_is_two_letters_of_the_post():
    assert accepted(State, "ut") == "UT"
    assert accepted(State, "DC") == "DC"
    assert fault(State, "XX") == "state_unknown"
    assert fault(State, "Utah") == "string_too_long"


def test_a_line_loses_control_characters_and_nothing_else():
    assert accepted(Line, "  Big\x00 Health\r\nPlan ") == "Big Health Plan"
    assert accepted(Line, "<b>") == "<b>"  # kept as text: pages escape it
    assert fault(Line, "x" * 121) == "string_too_long"


@pytest.mark.parametrize("given_id", ["MX-100", "W1234 56789", "a", "12.3/4"])
def test_a_member_id_is_taken(given_id):
    assert accepted(MemberId, given_id) == given_id


@pytest.mark.parametrize("given_id", ["", "-1", "a\x00", "é", "x" * 41, "a;b"])
def test_what_is_on_no_card_is_refused(given_id):
    assert fault(MemberId, given_id) in {"string_pattern_mismatch", "string_too_long"}


def test_a_patient_needs_names_birth_date_state_and_place():
    assert set(faults(PatientInput, {})) == {"first_name", "last_name", "date_of_birth", "state", "place_of_visit"}


def test_nothing_about_a_patient_is_invented():
    patient = PatientInput.model_validate(QUILL)
    assert (patient.sex, patient.phone, patient.address, patient.preferred_name) == (None, None, None, None)


@pytest.mark.parametrize(
    "change",
    [{"sex": "x"}, {"place_of_visit": "car"}, {"interpreter_needed": "no"}, {"interpreter_needed": 1}, {"language": "English"},
     {"address": "10 Fictional Way"}, {"address": {"zip": "123"}}, {"address": {"zip": "8٤106"}}, {"patient_id": 1}, {"email": ""}],
)  # fmt: skip
def test_a_patient_with_an_odd_member_is_refused(change):
    assert len(faults(PatientInput, QUILL | change)) == 1


def test_an_unknown_member_is_refused_at_every_depth():
    assert faults(PatientInput, {**QUILL, "address": {"line9": "x"}}) == {"address.line9": "extra_forbidden"}


@pytest.mark.parametrize("zip_code", ["84106", "84106-1234"])
def test_a_zip_has_five_or_nine_digits(zip_code):
    assert AddressInput(zip=zip_code).zip == zip_code


def test_no_fault_repeats_what_was_typed():
    with pytest.raises(ValidationError) as caught:
        PatientInput.model_validate({**QUILL, "first_name": "Canary1", "email": "canary", "state": "CANARY"})
    assert "canary" not in str(caught.value).lower()


def test_the_subscriber_is_named_only_when_it_is_somebody_else():
    assert InsuranceInput(payer="alpine").relationship == "self"
    assert InsuranceInput.model_validate(
        {"payer": "alpine", "relationship": "child", "subscriber": SUBSCRIBER}
    ).subscriber
    assert InsuranceInput(payer="alpine", relationship="spouse").subscriber is None  # may come later by link
    assert faults(InsuranceInput, {"payer": "alpine", "subscriber": SUBSCRIBER}) == {"": "subscriber_not_needed"}


@pytest.mark.parametrize(
    "change", [{"payer": "Big Plan"}, {"payer": ""}, {"relationship": "uncle"}, {"member_id": "é"}]
)
def test_an_insurance_with_an_odd_member_is_refused(change):
    assert len(faults(InsuranceInput, {"payer": "alpine"} | change)) == 1


def test_a_subscriber_needs_names_and_birth_date():
    assert set(faults(SubscriberInput, {})) == {"first_name", "last_name", "date_of_birth"}


def test_a_contact_is_told_of_appointments_only_unless_more_is_said():
    assert ContactInput(name="Ada Quill").scope == "appointments"
    assert faults(ContactInput, {"name": "Ada Quill", "scope": "everything"}) == {"scope": "literal_error"}


@pytest.mark.parametrize("kind", CONSENT_KINDS)
def test_a_consent_says_yes_or_no(kind):
    assert ConsentInput(kind=kind, granted=False).granted is False
    assert faults(ConsentInput, {"kind": kind}) == {"granted": "missing"}
    assert faults(ConsentInput, {"kind": kind, "granted": "yes"}) == {"granted": "bool_type"}


def test_the_version_of_a_consent_holds_nothing_the_database_cannot():
    assert ConsentInput(kind="sms", granted=False, version="2026\x00-01").version == "2026 -01"


def test_who_books_for_somebody_else_gives_a_name():
    assert BookerInput().kind == "self"
    assert faults(BookerInput, {"kind": "parent"}) == {"": "booker_name_missing"}


def test_messages_to_who_books_need_an_address():
    given = {"kind": "parent", "name": "Ada Quill", "messages_to": "both"}
    assert faults(BookerInput, given) == {"": "booker_contact_missing"}
    assert BookerInput.model_validate({**given, "phone": "801-555-0142"}).messages_to == "both"
