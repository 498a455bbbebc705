"""What a person leaves so that we can call back. No birth date or member number is kept: a lead does not need them."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from pydantic import ConfigDict, StrictBool, model_validator
from pydantic_core import PydanticCustomError

from moonlit.domain.criteria import Age
from moonlit.domain.reasons import LeadReason
from moonlit.eligibility.criteria import CriteriaInput
from moonlit.people.inputs import Code, Email, Input, Language, Line, PersonName, Phone, PlainDate, Version


class LeadConsent(Input):
    """May we write? Kept with the version of the words that were shown."""

    email: StrictBool = False
    sms: StrictBool = False
    version: Version = ""


class LeadCriteria(CriteriaInput):
    """What was looked for, as far as the person had got. Kept for staff, never judged."""

    visit_type: Code | None = None
    modality: Literal["telehealth", "in_person"] | None = None

    def as_stored(self, today: date) -> dict[str, Any]:
        """Without the birth date: the age of today says enough."""
        stored = self.model_dump(mode="json", exclude_none=True, exclude={"date_of_birth"})
        if self.date_of_birth is not None:
            stored["age"] = Age(born=self.date_of_birth).on(today)
        return stored


_OPTIONAL = ("email", "phone", "preferred_name", "payer", "payer_name", "insurance_effective_date")


def _may_be_blank(schema: dict[str, Any]) -> None:
    for name in _OPTIONAL:
        schema["properties"][name]["anyOf"].append({"const": ""})


class LeadInput(Input):
    """An e-mail address or a phone number is needed. `payer` is a code of ours, `payer_name` what was typed instead."""

    model_config = ConfigDict(json_schema_extra=_may_be_blank)

    email: Email | None = None
    phone: Phone | None = None
    preferred_name: PersonName | None = None
    payer: Code | None = None
    payer_name: Line | None = None
    reason: LeadReason
    insurance_effective_date: PlainDate | None = None
    for_someone_else: StrictBool = False
    criteria: LeadCriteria | None = None
    language: Language = "en"
    consent: LeadConsent = LeadConsent()

    @model_validator(mode="before")
    @classmethod
    def _blank_is_absent(cls, given: Any) -> Any:
        if isinstance(given, dict):
            return {name: value for name, value in given.items() if value != "" or name not in _OPTIONAL}
        return given

    @model_validator(mode="after")
    def _reachable(self) -> LeadInput:
        if not (self.email or self.phone):
            detail = "Please give an e-mail address or a phone number."
            raise PydanticCustomError("contact_missing", detail, {"member": "email"})
        return self
