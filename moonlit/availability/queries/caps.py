"""How much room a provider's caps leave, holds counted (rules 3.4)."""

from __future__ import annotations

from datetime import date, timedelta

from moonlit.availability.models import CapCount
from moonlit.availability.queries.rows import Snapshot
from moonlit.domain.facts import Facts, ProviderFacts
from moonlit.eligibility.queries import per_facts

_WEEK = timedelta(days=7)


def visits_on(snapshot: Snapshot, provider: int, day: date) -> int:
    """All visits of the day that count: live rows, holds, imported visits."""
    counted = snapshot.caps.get((provider, CapCount.Kind.DAY.value), {}).get(day, 0)
    return counted + sum(hold.day == day for hold in snapshot.holds.get(provider, ()))


def new_patients_in_week_of(snapshot: Snapshot, provider: int, day: date) -> int:
    """New patients from the Monday before (or on) the day to the Sunday after it, counted likewise."""
    monday = day - timedelta(days=day.weekday())
    counted = snapshot.caps.get((provider, CapCount.Kind.WEEK_NEW.value), {}).get(monday, 0)
    holds = snapshot.holds.get(provider, ())
    return counted + sum(hold.new_patient and monday <= hold.day < monday + _WEEK for hold in holds)


def reached(snapshot: Snapshot, provider: ProviderFacts, day: date, *, new_patient: bool) -> CapCount.Kind | None:
    """Which cap is complete on the day; None: there is room."""
    if provider.daily_cap is not None and visits_on(snapshot, provider.id, day) >= provider.daily_cap:
        return CapCount.Kind.DAY
    weekly = provider.weekly_new_patient_cap
    if weekly is not None and new_patient and new_patients_in_week_of(snapshot, provider.id, day) >= weekly:
        return CapCount.Kind.WEEK_NEW
    return None


def full_days(snapshot: Snapshot, provider: ProviderFacts, first: date, days: int, *, new_patient: bool) -> int:
    """Bit i set: on `first` + i days a cap is complete."""
    if 0 in {provider.daily_cap, provider.weekly_new_patient_cap if new_patient else None}:
        return (1 << days) - 1
    full = 0
    for day in _days_with_visits(snapshot, provider.id):
        number = (day - first).days
        if 0 <= number < days and reached(snapshot, provider, day, new_patient=new_patient) is not None:
            full |= 1 << number
    return full


def _days_with_visits(snapshot: Snapshot, provider: int) -> set[date]:
    """The days a cap may be complete on: those of a visit or hold, and all of a week with a new patient."""
    days = set(snapshot.caps.get((provider, CapCount.Kind.DAY.value), ()))
    weeks = set(snapshot.caps.get((provider, CapCount.Kind.WEEK_NEW.value), ()))
    for hold in snapshot.holds.get(provider, ()):
        days.add(hold.day)
        weeks.add(hold.day - timedelta(days=hold.day.weekday()))
    return days | {monday + timedelta(days=number) for monday in weeks for number in range(7)}


@per_facts(1)
def capped_providers(facts: Facts) -> frozenset[int]:
    """Who has a cap at all."""
    return frozenset(
        each.id
        for each in facts.providers.values()
        if each.daily_cap is not None or each.weekly_new_patient_cap is not None
    )
