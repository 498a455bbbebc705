"""Sending again what was given up, when staff ask for it."""

from __future__ import annotations

import enum
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.notifications.contact_queries import is_stopped
from moonlit.notifications.dead_letters import MAY_HAVE_ARRIVED, is_given_up
from moonlit.notifications.models import Message
from moonlit.notifications.services import state
from moonlit.notifications.services.promise import GIVE_UP_AFTER
from moonlit.notifications.services.withhold import STOPPED, reason_to_withhold


class Resend(enum.Enum):
    RESENT = "resent"
    """It is in the queue again."""
    MAY_HAVE_ARRIVED = "may_have_arrived"
    """Nothing was done: the vendor never said whether it has the message. `anyway` sends it all the same."""
    NOT_FAILED = "not_failed"
    """Nothing was done: it was not given up, or somebody was faster."""
    NO_LONGER_TRUE = "no_longer_true"
    """Nothing was done: `reason` says what has changed."""
    NEEDS_CONTACT = "needs_contact"
    """Nothing was done: nothing is sent to this contact any more; the person needs another one."""


class Resent(NamedTuple):
    answer: Resend
    reason: str = ""
    """A stable code, as in `Message.error`."""


def resend(message_id: UUID, *, actor: Actor, now: datetime, anyway: bool = False) -> Resent:
    """Put a message that was given up back into the queue, once, if what it says is still true and wanted.

    What was tried before stays written down. Raises Message.DoesNotExist.
    """
    message = Message.objects.get(pk=message_id)
    if not is_given_up(message):
        return Resent(Resend.NOT_FAILED)
    if is_stopped(message.channel, message.recipient):
        return Resent(Resend.NEEDS_CONTACT, STOPPED)
    if reason := reason_to_withhold(message, now):
        return Resent(Resend.NO_LONGER_TRUE, reason)
    if message.error in MAY_HAVE_ARRIVED and not anyway:
        return Resent(Resend.MAY_HAVE_ARRIVED, message.error)
    with transaction.atomic():
        again = {
            "state": Message.State.QUEUED,
            "resends": message.resends + 1,
            "next_at": now,
            "give_up_at": now + GIVE_UP_AFTER,
            "error": "",
            "delivery": Message.Delivery.NONE,
            "delivery_at": None,
            "sending_at": None,
            "sent_at": None,
            "vendor_id": "",
        }
        as_read = {name: getattr(message, name) for name in ("state", "attempts", "resends", "delivery")}
        if not Message.objects.filter(pk=message.pk, **as_read).update(**again):
            return Resent(Resend.NOT_FAILED)
        facts = {"kind": message.kind, "channel": message.channel, "about": message.subject, "was": message.error}
        record(Verb.MESSAGE_RESENT, actor=actor, subject=f"message:{message.pk}", facts=facts | {"anyway": anyway})
        state.enqueue_push(message.pk, now, message.kind)
    return Resent(Resend.RESENT)
