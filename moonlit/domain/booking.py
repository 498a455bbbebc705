"""The booking machine (rules 4): what a booking may become, what to do next, what an answer of the EHR means.

Pure: the row is the saga's memory, `booking` performs the steps. The EHR's write has no idempotency key, its answer can
be lost, and a request can land long after it was given up. So nothing is assumed: after anything but a clear answer we
look, and we keep the time until no put of ours can land any more.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType

MAX_PUTS = 3
"""Puts that may have reached the EHR, per booking (rules 4.5)."""
QUARANTINE = timedelta(seconds=120)
"""A put can land this long after it was sent (rules 4.5)."""
SEND_WITHIN = timedelta(seconds=10)
"""A worker that slept longer between the commit of `submitting` and the call must not call: its time may be gone."""
LEASE = timedelta(seconds=90)
"""A row that stays `submitting` for longer lost its worker. Longer than SEND_WITHIN plus the longest call (60 s)."""
ALERT_STAFF_AFTER = timedelta(minutes=15)
CALL_TASK_AFTER = timedelta(hours=2)
"""Office hours."""


class State(enum.StrEnum):
    """A booking's state; a hold is the same row as its booking."""

    HELD = "held"
    PENDING = "pending"
    SUBMITTING = "submitting"
    UNKNOWN = "unknown"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    COMPLETED = "completed"
    CANCELLED = "cancelled"
    LATE_CANCELLED = "late_cancelled"
    MOVED = "moved"
    NO_SHOW = "no_show"
    LOST = "lost"
    FAILED = "failed"
    EXPIRED = "expired"
    RELEASED = "released"


OPEN = frozenset({State.PENDING, State.SUBMITTING, State.UNKNOWN})
"""Asked for and undecided: the sweeper visits these."""
LIVE = OPEN | {State.HELD, State.BOOKED, State.CHECKED_IN}
"""These block the provider's time (a hold only while it has not expired)."""
_VISIT = frozenset(
    {
        State.BOOKED,
        State.CHECKED_IN,
        State.COMPLETED,
        State.CANCELLED,
        State.LATE_CANCELLED,
        State.MOVED,
        State.NO_SHOW,
    }
)

TRANSITIONS: Mapping[State, frozenset[State]] = MappingProxyType(
    {
        State.HELD: frozenset({State.PENDING, State.EXPIRED, State.RELEASED}),
        State.PENDING: frozenset({State.SUBMITTING, State.BOOKED, State.FAILED, State.CANCELLED}),
        State.SUBMITTING: frozenset({State.BOOKED, State.UNKNOWN, State.LOST, State.FAILED, State.PENDING}),
        State.UNKNOWN: frozenset({State.BOOKED, State.LOST, State.FAILED, State.SUBMITTING}),
        State.LOST: frozenset({State.PENDING}),
        State.FAILED: frozenset(),
        State.EXPIRED: frozenset({State.HELD}),  # taken again while nobody else has the time
        State.RELEASED: frozenset(),
        # Once in the EHR, a visit may be moved between these in any order.
        **{state: _VISIT - {state} for state in _VISIT},
    }
)


def may_become(old: State, new: State) -> bool:
    """Whether the table of rules 4 allows the step."""
    return new in TRANSITIONS[old]


def public_word(state: State) -> str:
    """The word that the API and the patient see."""
    if state in OPEN:
        return "pending"
    if state in {State.LOST, State.FAILED}:
        return "not_booked"
    return state.value


@dataclass(frozen=True, slots=True)
class Progress:
    """What the machine remembers of one booking."""

    state: State
    notice_limit_at: datetime
    """The last instant at which this visit may still be booked; nothing is put afterwards."""
    puts: int = 0
    """Puts that reached the EHR, or may have. `pending` always means none."""
    attempts: int = 0
    """Every try, those that never left included."""
    last_put_at: datetime | None = None
    next_look_at: datetime | None = None
    """Before this instant nothing is tried."""
    withdrawn: bool = False
    """The patient no longer wants the visit; carried out as a cancel once booked."""
    blocked: bool = False
    """Nothing may go to the EHR until staff act: doubtful chart, restricted patient, name over the EHR's limit."""
    patient_known: bool = False
    """The EHR's chart to book on has been found or created."""


