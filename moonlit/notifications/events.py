"""What the Notification Service listens to. Each handler runs in the transaction that marks the event as handled."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from moonlit.audit.actor import SYSTEM
from moonlit.booking.queries import reviewed_visit
from moonlit.notifications import services
from moonlit.platform import clock
from moonlit.platform.outbox import Event, subscriber

LEAVES_THE_PAGE = timedelta(minutes=3)


@subscriber("appointment.booked", consumer="notifications.confirmation")
@subscriber("appointment.moved", consumer="notifications.moved")
@subscriber("appointment.followed", consumer="notifications.followed")
@subscriber("appointment.change_failed", consumer="notifications.change_failed")
@subscriber("appointment.duplicate", consumer="notifications.duplicate")
@subscriber("appointment.cancelled", consumer="notifications.cancellation")
def tell_about_visit(event: Event) -> None:
    services.queue_visit_message(event.topic, UUID(event.subject), event.version, actor=SYSTEM, now=clock.now())


@subscriber("appointment.not_booked", consumer="notifications.not_booked")
def tell_not_booked(event: Event) -> None:
    """Whoever is still on the page reads it there, and books another time: this is for those who have left."""
    now = clock.now()
    services.queue_visit_message(
        event.topic, UUID(event.subject), event.version, actor=SYSTEM, now=now, not_before=now + LEAVES_THE_PAGE
    )


@subscriber("review.told", consumer="notifications.proposal")
def ask_about_proposal(event: Event) -> None:
    """`version` is the visit's. Each review is a message of its own, also a second one about the same version."""
    review = UUID(event.subject)
    services.queue_visit_message(
        "appointment.proposal", reviewed_visit(review), event.version, actor=SYSTEM, now=clock.now(), occasion=review
    )


@subscriber("code.requested", consumer="notifications.code")
def send_code(event: Event) -> None:
    services.queue_code(UUID(event.subject), now=clock.now())


@subscriber("lead.created", consumer="notifications.lead_alert")
@subscriber("lead.invitable", consumer="notifications.lead_invitation")
def tell_about_lead(event: Event) -> None:
    services.queue_lead_messages(event.topic, UUID(event.subject), actor=SYSTEM, now=clock.now(), version=event.version)
