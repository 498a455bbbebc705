"""One provider's free time for one visit type at one location, as the row that keeps it (architecture "Availability").

Bits hold the starts of slots of the usual length on the five-minute grid. Every other slot, off the grid or of another
length, sits beside them with its own length, because a slot is busy as a whole: whatever overlaps any part of it takes
it away (rules 3.2, 3.3).
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from moonlit.domain.grid import BITS_PER_DAY, DAY, STEP, Slot, bits_between
from moonlit.domain.starts import Starts


@dataclass(frozen=True, slots=True)
class Calendar:
    """Free slots from a first day on."""

    first_day: int
    """Days since EPOCH; bit 0 is its midnight, UTC."""
    slot_minutes: int
    """The length of every slot in `bits`."""
    bits: int
    odd_starts: tuple[Slot, ...] = ()
    """Ascending."""

    @staticmethod
    def from_row(first_day: int, slot_minutes: int, free: bytes, odd_starts: Sequence[int]) -> Calendar:
        """The calendar that `free_bytes` and `odd_numbers` wrote down."""
        pairs = zip(odd_starts[::2], odd_starts[1::2], strict=True)
        slots = tuple(Slot(start, length) for start, length in pairs)
        return Calendar(first_day, slot_minutes, int.from_bytes(free, "little"), slots)

    def free_bytes(self) -> bytes:
        """The bits, lowest byte first, without empty bytes at the end."""
        return self.bits.to_bytes((self.bits.bit_length() + 7) // 8, "little")

    def odd_numbers(self) -> list[int]:
        """`odd_starts` as start, length, start, length ..."""
        return [number for slot in self.odd_starts for number in slot]

    def based(self, first_day: int) -> Calendar:
        """The same starts counted from another day; those before it are gone."""
        shift = (first_day - self.first_day) * BITS_PER_DAY
        bits = self.bits >> shift if shift >= 0 else self.bits << -shift
        odd = tuple(slot for slot in self.odd_starts if slot.start >= first_day * DAY)
        return replace(self, first_day=first_day, bits=bits, odd_starts=odd)

    def without(self, start: int, end: int) -> Calendar:
        """Without the slots that overlap the minutes from `start` up to, not including, `end`."""
        if start >= end:
            return self
        base = self.first_day * DAY
        low = (start - self.slot_minutes - base) // STEP + 1
        high = -((base - end) // STEP)
        odd = tuple(slot for slot in self.odd_starts if slot.end <= start or slot.start >= end)
        return replace(self, bits=self.bits & ~bits_between(low, high), odd_starts=odd)

    def offered(self) -> Starts:
        """The starts alone."""
        base = self.first_day * DAY
        bits = self.bits
        odd = set[int]()
        for slot in self.odd_starts:
            index, off_grid = divmod(slot.start - base, STEP)
            if off_grid:
                odd.add(slot.start)
            else:
                bits |= 1 << index
        return Starts(self.first_day, bits, tuple(sorted(odd)))


def build(slots: Iterable[Slot], busy: Iterable[tuple[int, int]], *, minutes: int, first_day: int) -> Calendar:
    """The calendar of a provider's open slots that serve a visit type lasting `minutes`.

    `busy` are stretches of the provider's time taken anywhere. Shorter slots are not joined (rules 3.2).
    """
    base = first_day * DAY
    taken = _joined(busy)
    begins = [start for start, _ in taken]
    free = [
        slot
        for slot in sorted(set(slots))
        if slot.length >= minutes and slot.start >= base and not _overlaps(slot, taken, begins)
    ]
    lengths = Counter(slot.length for slot in free if (slot.start - base) % STEP == 0)
    usual = min(lengths, key=lambda length: (-lengths[length], length), default=minutes)
    odd = []
    grid = bytearray(max((slot.start - base) // STEP // 8 + 1 for slot in free) if free else 0)
    for slot in free:
        index, off_grid = divmod(slot.start - base, STEP)
        if off_grid or slot.length != usual:
            odd.append(slot)
        else:
            grid[index >> 3] |= 1 << (index & 7)
    return Calendar(first_day, usual, int.from_bytes(grid, "little"), tuple(odd))


def _joined(busy: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, end in sorted(busy):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        elif start < end:
            joined.append((start, end))
    return joined


def _overlaps(slot: Slot, taken: list[tuple[int, int]], begins: list[int]) -> bool:
    before = bisect_right(begins, slot.end - 1) - 1
    return before >= 0 and taken[before][1] > slot.start
