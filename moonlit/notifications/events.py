"""What the Notification Service listens to. Each handler runs in the transaction that marks the event as handled."""

from __future__ import annotations

from uuid import UUID

from moonlit.audit.actor import SYSTEM
from moonlit.notifications import services
from moonlit.platform import clock
from moonlit.platform.outbox import Event, subscriber


@subscriber("appointment.booked", consumer="notifications.confirmation")
@subscriber("appointment.moved", consumer="notifications.moved")
@subscriber("appointment.followed", consumer="notifications.followed")
@subscriber("appointment.change_failed", consumer="notifications.change_failed")
@subscriber("appointment.duplicate", consumer="notifications.duplicate")
@subscriber("appointment.cancelled", consumer="notifications.cancellation")
def tell_about_visit(event: Event) -> None:
    services.queue_visit_message(event.topic, UUID(event.subject), event.version, actor=SYSTEM, now=clock.now())


@subscriber("code.requested", consumer="notifications.code")
def send_code(event: Event) -> None:
    services.queue_code(UUID(event.subject), now=clock.now())


@subscriber("lead.created", consumer="notifications.lead_alert")
def alert_front_desk(event: Event) -> None:
    services.queue_lead_alert(UUID(event.subject), actor=SYSTEM, now=clock.now())
