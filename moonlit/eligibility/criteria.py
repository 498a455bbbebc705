"""The criteria as they come from outside (API members, query, page) made into `domain.criteria.Criteria`."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StrictBool, StringConstraints
from pydantic_core import PydanticCustomError

from moonlit.domain.criteria import Age, Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import LocationKind, Modality
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.people.checks import birth_date_faults
from moonlit.people.inputs import Code, Input, Language, Line, PlainDate, State

_ID = re.compile(r"[1-9][0-9]{0,17}")


def _id(value: Any) -> Any:
    """Ids are opaque text outside and numbers inside."""
    if isinstance(value, str) and _ID.fullmatch(value):
        return int(value)
    raise PydanticCustomError("provider_unknown", "We do not know this provider.")


ProviderId = Annotated[int, BeforeValidator(_id, json_schema_input_type=str)]
Benefit = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]


class CriteriaInput(Input):
    """Members of `/eligibility`, query of `/availability`, `criteria` elsewhere (interface.md)."""

    visit_type: Code
    modality: Literal["telehealth", "in_person"]
    patient_state: State | None = None
    location: Code | None = None
    payer: Code | None = None
    self_pay: StrictBool = False
    plan: Line | None = None
    age: Annotated[int, Field(strict=True, ge=0, le=125)] | None = None
    date_of_birth: PlainDate | None = None
    visit_language: Language = "en"
    interpreter_accepted: StrictBool | None = None
    provider: ProviderId | None = None
    benefit: Benefit | None = None
    employer: Line | None = None
    county: Line | None = None


def resolve_criteria(given: CriteriaInput, *, facts: Facts, today: date) -> Criteria:
    """The criteria against the practice as it is. Raises Refused (`invalid_request`) naming every field at fault.

    An unknown payer is no fault: its answer is a lead (rules 2).
    """
    faults: list[RefusalReason] = []

    def fault(code: str, field: str, detail: str) -> None:
        faults.append(RefusalReason(code=code, detail=detail, field=field))

    visit_type = facts.visit_types.get(given.visit_type)
    if visit_type is None or not visit_type.public:
        fault("visit_type_unknown", "visit_type", "We do not offer this kind of visit online.")
    place_state = given.patient_state or ""
    location = facts.locations.get(given.location) if given.location else None
    if given.modality == "telehealth":
        if not given.patient_state:
            fault("patient_state_missing", "patient_state", "Please say in which state you will be during the visit.")
        if given.location and (location is None or location.kind is not LocationKind.TELEHEALTH):
            fault("location_unknown", "location", "This is not a place of video visits.")
    elif location is None or location.kind is not LocationKind.CLINIC:
        code = "location_unknown" if given.location else "location_missing"
        fault(code, "location", "Please choose one of our clinics.")
    else:
        place_state = location.state or ""
    if given.payer and given.self_pay:
        fault("payer_with_self_pay", "self_pay", "Choose an insurance or self-pay, not both.")
    if given.age is not None and given.date_of_birth is not None:
        fault("age_twice", "age", "Give the age or the date of birth, not both.")
    if given.date_of_birth is not None:
        faults += birth_date_faults(given.date_of_birth, today=today, field="date_of_birth")
    if given.provider is not None and given.provider not in facts.providers:
        fault("provider_unknown", "provider", "We do not know this provider.")
    if faults:
        detail = faults[0].detail if len(faults) == 1 else f"{len(faults)} answers need another look."
        raise Refused(RefusalCode.INVALID_REQUEST, detail, faults)
    return Criteria(
        visit_type=given.visit_type,
        modality=Modality(given.modality),
        place_state=place_state,
        location=given.location,
        payer=given.payer,
        self_pay=given.self_pay,
        plan=given.plan or None,
        age=Age(years=given.age, born=given.date_of_birth),
        visit_language=given.visit_language,
        interpreter_accepted=given.interpreter_accepted,
        provider=given.provider,
        benefit=given.benefit,
        employer=given.employer or None,
        county=given.county or None,
    )
