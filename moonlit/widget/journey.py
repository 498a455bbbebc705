"""The way through the pages, as pure decisions: what a choice means, and which page comes next."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from enum import StrEnum
from typing import Any

from moonlit.domain.criteria import Criteria
from moonlit.domain.reasons import LeadReason, Modality, Outcome
from moonlit.eligibility.queries import EligibilityAnswer

VIDEO = "telehealth"
"""The answer to "how" that is no clinic's code."""
NOT_SURE = "unsure"
ELSEWHERE = "other"
"""Another state than those of the practice."""
OTHER_LANGUAGE = "und"
"""A language that is not on our list."""


class Page(StrEnum):
    """Names of the pages under a draft."""

    PAY = "pay"
    WHO = "who"
    ASK = "ask"
    WHEN = "when"
    ABOUT = "about"
    CHECK = "check"


@dataclass(frozen=True, slots=True)
class Choices:
    """Steps 1 and 2: only what decides who can be seen, and when."""

    payer: str = ""
    payer_name: str = ""
    """As typed, when it is none of ours."""
    self_pay: bool = False
    benefit: str = ""
    """The answer to the question of a carve-out (rules 1.11)."""
    answered: bool = False
    """Whether step 2 has been answered."""
    help: str = ""
    """Code of a visit type, or `unsure`."""
    seen_before: bool = False
    minor: bool = False
    place: str = VIDEO
    """`telehealth`, or the code of a clinic."""
    state: str = ""
    language: str = "en"

    @classmethod
    def from_stored(cls, stored: Mapping[str, Any]) -> Choices:
        known = {each.name for each in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})

    def as_stored(self) -> dict[str, Any]:
        return asdict(self)

    def paying(self, *, payer: str = "", payer_name: str = "", self_pay: bool = False) -> Choices:
        """Step 1 answered anew; step 2 stays as it is."""
        return replace(self, payer=payer, payer_name=payer_name, self_pay=self_pay, benefit="")

    @property
    def by_video(self) -> bool:
        return self.place == VIDEO


class Meaning(StrEnum):
    """What the choices so far lead to."""

    QUESTION = "question"
    LEAD = "lead"
    OPENS_LATER = "opens_later"
    TIMES = "times"


@dataclass(frozen=True, slots=True)
class Standing:
    meaning: Meaning
    reason: LeadReason | None
    opens: date | None
    """The day the calendar opens, or the route starts."""
    self_pay_offered: bool
    answer: EligibilityAnswer | None
    criteria: Criteria | None
    """What the answer was asked with; None where no answer was needed."""


def early_lead(choices: Choices, states: Collection[str]) -> LeadReason | None:
    """Answers of step 2 that need a person of ours, whatever the calendar says (rules 1.9, 4.9)."""
    if choices.minor:
        return LeadReason.MINOR
    if choices.seen_before:
        return LeadReason.RETURNING_PATIENT
    if choices.language == OTHER_LANGUAGE:
        return LeadReason.LANGUAGE_REQUEST
    if choices.by_video and choices.state not in states:
        return LeadReason.NO_PROVIDER_AVAILABLE
    return None


def standing_of(choices: Choices, answer: EligibilityAnswer, criteria: Criteria) -> Standing:
    """The answer of the Eligibility or Availability Service as a next step for the patient (rules 2)."""
    offered = answer.self_pay_offered and not choices.self_pay and not names_public_program(choices.payer_name)
    if answer.question is not None:
        meaning, reason = Meaning.QUESTION, None
    elif answer.outcome is Outcome.BOOKABLE_FROM:
        meaning, reason = Meaning.OPENS_LATER, None
    elif answer.outcome is Outcome.BOOKABLE:
        meaning, reason = Meaning.TIMES, None
    else:
        meaning, reason = Meaning.LEAD, answer.reason or LeadReason.NO_PROVIDER_AVAILABLE
    return Standing(meaning, reason, answer.bookable_from, offered, answer, criteria)


def names_public_program(typed: str) -> bool:
    """Whether somebody typed Medicaid or Medicare by name: then self-pay is no button (rules 1.13)."""
    name = "".join(typed.casefold().split())
    return "medicaid" in name or "medicare" in name


def modality_of(choices: Choices) -> Modality:
    return Modality.TELEHEALTH if choices.by_video else Modality.IN_PERSON


def next_page(choices: Choices, standing: Standing, *, identified: bool, time_holds: bool, answers_hold: bool) -> Page:
    """The first step that still needs the patient. Later steps already answered are not asked again."""
    if standing.meaning is Meaning.QUESTION:
        return Page.PAY
    if standing.meaning is Meaning.LEAD:
        return Page.ASK
    if not choices.answered:
        return Page.PAY if standing.meaning is Meaning.OPENS_LATER else Page.WHO
    if not (identified and time_holds):
        return Page.WHEN
    return Page.CHECK if answers_hold else Page.ABOUT
