"""A small practice and an EHR in memory: an attending, a resident she supervises, a second attending, three payers.

The practice comes in through the practice file, as a real one does. Time is a `Clock` the test moves.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from moonlit.audit.actor import SYSTEM
from moonlit.domain.zones import first_instant
from moonlit.ehr.memory import MemoryEhr
from moonlit.ehr.port import Department, EhrProvider, OpenSlot, Reason
from moonlit.practice.models import Provider
from moonlit.practicefile.services import load
from moonlit.sync.services import refresh_all
from tests.support.practice import DENVER, MONDAY, PRACTICE


@dataclass
class Clock:
    at: datetime = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **amount: float) -> None:
        self.at += timedelta(**amount)


@dataclass
class Scene:
    clock: Clock
    ehr: MemoryEhr
    providers: dict[str, Provider] = field(default_factory=dict)
    """By EHR id: 71 Ada (attending), 72 Rui (resident), 73 Bea (attending)."""

    def open(self, provider: str, day: date, *starts: str, department: str = "1", minutes: int = 60) -> list[str]:
        """Put open slots into the EHR; their ids."""
        ids = []
        for start in starts:
            at = first_instant(day, datetime.strptime(start, "%H:%M").replace(tzinfo=UTC).time(), DENVER)
            slot = f"{department}{provider}{day:%m%d}{start.replace(':', '')}"
            self.ehr.add_slot(OpenSlot(slot, department, provider, at, minutes, (f"1{provider}",), "11"))
            ids.append(slot)
        return ids

    def sync(self) -> None:
        """Read the open times anew, and nothing else."""
        refresh_all(clock=self.clock)


_ehr: MemoryEhr | None = None


def current_ehr() -> MemoryEhr:
    """The EHR factory of the settings while a scene stands."""
    if _ehr is None:
        raise RuntimeError("no scene stands")
    return _ehr


def build_scene(practice: str = PRACTICE) -> Scene:
    """Load the practice and set up its EHR, without any open slot."""
    global _ehr  # noqa: PLW0603  the settings name a factory without arguments
    clock = Clock()
    load(practice, actor=SYSTEM, now=clock(), anchor=MONDAY)
    _ehr = MemoryEhr(clock, clinics={"2"})
    for number, name in (("1", "Video"), ("2", "River Clinic")):
        _ehr.add_department(Department(number, name, DENVER, "UT"))
    for ehr in ("71", "72", "73"):
        _ehr.add_provider(EhrProvider(ehr, f"Provider {ehr}", is_person=True))
        for department in ("1", "2"):
            _ehr.add_reason(Reason(f"1{ehr}", "First visit", "new"), department_id=department, provider_id=ehr)
    providers = {row.calendar_source_id or "": row for row in Provider.objects.all()}
    return Scene(clock, _ehr, providers)
