"""An EHR in memory that loses answers, carries requests out late, is slow, and lets others act while a call lasts."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from moonlit.ehr.memory import MemoryEhr
from moonlit.ehr.port import EhrError, EhrStatus, NotReached, Rejected, Retry, Throttled, Unknown
from tests.support.scene import Clock

WRITES = ("create_patient", "book", "cancel", "reschedule", "set_supervisor")
READS = ("find_patient", "patient", "appointment")
LATEST_LANDING = 100
"""Seconds; the quarantine of rules 4.5 is 120."""


@dataclass
class Trouble:
    """What the next call of one method meets."""

    kind: str
    """lost | dropped | late | unreached | throttled | refused | slow | meanwhile"""
    seconds: int = 0
    """late: until it lands; slow: until the answer."""
    meanwhile: Callable[[], None] | None = None
    """meanwhile: done by somebody else before the EHR looks at the request."""


class FickleEhr(MemoryEhr):
    """`held` remembers every visit the EHR ever accepted, as (its id, the patient's chart)."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.now = clock
        self.held: set[tuple[str, str]] = set()
        self.troubles: dict[str, Trouble] = {}
        self._landings: list[tuple[datetime, int, Callable[[], Any]]] = []
        self._numbers = itertools.count()

    def arm(self, operation: str, trouble: Trouble) -> None:
        self.troubles[operation] = trouble

    def pass_time(self, seconds: float) -> None:
        """Move the clock; what lands on the way lands at its own hour."""
        until = self.now.at + timedelta(seconds=seconds)
        while self._landings and self._landings[0][0] <= until:
            at, _, land = heapq.heappop(self._landings)
            self.now.at = max(self.now.at, at)
            with suppress(EhrError):
                self._carry_out(land)
        self.now.at = max(self.now.at, until)

    def get_well(self) -> None:
        self.troubles.clear()
        self.pass_time(LATEST_LANDING)

    def visits(self) -> list[Any]:
        """All that was ever booked and is not an open time."""
        return [row.appointment for row in self._schedule.rows.values() if row.appointment.status is not EhrStatus.OPEN]

    def open_ids(self) -> list[str]:
        return [
            slot
            for slot, row in self._schedule.rows.items()
            if row.appointment.status is EhrStatus.OPEN and row.bookable
        ]

    def _perform(self, operation: str, work: Callable[[], Any]) -> Any:
        self.calls.append(operation)
        trouble = self.troubles.pop(operation, None)
        reading = operation not in WRITES
        match trouble.kind if trouble else "":
            case "unreached":
                raise NotReached("armed")
            case "throttled":
                raise Throttled("armed", retry_after=30)
            case "refused":
                raise Rejected("armed", code="rejected")
            case "lost" | "dropped" | "late" if reading:
                raise Retry("armed")
            case "lost":
                with suppress(EhrError):
                    self._carry_out(work)
                raise Unknown("armed")
            case "dropped":
                raise Unknown("armed")
            case "late":
                at = self.now.at + timedelta(seconds=trouble.seconds)
                heapq.heappush(self._landings, (at, next(self._numbers), work))
                raise Unknown("armed")
            case "slow":
                found = self._carry_out(work)
                self.pass_time(min(trouble.seconds, 60))
                return found
            case "meanwhile":
                trouble.meanwhile()
        return self._carry_out(work)

    def _carry_out(self, work: Callable[[], Any]) -> Any:
        try:
            return work()
        finally:
            self.held |= {(visit.id, visit.patient_id) for visit in self.visits()}
