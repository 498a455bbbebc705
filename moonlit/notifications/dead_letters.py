"""Messages that did not reach the person, for all we know: somebody has to follow them up."""

from __future__ import annotations

from django.db.models import Q

from moonlit.notifications.models import Message

MAY_HAVE_ARRIVED = frozenset({"unconfirmed"})
"""Given up without knowing whether the vendor has it."""

GIVEN_UP = Q(state=Message.State.FAILED) | Q(state=Message.State.SENT, delivery=Message.Delivery.COMPLAINED)
"""As a filter of messages. What a vendor took and could not bring is FAILED; a complaint alone leaves it SENT."""


def is_given_up(message: Message) -> bool:
    """As `GIVEN_UP`."""
    if message.state == Message.State.FAILED:
        return True
    return message.state == Message.State.SENT and message.delivery == Message.Delivery.COMPLAINED
