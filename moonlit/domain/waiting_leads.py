"""Which waiting leads may be told that times can be had now (rules 2, last paragraph)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from moonlit.domain.criteria import Age, Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import LeadReason, LocationKind, Modality, Outcome

FOR_A_PERSON = frozenset({LeadReason.MINOR, LeadReason.RETURNING_PATIENT, LeadReason.PAYER_UNCLEAR})
"""What these wait for is a talk with one of us, not a date."""

FOR_FREE_TIME = frozenset({LeadReason.NO_TIMES_AVAILABLE, LeadReason.NOTIFY_WHEN_OPEN})
"""They could choose an insurance already; only a time that is free is news to them."""

NEAR = timedelta(days=7)
"""Who would rather be told than book ahead is told when the first day is this near."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a lead waits for."""

    reason: LeadReason
    payer: str
    """Code; empty where none of ours is known."""
    criteria: Mapping[str, Any]
    """As stored: members of the public criteria, without a birth date."""
    by_hand: bool = False
    """None of the free times suited."""

    @property
    def self_pay(self) -> bool:
        return bool(self.criteria.get("self_pay"))


def is_judged(waiting: Waiting, facts: Facts) -> bool:
    """Whether the program decides when this lead may be invited; otherwise a person does.

    A payer typed as free text is judged once staff have said which of ours it is.
    """
    if waiting.by_hand or waiting.reason in FOR_A_PERSON:
        return False
    return waiting.self_pay or waiting.payer in facts.payers


def asked_for(waiting: Waiting, facts: Facts) -> Criteria | None:
    """The criteria the person had got to; None when they are not enough to be judged by."""
    stored = waiting.criteria
    visit_type = facts.visit_types.get(stored.get("visit_type") or "")
    if visit_type is None or not visit_type.public or stored.get("modality") not in list(Modality):
        return None
    modality, state, location = Modality(stored["modality"]), stored.get("patient_state") or "", None
    if modality is Modality.TELEHEALTH:
        if not state:
            return None
    else:
        place = facts.locations.get(stored.get("location") or "")
        if place is None or place.kind is not LocationKind.CLINIC:
            return None
        location, state = place.code, place.state or ""
    provider = stored.get("provider")
    return Criteria(
        visit_type=stored["visit_type"],
        modality=modality,
        place_state=state,
        location=location,
        payer=None if waiting.self_pay else waiting.payer,
        self_pay=waiting.self_pay,
        plan=stored.get("plan") or None,
        age=Age(years=stored.get("age")),
        visit_language=stored.get("visit_language") or "en",
        interpreter_accepted=stored.get("interpreter_accepted"),
        provider=provider if provider in facts.providers else None,
        benefit=stored.get("benefit"),
        employer=stored.get("employer") or None,
        county=stored.get("county") or None,
    )


def opens(reason: LeadReason, outcome: Outcome, bookable_from: date | None, *, today: date) -> date | None:
    """The first day on which this person can be seen by what waited for; None: not yet.

    `outcome` and `bookable_from` are the answer of rules 2, with free time for those who wait for it.
    """
    if outcome is Outcome.BOOKABLE:
        return today
    if outcome is not Outcome.BOOKABLE_FROM or bookable_from is None:
        return None
    if reason is LeadReason.NOTIFY_WHEN_OPEN and bookable_from > today + NEAR:
        return None
    return bookable_from
