"""Who could take one start, in the order "any provider" picks (rules 3.6)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from moonlit.availability.models import Slot
from moonlit.availability.queries.caps import new_patients_in_week_of, visits_on
from moonlit.availability.queries.exact import fits
from moonlit.availability.queries.free import Pair, free_time
from moonlit.availability.queries.places import Place, places, visit_type_ids, zone_of
from moonlit.availability.queries.snapshot import look
from moonlit.domain import assignment
from moonlit.domain.coverage import Decision, service_on
from moonlit.domain.criteria import Criteria
from moonlit.domain.grid import minute_of
from moonlit.domain.offers import Offer, offerable, prepare
from moonlit.domain.reasons import Flag, Route
from moonlit.domain.zones import local_date


@dataclass(frozen=True, slots=True)
class Candidate:
    provider_id: int
    location_id: int
    location_code: str
    visit_type_id: int
    time_zone: str
    slot_ehr_id: str
    start: datetime
    end: datetime
    """Start plus the provider's minutes, UTC."""
    slot_end: datetime
    """End of the EHR's slot: all of it becomes busy."""
    ehr_reason_id: str
    new_patient: bool
    local_date: date
    decision: Decision
    price_cents: int | None
    """For self-pay: the provider's own price, else the visit type's."""
    flags: tuple[Flag, ...]


def candidates(criteria: Criteria, start: datetime, *, provider_id: int | None, now: datetime) -> list[Candidate]:
    """Everybody who may be booked at this start, best first; empty when nobody (ask `why_not`)."""
    seen = look(now)
    day = local_date(start, zone_of(seen.facts, criteria))
    a_day = timedelta(days=1)
    wanted = None if provider_id is None else [provider_id]
    # A place's own day may differ from the day the times are shown by.
    free = free_time(seen, criteria, first=day - a_day, last=day + a_day, provider_ids=wanted)
    minute = minute_of(start)
    pairs = [pair for pair in free.pairs if minute in pair.free]
    if not pairs:
        return []
    offer = prepare(seen.facts, criteria, seen.today)
    slots = _open_slots(pairs, start)
    found: dict[int, Candidate] = {}
    for pair in pairs:
        if pair.provider not in found:
            candidate = _candidate(offer, pair.provider, pair.place, start, slots[pair.provider, pair.place.id])
            if candidate is not None:
                found[pair.provider] = candidate
    order = assignment.in_order(
        assignment.Candidate(
            provider=each.provider_id,
            direct=each.decision.route is not Route.SUPERVISED,
            new_patients_that_week=new_patients_in_week_of(seen.snapshot, each.provider_id, each.local_date),
            bookings_that_day=visits_on(seen.snapshot, each.provider_id, each.local_date),
        )
        for each in found.values()
    )
    return [found[each.provider] for each in order]


def candidate_for_slot(
    criteria: Criteria, slot_ehr_id: str, start: datetime, *, provider_id: int, now: datetime, kept_for_us: bool = False
) -> Candidate | None:
    """The provider as a candidate for this very slot by today's rules, whoever holds its time now; None: he may not
    be booked then, or the EHR shows the slot no longer. Caps and other people's time are left to `occupy`.

    `kept_for_us`: the slot is hidden by the EHR because we have frozen it there.
    """
    seen = look(now)
    slot = Slot.objects.filter(ehr_slot_id=slot_ehr_id, provider_id=provider_id, start=start).first()
    if slot is None or not (kept_for_us or slot.state == Slot.State.OPEN):
        return None
    known = places(seen.facts)
    place = next((known[code] for code in known if known[code].id == slot.location_id), None)
    if place is None or seen.snapshot.zones.get(place.id) != place.time_zone:
        return None
    visit_type = seen.facts.visit_types[criteria.visit_type]
    day = local_date(start, place.time_zone)
    in_time = start >= now + timedelta(hours=visit_type.min_notice_hours)
    within_horizon = day <= seen.today + timedelta(days=visit_type.horizon_days)
    as_asked = (
        criteria.provider in {None, provider_id} and seen.facts.locations[place.code].modality is criteria.modality
    )
    if not (in_time and within_horizon and as_asked):
        return None
    return _candidate(prepare(seen.facts, criteria, seen.today), provider_id, place, start, [slot])


def _candidate(offer: Offer, provider: int, place: Place, start: datetime, slots: list[Slot]) -> Candidate | None:
    facts, criteria = offer.facts, offer.criteria
    day = local_date(start, place.time_zone)
    decision = offerable(offer, provider, day, place.code)
    service = service_on(facts, offer.ask(decision.payer, place.code), provider, day)
    if not decision.ok or decision.route is None or service is None or not service.ehr_reason_id:
        return None
    slot = next((each for each in slots if fits(each, service)), None)
    if slot is None:
        return None
    visit_type = facts.visit_types[criteria.visit_type]
    flags = () if criteria.self_pay or offer.resolution(day).is_resolved else (Flag.BEHAVIORAL_PAYER_UNVERIFIED,)
    if decision.with_interpreter:
        flags = (*flags, Flag.REMOTE_INTERPRETER)
    price = service.self_pay_cents if service.self_pay_cents is not None else visit_type.self_pay_cents
    return Candidate(
        provider_id=provider,
        location_id=place.id,
        location_code=place.code,
        visit_type_id=visit_type_ids(facts)[criteria.visit_type],
        time_zone=place.time_zone,
        slot_ehr_id=slot.ehr_slot_id,
        start=start,
        end=start + timedelta(minutes=service.minutes),
        slot_end=start + timedelta(minutes=slot.minutes),
        ehr_reason_id=service.ehr_reason_id,
        new_patient=visit_type.new_patient,
        local_date=day,
        decision=decision,
        price_cents=price if criteria.self_pay else None,
        flags=flags,
    )


def _open_slots(pairs: list[Pair], start: datetime) -> dict[tuple[int, int], list[Slot]]:
    """(provider, location) -> the slots that start then, the shortest first."""
    rows = Slot.objects.filter(
        provider_id__in={pair.provider for pair in pairs}, start=start, state=Slot.State.OPEN
    ).order_by("minutes", "id")
    found: dict[tuple[int, int], list[Slot]] = defaultdict(list)
    for row in rows:
        found[row.provider_id, row.location_id].append(row)
    return found
