"""Whether a lead could book now, with what it asked for. Reads only."""

from __future__ import annotations

from datetime import date, datetime

from moonlit.availability.queries import outcome as outcome_with_times
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.criteria import Criteria
from moonlit.domain.effective_dates import opening
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import LeadReason
from moonlit.domain.waiting_leads import FOR_FREE_TIME, Waiting, asked_for, is_judged, opens
from moonlit.domain.zones import local_date
from moonlit.eligibility.queries import anywhere, default_visit_type
from moonlit.leads.models import Lead


def waits_for(lead: Lead) -> Waiting:
    criteria = lead.criteria or {}
    return Waiting(
        reason=LeadReason(lead.reason),
        payer=lead.payer_code or criteria.get("payer") or "",
        criteria=criteria,
        by_hand=lead.by_hand,
    )


def opens_on(lead: Lead, facts: Facts, now: datetime) -> date | None:
    """The first day on which the lead can use its insurance here; None while there is none, or a person must decide."""
    waiting, today = waits_for(lead), local_date(now, facts.practice.time_zone)
    if not is_judged(waiting, facts):
        return None
    days = (_opens(waiting, criteria, facts, now, today) for criteria in _asked(waiting, facts))
    return min((day for day in days if day is not None), default=None)


def may_be_invited(lead: Lead, now: datetime) -> bool:
    """Whether an invitation would be true now. Whom the program does not judge is invited on staff's word."""
    facts = current_facts()
    return not is_judged(waits_for(lead), facts) or opens_on(lead, facts, now) is not None


def _opens(waiting: Waiting, criteria: Criteria, facts: Facts, now: datetime, today: date) -> date | None:
    if waiting.reason in FOR_FREE_TIME:
        answer = outcome_with_times(criteria, now)
        return opens(waiting.reason, answer.outcome, answer.bookable_from, today=today)
    return opens(waiting.reason, *opening(facts, criteria, today), today=today)


def _asked(waiting: Waiting, facts: Facts) -> list[Criteria]:
    """What was asked for; who had not got so far is judged as in the search for a payer: any place of the practice."""
    asked = asked_for(waiting, facts)
    if asked is not None:
        return [asked]
    visit_type = default_visit_type(facts)
    if visit_type is None:
        return []
    return anywhere(facts, visit_type, payer=None if waiting.self_pay else waiting.payer, self_pay=waiting.self_pay)
