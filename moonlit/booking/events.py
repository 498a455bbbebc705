"""What the Booking Service itself does after a visit was booked, moved or ended. Each handler runs in the transaction
that marks the event as handled; what needs the EHR is enqueued.
"""

from __future__ import annotations

from uuid import UUID

from moonlit.booking import services
from moonlit.platform import clock
from moonlit.platform.outbox import Event, subscriber


@subscriber("appointment.booked", consumer="booking.after_booked")
@subscriber("appointment.moved", consumer="booking.after_booked")
def after_booked(event: Event) -> None:
    """The subject of `appointment.moved` is the new visit."""
    visit, now = UUID(event.subject), clock.now()
    services.open_chart_writes(visit, now=now)
    services.open_estimate(visit, now=now)
    services.review_duplicates(visit, now=now)


@subscriber("appointment.moved", consumer="booking.neighbours")
@subscriber("appointment.cancelled", consumer="booking.neighbours")
def review_neighbours(event: Event) -> None:
    services.review_neighbours(UUID(event.subject), now=clock.now())
