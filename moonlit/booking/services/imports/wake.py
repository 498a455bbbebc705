"""What the EHR shows is the news a machine of ours waits for: it looks now, and decides by itself."""

from __future__ import annotations

from datetime import datetime

from moonlit.booking.models import Appointment
from moonlit.domain.booking import State
from moonlit.platform.jobs import enqueue


def wake_booking(row: Appointment, *, now: datetime) -> None:
    """Our own write, seen before its answer was: the next look is due now. A put under way is left alone."""
    from moonlit.booking.jobs import advance_booking  # the job calls the services

    waiting = Appointment.objects.filter(pk=row.pk, state=State.UNKNOWN.value, next_look_at__gt=now)
    waiting.update(next_look_at=now)
    enqueue(advance_booking, appointment=row.pk)


def wake_change(row: Appointment, *, now: datetime) -> None:
    """The EHR has done what was asked, or something else: the change under way looks now and settles."""
    from moonlit.booking.jobs import advance_change_of  # the job calls the services

    waiting = Appointment.objects.filter(pk=row.pk, change_next_at__gt=now)
    waiting.update(change_next_at=now)
    enqueue(advance_change_of, appointment=row.pk)
