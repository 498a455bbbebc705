"""What a vendor's word about a message changes. Pure; it only moves forward.

Words come late, twice and in any order: whatever their order, the same words end in the same state. What counts is
the furthest of them: a late `processed` after `delivered` changes nothing, and `delivered` outweighs a failure that
was told of the same sending (vendors.md 1.6: terminal unless a complaint follows).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from moonlit.notifications.models import Message

S, D = Message.State, Message.Delivery

_FORWARD = (
    D.NONE,
    D.PROCESSED,
    D.DEFERRED,
    D.BLOCKED,
    D.UNDELIVERED,
    D.DROPPED,
    D.BOUNCED,
    D.DELIVERED,
    D.COMPLAINED,
)
_FAILURES = frozenset({D.BLOCKED, D.UNDELIVERED, D.DROPPED, D.BOUNCED})
_ARRIVED = frozenset({D.DELIVERED, D.COMPLAINED})


@dataclass(frozen=True, slots=True)
class Way:
    """How far a message has come."""

    state: str
    """One of Message.State."""
    delivery: str
    """One of Message.Delivery."""
    handed_over: bool
    """At least one try to hand it over was begun; before that no vendor can know it."""


def after(way: Way, told: str, *, of_this_sending: bool = True) -> Way:
    """Where the message stands once `told` (one of Message.Delivery) is known; the same when it says nothing new.

    Any word proves that the vendor has the message: one that was waiting, unclear or given up counts as sent then. Of
    an earlier sending (staff had it sent again since) only the arrival counts.
    """
    if not way.handed_over or not _is_further(told, way.delivery):
        return way
    if not of_this_sending and told not in _ARRIVED:
        return way
    return replace(way, state=S.FAILED if told in _FAILURES else S.SENT, delivery=told)


def _is_further(told: str, known: str) -> bool:
    return _FORWARD.index(D(told)) > _FORWARD.index(D(known))
