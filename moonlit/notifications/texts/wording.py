"""What a module of words must have for each thing there is to tell about a visit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class News(StrEnum):
    BOOKED = "booked"
    CHANGED = "changed"
    STAYS = "stays"
    """A move was asked for and came to nothing: the old time stands."""
    CANCELLED = "cancelled"
    ANOTHER = "another"
    """Somebody has booked another visit for the same person; this one stands (rules 4.9)."""


@dataclass(frozen=True, slots=True)
class Wording:
    """`{name}` is the practice's neutral name, `{when}` date, time and zone, `{link}` the address."""

    subject: str
    line: str
    action: str
    sms: tuple[str, ...]
    """From the fullest to the shortest; each ends with how to stop them."""
