"""What is known of single slots and visits: the mirror's word about one slot, who else has a stretch of time."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg.types.range import TimestamptzRange

from moonlit.availability.models import Occupancy, Slot


@dataclass(frozen=True, slots=True)
class SlotAsSeen:
    provider_id: int
    is_open: bool
    reason_ids: tuple[str, ...]
    """The EHR's reasons it could be booked for."""
    type_id: str


def slot_as_seen(ehr_slot_id: str) -> SlotAsSeen | None:
    """What the mirror last showed under this id; None when it never did."""
    slot = Slot.objects.filter(ehr_slot_id=ehr_slot_id).first()
    if slot is None:
        return None
    return SlotAsSeen(slot.provider_id, slot.state == Slot.State.OPEN, tuple(slot.ehr_reason_ids), slot.ehr_type_id)


def busy_spans(appointments: Collection[UUID]) -> dict[UUID, tuple[datetime, datetime]]:
    """Appointment -> from when until when it keeps its provider busy; those that keep nobody busy are left out."""
    rows = Occupancy.objects.filter(appointment__in=appointments, live=True).values_list("appointment", "during")
    return {appointment: (during.lower, during.upper) for appointment, during in rows}


def others_busy(provider_id: int, start: datetime, end: datetime, *, besides: UUID) -> bool:
    """Whether any other visit, ours or imported, keeps the provider busy then; a hold is no visit yet."""
    busy = Occupancy.objects.filter(
        provider_id=provider_id, live=True, expires_at=None, during__overlap=TimestamptzRange(start, end, "[)")
    )
    return busy.exclude(appointment=besides).exists()
