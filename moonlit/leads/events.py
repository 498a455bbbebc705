"""What the Lead Service listens to. The handler runs in the transaction that marks the event as handled."""

from __future__ import annotations

from uuid import UUID

from moonlit.leads import services
from moonlit.platform import clock
from moonlit.platform.outbox import Event, subscriber


@subscriber("appointment.booked", consumer="leads.booked")
def after_booked(event: Event) -> None:
    services.appointment_booked(UUID(event.subject), now=clock.now())
