"""Where one provider has several rows for one visit at one place at once (other ages, other length, other reason).

His calendar there holds what serves any of them; these few are compared with the slots themselves, so that shown
implies bookable (rules 3.1, 3.2). Everybody else needs no such look.
"""

from __future__ import annotations

from itertools import combinations

from moonlit.availability.models import Slot
from moonlit.availability.queries.places import Place
from moonlit.domain.coverage import service_on
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts, ServiceFacts
from moonlit.domain.grid import DAY, STEP, instant_of, minute_of
from moonlit.domain.starts import Starts
from moonlit.domain.zones import local_date
from moonlit.eligibility.queries import per_facts


@per_facts(32)
def needs_exact_look(facts: Facts, visit_type: str) -> frozenset[tuple[int, str]]:
    """(provider, location code) with rows that hold at the same time."""
    return frozenset(
        (provider, place)
        for provider in facts.offering(visit_type)
        for place in facts.locations
        if _overlap(facts.services_of(provider, visit_type), place)
    )


def bookable_starts(facts: Facts, criteria: Criteria, provider: int, place: Place, free: Starts) -> Starts:
    """Only the starts with a slot that serves the row the decision would take."""
    minutes = free.minutes()
    ask = criteria.ask(None, location=place.code)
    slots = Slot.objects.filter(
        provider_id=provider,
        location_id=place.id,
        state=Slot.State.OPEN,
        start__gte=instant_of(minutes[0]),
        start__lte=instant_of(minutes[-1]),
    )
    bits, odd = 0, set()
    for slot in slots:
        service = service_on(facts, ask, provider, local_date(slot.start, place.time_zone))
        if service is not None and fits(slot, service):
            minute = minute_of(slot.start)
            index, off_grid = divmod(minute - free.first_day * DAY, STEP)
            if off_grid:
                odd.add(minute)
            else:
                bits |= 1 << index
    return Starts(free.first_day, free.bits & bits, tuple(minute for minute in free.odd if minute in odd))


def fits(slot: Slot, service: ServiceFacts) -> bool:
    """Whether the slot is long enough and maps to the visit for its provider and place (rules 3.2)."""
    return slot.minutes >= service.minutes and slot.serves(service.ehr_reason_id, service.ehr_type_id)


def _overlap(rows: tuple[ServiceFacts, ...], place: str) -> bool:
    return any(
        one.location == other.location and one.location in {None, place} and one.during.intersect(other.during)
        for one, other in combinations(rows, 2)
    )
