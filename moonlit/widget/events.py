"""What the pages listen to."""

from __future__ import annotations

from uuid import UUID

from moonlit.platform.outbox import Event, subscriber
from moonlit.widget import services


@subscriber("appointment.booked", consumer="widget.forget_answers")
def forget_answers(event: Event) -> None:
    services.forget_answers(UUID(event.subject))
