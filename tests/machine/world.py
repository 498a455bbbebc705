"""The real services with an EHR in memory: patients, workers, the front desk and the EHR's notices, all on one clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time
from uuid import UUID

from django.db import connection
from django.db.models import Min

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services import (
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
from moonlit.domain.refusals import Refused
from moonlit.domain.zones import first_instant
from moonlit.ehr.port import Department, EhrProvider, EhrStatus, OpenSlot, PersonDetails, Reason
from moonlit.practice.models import Provider
from moonlit.sync.models import Notice
from moonlit.sync.services import compare_all, follow_feed, receive_push, sync_once
from moonlit.sync.services.take_in import Shown, take_in
from tests.machine.ehr import FickleEhr, Trouble
from tests.support.people import a_request, patient
from tests.support.practice import DENVER
from tests.support.scene import Clock

ADA, RUI = "71", "72"
FRIDAY = date(2026, 3, 6)
HOURS = (9, 10, 11)
LETTERS = "abcdefghijklmnopqrstuvwxyz"
MOST_ROUNDS = 150
"""A settling world takes far fewer steps; one that needs more goes in circles."""


class Killed(BaseException):
    """The process dies: no handler of the program may catch it."""


@dataclass
class World:
    clock: Clock = field(default_factory=Clock)
    ehr: FickleEhr = None
    providers: dict[str, int] = field(default_factory=dict)
    asked: list[UUID] = field(default_factory=list)
    old_news: list[Shown] = field(default_factory=list)
    """Records as some reader saw them, who has not told us yet."""
    pushes: int = 0

    def __post_init__(self) -> None:
        global _ehr  # noqa: PLW0603  the settings name a factory without arguments
        self.ehr = _ehr = FickleEhr(self.clock)
        self.providers = dict(Provider.objects.values_list("calendar_source_id", "pk"))
        for number, name in (("1", "Video"), ("2", "River Clinic")):
            self.ehr.add_department(Department(number, name, DENVER, "UT"))
        for who in ("71", "72", "73"):
            self.ehr.add_provider(EhrProvider(who, f"Provider {who}", is_person=True))
            for department in ("1", "2"):
                self.ehr.add_reason(Reason(f"1{who}", "First visit", "new"), department_id=department, provider_id=who)
        for who in (ADA, RUI):
            for hour in HOURS:
                self.ehr.add_slot(OpenSlot(f"{who}{hour:02}", "1", who, start_of(hour), 60, (f"1{who}",), "11"))
        self.ehr.subscribe()

    # -- patients -----------------------------------------------------------------------------------------------

    def ask(self, hour: int, provider: str | None) -> None:
        number = len(self.asked)
        someone = patient(first_name=f"Zo{LETTERS[number % 26]}{LETTERS[number // 26]}", email=f"p{number}@example.org")
        chosen = self.providers[provider] if provider else None
        with suppress(Refused):
            wanted = a_request(start_of(hour), now=self.clock(), provider=chosen, patient=someone)
            self.asked.append(request_booking(wanted, actor=PUBLIC, now=self.clock()).appointment)

    def cancel(self, visit: UUID, *, late_ok: bool) -> None:
        with suppress(Refused):
            request_cancel(visit, note="", actor=PUBLIC, now=self.clock(), late_ok=late_ok)

    def move(self, visit: UUID, hour: int, provider: str | None) -> None:
        chosen = self.providers[provider] if provider else None
        with suppress(Refused):
            asked = request_move(
                visit, start=start_of(hour), provider_id=chosen, hold=None, actor=PUBLIC, now=self.clock()
            )
            if asked.new_appointment and asked.new_appointment not in self.asked:
                self.asked.append(asked.new_appointment)

    # -- workers ------------------------------------------------------------------------------------------------

    def work(self, visit: UUID) -> None:
        """What the jobs about one visit do at this instant."""
        advance(visit, clock=self.clock)
        advance_change(visit, clock=self.clock)
        write_supervision(visit, clock=self.clock)

    def sweep(self) -> None:
        sweep(clock=self.clock)

    def dying(self, statement: int, act: Callable[[], None]) -> None:
        """A process does that and dies before its n-th writing statement; a short act may end before."""
        with suppress(Killed), _dying_before(statement):
            act()

    # -- the front desk -----------------------------------------------------------------------------------------

    def staff_book(self, number: int) -> None:
        if slots := self.ehr.open_ids():
            stranger = PersonDetails("Walter", "Walkin", date(1970, 1, 1))
            self.ehr.staff_book(slots[number % len(slots)], self.ehr.add_patient(stranger))

    def staff_cancel(self, number: int, *, no_show: bool) -> None:
        if visit := self._booked(number):
            self.ehr.staff_cancel(visit, no_show=no_show)

    def staff_check_in(self, number: int) -> None:
        if visit := self._booked(number):
            self.ehr.staff_set(visit, EhrStatus.CHECKED_IN)

    def staff_move(self, number: int, slot: int) -> None:
        visit, slots = self._booked(number), self.ehr.open_ids()
        if visit and slots:
            self.ehr.staff_move(visit, slots[slot % len(slots)])
            self.ehr.held |= {(each.id, each.patient_id) for each in self.ehr.visits()}

    def _booked(self, number: int) -> str | None:
        booked = [visit.id for visit in self.ehr.visits() if visit.status is EhrStatus.BOOKED]
        return booked[number % len(booked)] if booked else None

    # -- what the EHR tells -------------------------------------------------------------------------------------

    def read_feed(self) -> None:
        follow_feed(clock=self.clock, now_too=True)

    def read_slots(self) -> None:
        sync_once(clock=self.clock)

    def push(self, number: int, *, again: bool) -> None:
        """A push about any record, the same event a second time when `again`."""
        if visits := self.ehr.visits():
            self.pushes += not again
            told = visits[number % len(visits)]
            signature, body = self.ehr.push("appointment.update", told.id, event_id=f"event-{self.pushes}")
            receive_push(signature=signature, body=body, now=self.clock())

    def see(self, number: int) -> None:
        """A reader reads a record and falls asleep."""
        if visits := self.ehr.visits():
            self.old_news.append(Shown(visits[number % len(visits)], self.clock(), alone=True))

    def tell_old_news(self, number: int) -> None:
        """Some sleeping reader wakes up and takes in what he saw then."""
        if self.old_news:
            take_in(self.old_news.pop(number % len(self.old_news)), self.clock)

    # -- time ---------------------------------------------------------------------------------------------------

    def wait(self, seconds: int) -> None:
        self.ehr.pass_time(seconds)

    def settle(self) -> None:
        """The EHR is well; the sweeps and the sync work until nothing is left to do."""
        self.ehr.get_well()
        while self.old_news:
            self.tell_old_news(0)
        for _ in range(MOST_ROUNDS):
            self.sweep()
            self.read_feed()
            due = self._next_due()
            if due is None:
                break
            self.wait(max(0, (due + OVERDUE - self.clock()).total_seconds()))
        else:
            rows = Appointment.objects.values_list("state", "change", "problem", "change_problem")
            raise AssertionError(f"never settled: {list(rows)}")
        compare_all(clock=self.clock)
        self.read_feed()

    def _next_due(self) -> datetime | None:
        rows = Appointment.objects
        due = [
            rows.filter(state__in=OPEN).aggregate(at=Min("next_look_at"))["at"],
            rows.aggregate(at=Min("change_next_at"))["at"],
            rows.filter(supervision_write="to_write").aggregate(at=Min("supervision_next_at"))["at"],
            ChartWrite.objects.filter(state="to_write").aggregate(at=Min("next_at"))["at"],
            Notice.objects.filter(applied_at=None).aggregate(at=Min("next_at"))["at"],
        ]
        return min((at for at in due if at is not None), default=None)

    def trouble(self, operation: str, kind: str, seconds: int, meanwhile: Callable[[], None] | None = None) -> None:
        self.ehr.arm(operation, Trouble(kind, seconds, meanwhile))


def start_of(hour: int) -> datetime:
    return first_instant(FRIDAY, time(hour), DENVER)


_ehr: FickleEhr | None = None


def current_ehr() -> FickleEhr:
    """The EHR factory of the settings while a world stands."""
    if _ehr is None:
        raise RuntimeError("no world stands")
    return _ehr


@contextmanager
def _dying_before(statement: int) -> Iterator[None]:
    sent = 0

    def count(execute, sql, params, many, context):
        nonlocal sent
        sent += not sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT"))
        if sent == statement:
            raise Killed
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield
