"""What the choice of a payer means, as far as contracts tell (rules 1 and 2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.carve_outs import Question
from moonlit.domain.criteria import Criteria
from moonlit.domain.effective_dates import OfferedProvider, outcome
from moonlit.domain.facts import Facts
from moonlit.domain.periods import Windows
from moonlit.domain.reasons import LeadReason, Outcome, Route
from moonlit.domain.zones import local_date
from moonlit.eligibility.queries.essence import essence
from moonlit.eligibility.queries.kept import per_facts


@dataclass(frozen=True, slots=True)
class Clinician:
    id: int
    name: str


@dataclass(frozen=True, slots=True)
class EligibleProvider:
    id: int
    npi: str
    name: str
    credentials: str
    languages: tuple[str, ...]
    route: Route
    supervisor: Clinician | None
    windows: Windows
    with_interpreter: bool


@dataclass(frozen=True, slots=True)
class EligibilityAnswer:
    """What the choice of a payer means. `no_times` is added by `availability`, which knows free time."""

    outcome: Outcome
    reason: LeadReason | None
    bookable_from: date | None
    question: Question | None
    payer_behavioral: str | None
    flags: tuple[str, ...]
    self_pay_offered: bool
    providers: tuple[EligibleProvider, ...]


def today_at_practice(now: datetime) -> date:
    """The practice's local date (rules: `T`)."""
    return local_date(now, current_facts().practice.time_zone)


def check(criteria: Criteria, now: datetime, *, facts: Facts | None = None) -> EligibilityAnswer:
    """The table of rules 2, free time aside. Writes nothing and opens no task: this is a public read.

    `facts`: those the caller has just read; otherwise the current ones.
    """
    facts = facts or current_facts()
    today = local_date(now, facts.practice.time_zone)
    return _answer(facts, essence(facts, criteria, today), today)


@per_facts(64)
def _answer(facts: Facts, criteria: Criteria, today: date) -> EligibilityAnswer:
    found = outcome(facts, criteria, today)
    return EligibilityAnswer(
        outcome=found.outcome,
        reason=found.lead_reason,
        bookable_from=found.bookable_from,
        question=found.question,
        payer_behavioral=found.payer_behavioral,
        flags=tuple(flag.value for flag in found.flags),
        self_pay_offered=found.self_pay_offered,
        providers=tuple(_described(facts, each) for each in found.providers),
    )


def _described(facts: Facts, offered: OfferedProvider) -> EligibleProvider:
    provider = facts.providers[offered.provider]
    supervisor = facts.providers.get(offered.supervisor) if offered.supervisor is not None else None
    return EligibleProvider(
        id=provider.id,
        npi=provider.npi,
        name=provider.name,
        credentials=provider.credentials,
        languages=tuple(sorted({"en", *provider.verified_languages})),
        route=offered.route,
        supervisor=Clinician(supervisor.id, supervisor.name) if supervisor else None,
        windows=offered.windows,
        with_interpreter=offered.with_interpreter,
    )
