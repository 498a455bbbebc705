"""One visit through all its moves: what a calendar needs to replace its entry instead of adding another."""

from __future__ import annotations

from uuid import UUID

from moonlit.booking.models import Appointment


def calendar_identity(appointment_id: UUID) -> tuple[str, int]:
    """(uid, sequence). The uid is that of the first visit of the chain of moves; the sequence is the sum of the
    versions along the chain, so it grows with every change and every move. Raises Appointment.DoesNotExist.
    """
    at, sequence, seen = appointment_id, 0, set[UUID]()
    while True:
        version, before = Appointment.objects.values_list("version", "moved_from_id").get(pk=at)
        sequence += version
        seen.add(at)
        if before is None or before in seen:
            return f"{at}@moonlit", sequence
        at = before
