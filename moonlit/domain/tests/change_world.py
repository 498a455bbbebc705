"""The world of `booking_world` with cancels and moves: a second machine on the same rows, the same faults.

A patient has one visit; he moves it to the other provider's time, or cancels it, or both at once.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from moonlit.domain import booking, visit_changes
from moonlit.domain.booking import OPEN, Progress, State
from moonlit.domain.tests.booking_world import START, BrokenWorldError, Row, World
from moonlit.domain.visit_changes import Change, Do, Kind, New, PutAnswer, Seen


@dataclass
class ChangeWorld(World):
    visit_start: datetime = START + timedelta(days=30)
    changes: dict[str, Change] = field(default_factory=dict)
    moved_from: dict[str, str] = field(default_factory=dict)
    moved_to: dict[int, int] = field(default_factory=dict)
    """EHR: the visit of this slot was rescheduled to that one."""
    checked_in: set[int] = field(default_factory=set)
    book_instead: set[str] = field(default_factory=set)
    told_cancelled: set[str] = field(default_factory=set)
    with_staff: set[str] = field(default_factory=set)

    # What people do

    def cancel(self):
        """The patient cancels whatever visit he has in force."""
        for row in list(self.rows.values()):
            change = self.changes.get(row.name)
            if row.progress.state in OPEN and row.name not in self.moved_from:
                row.progress = booking.withdraw(row.progress)
            elif row.progress.state is State.BOOKED and self._moves_undecided(row):
                self._withdraw_new(row.name)
                self._begin(row, Kind.CANCEL)
            elif row.progress.state is State.BOOKED and change is None and self.now < self.visit_start:
                self._begin(row, Kind.CANCEL)

    withdraw = cancel

    def move(self, notice=3600):
        """The patient takes the other provider's time."""
        for row in list(self.rows.values()):
            slot, taken = self._open_time(3 - row.provider), self._live_row(3 - row.provider)
            movable = row.progress.state is State.BOOKED and row.name not in self.changes
            if not movable or slot is None or taken or self.now >= self.visit_start:
                continue
            limit = min(self.now + timedelta(seconds=notice), self.visit_start)
            name = f"visit{next(self._ids)}"
            progress = Progress(State.PENDING, limit, patient_known=True)
            self.rows[name] = Row(name, 3 - row.provider, slot.id, any_provider=False, progress=progress)
            self.moved_from[name] = row.name
            self._begin(row, Kind.MOVE)

    def staff_check_in(self, provider):
        for slot in self.slots.values():
            if slot.provider == provider and slot.holder and not slot.cancelled:
                self.checked_in.add(slot.id)

    # What the workers do

    def work(self, fault="clean", delay=1):
        super().work(fault, delay)
        for name in list(self.changes):
            row, change = self.rows[name], replace(self.changes[name], new=self._new(name))
            match visit_changes.next_step(change, self.now).do:
                case Do.PUT_CANCEL:
                    self._put_cancel(row, visit_changes.begin_put(change, self.now), fault, delay)
                case Do.LOOK:
                    self._look_at_old(row, visit_changes.begin_look(change, self.now), fault, delay)
                case Do.GIVE_UP:
                    self.with_staff.add(name)
                    self._end(row, change, State.BOOKED)
        self.check()

    def get_well(self):
        for _ in range(400):
            if not self.changes:
                break
            self.work()
            self.wait(60)
        super().get_well()
        if self.changes:
            raise BrokenWorldError("a change never came to an end")
        self._sync()
        for new, old in self.moved_from.items():
            held = [name for name in (new, old) if self._held(self.rows[name])]
            if len(held) > 1 and old not in self.with_staff:
                raise BrokenWorldError("the patient holds two visits and nobody knows")

    def check(self):
        super().check()
        for new, old in self.moved_from.items():
            if old in self.told_cancelled and self._held(self.rows[new]):
                raise BrokenWorldError(f"{old} was called cancelled while the EHR holds {new} for the patient")
            state = self.rows[old].progress.state
            if state is State.MOVED and not any(self._ever_won(each) for each in self._news(old)):
                raise BrokenWorldError(f"{old} was called moved and no new time was won")

    # Remote calls

    def _put_cancel(self, row, begun, fault, delay):
        self.changes[row.name] = begun
        if fault == "crash_before":
            return
        pause = delay if fault == "slow_worker" else 0
        self._later(pause, lambda: self._send_cancel(row, begun, fault, delay))

    def _send_cancel(self, row, begun, fault, delay):
        slot = self.slots[row.slot_id]

        def answer(what, after):
            def arrive():
                if self._mine(row, begun):
                    self._apply(row, begun, visit_changes.after_put(begun, what, self.now), fault, delay)

            self._later(after, arrive)

        if not visit_changes.may_still_send(begun, self.now) or fault == "not_reached":
            answer(PutAnswer.NOT_REACHED, 0)
        elif fault == "dropped":
            answer(PutAnswer.UNCLEAR, 25)
        elif fault == "refused":
            answer(PutAnswer.REFUSED, 1)
        elif fault == "crash_after":
            self._later(delay, lambda: self._land_cancel(slot))
        elif fault in {"late", "unreadable"}:
            self._later(delay, lambda: self._land_cancel(slot))
            answer(PutAnswer.UNCLEAR, min(delay, 25))
        else:
            answer(PutAnswer.RELEASED if self._land_cancel(slot) else PutAnswer.NOT_BOOKED, min(delay, 25))

    def _look_at_old(self, row, begun, fault, delay):
        self.changes[row.name] = begun
        slot = self.slots[row.slot_id]
        seen = Seen.BOOKED
        if fault in {"unreadable", "not_reached"}:
            seen = Seen.UNREADABLE
        elif slot.cancelled:
            ours = {self.rows[name].slot_id for name in self._news(row.name)}
            elsewhere = slot.id in self.moved_to and self.moved_to[slot.id] not in ours
            seen = Seen.ELSEWHERE if elsewhere else Seen.RELEASED
        elif slot.id in self.checked_in:
            seen = Seen.CHECKED_IN

        def arrive():
            if self._mine(row, begun):
                current = replace(begun, new=self._new(row.name))
                self._apply(row, begun, visit_changes.after_look(current, seen, self.now), fault, delay)

        if fault != "crash_after":
            self._later(min(delay, 25), arrive)

    def _land_cancel(self, slot):
        if slot.cancelled or slot.id in self.checked_in:
            return False
        self._cancel(slot)
        return True

    def _land(self, name, slot_id):
        """A put of a move is the EHR's own; once it has refused to move the old visit, the new time is booked."""
        old = self.rows.get(self.moved_from.get(name))
        if old is None or name in self.book_instead or not self.slots[slot_id].open:
            return super()._land(name, slot_id)
        left = self.slots[old.slot_id]
        if left.cancelled or left.id in self.checked_in or left.holder != old.name:
            self.book_instead.add(name)
            return False
        self.moved_to[left.id] = slot_id
        self.slots[slot_id].holder = name
        self.ever_held.add((name, slot_id))
        self._cancel(left)
        return True

    # The database

    def _begin(self, row, kind):
        self.changes[row.name] = Change(
            kind, self.visit_start, self.now, next_at=self.now, new=self._new(row.name, kind)
        )

    def _mine(self, row, begun):
        current = self.changes.get(row.name)
        return current is not None and (current.kind, current.attempts) == (begun.kind, begun.attempts)

    def _apply(self, row, begun, after, fault, delay):
        if after.needs_staff:
            self.with_staff.add(row.name)
        if after.ends_as is not None:
            self._end(row, begun, after.ends_as)
        elif after.put_again:
            self._put_cancel(row, after.change, fault, delay)
        else:
            self.changes[row.name] = after.change

    def _end(self, row, change, state):
        del self.changes[row.name]
        if state is not row.progress.state:
            self._save(row, row.progress, replace(row.progress, state=state))
        if state is State.CANCELLED and change.kind is Kind.CANCEL:
            waits = self.changes.get(self.moved_from.get(row.name))
            if waits is None or waits.kind is not Kind.CANCEL:
                self.told_cancelled.add(row.name)

    def _cancel_booked(self, row):
        if row.name not in self.changes:
            self._begin(row, Kind.CANCEL)
            row.progress = replace(row.progress, withdrawn=False)

    def _cancel(self, slot):
        if slot.id in self.checked_in:
            return
        row = next((each for each in self.rows.values() if each.slot_id == slot.id and each.name == slot.holder), None)
        if row is None or row.name not in self.changes:
            super()._cancel(slot)
            return
        slot.cancelled = True  # a change is under way: its own machine sees it
        self._open_slot(slot.provider)

    def _sync(self):
        """The EHR's word on visits that no machine of ours is at work on."""
        for row in self.rows.values():
            if row.progress.state is State.BOOKED and not self._held(row):
                if row.name not in self.with_staff and not self.slots[row.slot_id].cancelled:
                    raise BrokenWorldError(f"{row.name} is booked and the EHR never had it")
                row.progress = replace(row.progress, state=State.CANCELLED)

    def _withdraw_new(self, name):
        for new in self._news(name):
            if self.rows[new].progress.state in OPEN:
                self.rows[new].progress = booking.withdraw(self.rows[new].progress)

    def _moves_undecided(self, row):
        change = self.changes.get(row.name)
        return change is not None and change.kind is Kind.MOVE and self._new(row.name) is not New.WON

    def _news(self, name):
        return [new for new, old in self.moved_from.items() if old == name]

    def _new(self, name, kind=None):
        kind = kind or self.changes[name].kind
        news = self._news(name)
        state = self.rows[news[-1]].progress.state if news else None
        if kind is Kind.CANCEL:
            leaving = state is State.BOOKED and (news[-1] in self.changes or self.rows[news[-1]].progress.withdrawn)
            if state in OPEN or leaving:
                return New.UNDECIDED
            return New.WON if state in {State.BOOKED, State.CHECKED_IN} else None
        if state in OPEN:
            return New.UNDECIDED
        return New.WON if news and self._ever_won(news[-1]) else New.NOT_BOOKED

    def _ever_won(self, name):
        return self.rows[name].progress.state not in OPEN | {State.LOST, State.FAILED} and any(
            held == name for held, _ in self.ever_held
        )

    def _held(self, row):
        return any(slot.holder == row.name and not slot.cancelled for slot in self.slots.values())
