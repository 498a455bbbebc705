"""What a message can be about."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from moonlit.notifications.texts.wording import News


class Kind(StrEnum):
    CONFIRMATION = "confirmation"
    """To the patient: the visit is booked. The practice says who owns it (rules 6.2)."""
    CHANGE = "change"
    """To the patient: the visit has another time, or keeps the old one because a move came to nothing."""
    CANCELLATION = "cancellation"
    CODE = "code"
    """Six digits, asked for by whoever is on the page now: first in the queue, at any hour, dead in ten minutes."""
    LEAD_ALERT = "lead_alert"
    """To the front desk: somebody left a request."""


class Told(NamedTuple):
    """How an event about a visit is told to the patient."""

    kind: Kind
    news: News


ABOUT_VISITS: Mapping[str, Told] = MappingProxyType(
    {
        "appointment.booked": Told(Kind.CONFIRMATION, News.BOOKED),
        "appointment.moved": Told(Kind.CHANGE, News.CHANGED),
        "appointment.followed": Told(Kind.CHANGE, News.CHANGED),
        "appointment.change_failed": Told(Kind.CHANGE, News.STAYS),
        "appointment.duplicate": Told(Kind.CHANGE, News.ANOTHER),
        "appointment.cancelled": Told(Kind.CANCELLATION, News.CANCELLED),
    }
)
"""By topic of the outbox."""

_STANDS = ("booked", "checked_in")
TRUE_IN: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.CONFIRMATION: _STANDS,
        Kind.CHANGE: _STANDS,
        Kind.CANCELLATION: ("cancelled", "late_cancelled", "lost", "failed"),  # taken back before it was won
    }
)
"""States of the visit in which a message of the kind is true."""
