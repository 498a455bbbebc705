"""Criteria without what cannot change an answer, so that patients who differ in nothing else share one."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import replace
from datetime import date, timedelta

from moonlit.domain.coverage import AGE_OF_MAJORITY, AGE_OF_MAJORITY_BY_STATE, same_language
from moonlit.domain.criteria import Age, Criteria
from moonlit.domain.facts import Facts
from moonlit.eligibility.queries.kept import per_facts

_MAJORITIES = {0, AGE_OF_MAJORITY, *AGE_OF_MAJORITY_BY_STATE.values()}


def essence(facts: Facts, criteria: Criteria, today: date) -> Criteria:
    """The same question asked with the fewest distinctions; every day of the horizon has the same answer.

    Plan, employer, county and the chosen benefit matter to carve-outs only (rules 1.11), ages only by the limits they
    lie between (1.9), an interpreter only to visits that are not in English (1.14).
    """
    payer = facts.payers.get(criteria.payer or "")
    carved_out = payer is not None and bool(payer.benefit_routes)
    english = same_language(criteria.visit_language, "en")
    return replace(
        criteria,
        plan=criteria.plan if carved_out else None,
        employer=criteria.employer if carved_out else None,
        county=criteria.county if carved_out else None,
        benefit=criteria.benefit if carved_out else None,
        visit_language="en" if english else criteria.visit_language,
        interpreter_accepted=None if english else criteria.interpreter_accepted,
        age=_age(facts, criteria, today),
    )


def _age(facts: Facts, criteria: Criteria, today: date) -> Age:
    """The youngest age with the same answers; a birth date stays where a birthday in the horizon crosses a limit."""
    limits = _age_limits(facts, criteria.visit_type)
    last = today + timedelta(days=facts.visit_types[criteria.visit_type].horizon_days)
    youngest = limits[bisect_right(limits, max(criteria.age.on(today), 0)) - 1]
    oldest = limits[bisect_right(limits, max(criteria.age.on(last), 0)) - 1]
    return Age(years=youngest) if youngest == oldest else criteria.age


@per_facts(32)
def _age_limits(facts: Facts, visit_type: str) -> list[int]:
    """Ages at which an answer may change, ascending from 0."""
    limits = set(_MAJORITIES)
    for provider in facts.offering(visit_type):
        for row in facts.services_of(provider, visit_type):
            limits |= {row.min_age or 0, 0 if row.max_age is None else row.max_age + 1}
    return sorted(limits)
