"""The change machine (rules 4, 4.10): cancelling a booked visit, and letting go of the old one after a move.

Pure, like `domain.booking`: the row is the saga's memory, `booking.services.changes` performs the steps. The visit
stays booked and live until the EHR has released it. A cancel may be repeated without harm and only ever leads away
from booked, so a lost answer is looked up and asked for again; nothing is put once the visit has begun.

A move is won first: the new visit goes through the booking machine, and only when the EHR has booked it is the old one
released here. When it was not won, "your old time stands" is said only after a read has shown it.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from moonlit.domain.booking import ALERT_STAFF_AFTER, LEASE, QUARANTINE, SEND_WITHIN, State
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused

SLOWEST = timedelta(minutes=15)
"""Between two tries, once the first ones failed; it goes on until the visit begins."""


LOOKS_AFTER_NEW = timedelta(minutes=5)
"""How often a change that waits for the new visit looks after it by itself."""
LOOKS_AT_ONCE = 2
"""Attempts after which even a clear "it is not booked" waits: an EHR that contradicts itself is asked slowly."""


class Kind(enum.StrEnum):
    CANCEL = "cancel"
    MOVE = "move"


class New(enum.Enum):
    """What became of the visit that was to replace this one."""

    UNDECIDED = enum.auto()
    """Asked for and not decided; or booked although it is no longer wanted, and not cancelled yet."""
    WON = enum.auto()
    NOT_BOOKED = enum.auto()


@dataclass(frozen=True, slots=True)
class Change:
    """What the machine remembers of one change."""

    kind: Kind
    visit_start: datetime
    asked_at: datetime
    late: bool = False
    """Asked for inside the notice period."""
    attempts: int = 0
    """Calls begun, reads included."""
    last_put_at: datetime | None = None
    next_at: datetime | None = None
    """Before this instant nothing is tried; while a call is under way, its lease."""
    new: New | None = None
    """Of a move; of a cancel only while a move asked for before it is not undone."""


class Do(enum.Enum):
    PUT_CANCEL = enum.auto()
    """`begin_put`, commit, send, `after_put`."""
    LOOK = enum.auto()
    """`begin_look`, commit, read the old visit, `after_look`."""
    WAIT = enum.auto()
    WAIT_FOR_NEW = enum.auto()
    """The new visit is not decided yet; what becomes of it wakes this one."""
    GIVE_UP = enum.auto()
    """The visit has begun and the EHR never released it: people take over."""


@dataclass(frozen=True, slots=True)
class Step:
    do: Do
    at: datetime | None = None
    """For WAIT and WAIT_FOR_NEW: when to ask again; never None there."""


class PutAnswer(enum.Enum):
    """What came back from one cancel."""

    RELEASED = enum.auto()
    NOT_BOOKED = enum.auto()
    """It is cancelled already, or can no longer be: the read tells which."""
    REFUSED = enum.auto()
    """Refused for a reason that repeating does not cure."""
    NOT_REACHED = enum.auto()
    """Provably never carried out: connection refused, 429, our budget or breaker."""
    UNCLEAR = enum.auto()


class Seen(enum.Enum):
    """What a read of the old visit showed."""

    BOOKED = enum.auto()
    RELEASED = enum.auto()
    """Cancelled, or no such visit any more. After a move also: replaced by the visit that was won."""
    ELSEWHERE = enum.auto()
    """The front desk has moved it to another time of its own choice."""
    CHECKED_IN = enum.auto()
    COMPLETED = enum.auto()
    NO_SHOW = enum.auto()
    OTHERS = enum.auto()
    """A visit of another patient stands under this id."""
    UNREADABLE = enum.auto()


@dataclass(frozen=True, slots=True)
class After:
    """What follows from an answer."""

    change: Change
    ends_as: State | None = None
    """The change is over and this is what the visit has become; None: it goes on."""
    put_again: bool = False
    """`change` has begun a put: commit it and send."""
    needs_staff: bool = False


_ENDS = {
    Seen.ELSEWHERE: State.MOVED,
    Seen.CHECKED_IN: State.CHECKED_IN,
    Seen.COMPLETED: State.COMPLETED,
    Seen.NO_SHOW: State.NO_SHOW,
}


def next_step(change: Change, now: datetime) -> Step:
    """What to do with this change at `now`. The caller performs it and comes back with the answer."""
    if change.new is New.UNDECIDED:
        return Step(Do.WAIT_FOR_NEW, now + LOOKS_AFTER_NEW)
    if change.next_at is not None and now < change.next_at:
        return Step(Do.WAIT, change.next_at)
    begun = now >= change.visit_start
    if begun and change.attempts and not _may_land(change, now):
        return Step(Do.GIVE_UP)
    if change.kind is Kind.CANCEL and change.last_put_at is None and not begun:
        return Step(Do.PUT_CANCEL)
    return Step(Do.LOOK)


def begin_put(change: Change, now: datetime) -> Change:
    """To be committed before the call, so that a crash leaves a row that says so."""
    return replace(change, attempts=change.attempts + 1, last_put_at=now, next_at=now + LEASE)


def begin_look(change: Change, now: datetime) -> Change:
    return replace(change, attempts=change.attempts + 1, next_at=now + LEASE)


def may_still_send(change: Change, now: datetime) -> bool:
    """Asked right before the call. False: do not send, the put counts as NOT_REACHED."""
    return change.last_put_at is not None and now - change.last_put_at <= SEND_WITHIN and now < change.visit_start


def after_put(change: Change, answer: PutAnswer, now: datetime, *, retry_after: timedelta | None = None) -> After:
    """The change after an answer to its cancel."""
    match answer:
        case PutAnswer.RELEASED:
            return After(change, ends_as=_released(change))
        case PutAnswer.NOT_BOOKED if change.attempts <= LOOKS_AT_ONCE:
            return After(replace(change, next_at=now))
        case _:
            waits = max(_delay(change), retry_after or timedelta(0))
            return After(replace(change, next_at=now + waits), needs_staff=answer is PutAnswer.REFUSED)


def after_look(change: Change, seen: Seen, now: datetime) -> After:
    """The change after a read of the old visit."""
    lost = change.new is New.NOT_BOOKED
    match seen:
        case Seen.RELEASED:
            return After(change, ends_as=_released(change), needs_staff=lost)
        case Seen.BOOKED if lost:
            return After(change, ends_as=State.BOOKED)
        case Seen.BOOKED if now < change.visit_start:
            return After(begin_put(change, now), put_again=True)
        case Seen.BOOKED | Seen.UNREADABLE | Seen.OTHERS:
            waiting = replace(change, next_at=now + _delay(change))
            return After(waiting, needs_staff=seen is Seen.OTHERS)
        case _:
            # No-show is what the front desk says of a visit nobody came to; anything else is not what was asked for.
            return After(change, ends_as=_ENDS[seen], needs_staff=seen is not Seen.NO_SHOW)


def takes_too_long(change: Change, now: datetime) -> bool:
    """Whether staff are to be told although every answer so far left hope. The machine goes on meanwhile."""
    return change.attempts > 0 and now - change.asked_at >= ALERT_STAFF_AFTER


def is_late(start: datetime, notice: timedelta, now: datetime) -> bool:
    """Whether a change at `now` falls inside the notice period."""
    return start - now < notice


def check_may_cancel(state: State, start: datetime, notice: timedelta, now: datetime, *, late_ok: bool) -> bool:
    """Whether the cancel is a late one. Raises Refused when it is too late, or late without the patient's word."""
    _check_not_begun(state, start, now)
    late = is_late(start, notice, now)
    if late and not late_ok:
        raise Refused(
            RefusalCode.LATE_CHANGE,
            "This is inside the practice's notice period. The visit can be cancelled, as a late cancellation.",
            [RefusalReason("late_cancellation", "Confirm that you want to cancel late.")],
        )
    return late


