"""Fictional patients and the requests they make."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from moonlit.booking.requests import BookingRequest, checked_request
from moonlit.coverage.queries import facts
from moonlit.domain.criteria import Criteria
from moonlit.domain.reasons import Modality
from moonlit.eligibility.queries import today_at_practice
from moonlit.people.inputs import BookerInput, ConsentInput, ContactInput, InsuranceInput, PatientInput
from moonlit.practice.documents import documents_in_force

BY_VIDEO = Criteria(visit_type="intake", modality=Modality.TELEHEALTH, place_state="UT", payer="alpine")
IN_CLINIC = Criteria(
    visit_type="intake", modality=Modality.IN_PERSON, place_state="UT", location="clinic", payer="alpine"
)


def patient(**changes: Any) -> PatientInput:
    given = {
        "first_name": "Zoë",
        "last_name": "Ñandú-O'Leary",
        "date_of_birth": "1990-02-28",
        "email": "zoe@example.org",
        "phone": "801-555-0142",
        "state": "UT",
        "place_of_visit": "home",
        **changes,
    }
    return PatientInput.model_validate(given)


def agreed(*more: str) -> tuple[ConsentInput, ...]:
    return tuple(
        ConsentInput(kind=kind, version="1" if kind in {"terms", "privacy_notice"} else "", granted=True)
        for kind in ("terms", "privacy_notice", *more)
    )


def a_request(start: datetime, *, now: datetime, criteria: Criteria = BY_VIDEO, **changes: Any) -> BookingRequest:
    """A request as the API makes it; `changes` replace parts of it."""
    insurances = () if criteria.self_pay else (InsuranceInput(payer=criteria.payer, member_id="MX-100"),)
    parts: dict[str, Any] = {
        "provider": None,
        "criteria": criteria,
        "patient": patient(),
        "insurances": insurances,
        "contacts": (ContactInput(name="Bartholomew Quill", email="quill@example.org"),),
        "consents": agreed("sms", "email"),
        "booked_by": BookerInput(),
        "source": "api",
        **changes,
    }
    return checked_request(
        start=start, facts=facts(), documents=documents_in_force(), today=today_at_practice(now), **parts
    )


def for_provider(criteria: Criteria, provider: int) -> Criteria:
    return replace(criteria, provider=provider)
