"""What a message can be about: for whom it is, who owns it, on which topic, when it is true."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import NamedTuple

from moonlit.domain.reminders import Reminder
from moonlit.notifications.texts.wording import News
from moonlit.people.topics import Topic


class Kind(StrEnum):
    RECEIVED = "received"
    """To the patient: the request has come, the EHR has not answered yet."""
    NOT_BOOKED = "not_booked"
    """To the patient: the time could not be had, with others (rules 4.6)."""
    CONFIRMATION = "confirmation"
    """To the patient: the visit is booked. The practice says who owns it (rules 6.2)."""
    CHANGE = "change"
    """To the patient: the visit has another time, or keeps the old one because a change came to nothing."""
    CANCELLATION = "cancellation"
    REMINDER = "reminder"
    """72 and 24 hours before."""
    JOIN = "join_link"
    """On the day of a video visit."""
    TO_COMPLETE = "to_complete"
    """Consents to sign, details to add."""
    PROPOSAL = "proposal"
    """Staff ask the patient about a change of a booked visit (rules 4.14)."""
    CODE = "code"
    """Six digits, asked for by whoever is on the page now: first in the queue, at any hour, dead in ten minutes."""
    LEAD_RECEIVED = "lead_received"
    """To whoever left word, with consent."""
    LEAD_INVITATION = "lead_invitation"
    """To whoever waited: times can be had now, once, with consent (rules 2)."""
    LEAD_ALERT = "lead_alert"
    """To the front desk: somebody left a request."""
    STAFF_ALERT = "staff_alert"
    """To a team: something needs a hand, a failed write or a review; what it is stands behind the link only."""
    REPLY = "reply"
    """The one answer to STOP, START, HELP or a free text."""


class Told(NamedTuple):
    """How an event about a visit is told to the patient."""

    kind: Kind
    news: News
    topic: Topic = Topic.VISITS
    reminder: Reminder | None = None
    """Whose window it may come in; None: until the visit begins."""


ABOUT_VISITS: Mapping[str, Told] = MappingProxyType(
    {
        "appointment.received": Told(Kind.RECEIVED, News.RECEIVED),
        "appointment.not_booked": Told(Kind.NOT_BOOKED, News.NOT_BOOKED),
        "appointment.booked": Told(Kind.CONFIRMATION, News.BOOKED),
        "appointment.moved": Told(Kind.CHANGE, News.CHANGED),
        "appointment.followed": Told(Kind.CHANGE, News.CHANGED),
        "appointment.change_failed": Told(Kind.CHANGE, News.STAYS),
        "appointment.duplicate": Told(Kind.CHANGE, News.ANOTHER),
        "appointment.cancelled": Told(Kind.CANCELLATION, News.CANCELLED),
        "appointment.in_3_days": Told(Kind.REMINDER, News.IN_3_DAYS, Topic.REMINDERS, Reminder.IN_3_DAYS),
        "appointment.tomorrow": Told(Kind.REMINDER, News.TOMORROW, Topic.REMINDERS, Reminder.TOMORROW),
        "appointment.join": Told(Kind.JOIN, News.JOIN, Topic.REMINDERS, Reminder.JOIN),
        "appointment.to_complete": Told(Kind.TO_COMPLETE, News.TO_COMPLETE),
        "appointment.proposal": Told(Kind.PROPOSAL, News.PROPOSAL),
    }
)
"""By topic of the outbox."""

OF_A_TIME = (Kind.REMINDER, Kind.JOIN)
"""True as long as the visit begins when it was to begin, whatever else has changed (rules 6.3)."""

OF_A_STATE = (Kind.RECEIVED, Kind.TO_COMPLETE)
"""True in any version of the visit while its state, or what is left to do, says so. All others: of one version only."""

NO_TASK = (Kind.REMINDER, Kind.JOIN, Kind.TO_COMPLETE)
"""Staff are not asked to reach somebody for these when there is no contact: the confirmation has asked already."""

ALERTS = (Kind.LEAD_ALERT, Kind.STAFF_ALERT)
"""To staff."""

AT_ANY_HOUR = (Kind.CODE, Kind.REPLY)
"""Answers to what somebody does this moment: they may ring at night (rules 6.4)."""

OWNED = (Kind.CONFIRMATION, Kind.REMINDER, Kind.CHANGE, Kind.CANCELLATION, Kind.JOIN)
"""Kinds that the EHR could send as well; for each the practice names the owner (rules 6.2). All others are ours."""

_STANDS = ("booked", "checked_in")
_WAITS = ("pending", "submitting", "unknown")
TRUE_IN: Mapping[Kind, tuple[str, ...]] = MappingProxyType(
    {
        Kind.RECEIVED: _WAITS,
        Kind.NOT_BOOKED: ("lost", "failed"),
        Kind.CONFIRMATION: _STANDS,
        Kind.CHANGE: _STANDS,
        Kind.CANCELLATION: ("cancelled", "late_cancelled", "lost", "failed"),  # taken back before it was won
        Kind.REMINDER: ("booked",),
        Kind.JOIN: _STANDS,
        Kind.TO_COMPLETE: _STANDS,
        Kind.PROPOSAL: _STANDS,
    }
)
"""States of the visit in which a message of the kind is true."""
