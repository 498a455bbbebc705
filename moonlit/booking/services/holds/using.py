"""A hold becomes a request for a visit: same row, same provider, same slot, decided anew."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from moonlit.availability.queries import Candidate, alternatives, candidate_for_slot, why_not
from moonlit.booking.models import Appointment
from moonlit.booking.refusals import HoldExpired, SlotTaken
from moonlit.booking.services.freezes import is_frozen, let_go
from moonlit.booking.services.taking import columns_of, criteria_as_stored, take_time
from moonlit.domain.booking import State
from moonlit.domain.criteria import Criteria
from moonlit.domain.refusals import RefusalCode
from moonlit.platform.crypto.fields import sealed
from moonlit.platform.db import advisory_lock


def time_of_hold(hold: UUID, criteria: Criteria, *, now: datetime) -> tuple[datetime, int]:
    """Start (UTC) and provider of a live hold. Raises HoldExpired when nothing is held under this id (any more)."""
    row = _live(hold, criteria, now)
    return row.start, row.provider_id


def held_candidate(hold: UUID, criteria: Criteria, *, now: datetime) -> tuple[Appointment, Candidate]:
    """The row of a live hold, and its provider as a candidate for these criteria: whatever the hold was placed with,
    the visit is decided by what is asked now.

    Raises HoldExpired as above; SlotTaken, or Refused with the reasons, when the criteria do not lead to this
    provider and slot. The hold stays as it is.
    """
    row = _live(hold, criteria, now)
    candidate = candidate_for_slot(
        criteria,
        row.slot_ehr_id or "",
        row.start,
        provider_id=row.provider_id,
        now=now,
        kept_for_us=is_frozen(row.slot_ehr_id),
    )
    if candidate is None:
        refusal = why_not(criteria, row.start, provider_id=row.provider_id, now=now)
        if refusal.code is RefusalCode.SLOT_TAKEN:
            raise SlotTaken(alternatives(criteria, row.start, now))
        raise refusal
    return row, candidate


def use_hold(row: Appointment, candidate: Candidate, criteria: Criteria, *, now: datetime, **columns: Any) -> None:
    """`held` -> `pending` with these columns, and the time without an end, in the caller's transaction.

    Raises HoldExpired when the hold ended since it was read; TimeTaken or CapReached: roll back then.
    """
    changes = {
        **columns_of(candidate, criteria),
        **sealed(Appointment, row.pk, criteria=criteria_as_stored(criteria)),
        "state": State.PENDING.value,
        "expires_at": None,
        "holder_index": None,
        "next_look_at": now,
        "created_at": now,
        **columns,
    }
    advisory_lock("provider", row.provider_id)
    if not Appointment.objects.filter(pk=row.pk, state=State.HELD.value, expires_at__gt=now).update(**changes):
        raise HoldExpired(alternatives(criteria, row.start, now))
    take_time(row.pk, candidate, now=now)
    let_go(row.pk, now=now)


def _live(hold: UUID, criteria: Criteria, now: datetime) -> Appointment:
    row = Appointment.objects.filter(pk=hold, origin=Appointment.Origin.MOONLIT).first()
    if row is None:
        raise HoldExpired
    if row.state != State.HELD.value or row.expires_at <= now:
        raise HoldExpired(alternatives(criteria, row.start, now))
    return row
