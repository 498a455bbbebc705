"""What a patient (or who books for him) tells us, checked field by field. One shape for API, pages and staff.

Every fault carries a stable code and a sentence a person understands; nothing typed is thrown away by us.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Any, Literal

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    StrictBool,
    StringConstraints,
    model_validator,
)
from pydantic_core import PydanticCustomError

from moonlit.domain.state_zones import STATE_ZONES

NAME_LIMIT = 100
EMAIL_LIMIT = 254
OLDEST_AGE = 125
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_NAME_MARKS = " -'.,\N{RIGHT SINGLE QUOTATION MARK}\N{MODIFIER LETTER APOSTROPHE}\N{HYPHEN}\N{MIDDLE DOT}"


def _person_name(value: str) -> str:
    value = unicodedata.normalize("NFC", " ".join(value.split()))
    if not any(ch.isalpha() for ch in value):
        raise PydanticCustomError("name_characters", "Please enter a name with at least one letter.")
    if any(not (ch.isalpha() or unicodedata.category(ch).startswith("M") or ch in _NAME_MARKS) for ch in value):
        raise PydanticCustomError(
            "name_characters", "A name may have letters of any language, spaces, hyphens, apostrophes and periods."
        )
    return value


def _email(value: str) -> str:
    try:
        return validate_email(value, check_deliverability=False, test_environment=True).normalized
    except EmailNotValidError:
        raise PydanticCustomError(
            "email_invalid", "Please check the e-mail address. It should look like name@example.org."
        ) from None


def _phone(value: str) -> str:
    try:
        number = phonenumbers.parse(value, "US")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number) or number.country_code != 1:
        raise PydanticCustomError(
            "phone_invalid", "Please enter a US phone number with area code: ten digits, for example 801-555-0100."
        )
    if number.extension:
        raise PydanticCustomError("phone_extension", "Please give a number that rings through without an extension.")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _state(value: str) -> str:
    value = value.upper()
    if value not in STATE_ZONES:
        raise PydanticCustomError("state_unknown", "Please choose a US state by its two letters, for example UT.")
    return value


def _plain_date(value: Any) -> Any:
    if isinstance(value, date):
        return value
    if isinstance(value, str) and _DATE.fullmatch(value):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise PydanticCustomError(
                "date_impossible", "This date does not exist. Please check day and month."
            ) from None
    raise PydanticCustomError("date_shape", "Please give the date as year-month-day, for example 1990-02-28.")


def _lines(value: Any) -> Any:
    return value.replace("\r\n", "\n").replace("\x00", "") if isinstance(value, str) else value


def _one_line(value: str) -> str:
    return " ".join("".join(ch if unicodedata.category(ch) != "Cc" else " " for ch in value).split())


PersonName = Annotated[str, StringConstraints(min_length=1, max_length=NAME_LIMIT), AfterValidator(_person_name)]
Email = Annotated[str, StringConstraints(min_length=3, max_length=EMAIL_LIMIT), AfterValidator(_email)]
Phone = Annotated[str, StringConstraints(min_length=7, max_length=30), AfterValidator(_phone)]
State = Annotated[str, StringConstraints(min_length=2, max_length=2), AfterValidator(_state)]
PlainDate = Annotated[date, BeforeValidator(_plain_date)]
NOTE_LIMIT = 500
Note = Annotated[str, StringConstraints(max_length=NOTE_LIMIT), BeforeValidator(_lines)]
"""What a patient wants us to know, as typed; a line break counts once, however a browser sends it."""
Line = Annotated[str, StringConstraints(max_length=120), AfterValidator(_one_line)]
Zip = Annotated[str, StringConstraints(pattern=r"^[0-9]{5}(-[0-9]{4})?$")]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", max_length=12)]
Code = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
MemberId = Annotated[str, StringConstraints(max_length=40, pattern=r"^[A-Za-z0-9][A-Za-z0-9 ./-]*$")]
Version = Annotated[str, StringConstraints(max_length=40), AfterValidator(_one_line)]
Sex = Literal["female", "male", "unknown"]


class Input(BaseModel):
    """Unknown members are refused: a typo must not be taken for silence."""

    model_config = ConfigDict(extra="forbid", str_strip_whitespace=True, frozen=True, hide_input_in_errors=True)


class AddressInput(Input):
    line1: Line = ""
    city: Line = ""
    state: State | None = None
    zip: Zip | None = None


class WholeAddressInput(Input):
    """An address that a letter would reach."""

    line1: Annotated[Line, StringConstraints(min_length=1)]
    city: Annotated[Line, StringConstraints(min_length=1)]
    state: State
    zip: Zip


class PatientInput(Input):
    first_name: PersonName
    last_name: PersonName
    preferred_name: PersonName | None = None
    date_of_birth: PlainDate
    sex: Sex | None = None
    email: Email | None = None
    phone: Phone | None = None
    state: State
    language: Language = "en"
    interpreter_needed: StrictBool = False
    place_of_visit: Literal["home", "elsewhere", "clinic"]
    address: AddressInput | None = None


class SubscriberInput(Input):
    first_name: PersonName
    last_name: PersonName
    date_of_birth: PlainDate
    sex: Sex | None = None


class InsuranceInput(Input):
    payer: Code
    plan: Line | None = None
    member_id: MemberId | None = None
    group_number: MemberId | None = None
    relationship: Literal["self", "spouse", "child", "other"] = "self"
    subscriber: SubscriberInput | None = None

    @model_validator(mode="after")
    def _subscriber_fits(self) -> InsuranceInput:
        if self.relationship == "self" and self.subscriber is not None:
            raise PydanticCustomError(
                "subscriber_not_needed",
                "The policy is the patient's own, so no other subscriber can be given.",
                {"member": "subscriber"},
            )
        return self


class AddedInput(Input):
    """What is told after the booking. None: nothing is said about it, and what is known stays (rules 4.13)."""

    member_id: MemberId | None = None
    group_number: MemberId | None = None
    plan: Line | None = None
    relationship: Literal["self", "spouse", "child", "other"] | None = None
    subscriber: SubscriberInput | None = None
    sex: Literal["female", "male"] | None = None
    address: WholeAddressInput | None = None

    @model_validator(mode="after")
    def _subscriber_fits(self) -> AddedInput:
        if self.relationship == "self" and self.subscriber is not None:
            raise PydanticCustomError(
                "subscriber_not_needed",
                "The policy is the patient's own, so no other subscriber can be given.",
                {"member": "subscriber"},
            )
        return self


class ContactInput(Input):
    """Somebody who may be told about the visit (release of information)."""

    name: PersonName
    relationship: Line | None = None
    organization: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    scope: Literal["appointments", "appointments_and_billing", "all"] = "appointments"
    expires_on: PlainDate | None = None


CONSENT_KINDS = (
    "terms",
    "treatment",
    "privacy_notice",
    "telehealth",
    "financial_policy",
    "assignment_of_benefits",
    "sms",
    "email",
)
ConsentKind = Literal[
    "terms", "treatment", "privacy_notice", "telehealth", "financial_policy", "assignment_of_benefits", "sms", "email"
]


class ConsentInput(Input):
    kind: ConsentKind
    version: Version = ""
    granted: StrictBool


class BookerInput(Input):
    kind: Literal["self", "parent", "guardian", "case_manager", "other"] = "self"
    name: PersonName | None = None
    email: Email | None = None
    phone: Phone | None = None
    organization: Line | None = None
    messages_to: Literal["patient", "booker", "both"] = "patient"

    @model_validator(mode="after")
    def _somebody_else_has_a_name(self) -> BookerInput:
        if self.kind != "self" and not self.name:
            raise PydanticCustomError(
                "booker_name_missing", "Please give the name of the person who books.", {"member": "name"}
            )
        if self.messages_to != "patient" and not (self.email or self.phone):
            raise PydanticCustomError(
                "booker_contact_missing",
                "To send messages to the person who books we need a phone number or e-mail.",
                {"member": "phone"},
            )
        return self
