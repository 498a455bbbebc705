"""When a video visit can be joined, and when its link is fetched. The link works only on the day of the visit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from moonlit.domain import zones
from moonlit.domain.reminders import Reminder, window

LATE = timedelta(minutes=30)
"""So long after its end a visit may still be joined: it may run over."""
TO_CALL = timedelta(minutes=30)
"""So long before the start staff learn that there is no link, to call the patient."""
ASK_AGAIN = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Asked:
    """What is known of the link, for the present start of the visit."""

    at: datetime
    """When the EHR was last asked."""
    given_up: bool


def opens(start: datetime, zone: str) -> datetime:
    """With the message that brings the link, but never before the day of the visit begins at its place."""
    return max(window(Reminder.JOIN, start, zone).opens, zones.day_start(zones.local_date(start, zone), zone))


def can_be_joined(start: datetime, end: datetime, zone: str, now: datetime) -> bool:
    """Whether the link may be fetched and shown now."""
    return opens(start, zone) <= now < end + LATE


def to_be_asked(asked: Asked | None, now: datetime) -> bool:
    """Whether to ask (again) without anybody waiting. A time of asking in the future was written by a clock that has
    been set back since.
    """
    return asked is None or (not asked.given_up and not timedelta() <= now - asked.at < ASK_AGAIN)


def to_be_given_up(asked: Asked | None, start: datetime, now: datetime) -> bool:
    """Whether staff must help: it was asked for in vain, and the visit begins within half an hour."""
    return asked is not None and not asked.given_up and now >= start - TO_CALL
