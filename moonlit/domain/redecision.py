"""A visit that is booked, judged again by today's facts (rules 4.14): still the same, another way to bill, or lost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from moonlit.domain.coverage import Decision, decide
from moonlit.domain.criteria import Ask, Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.offers import Offer
from moonlit.domain.reasons import ClaimMode, Reason, Route
from moonlit.domain.routes import Way, way_on
from moonlit.domain.standing import presence_findings

OFFERING_ONLY = frozenset({Reason.NOT_BOOKABLE, Reason.NOT_ACCEPTING_NEW, Reason.ENDS_SOON, Reason.EHR_UNMAPPED})
"""Reasons not to offer a visit to anybody new; a visit that is booked already keeps its place."""


@dataclass(frozen=True, slots=True)
class Billing:
    """Who is paid for the visit, and how."""

    payer: str | None
    """The payer that carries the behavioural benefit; None is self-pay."""
    route: Route
    rendering: int | None
    supervisor: int | None
    claim_mode: ClaimMode | None


class Verdict(StrEnum):
    SAME = "same"
    OTHER = "other"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Judgement:
    verdict: Verdict
    after: Billing | None = None
    """How it would be billed now; None when it is lost."""
    reasons: tuple[Reason, ...] = ()
    """Why it is lost."""


def rejudge(
    facts: Facts,
    criteria: Criteria,
    held: Billing,
    *,
    provider: int,
    location: str,
    day: date,
    with_interpreter: bool = False,
) -> Judgement:
    """Judge a booked visit as it stands: this provider, at this location, on its own date of service.

    `criteria` is what the patient asked for; where its card may stand for several payers, each must hold.
    """
    offer = Offer(facts, criteria, day, with_interpreter)
    answers = [_bill(facts, ask, provider, day) for ask in offer.asks(day, location)]
    lost = [reason for answer in answers if not isinstance(answer, Billing) for reason in answer]
    if lost:
        return Judgement(Verdict.LOST, reasons=tuple(dict.fromkeys(lost)))
    ways = [answer for answer in answers if isinstance(answer, Billing)]
    after = next((each for each in ways if each.route is Route.SUPERVISED), ways[0])
    return Judgement(Verdict.SAME if after == held else Verdict.OTHER, after)


def rejudge_imported(facts: Facts, *, provider: int, location: str, day: date) -> Judgement:
    """Judge a visit that was made in the EHR: without a payer mapping nothing is said about money (rules 5)."""
    seen = facts.providers.get(provider)
    if seen is None:
        return Judgement(Verdict.LOST, reasons=(Reason.PROVIDER_NOT_ENGAGED,))
    against = [finding.reason for finding in presence_findings(seen, day)]
    if any(row.location in (None, location) and row.during.covers(day) for row in facts.practice.closures):
        against.append(Reason.CLOSED)
    return Judgement(Verdict.LOST, reasons=tuple(dict.fromkeys(against))) if against else Judgement(Verdict.SAME)


def _bill(facts: Facts, ask: Ask, provider: int, day: date) -> Billing | tuple[Reason, ...]:
    decision = decide(facts, ask, provider, day)
    against = tuple(_against(decision))
    if against:
        return against
    if decision.route is not None:
        return Billing(ask.payer, decision.route, decision.rendering, decision.supervisor, decision.claim_mode)
    way = way_on(facts, ask, facts.providers[provider], day)
    if not isinstance(way, Way):  # every reason against a route has been seen above
        return tuple(dict.fromkeys(finding.reason for finding in way))
    return Billing(ask.payer, way.route, way.rendering, way.supervisor, way.claim_mode)


def _against(decision: Decision) -> Iterator[Reason]:
    if not decision.ok:
        yield from (reason for reason in decision.codes if reason not in OFFERING_ONLY)
