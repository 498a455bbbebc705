"""Carve-outs: which payer carries the behavioural benefit behind the card (rules 1.11).

At most one question is asked. Left open, every payer it may be stays a target, and a visit is bookable only if it is
bookable by each of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from moonlit.domain.criteria import UNSURE, Criteria
from moonlit.domain.facts import BenefitRouteFacts, Facts


@dataclass(frozen=True, slots=True)
class Option:
    """`value` is a payer's code or `unsure`; `label` its name, empty for `unsure` (the page words it)."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    id: str
    text: Mapping[str, str]
    """Language -> text."""
    options: tuple[Option, ...]
    card_hint: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Resolution:
    targets: tuple[str, ...]
    """Codes of every payer that may carry the benefit; one when it is resolved."""
    question: Question | None = None
    """To be asked, unless the patient has already answered."""

    @property
    def is_resolved(self) -> bool:
        return len(self.targets) == 1


def resolve(facts: Facts, criteria: Criteria, day: date) -> Resolution:
    """The payers behind the card on a day. Needs `criteria.payer`; an unknown payer resolves to itself."""
    card = criteria.payer or ""
    payer = facts.payers.get(card)
    rows = [row for row in (payer.benefit_routes if payer else ()) if row.during.covers(day)]
    matched = [row for row in rows if _conditions(row) and _matches(row, criteria) is True]
    if matched:
        return Resolution((max(matched, key=_specificity).to,))
    certain = [row for row in rows if not _conditions(row) and not row.question]
    fallback = max(certain, key=_specificity).to if certain else card
    open_rows = [row for row in rows if row not in certain and _matches(row, criteria) is not False]
    possible = tuple(dict.fromkeys((*(row.to for row in open_rows), fallback)))
    if len(possible) == 1 or criteria.benefit in possible:
        return Resolution((criteria.benefit,) if criteria.benefit in possible else possible)
    if criteria.benefit == UNSURE:
        return Resolution(possible)
    return Resolution(possible, _question(facts, card, open_rows, possible))


def _conditions(row: BenefitRouteFacts) -> tuple[str, ...]:
    return tuple(each for each in (row.plan, row.employer, row.county) if each is not None)


def _matches(row: BenefitRouteFacts, criteria: Criteria) -> bool | None:
    """Whether the row is for this patient; None while something it asks for is not known."""
    pairs = ((row.plan, criteria.plan), (row.employer, criteria.employer), (row.county, criteria.county))
    needed = [(wanted, given) for wanted, given in pairs if wanted is not None]
    if any(given and not _same(wanted, given) for wanted, given in needed):
        return False
    return True if all(given for _, given in needed) else None


def _same(one: str, other: str) -> bool:
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _specificity(row: BenefitRouteFacts) -> tuple[int, date, str]:
    """The most conditions win, then the latest start, then the code, so that the answer never depends on row order."""
    return len(_conditions(row)), row.during.first, row.to


def _question(facts: Facts, card: str, rows: list[BenefitRouteFacts], possible: tuple[str, ...]) -> Question | None:
    asking = next((row for row in rows if row.question), None)
    if asking is None:
        return None
    names = [Option(code, facts.payers[code].name if code in facts.payers else code) for code in possible]
    return Question(f"benefit:{card}", asking.question, (*names, Option(UNSURE, "")), asking.card_hint)
