"""What a module of words must have for each thing there is to tell about a visit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class News(StrEnum):
    RECEIVED = "received"
    """We have the request and hold the time; the EHR has not answered yet."""
    NOT_BOOKED = "not_booked"
    """The time asked for could not be had; there are others."""
    BOOKED = "booked"
    CHANGED = "changed"
    STAYS = "stays"
    """A move or a cancel was asked for and came to nothing: the visit stands."""
    CANCELLED = "cancelled"
    ANOTHER = "another"
    """Somebody has booked another visit for the same person; this one stands (rules 4.9)."""
    IN_3_DAYS = "in_3_days"
    """Reminder, 72 hours before."""
    TOMORROW = "tomorrow"
    """Reminder, 24 hours before. It names the date, never "tomorrow": quiet hours can hold it back."""
    JOIN = "join"
    """On the day of a video visit: the link by which one joins."""
    TO_COMPLETE = "to_complete"
    """Consents to sign or details to add before the visit."""
    PROPOSAL = "proposal"
    """The practice would like to change the visit and asks (rules 4.14)."""


class Reply(StrEnum):
    """What a text message from somebody is answered with."""

    STOPPED = "stopped"
    """One confirmation; it must not sound as if a visit were cancelled."""
    STARTED = "started"
    HELP = "help"
    FREE = "free"
    """To anything else: it is not answered here, whatever it asks."""


@dataclass(frozen=True, slots=True)
class Wording:
    """`{name}` is the practice's neutral name, `{when}` date, time and zone, `{link}` the address; about a lead `{by}`
    the day of our answer and `{phone}` that of the practice.
    """

    subject: str
    line: str
    action: str
    """What the link is called; empty where there is none."""
    sms: tuple[str, ...]
    """From the fullest to the shortest; each ends with how to stop them. The fullest names rates and HELP where it
    can be the first one a person gets.
    """


def ended(wordings: Sequence[str], endings: Sequence[str]) -> tuple[str, ...]:
    """Text messages from the fullest to the shortest: the first wording with each ending, the others with the last."""
    first, *shorter = wordings
    return (*(first + ending for ending in endings), *(wording + endings[-1] for wording in shorter))
