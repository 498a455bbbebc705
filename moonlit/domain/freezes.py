"""Freezing a held slot in the EHR and thawing it again: the next step, and what an answer means (rules 4.2).

Pure. A freeze is a courtesy that keeps the front desk from taking a time somebody is about to book; it never decides
anything. What matters is that no slot stays frozen: like a booking, a freeze whose answer was lost can land late.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from moonlit.domain.booking import LEASE, QUARANTINE

MOST_FREEZES = 3
"""Tries to freeze one slot for one hold; then the hold does without."""
TELL_STAFF_AFTER = 5
"""Tries to thaw; then staff are told, and we go on trying."""
RARELY = timedelta(minutes=5)


class State(enum.StrEnum):
    THAWED = "thawed"
    FREEZING = "freezing"
    FROZEN = "frozen"
    THAWING = "thawing"


class Do(enum.Enum):
    NOTHING = enum.auto()
    FREEZE = enum.auto()
    THAW = enum.auto()


class Answer(enum.Enum):
    """What came back from one freeze or thaw."""

    DONE = enum.auto()
    ALREADY = enum.auto()
    """It was so before: by an earlier request of ours, or by somebody else."""
    REFUSED = enum.auto()
    """Understood and refused, nothing changed."""
    GONE = enum.auto()
    """There is no such slot any more."""
    NOT_REACHED = enum.auto()
    """Provably not carried out."""
    UNCLEAR = enum.auto()


@dataclass(frozen=True, slots=True)
class Freeze:
    """What is remembered of one slot."""

    state: State
    sure: bool = False
    """The last freeze was confirmed: none of ours can land late."""
    puts: int = 0
    """Freezes that may have reached the EHR since the slot was last known not to be frozen by us."""
    attempts: int = 0
    """Tries of the step that is under way."""
    sent_at: datetime | None = None
    next_at: datetime | None = None


def next_step(freeze: Freeze, wanted_until: datetime | None, now: datetime) -> Do:
    """What to do about a slot whose hold ends at `wanted_until`; None: nobody holds it any more."""
    if wanted_until is None or wanted_until <= now:
        return Do.NOTHING if freeze.state is State.THAWED else Do.THAW
    gave_up = freeze.state is not State.THAWING and freeze.attempts >= MOST_FREEZES
    return Do.NOTHING if freeze.state is State.FROZEN or gave_up else Do.FREEZE


def rest(freeze: Freeze, wanted_until: datetime | None) -> Freeze:
    """With nothing to do: a slot that may be frozen is looked at again when its hold ends."""
    return replace(freeze, next_at=None if freeze.state is State.THAWED else wanted_until)


def begin(freeze: Freeze, do: Do, now: datetime) -> Freeze:
    """To be committed before the call."""
    if do is Do.THAW:
        attempts = freeze.attempts + 1 if freeze.state is State.THAWING else 1
        return replace(freeze, state=State.THAWING, attempts=attempts, next_at=now + LEASE)
    attempts = 1 if freeze.state is State.THAWING else freeze.attempts + 1
    return Freeze(State.FREEZING, puts=freeze.puts + 1, attempts=attempts, sent_at=now, next_at=now + LEASE)


def after_freeze(begun: Freeze, answer: Answer, now: datetime) -> Freeze:
    """The slot after the answer to a freeze. One that somebody else had frozen is not ours to thaw."""
    later = now + _backoff(begun.attempts)
    first = begun.puts == 1
    match answer:
        case Answer.DONE:
            return replace(begun, state=State.FROZEN, sure=first, next_at=now)
        case Answer.ALREADY if not first:
            return replace(begun, state=State.FROZEN, next_at=now)
        case Answer.NOT_REACHED if first:
            return Freeze(State.THAWED, attempts=begun.attempts, next_at=later)
        case Answer.NOT_REACHED:
            return replace(begun, puts=begun.puts - 1, next_at=later)
        case Answer.ALREADY | Answer.REFUSED | Answer.GONE if first:
            return Freeze(State.THAWED)
        case _:
            return replace(begun, next_at=later)


def after_thaw(begun: Freeze, answer: Answer, asked_at: datetime, now: datetime) -> Freeze:
    """The slot after the answer to a thaw."""
    landed = begun.sure or begun.sent_at is None or asked_at >= begun.sent_at + QUARANTINE
    last = landed or begun.puts <= 1  # with a second freeze on its way, a thaw may come before it
    if answer is Answer.GONE or (answer is Answer.DONE and last) or (answer is Answer.ALREADY and landed):
        return Freeze(State.THAWED)
    return replace(begun, next_at=now + _backoff(begun.attempts))


def is_left_frozen(freeze: Freeze) -> bool:
    """Whether staff must be told that the slot could not be thawed."""
    return freeze.state is State.THAWING and freeze.attempts >= TELL_STAFF_AFTER


def _backoff(attempts: int) -> timedelta:
    """5, 10, 20 ... seconds, then every five minutes."""
    return min(timedelta(seconds=5 * 2 ** min(attempts - 1, 8)), RARELY)