class Do(enum.Enum):
    FIND_PATIENT = enum.auto()
    PUT = enum.auto()
    """`begin_put`, commit, send, `after_put`."""
    LOOK = enum.auto()
    """Read the slot, `after_look`."""
    WAIT = enum.auto()
    GIVE_UP = enum.auto()
    """`gave_up`."""
    WITHDRAW = enum.auto()
    """`withdraw` once more: the put that was under way when the patient withdrew never reached the EHR."""
    CANCEL_VISIT = enum.auto()
    """Booked after the patient had withdrawn: cancel it as any booked visit."""
    DONE = enum.auto()


@dataclass(frozen=True, slots=True)
class Step:
    do: Do
    at: datetime | None = None
    """For WAIT: when to ask again; never None there."""


class PutAnswer(enum.Enum):
    """What came back from one put."""

    BOOKED = enum.auto()
    TAKEN = enum.auto()
    """Refused, nothing stored: the slot is no longer there. Never a 409, which may be our own success."""
    REFUSED = enum.auto()
    """Refused, nothing stored, for a reason that another slot would not cure."""
    NOT_REACHED = enum.auto()
    """Provably never carried out: connection refused, 429, our budget or breaker."""
    UNCLEAR = enum.auto()
    """Everything else: time-out, reset, 5xx, HTML, 409."""


class Seen(enum.Enum):
    """What a read of the slot showed."""

    OPEN = enum.auto()
    OURS = enum.auto()
    OTHERS = enum.auto()
    CANCELLED = enum.auto()
    """Ours had landed and was cancelled in the EHR."""
    GONE = enum.auto()
    """No such slot, or another's cancelled visit (the EHR reopens time under a new id)."""
    UNREADABLE = enum.auto()


def next_step(progress: Progress, now: datetime) -> Step:
    """What to do with this booking at `now`. The caller performs it and comes back with the answer."""
    match progress.state:
        case State.PENDING:
            return _next_while_pending(progress, now)
        case State.SUBMITTING | State.UNKNOWN:
            # For `submitting` this is the lease: its worker has it to itself until then.
            if progress.next_look_at is not None and now < progress.next_look_at:
                return Step(Do.WAIT, progress.next_look_at)
            return Step(Do.LOOK)
        case State.BOOKED if progress.withdrawn:
            return Step(Do.CANCEL_VISIT)
        case _:
            return Step(Do.DONE)


def begin_put(progress: Progress, now: datetime) -> Progress:
    """`pending` -> `submitting`; to be committed before the call, so that a crash leaves a row that says so."""
    _require(progress, State.PENDING)
    return _submitting(progress, now)


def may_still_send(progress: Progress, now: datetime) -> bool:
    """Asked right before the call. False: do not send, the put counts as NOT_REACHED."""
    return progress.state is State.SUBMITTING and now - _last_put(progress) <= SEND_WITHIN


def after_put(
    progress: Progress, answer: PutAnswer, now: datetime, *, retry_after: timedelta | None = None
) -> Progress:
    """The booking after an answer. A row that has left `submitting` meanwhile ignores its answer: a look finds out."""
    _require(progress, State.SUBMITTING)
    match answer:
        case PutAnswer.BOOKED:
            return _settled(progress, State.BOOKED)
        case PutAnswer.NOT_REACHED:
            # Earlier puts may still land: only a booking without any goes back to `pending`.
            state = State.UNKNOWN if progress.puts > 1 else State.PENDING
            at = now + _backoff(progress.attempts, retry_after)
            return replace(progress, state=state, puts=progress.puts - 1, next_look_at=at)
        case PutAnswer.TAKEN if progress.puts == 1:
            return _settled(progress, State.LOST)
        case PutAnswer.REFUSED if progress.puts == 1:
            return _settled(progress, State.FAILED)
        case _:
            # Unclear; or a refusal of this put, which proves nothing about the ones before it.
            return replace(progress, state=State.UNKNOWN, next_look_at=now + _look_delay(progress, now))


def after_look(progress: Progress, seen: Seen, asked_at: datetime, *, now: datetime) -> Progress:
    """The booking after a read of its slot, sent at `asked_at` and answered by `now`.

    A result in `submitting` means: put again; whoever wins the update to it sends.
    """
    _require(progress, State.UNKNOWN, State.SUBMITTING)
    unknown = replace(progress, state=State.UNKNOWN)
    match seen:
        case Seen.OURS:
            return _settled(progress, State.BOOKED)
        case Seen.OTHERS:
            return _settled(progress, State.LOST)
        case Seen.CANCELLED:
            return _settled(progress, State.FAILED)
        case Seen.UNREADABLE:
            return replace(unknown, next_look_at=now + _look_delay(progress, now))
        case Seen.OPEN | Seen.GONE:
            if seen is Seen.OPEN and _may_put_again(progress, now):
                return _submitting(progress, now)
            # A late request can still land; what counts is what the slot was when we asked, not when we heard.
            quarantine_ends = _last_put(progress) + QUARANTINE
            if asked_at >= quarantine_ends:
                return _settled(progress, State.LOST if seen is Seen.GONE else State.FAILED)
            return replace(unknown, next_look_at=min(now + _look_delay(progress, now), quarantine_ends))


