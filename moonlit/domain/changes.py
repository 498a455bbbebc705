"""The days on which a coverage decision may change, so that a run of days needs one decision per stretch between them.

Each dated row that `decide` reads must be named here; the property test "mask = decision on each day" holds it to that.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

from moonlit.domain.coverage import AGE_OF_MAJORITY, AGE_OF_MAJORITY_BY_STATE
from moonlit.domain.criteria import Ask
from moonlit.domain.facts import Facts, PayerFacts, ProviderFacts
from moonlit.domain.periods import ONE_DAY, Period, change_days


def decision_change_days(facts: Facts, ask: Ask, provider: int) -> set[date]:
    """Every day on which `decide(facts, ask, provider, ·)` may answer otherwise than the day before."""
    seen = facts.providers.get(provider)
    if seen is None:
        return set()
    held = [*seen.engagements, *seen.licenses.get(ask.place_state, ()), *_route_rows(facts, ask, seen)]
    days = set(change_days(held))
    runway = facts.practice.new_patient_runway_days
    if runway > 0:
        # A window that ends on E fails the runway from E - runway on; E is the day before a change day.
        days |= {day - ONE_DAY - timedelta(days=runway) for day in days if day.toordinal() > runway + 1}
    days |= set(change_days((*seen.absences, *seen.bookable, *seen.accepts_new_patients)))
    days |= set(change_days(row.during for row in facts.services_of(provider, ask.visit_type)))
    days |= set(change_days(row.during for row in facts.practice.closures))
    days |= set(seen.verified_languages.values())
    days |= set(_birthdays(facts, ask, seen))
    return days


def _route_rows(facts: Facts, ask: Ask, seen: ProviderFacts) -> Iterator[Period]:
    payer = facts.payers.get(ask.payer) if ask.payer is not None else None
    if payer is None:
        return
    yield from (row.during for row in payer.supervised_terms)
    yield from (Period(row.starts, row.ends) for row in payer.group_contracts if row.starts is not None)
    yield from _direct_rows(facts, payer, seen)
    for row in facts.supervisions_of(seen.id, payer.code):
        yield row.during
        supervisor = facts.providers.get(row.supervisor)
        if supervisor is None:
            continue
        yield from _direct_rows(facts, payer, supervisor)
        yield from (*supervisor.engagements, *supervisor.absences, *supervisor.licenses.get(ask.place_state, ()))
        if supervisor.max_supervisees is not None:
            yield from (other.during for other in facts.supervisees_of(supervisor.id))


def _direct_rows(facts: Facts, payer: PayerFacts, provider: ProviderFacts) -> Iterator[Period]:
    yield from provider.can_bill_independently
    yield from (row.window for row in facts.contracts_of(provider.id, payer.code) if row.window is not None)
    for group in payer.group_contracts:
        yield from group.roster.get(provider.id, ())


def _birthdays(facts: Facts, ask: Ask, seen: ProviderFacts) -> Iterator[date]:
    """The birthdays on which the patient grows into or out of a provider's ages, or comes of age."""
    if ask.age.born is None:
        return
    ages = {AGE_OF_MAJORITY_BY_STATE.get(ask.place_state, AGE_OF_MAJORITY)}
    for row in facts.services_of(seen.id, ask.visit_type):
        ages |= {row.min_age or 0, 0 if row.max_age is None else row.max_age + 1}
    for age in ages:
        yield _turns(ask.age.born, age)


def _turns(born: date, age: int) -> date:
    """The day somebody turns an age; born on 29 February it is 1 March of a common year, as in `Age.on`."""
    try:
        return born.replace(year=born.year + age)
    except ValueError:
        return date(born.year + age, 3, 1)
