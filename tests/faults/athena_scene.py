"""The small practice of tests/support/scene.py, with the Athena simulator, over HTTP, as its EHR."""

from __future__ import annotations

import json
import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, time
from typing import Any
from uuid import UUID

import stamina
from django.db.models import Min

from moonlit.audit.actor import PUBLIC, SYSTEM
from moonlit.availability.queries import candidates, snapshot
from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services import (
    Accepted,
    advance,
    advance_change,
    request_booking,
    request_cancel,
    request_move,
    sweep,
    write_supervision,
)
from moonlit.booking.services.watch import OVERDUE
from moonlit.domain.booking import OPEN
from moonlit.domain.criteria import Age
from moonlit.domain.zones import first_instant
from moonlit.ehr.athena.adapter import AthenaEhr
from moonlit.ehr.athena.settings import AthenaSettings
from moonlit.platform.tests import oddserver
from moonlit.practice.models import Provider
from moonlit.practicefile.services import load
from moonlit.sync.services import refresh_all
from tests.faults.athena_seed import ACCOUNT, SEED, VIDEO
from tests.support.people import BY_VIDEO, a_request, patient
from tests.support.scene import DENVER, MONDAY, PRACTICE, Clock

PUSH_SECRET = "push-secret-of-no-worth"
IMPATIENT = 0.7
"""Seconds an adapter waits that is meant to time out; the others wait as long as they must."""
LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass
class Detour:
    """An EHR of which one method takes another way."""

    well: AthenaEhr
    method: str
    other: AthenaEhr

    def __getattr__(self, name: str) -> Any:
        return getattr(self.other if name == self.method else self.well, name)


class Killed(BaseException):
    """The process dies: no handler of the program may catch it."""


