"""Taking the time of a candidate: who is tried, and what no longer stands in the way (rules 3.6, 4.1, 4.2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.availability.queries import Candidate, alternatives, candidates, why_not
from moonlit.availability.services import CapReached, TimeTaken, occupy, release, stale_holds
from moonlit.booking.models import Appointment
from moonlit.booking.refusals import SlotTaken
from moonlit.booking.services.freezes import let_go
from moonlit.booking.services.state import note
from moonlit.domain.booking import State
from moonlit.domain.criteria import Criteria
from moonlit.domain.refusals import RefusalCode
from moonlit.platform.db import advisory_lock

Taken = TypeVar("Taken")


def take_first_free(
    criteria: Criteria,
    start: datetime,
    provider_id: int | None,
    take: Callable[[Candidate], Taken],
    *,
    now: datetime,
) -> Taken:
    """What `take` returns for the first candidate whose time can be had; each is tried in a transaction of its own.

    Raises SlotTaken with alternatives when every fitting provider was taken meanwhile; Refused with the reasons when
    the start was never on offer (rules 3.1).
    """
    found = candidates(criteria, start, provider_id=provider_id, now=now)
    for candidate in found:
        try:
            with transaction.atomic():
                return take(candidate)
        except (TimeTaken, CapReached):
            continue
    refusal = why_not(criteria, start, provider_id=provider_id, now=now)
    if found or refusal.code is RefusalCode.SLOT_TAKEN:
        raise SlotTaken(alternatives(criteria, start, now))
    raise refusal


def take_time(appointment: UUID, candidate: Candidate, *, now: datetime, expires_at: datetime | None = None) -> None:
    """Take the candidate's time in the caller's transaction. Raises TimeTaken or CapReached: roll back then.

    Holds in the way whose time is over expire first, row and occupancy, whether or not a sweeper has come by.
    Every writer of held rows takes the provider's lock before it touches one.
    """
    advisory_lock("provider", candidate.provider_id)
    slot, start, end = candidate.slot_ehr_id, candidate.start, candidate.slot_end
    for stale in stale_holds(candidate.provider_id, slot, start, end, now=now):
        if stale != appointment:
            expire(stale, now=now)
    occupy(
        appointment=appointment,
        provider_id=candidate.provider_id,
        location_id=candidate.location_id,
        slot_id=slot,
        start=start,
        end=end,
        local_date=candidate.local_date,
        new_patient=candidate.new_patient,
        now=now,
        expires_at=expires_at,
    )


def expire(hold: UUID, *, now: datetime) -> bool:
    """`held` -> `expired` once its time is over; whether it was so. Under the provider's lock."""
    over = Appointment.objects.filter(pk=hold, state=State.HELD.value, expires_at__lte=now)
    if not over.update(state=State.EXPIRED.value):
        return False
    release(hold, now=now)
    note(hold, State.EXPIRED, actor=SYSTEM, now=now)
    let_go(hold, now=now)
    return True


def columns_of(candidate: Candidate, criteria: Criteria) -> dict[str, Any]:
    """What a decision writes to the row of a hold or booking; `criteria_as_stored` is apart, for it is encrypted."""
    decision = candidate.decision
    return {
        "provider_id": candidate.provider_id,
        "rendering_provider_id": decision.rendering,
        "supervisor_id": decision.supervisor,
        "location_id": candidate.location_id,
        "visit_type_id": candidate.visit_type_id,
        "slot_ehr_id": candidate.slot_ehr_id,
        "ehr_reason_id": candidate.ehr_reason_id,
        "start": candidate.start,
        "end": candidate.end,
        "time_zone": candidate.time_zone,
        "tried_providers": [candidate.provider_id],
        "route": decision.route.value if decision.route else "",
        "claim_mode": decision.claim_mode.value if decision.claim_mode else "",
        "payer_code": criteria.payer or "",
        "payer_behavioral": decision.payer or "",
        "self_pay": criteria.self_pay,
        "place_state": criteria.place_state,
        "visit_language": criteria.visit_language,
        "flags": [flag.value for flag in candidate.flags],
    }


def criteria_as_stored(criteria: Criteria) -> dict[str, object]:
    """The criteria as a later move, another press for the same time or another provider's decision needs them."""
    born = criteria.age.born
    return {
        "visit_type": criteria.visit_type,
        "modality": criteria.modality.value,
        "place_state": criteria.place_state,
        "location": criteria.location,
        "payer": criteria.payer,
        "self_pay": criteria.self_pay,
        "plan": criteria.plan,
        "age": criteria.age.years,
        "date_of_birth": born.isoformat() if born else None,
        "visit_language": criteria.visit_language,
        "interpreter_accepted": criteria.interpreter_accepted,
        "benefit": criteria.benefit,
        "employer": criteria.employer,
        "county": criteria.county,
    }
