"""When a visit is called to mind: three days before, the day before, and with the link on the day of a video visit
(rules 6.3).

All in instants: 72 hours are 72 hours on the two days of a year that have 23 or 25. Only the morning of the day is read
from a wall clock, that of the place of the visit.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from moonlit.domain import zones


class Reminder(enum.StrEnum):
    IN_3_DAYS = "in_3_days"
    TOMORROW = "tomorrow"
    JOIN = "join"
    """Only for a video visit: the link by which one joins."""


class Verdict(enum.Enum):
    NOT_YET = "not_yet"
    DUE = "due"
    TOO_LATE = "too_late"
    """It would come as a surprise, or beside the next one."""
    JUST_TOLD = "just_told"
    """The time was told so shortly before that nobody has forgotten it."""


@dataclass(frozen=True, slots=True)
class Planned:
    """What decides over reminders of a visit."""

    start: datetime
    """UTC."""
    zone: str
    """IANA name, of the place of the visit."""
    told_at: datetime
    """When the present time was told: booked, or moved to it in place."""


@dataclass(frozen=True, slots=True)
class Window:
    opens: datetime
    closes: datetime
    """From this instant on it is too late."""


_THREE_DAYS = timedelta(hours=72)
_DAY_BEFORE = timedelta(hours=24)
_APART = timedelta(hours=6)
"""At least so long between the first and the second."""
_NOT_IN_THE_LAST = timedelta(hours=4)
_FRESH = timedelta(hours=4)
"""What was told so shortly before a reminder would be due needs none."""
MORNING = time(8)
_MORNING_TO_MIDNIGHT = timedelta(hours=18)
"""Sixteen hours, and room for a clock that is set back in between."""
_TO_GET_READY = timedelta(hours=2)
_TO_OPEN_A_LINK = timedelta(minutes=30)


def window(reminder: Reminder, start: datetime, zone: str) -> Window:
    """Between which instants a reminder makes sense."""
    match reminder:
        case Reminder.IN_3_DAYS:
            return Window(start - _THREE_DAYS, start - _DAY_BEFORE - _APART)
        case Reminder.TOMORROW:
            return Window(start - _DAY_BEFORE, start - _NOT_IN_THE_LAST)
        case Reminder.JOIN:
            morning = zones.first_instant(zones.local_date(start, zone), MORNING, zone)
            return Window(min(morning, start - _TO_GET_READY), start)


def reach(reminder: Reminder) -> timedelta:
    """So long before its visit a reminder is due at the earliest, whatever the zone and the hour of the visit."""
    return {Reminder.IN_3_DAYS: _THREE_DAYS, Reminder.TOMORROW: _DAY_BEFORE, Reminder.JOIN: _MORNING_TO_MIDNIGHT}[
        reminder
    ]


def judge(reminder: Reminder, visit: Planned, now: datetime) -> Verdict:
    """What to do about a reminder now. All but NOT_YET is final: the caller decides once for each start."""
    span = window(reminder, visit.start, visit.zone)
    if now < span.opens:
        return Verdict.NOT_YET
    if _just_told(reminder, visit, span):
        return Verdict.JUST_TOLD
    return Verdict.DUE if now < span.closes else Verdict.TOO_LATE


def _just_told(reminder: Reminder, visit: Planned, span: Window) -> bool:
    if reminder is Reminder.JOIN:
        return visit.told_at >= span.opens and visit.start - visit.told_at < _TO_OPEN_A_LINK
    return visit.told_at > span.opens - _FRESH
