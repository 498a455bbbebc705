"""Refusals that name the nearest other times."""

from __future__ import annotations

from collections.abc import Sequence

from moonlit.availability.queries import FreeStart
from moonlit.domain.refusals import RefusalCode, Refused


class SlotTaken(Refused):
    """Somebody was faster; `alternatives` are the nearest free starts for the same criteria."""

    def __init__(self, alternatives: Sequence[FreeStart]) -> None:
        super().__init__(RefusalCode.SLOT_TAKEN, "This time has just been taken. Please choose another one.")
        self.alternatives = tuple(alternatives)


class HoldExpired(Refused):
    """The time is not held any more, and never was if nobody knows the hold; `alternatives` as above."""

    def __init__(self, alternatives: Sequence[FreeStart] = ()) -> None:
        super().__init__(RefusalCode.HOLD_EXPIRED, "This time is not held any more. Please choose a time again.")
        self.alternatives = tuple(alternatives)
