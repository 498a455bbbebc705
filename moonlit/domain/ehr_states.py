"""What the EHR's word about a visit means for our row (rules 4, 5): pure, total, blind to the order of notices.

A notice is never an order, only a hint that something may have changed: what counts is what the EHR shows when it is
read. `judge` compares that with what we have; doing what it says makes the two agree. So any order of notices, and any
number of them, ends in the same state.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from moonlit.domain.booking import LIVE, OPEN, State

SHOWN_AS: Mapping[str, State] = MappingProxyType(
    {
        "booked": State.BOOKED,
        "checked_in": State.CHECKED_IN,
        "checked_out": State.COMPLETED,
        "charge_entered": State.COMPLETED,
    }
)
"""The EHR's word for a visit that was not cancelled -> ours. `open` is no visit, `cancelled` has several meanings."""
ENDED = frozenset({State.CANCELLED, State.LATE_CANCELLED, State.MOVED})
"""The EHR keeps one word for all of these; which of them it was, whoever ended the visit knows better."""
NO_VISIT = frozenset({State.HELD, State.LOST, State.FAILED, State.EXPIRED, State.RELEASED})
"""Rows of ours that the EHR never had: they make no claim on what it shows."""


@dataclass(frozen=True, slots=True)
class SeenVisit:
    """A record of the EHR as read."""

    status: str
    """open | booked | checked_in | checked_out | charge_entered | cancelled"""
    start: datetime
    minutes: int
    department_id: str
    provider_ids: frozenset[str]
    """EHR ids of whoever sees the patient: the template's provider, and the one it was rescheduled to."""
    no_show: bool = False
    rescheduled_to: str = ""
    """Id of the record that replaces this one."""
    cancelled_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class OurVisit:
    """The same record as we have it."""

    state: State
    start: datetime
    minutes: int | None
    """How long it keeps the provider busy; None: it keeps nobody busy, so its length is nothing to compare."""
    department_id: str
    provider_id: str
    """EHR ids of the place and of the clinician the patient sees."""
    change_under_way: bool = False
    """A cancel or move that somebody asked us for is on its way to the EHR."""


class Do(enum.Enum):
    NOTHING = enum.auto()
    """We have it as it is."""
    FRESHEN = enum.auto()
    """An open time: read the department's open times again."""
    IMPORT = enum.auto()
    """A visit we did not know."""
    FOLLOW = enum.auto()
    """Take over the state, or where and when it is, or both."""
    SETTLE = enum.auto()
    """The change under way has happened, or can happen no more: its own machine settles it."""
    WAIT = enum.auto()
    """A write of ours is under way: its own machine reads the same record and decides; ask again afterwards."""


@dataclass(frozen=True, slots=True)
class Judgement:
    do: Do
    state: State | None = None
    """For IMPORT and FOLLOW: what the visit is now."""
    relocated: bool = False
    """Provider, place, start or length differ; only for a visit that takes place or took place."""


def state_of(seen: SeenVisit, notice: timedelta) -> State | None:
    """Our word for it; None is an open time, no visit. `notice` is how long before the start a cancel is late."""
    if seen.status in SHOWN_AS:
        return SHOWN_AS[seen.status]
    if seen.status != "cancelled":
        return None
    if seen.no_show:
        return State.NO_SHOW
    if seen.rescheduled_to:
        return State.MOVED
    late = seen.cancelled_at is not None and seen.cancelled_at > seen.start - notice
    return State.LATE_CANCELLED if late else State.CANCELLED


def judge(ours: OurVisit | None, seen: SeenVisit, notice: timedelta) -> Judgement:
    """What to do about one record, fresh from the EHR. Total: every pair has an answer, and doing it twice is once."""
    state = state_of(seen, notice)
    if ours is None or ours.state in NO_VISIT:
        return Judgement(Do.FRESHEN) if state is None else Judgement(Do.IMPORT, state)
    if ours.state in OPEN:
        return Judgement(Do.WAIT)
    if ours.change_under_way:
        return Judgement(Do.NOTHING if _agree(ours, seen, state) else Do.SETTLE)
    if state is None:
        stands = ours.state in LIVE or ours.state is State.COMPLETED
        return Judgement(Do.FOLLOW, State.CANCELLED) if stands else Judgement(Do.FRESHEN)
    if _agree(ours, seen, state):
        return Judgement(Do.NOTHING)
    return Judgement(Do.FOLLOW, state, relocated=_relocated(ours, seen, state))


def _agree(ours: OurVisit, seen: SeenVisit, state: State | None) -> bool:
    same = ours.state is state or {ours.state, state} <= ENDED
    return same and not _relocated(ours, seen, state)


def _relocated(ours: OurVisit, seen: SeenVisit, state: State | None) -> bool:
    if state not in LIVE and state is not State.COMPLETED:
        return False
    return (
        ours.start != seen.start
        or (ours.minutes is not None and ours.minutes != seen.minutes)
        or ours.department_id != seen.department_id
        or ours.provider_id not in seen.provider_ids
    )