def check_may_move(
    old: tuple[datetime, datetime], new: tuple[datetime, datetime], *, same_provider: bool, notice: timedelta,
    state: State, by_staff: bool, now: datetime,
) -> None:  # fmt: skip
    """Raises Refused `late_change` when staff must move the visit; they may do so inside the notice period."""
    _check_not_begun(state, old[0], now)
    if is_late(old[0], notice, now) and not by_staff:
        raise for_staff("notice_period", "The visit is too near to be moved online. Please ask us to move it.")
    if same_provider and new[0] < old[1] and old[0] < new[1]:
        raise for_staff("overlaps_visit", "The new time overlaps the old one. Please ask us to move it.")


def for_staff(reason: str, detail: str) -> Refused:
    """A change that only people can make; the way out is a request to them."""
    return Refused(RefusalCode.LATE_CHANGE, detail, [RefusalReason(reason, detail)])


def _check_not_begun(state: State, start: datetime, now: datetime) -> None:
    if state in {State.CHECKED_IN, State.COMPLETED, State.NO_SHOW} or now >= start:
        raise Refused(
            RefusalCode.LATE_CHANGE,
            "The visit has begun or is over and can no longer be changed online.",
            [RefusalReason("visit_begun", "The visit has begun or is over.")],
        )


def _released(change: Change) -> State:
    if change.new is New.WON:
        return State.MOVED
    return State.LATE_CANCELLED if change.late else State.CANCELLED


def _may_land(change: Change, now: datetime) -> bool:
    return change.last_put_at is not None and now < change.last_put_at + QUARANTINE


def _delay(change: Change) -> timedelta:
    """2, 4, 8 ... seconds after each further attempt, a quarter of an hour at most."""
    return min(timedelta(seconds=2 ** min(change.attempts, 10)), SLOWEST)