def postpone(progress: Progress, now: datetime, *, retry_after: timedelta | None = None) -> Progress:
    """The chart could be neither found nor made because the EHR was out of reach: try again later."""
    _require(progress, State.PENDING)
    attempts = progress.attempts + 1
    return replace(progress, attempts=attempts, next_look_at=now + _backoff(attempts, retry_after))


def gave_up(progress: Progress) -> Progress:
    """`pending` -> `failed`: the visit's notice limit came before the EHR did."""
    _require(progress, State.PENDING)
    return _settled(progress, State.FAILED)


def withdraw(progress: Progress) -> Progress:
    """The patient wants the visit no more. What may be under way in the EHR is only remembered here."""
    match progress.state:
        case State.HELD:
            return _settled(progress, State.RELEASED)
        case State.PENDING:
            return _settled(progress, State.CANCELLED)
        case _:
            _require(progress, State.SUBMITTING, State.UNKNOWN, State.BOOKED)
            return replace(progress, withdrawn=True)


def finished_by_staff(progress: Progress) -> Progress:
    """`pending` -> `booked`: staff made the visit in the EHR by hand and its id was read back (rules 4.5)."""
    _require(progress, State.PENDING)
    return _settled(progress, State.BOOKED)


def may_try_next_provider(progress: Progress, now: datetime) -> bool:
    """Whether a lost booking with "any" provider may go on with another one."""
    return progress.state is State.LOST and not progress.withdrawn and now < progress.notice_limit_at


def try_next_provider(progress: Progress, now: datetime) -> Progress:
    """`lost` -> `pending` for another provider at the same start, with a clean count (rules 4.6)."""
    _require(progress, State.LOST)
    return replace(progress, state=State.PENDING, puts=0, attempts=0, last_put_at=None, next_look_at=now)


def _next_while_pending(progress: Progress, now: datetime) -> Step:
    if progress.withdrawn:
        return Step(Do.WITHDRAW)
    if now >= progress.notice_limit_at:
        return Step(Do.GIVE_UP)
    if progress.blocked:
        return Step(Do.WAIT, progress.notice_limit_at)
    if progress.next_look_at is not None and now < progress.next_look_at:
        return Step(Do.WAIT, min(progress.next_look_at, progress.notice_limit_at))
    return Step(Do.PUT if progress.patient_known else Do.FIND_PATIENT)


def _may_put_again(progress: Progress, now: datetime) -> bool:
    # A row whose worker died turns `unknown` first and is put again by the look after this one.
    known_as_unknown = progress.state is State.UNKNOWN
    return known_as_unknown and progress.puts < MAX_PUTS and not progress.withdrawn and now < progress.notice_limit_at


def _submitting(progress: Progress, now: datetime) -> Progress:
    return replace(
        progress,
        state=State.SUBMITTING,
        puts=progress.puts + 1,
        attempts=progress.attempts + 1,
        last_put_at=now,
        next_look_at=now + LEASE,
    )


def _settled(progress: Progress, state: State) -> Progress:
    return replace(progress, state=state, next_look_at=None)


def _last_put(progress: Progress) -> datetime:
    if progress.last_put_at is None:
        msg = f"{progress.state} without last_put_at"
        raise ValueError(msg)
    return progress.last_put_at


def _look_delay(progress: Progress, now: datetime) -> timedelta:
    """Soon at first, since a patient is watching; then ever more rarely, at least every five minutes."""
    waited = now - _last_put(progress)
    return min(max(waited / 2, timedelta(seconds=2)), timedelta(minutes=5))


def _backoff(attempts: int, retry_after: timedelta | None) -> timedelta:
    """5, 10, 20, 40, 60, 60 ... seconds, or longer when the EHR asks for it."""
    doubled = timedelta(seconds=min(5 * 2 ** min(attempts - 1, 8), 60))
    return max(doubled, retry_after or doubled)


def _require(progress: Progress, *states: State) -> None:
    if progress.state not in states:
        msg = f"a booking in {progress.state} cannot take this step"
        raise ValueError(msg)