@dataclass
class AthenaScene:
    """One practice, one simulator, and whichever way leads to it just now (`ehr`)."""

    address: str
    clock: Clock = field(default_factory=Clock)
    ehr: Any = None
    providers: dict[str, Provider] = field(default_factory=dict)
    people: int = 0

    # -- the EHR's side -----------------------------------------------------------------------------------------

    def control(self, method: str, what: str, body: object = None) -> Any:
        request = urllib.request.Request(
            f"{self.address}/_control/{what}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def open(self, provider: str, day: date, *starts: str, department: str = VIDEO) -> list[str]:
        """Lay open slots of an hour; their ids."""
        slots = [
            {
                "providerid": provider,
                "departmentid": department,
                "date": day.isoformat(),
                "starttime": start,
                "minutes": 60,
                "reasonids": [f"1{provider}"],
            }
            for start in starts
        ]
        return [str(number) for number in self.control("POST", "slots", slots)["ids"]]

    def calls(self, op: str) -> list[dict[str, Any]]:
        return self.control("GET", f"calls?op={op}&limit=1000")["calls"]

    def visits(self) -> list[dict[str, Any]]:
        """Everything in the EHR but open slots."""
        return self.control("GET", "appointments?limit=1000")["appointments"]

    def charts(self) -> list[dict[str, Any]]:
        return self.control("GET", "patients?limit=1000")["patients"]

    # -- the way there ------------------------------------------------------------------------------------------

    def adapter(self, *, read_seconds: float = 20.0, address: str = "") -> AthenaEhr:
        settings = AthenaSettings(
            base_url=address or self.address,
            **ACCOUNT,
            rps=0.0,
            daily_limit=0,
            read_seconds=read_seconds,
            webhook_secret=PUSH_SECRET,
        )
        return AthenaEhr(settings, clock=self.clock, sleep=threading.Event().wait)

    @contextmanager
    def broken(self, method: str, *, kind: str, op: str, **more: object) -> Iterator[dict[str, Any]]:
        """Until the block ends the port's `method` ("*": any) meets the fault at each call of `op`. Kind "unplugged":
        nobody listens at the EHR's address. The value is the fault, with its `hits` once the block has ended.
        """
        well, fault = self.ehr, {"hits": 0}
        other = None
        if kind == "unplugged":
            other = self.adapter(address=oddserver.refused_address())
        elif kind in {"hang", "commit_then_timeout"}:
            other = self.adapter(read_seconds=IMPATIENT)
        if other is not None:
            self.ehr = other if method == "*" else Detour(well, method, other)
        if kind != "unplugged":
            self.control("POST", "faults", {"kind": kind, "op": op, "times": None, **more})
        try:
            yield fault
        finally:
            for each in self.control("GET", "faults")["faults"]:
                fault["hits"] += each["hits"]
            self.control("DELETE", "faults")
            self.ehr = well

    # -- ours ---------------------------------------------------------------------------------------------------

    def sync(self) -> None:
        assert refresh_all(clock=self.clock).failed == 0

    def book(self, day: date, start: str, provider: str | None = None, note: str = "", **person: object) -> Accepted:
        """Ask for a visit at a wall-clock time in Denver; each call is another person unless told."""
        self.people += 1
        at = first_instant(day, time.fromisoformat(start), DENVER)
        first, second = divmod(self.people, len(LETTERS))
        someone = {
            "first_name": f"Zo{LETTERS[first % len(LETTERS)]}{LETTERS[second]}",
            "email": f"patient{self.people}@example.org",
            "phone": "801-555-0142",
            **person,
        }
        chosen = None if provider is None else self.providers[provider].pk
        wanted = a_request(at, now=self.clock(), provider=chosen, patient=patient(**someone), note=note)
        return request_booking(wanted, actor=PUBLIC, now=self.clock())

    def cancel(self, accepted: Accepted) -> None:
        request_cancel(accepted.appointment, note="", actor=PUBLIC, now=self.clock(), late_ok=True)

    def move(self, accepted: Accepted, day: date, start: str, provider: str | None = None) -> UUID:
        """Ask for another time; the id of the visit that is to replace this one."""
        at = first_instant(day, time.fromisoformat(start), DENVER)
        chosen = None if provider is None else self.providers[provider].pk
        asked = request_move(
            accepted.appointment, start=at, provider_id=chosen, hold=None, actor=PUBLIC, now=self.clock()
        )
        assert asked.new_appointment is not None
        return asked.new_appointment

    def row(self, accepted: Accepted) -> Appointment:
        return Appointment.objects.get(pk=accepted.appointment)

    def work(self, accepted: Accepted) -> None:
        """What the jobs of this booking do at this instant."""
        self.work_on(accepted.appointment)

    def work_on(self, appointment: UUID) -> None:
        advance(appointment, clock=self.clock)
        advance_change(appointment, clock=self.clock)
        write_supervision(appointment, clock=self.clock)

    def until_due(self) -> bool:
        """Move the clock to where the sweeper takes the next step of any visit; False when there is none."""
        rows = Appointment.objects
        due = [
            rows.filter(state__in=OPEN).aggregate(at=Min("next_look_at"))["at"],
            rows.aggregate(at=Min("change_next_at"))["at"],
            rows.filter(supervision_write="to_write").aggregate(at=Min("supervision_next_at"))["at"],
            ChartWrite.objects.filter(state="to_write").aggregate(at=Min("next_at"))["at"],
        ]
        first = min((at for at in due if at is not None), default=None)
        if first is None:
            return False
        self.clock.at = max(self.clock.at, first + OVERDUE)
        return True

    def settle_all(self) -> None:
        """Let the sweeper work, each time at the hour the rows ask for, until nothing is left to do."""
        for _ in range(100):
            if not self.until_due():
                return
            sweep(clock=self.clock)
        raise AssertionError(f"never settled: {list(Appointment.objects.values_list('state', 'problem'))}")

    def settle(self, accepted: Accepted) -> Appointment:
        self.settle_all()
        return self.row(accepted)

    def offers(self, day: date, start: str) -> bool:
        """Whether anybody is offered at that wall-clock time in Denver."""
        at = first_instant(day, time.fromisoformat(start), DENVER)
        return bool(
            candidates(replace(BY_VIDEO, age=Age(born=date(1990, 2, 28))), at, provider_id=None, now=self.clock())
        )


_scene: AthenaScene | None = None


def current_ehr() -> Any:
    """The EHR factory of the settings while a scene stands."""
    if _scene is None:
        raise RuntimeError("no scene stands")
    return _scene.ehr


@contextmanager
def athena_scene(address: str, practice: str = PRACTICE) -> Iterator[AthenaScene]:
    """Load the practice, seed the simulator afresh; no slot is open yet."""
    snapshot.forget()
    scene = AthenaScene(address)
    load(practice, actor=SYSTEM, now=scene.clock(), anchor=MONDAY)
    scene.control("POST", "reset", {"keep_seed": False})
    scene.control("POST", "clock", {"now": scene.clock().isoformat()})
    scene.control("POST", "settings", {"token_limit": 100_000})
    scene.control("POST", "seed", SEED)
    scene.providers = {row.calendar_source_id or "": row for row in Provider.objects.all()}
    scene.ehr = scene.adapter()
    with standing(scene):
        yield scene
    snapshot.forget()


@contextmanager
def standing(scene: AthenaScene) -> Iterator[None]:
    """Until the block ends the program's EHR is this scene's. Reads are not repeated inside the adapter."""
    global _scene  # noqa: PLW0603  the settings name a factory without arguments
    _scene = scene
    try:
        with stamina.set_testing(True, attempts=1):
            yield
    finally:
        _scene = None
