"""Whether a patient can join a video visit now, and where."""

from __future__ import annotations

import enum
from datetime import datetime
from uuid import UUID

from moonlit.booking.models import Appointment
from moonlit.domain.booking import State
from moonlit.domain.joining import Asked, can_be_joined, opens
from moonlit.practice.queries import message_owner

VIDEO = "telehealth"


class Joining(enum.Enum):
    """How it stands with the link; NONE: there will be none here."""

    NONE = "none"
    LATER = "later"
    """On the day of the visit."""
    WAITING = "waiting"
    """Its hour has come, and the EHR has not given it yet."""
    OPEN = "open"


def links_are_ours() -> bool:
    """Whether this program brings patients into their video visits (rules 6.2)."""
    return message_owner("join_link") == "moonlit"


def joining(appointment: UUID, now: datetime) -> Joining:
    """For a visit behind a proven session. Raises DoesNotExist for an unknown id."""
    return _of(Appointment.objects.select_related("location").get(pk=appointment), now)


def where_to_join(appointment: UUID, now: datetime) -> str:
    """The address itself, for a redirect and nothing else; empty when it cannot be joined now."""
    row = Appointment.objects.select_related("location").get(pk=appointment)
    return row.join_url or "" if _of(row, now) is Joining.OPEN else ""


def asked_of(row: Appointment) -> Asked | None:
    """What was asked for the present start; None: nothing yet."""
    if row.join_asked_at is None or row.join_for != row.start:
        return None
    return Asked(row.join_asked_at, given_up=row.join_given_up_at is not None)


def _of(row: Appointment, now: datetime) -> Joining:
    stands = row.state in {State.BOOKED.value, State.CHECKED_IN.value} and row.change != Appointment.Change.CANCEL
    if not stands or row.location.kind != VIDEO or not links_are_ours():
        return Joining.NONE
    if now < opens(row.start, row.time_zone):
        return Joining.LATER
    if not can_be_joined(row.start, row.end, row.time_zone, now):
        return Joining.NONE
    return Joining.OPEN if row.join_url and row.join_for == row.start else Joining.WAITING
