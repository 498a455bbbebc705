"""A small world to run the booking machine in: an EHR, its faults, workers that crash, a database with two guards.

Time is seconds since the start. Every remote call takes its own time, and anything may happen while it is under way.
"""

import heapq
import itertools
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

from moonlit.domain import booking
from moonlit.domain.booking import LIVE, OPEN, Do, Progress, PutAnswer, Seen, State

START = datetime(2026, 3, 2, 15, tzinfo=UTC)


class BrokenWorldError(AssertionError):
    """The world reached a condition that must never be."""


@dataclass
class EhrSlot:
    id: int
    provider: int
    holder: str | None = None
    """An appointment's name, `staff`, or None while open."""
    cancelled: bool = False

    @property
    def open(self):
        return self.holder is None and not self.cancelled


@dataclass
class Row:
    name: str
    provider: int
    slot_id: int
    any_provider: bool
    progress: Progress
    sent: int = 0
    """Puts that left for the present slot."""


@dataclass
class World:
    seconds: float = 0
    rows: dict[str, Row] = field(default_factory=dict)
    slots: dict[int, EhrSlot] = field(default_factory=dict)
    ever_held: set[tuple[str, int]] = field(default_factory=set)
    _queue: list = field(default_factory=list)
    _ids: itertools.count = field(default_factory=lambda: itertools.count(1))

    def __post_init__(self):
        for provider in (1, 2):
            self._open_slot(provider)

    @property
    def now(self):
        return START + timedelta(seconds=self.seconds)

    # What people do

    def ask(self, provider, *, any_provider=False, notice=3600):
        """A patient asks for the time with a provider; the exclusion constraint lets in one live row."""
        slot = self._open_time(provider)
        if slot is None or self._live_row(provider):
            return
        name = f"visit{next(self._ids)}"
        progress = Progress(State.PENDING, self.now + timedelta(seconds=notice), patient_known=True)
        self.rows[name] = Row(name, provider, slot.id, any_provider, progress)

    def withdraw(self):
        for row in self.rows.values():
            if row.progress.state in OPEN | {State.BOOKED}:
                row.progress = booking.withdraw(row.progress)

    def staff_book(self, provider):
        slot = self._open_time(provider)
        if slot:
            slot.holder = "staff"

    def staff_cancel(self, provider):
        for slot in list(self.slots.values()):
            if slot.provider == provider and slot.holder and not slot.cancelled:
                self._cancel(slot)

    # What the worker and the sweeper do

    def work(self, fault="clean", delay=1):
        """Every undecided booking takes its next step; its remote call meets `fault`, `delay` seconds later."""
        for row in list(self.rows.values()):
            before = row.progress
            match booking.next_step(before, self.now).do:
                case Do.PUT:
                    self._save(row, before, booking.begin_put(before, self.now))
                    self._put(row, fault, delay)
                case Do.LOOK:
                    self._look(row, fault, delay)
                case Do.GIVE_UP:
                    self._save(row, before, booking.gave_up(before))
                case Do.WITHDRAW:
                    self._save(row, before, booking.withdraw(before))
                case Do.CANCEL_VISIT:
                    self._cancel_booked(row)
        self.check()

    def wait(self, seconds):
        """Let time pass; whatever falls due on the way happens in its order."""
        end = self.seconds + seconds
        while self._queue and self._queue[0][0] <= end:
            self.seconds, _, happen = heapq.heappop(self._queue)
            happen()
            self.check()
        self.seconds = end

    def get_well(self):
        """No more faults: everything must come to its end."""
        for _ in range(400):
            self.work()
            if not self._queue and not any(row.progress.state in OPEN for row in self.rows.values()):
                break
            self.wait(15)
        for row in self.rows.values():
            if row.progress.state in OPEN:
                raise BrokenWorldError(f"{row.name} never came to an end")
        for slot in self.slots.values():
            if slot.holder in self.rows and not slot.cancelled:
                row = self.rows[slot.holder]
                if row.progress.state not in {State.BOOKED, State.CHECKED_IN} or row.slot_id != slot.id:
                    raise BrokenWorldError(f"the EHR holds {row.name}, which is {row.progress.state}")

    def check(self):
        for row in self.rows.values():
            held = [s for s in self.slots.values() if s.holder == row.name and not s.cancelled]
            if len(held) > 1:
                raise BrokenWorldError(f"{row.name} holds two slots")
            if held and row.progress.state not in LIVE:
                raise BrokenWorldError(f"orphan: the EHR holds {row.name}, which is {row.progress.state}")
            if row.progress.state is State.BOOKED and (row.name, row.slot_id) not in self.ever_held:
                raise BrokenWorldError(f"{row.name} was called booked and is not")
            if row.sent > booking.MAX_PUTS:
                raise BrokenWorldError(f"{row.name} was put {row.sent} times")
        for provider in (1, 2):
            live = [r for r in self.rows.values() if r.provider == provider and r.progress.state in LIVE]
            if len(live) > 1:
                raise BrokenWorldError("two live rows for one time")

    # Remote calls

    def _put(self, row, fault, delay):
        mine, slot_id = row.progress, row.slot_id
        if fault == "crash_before":
            return
        pause = delay if fault == "slow_worker" else 0
        self._later(pause, lambda: self._send(row, mine, slot_id, fault, delay))

    def _send(self, row, mine, slot_id, fault, delay):
        def answer(what, after):
            def arrive():
                if row.progress.state is State.SUBMITTING and row.progress.attempts == mine.attempts:
                    current = replace(mine, withdrawn=row.progress.withdrawn)
                    self._save(row, row.progress, booking.after_put(current, what, self.now))

            self._later(after, arrive)

        if not booking.may_still_send(mine, self.now) or fault == "not_reached":
            answer(PutAnswer.NOT_REACHED, 0)
            return
        row.sent += 1
        if mine.last_put_at >= mine.notice_limit_at:
            raise BrokenWorldError(f"{row.name} was put after its notice limit")
        if fault == "dropped":
            answer(PutAnswer.UNCLEAR, 25)
        elif fault == "refused":
            answer(PutAnswer.TAKEN if self.slots[slot_id].cancelled else PutAnswer.REFUSED, 1)
        elif fault == "crash_after":
            self._later(delay, lambda: self._land(row.name, slot_id))
        elif fault in {"late", "unreadable"}:
            self._later(delay, lambda: self._land(row.name, slot_id))
            answer(PutAnswer.UNCLEAR, min(delay, 25))
        else:
            stored = self._land(row.name, slot_id)
            answer(PutAnswer.BOOKED if stored else PutAnswer.UNCLEAR, min(delay, 25))

    def _look(self, row, fault, delay):
        before, asked_at, slot = row.progress, self.now, self.slots[row.slot_id]
        seen = Seen.UNREADABLE if fault in {"unreadable", "not_reached"} else _what_is_there(slot, row.name)

        def arrive():
            if (row.progress.state, row.progress.attempts) != (before.state, before.attempts):
                return
            current = replace(before, withdrawn=row.progress.withdrawn)
            after = booking.after_look(current, seen, asked_at, now=self.now)
            self._save(row, row.progress, after)
            if after.state is State.SUBMITTING:
                self._put(row, fault, delay)

        self._later(min(delay, 25), arrive)

    def _land(self, name, slot_id):
        slot = self.slots[slot_id]
        if not slot.open:
            return False
        slot.holder = name
        self.ever_held.add((name, slot_id))
        return True

    # The database

    def _save(self, row, before, after):
        if after.state is not before.state and not booking.may_become(before.state, after.state):
            raise BrokenWorldError(f"{before.state} became {after.state}")
        row.progress = after
        if row.any_provider and booking.may_try_next_provider(after, self.now):
            other = 3 - row.provider
            slot = self._open_time(other)
            if slot and not self._live_row(other):
                row.provider, row.slot_id, row.any_provider, row.sent = other, slot.id, False, 0
                row.progress = booking.try_next_provider(after, self.now)

    def _live_row(self, provider):
        return any(r.provider == provider and r.progress.state in LIVE for r in self.rows.values())

    def _open_time(self, provider):
        return next((s for s in self.slots.values() if s.provider == provider and s.open), None)

    def _open_slot(self, provider):
        slot = EhrSlot(next(self._ids), provider)
        self.slots[slot.id] = slot

    def _cancel_booked(self, row):
        """At once and without faults; `change_world` knows better."""
        slot = self.slots[row.slot_id]
        if slot.holder == row.name and not slot.cancelled:
            self._cancel(slot)
        self._save(row, row.progress, replace(row.progress, state=State.CANCELLED))

    def _cancel(self, slot):
        # A cancelled id is dead for good; the EHR offers the time again under a new one.
        slot.cancelled = True
        for row in self.rows.values():
            if row.slot_id == slot.id and row.progress.state is State.BOOKED and slot.holder == row.name:
                row.progress = replace(row.progress, state=State.CANCELLED)
        self._open_slot(slot.provider)

    def _later(self, seconds, happen):
        heapq.heappush(self._queue, (self.seconds + seconds, next(self._ids), happen))


def _what_is_there(slot, name):
    if slot.cancelled:
        return Seen.CANCELLED if slot.holder == name else Seen.GONE
    if slot.holder is None:
        return Seen.OPEN
    return Seen.OURS if slot.holder == name else Seen.OTHERS
