"""Why a start cannot be booked (rules 3.1): the refusal names a reason for each provider it concerns."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from moonlit.availability.models import CapCount, Slot
from moonlit.availability.queries.caps import reached
from moonlit.availability.queries.exact import fits
from moonlit.availability.queries.places import places, zone_of
from moonlit.availability.queries.rows import Snapshot
from moonlit.availability.queries.snapshot import look
from moonlit.domain.coverage import Decision, service_on
from moonlit.domain.criteria import Criteria
from moonlit.domain.offers import Offer, offerable, prepare
from moonlit.domain.reasons import Outcome, Reason
from moonlit.domain.refusals import SENTENCES, RefusalCode, RefusalReason, Refused, refusal
from moonlit.domain.standing import Finding
from moonlit.domain.zones import local_date
from moonlit.eligibility.queries import check


def why_not(criteria: Criteria, start: datetime, *, provider_id: int | None, now: datetime) -> Refused:
    """Why nobody (or not this provider) can be booked then: the refusal to raise.

    `slot_taken` when a time that fits was there and somebody has it; otherwise the first rule against it.
    """
    facts, snapshot, today, _ = look(now)
    visit_type = facts.visit_types[criteria.visit_type]
    day = local_date(start, zone_of(facts, criteria))
    if start < now + timedelta(hours=visit_type.min_notice_hours):
        return _plain(RefusalCode.NOTICE_TOO_SHORT, Reason.NOTICE, provider_id, day)
    if day > today + timedelta(days=visit_type.horizon_days):
        return _plain(RefusalCode.BEYOND_HORIZON, Reason.HORIZON, provider_id, day)
    chosen = {provider_id, criteria.provider} - {None}
    asked = [each for each in chosen or facts.offering(criteria.visit_type) if {each} >= chosen]
    offer = prepare(facts, criteria, today)
    slots = _slots_at(offer, asked, start)
    refused: list[Decision] = []
    for provider in filter(facts.providers.__contains__, asked):
        decision = _against(offer, snapshot, provider, start, slots.get(provider, []))
        if decision is None:
            return Refused(RefusalCode.SLOT_TAKEN, "This time has just been taken. Please choose another one.")
        refused.append(decision)
    if not refused:
        return _plain(RefusalCode.PROVIDER_NOT_BOOKABLE, Reason.SERVICE_NOT_OFFERED, provider_id, day)
    answer = check(criteria, now, facts=facts)
    return refusal(refused, payer_bookable=answer.outcome in {Outcome.BOOKABLE, Outcome.BOOKABLE_FROM})


def _against(
    offer: Offer, snapshot: Snapshot, provider: int, start: datetime, slots: list[tuple[str, Slot]]
) -> Decision | None:
    """What stands against this provider; None: a slot of his fits, so somebody has it."""
    found = [_against_slot(offer, snapshot, code, slot) for code, slot in slots]
    if found:
        return None if None in found else found[0]
    day = local_date(start, zone_of(offer.facts, offer.criteria))
    decision = offerable(offer, provider, day)
    return _refused(Reason.NOT_OPEN, provider, day) if decision.ok else decision


def _against_slot(offer: Offer, snapshot: Snapshot, code: str, slot: Slot) -> Decision | None:
    facts, provider, place = offer.facts, slot.provider_id, places(offer.facts)[code]
    day = local_date(slot.start, place.time_zone)
    decision = offerable(offer, provider, day, code)
    if not decision.ok:
        return decision
    service = service_on(facts, offer.ask(decision.payer, code), provider, day)
    if service is None or not fits(slot, service) or snapshot.zones.get(place.id) != place.time_zone:
        return _refused(Reason.NOT_OPEN, provider, day)
    new_patient = facts.visit_types[offer.criteria.visit_type].new_patient
    match reached(snapshot, facts.providers[provider], day, new_patient=new_patient):
        case CapCount.Kind.DAY:
            return _refused(Reason.DAILY_CAP, provider, day)
        case CapCount.Kind.WEEK_NEW:
            return _refused(Reason.WEEKLY_CAP, provider, day)
    return None


def _slots_at(offer: Offer, providers: list[int], start: datetime) -> dict[int, list[tuple[str, Slot]]]:
    """Provider -> (location code, slot) of what the EHR showed there then, taken since or not."""
    criteria, known = offer.criteria, offer.facts.locations
    fitting = {
        places(offer.facts)[code].id: code
        for code, place in known.items()
        if place.modality is criteria.modality and criteria.location in {None, code}
    }
    found: dict[int, list[tuple[str, Slot]]] = {}
    for slot in Slot.objects.filter(provider_id__in=providers, start=start, location_id__in=fitting).order_by("id"):
        found.setdefault(slot.provider_id, []).append((fitting[slot.location_id], slot))
    return found


def _refused(reason: Reason, provider: int, day: date) -> Decision:
    return Decision(ok=False, reasons=(Finding(reason, provider, day),))


def _plain(code: RefusalCode, reason: Reason, provider: int | None, day: date) -> Refused:
    field = "start" if code in {RefusalCode.NOTICE_TOO_SHORT, RefusalCode.BEYOND_HORIZON} else "provider"
    detail = SENTENCES[reason]
    return Refused(code, detail, [RefusalReason(reason.value, detail, field=field, provider=provider, date=day)])
