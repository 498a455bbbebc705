"""What a booking or hold learns about a slot before the next refresh of the mirror does."""

from __future__ import annotations

from datetime import datetime

from moonlit.availability.models import Slot
from moonlit.availability.services.calendars import rebuild
from moonlit.platform.db import advisory_lock


def slot_gone(ehr_slot_id: str, *, now: datetime) -> None:
    """The EHR has given the slot to somebody else: offer it no longer (rules 3.1). Must run inside a transaction."""
    slot = Slot.objects.filter(ehr_slot_id=ehr_slot_id, state=Slot.State.OPEN).only("provider_id").first()
    if slot is None:
        return
    advisory_lock("provider", slot.provider_id)
    Slot.objects.filter(pk=slot.pk).update(state=Slot.State.GONE, seen_at=now)
    rebuild(slot.provider_id, now=now)


def slot_back(ehr_slot_id: str, *, now: datetime) -> None:
    """The EHR offers again what we had frozen there: so do we, if a refresh has missed it meanwhile (rules 4.2).

    Must run inside a transaction.
    """
    slot = Slot.objects.filter(ehr_slot_id=ehr_slot_id, state=Slot.State.GONE).only("provider_id").first()
    if slot is None:
        return
    advisory_lock("provider", slot.provider_id)
    Slot.objects.filter(pk=slot.pk).update(state=Slot.State.OPEN, seen_at=now)
    rebuild(slot.provider_id, now=now)
