"""An electronic health record in memory, for unit tests: the same promises as a real one, and faults on demand.

It books, refuses and loses answers the way the Athena adapter reports it; tests/contracts holds both to one suite.
"""

from __future__ import annotations

import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import TypeVar

from moonlit.domain import zones
from moonlit.ehr.port import (
    AlreadyDone,
    Department,
    EhrAppointment,
    EhrError,
    EhrPatient,
    EhrProvider,
    EhrStatus,
    OpenSlot,
    OpenSlots,
    PersonDetails,
    Reason,
    Rejected,
)

Answer = TypeVar("Answer")

DEFAULT_MIN_HOURS = 24
DEFAULT_MAX_DAYS = 90
MIN_SCORE = 16
SAME_PERSON_SCORE = 26
NAME_LENGTHS = {"first_name": 20, "last_name": 30}


@dataclass(slots=True)
class _Fault:
    error: EhrError
    stored: bool


@dataclass(slots=True)
class _Row:
    slot: OpenSlot
    appointment: EhrAppointment
    bookable: bool = True


@dataclass(slots=True)
class MemoryEhr:
    """`clock` decides what lies far enough ahead to be offered, as the EHR's own notice rules do."""

    clock: Callable[[], datetime]
    calls: list[str] = field(default_factory=list)
    """Names of the port's methods called, in order."""
    _departments: dict[str, Department] = field(default_factory=dict)
    _providers: dict[str, EhrProvider] = field(default_factory=dict)
    _reasons: dict[tuple[str, str], list[Reason]] = field(default_factory=lambda: defaultdict(list))
    _rows: dict[str, _Row] = field(default_factory=dict)
    _in_gap: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _patients: dict[str, PersonDetails | None] = field(default_factory=dict)
    _faults: dict[str, deque[_Fault]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.RLock = field(default_factory=threading.RLock)

    # -- what a test puts in ------------------------------------------------------------------------------------

    def add_department(self, department: Department) -> None:
        self._departments[department.id] = department

    def add_provider(self, provider: EhrProvider) -> None:
        self._providers[provider.id] = provider

    def add_reason(self, reason: Reason, *, department_id: str, provider_id: str) -> None:
        self._reasons[department_id, provider_id].append(reason)

    def add_slot(self, slot: OpenSlot) -> None:
        zone = self._departments[slot.department_id].time_zone or "UTC"
        self._rows[slot.id] = _Row(slot, _open(slot, zone))

    def add_slot_in_gap(self, slot_id: str, *, department_id: str) -> None:
        """A slot at a time that the clock skips; every answer for the department reports it."""
        self._in_gap[department_id].add(slot_id)

    def remove_slot(self, slot_id: str) -> None:
        del self._rows[slot_id]

    def add_patient(self, details: PersonDetails | None) -> str:
        """A chart that exists already; None is one whose birth date is junk."""
        with self._lock:
            found = str(5001 + len(self._patients))
            self._patients[found] = details
            return found

    def staff_book(self, slot_id: str, patient_id: str) -> None:
        """The front desk takes the slot."""
        self._change(slot_id, status=EhrStatus.BOOKED, patient_id=patient_id, notes=())

    def staff_set(self, appointment_id: str, status: EhrStatus, *, no_show: bool = False) -> None:
        """The front desk checks in, cancels, and so on."""
        self._change(appointment_id, status=status, no_show=no_show)

    def freeze_slot(self, slot_id: str) -> None:
        """Neither offered nor bookable."""
        self._rows[slot_id].bookable = False

    def fail_next(self, operation: str, error: EhrError, *, stored: bool = False) -> None:
        """The next call of that method raises `error`; with `stored` it is carried out first (the answer is lost)."""
        self._faults[operation].append(_Fault(error, stored))

    # -- the port -----------------------------------------------------------------------------------------------

    def ping(self) -> None:
        self._perform("ping", lambda: None)

    def departments(self) -> list[Department]:
        return self._perform("departments", lambda: list(self._departments.values()))

    def providers(self) -> list[EhrProvider]:
        return self._perform("providers", lambda: list(self._providers.values()))

    def reasons(self, *, department_id: str, provider_id: str) -> list[Reason]:
        return self._perform("reasons", lambda: list(self._reasons[department_id, provider_id]))

    def open_slots(
        self,
        *,
        department_id: str,
        time_zone: str,
        provider_ids: list[str],
        reason_ids: list[str],
        first_day: date,
        last_day: date,
    ) -> OpenSlots:
        def answer() -> OpenSlots:
            found = []
            for row in self._rows.values():
                slot = row.slot
                here = slot.department_id == department_id and slot.provider_id in provider_ids
                inside = first_day <= zones.local_date(slot.start, time_zone) <= last_day
                if not (here and inside and row.bookable and row.appointment.status is EhrStatus.OPEN):
                    continue
                reasons = tuple(r for r in slot.reason_ids if r in reason_ids and self._in_time(slot, r, time_zone))
                if reasons:
                    found.append(replace(slot, reason_ids=reasons))
            return OpenSlots(tuple(found), tuple(sorted(self._in_gap[department_id])))

        return self._perform("open_slots", answer)

    def find_patient(self, person: PersonDetails, *, department_id: str) -> list[EhrPatient]:  # noqa: ARG002
        def answer() -> list[EhrPatient]:
            _check_names(person)
            found = [EhrPatient(known, chart, _score(person, chart)) for known, chart in self._patients.items()]
            return sorted((chart for chart in found if chart.score >= MIN_SCORE), key=lambda chart: -chart.score)

        return self._perform("find_patient", answer)

    def patient(self, patient_id: str) -> EhrPatient:
        def answer() -> EhrPatient:
            if patient_id not in self._patients:
                raise Rejected("no such patient", code="not_found", status=404)
            return EhrPatient(patient_id, self._patients[patient_id])

        return self._perform("patient", answer)

    def create_patient(self, person: PersonDetails, *, department_id: str) -> str:  # noqa: ARG002
        def answer() -> str:
            _check_names(person)
            if not (person.email or person.phone or person.zip):
                raise Rejected("no contact that the EHR can hold", code="missing_fields")
            for found, chart in self._patients.items():
                if _score(person, chart) >= SAME_PERSON_SCORE:
                    return found
            return self.add_patient(person)

        return self._perform("create_patient", answer)

    def book(
        self,
        *,
        slot_id: str,
        patient_id: str,
        reason_id: str,
        department_id: str,  # noqa: ARG002
        note: str,
    ) -> EhrAppointment:
        def answer() -> EhrAppointment:
            if patient_id not in self._patients:
                raise Rejected("refused as patient_refused", code="patient_refused")
            if reason_id not in {reason.id for reasons in self._reasons.values() for reason in reasons}:
                raise Rejected("refused as reason_refused", code="reason_refused")
            row = self._rows.get(slot_id)
            free = row is not None and row.bookable and row.appointment.status is EhrStatus.OPEN
            if row is None or not free or reason_id not in row.slot.reason_ids:
                raise AlreadyDone("conflict")
            return self._change(slot_id, status=EhrStatus.BOOKED, patient_id=patient_id, notes=(note,))

        return self._perform("book", answer)

    def set_supervisor(
        self, *, appointment_id: str, seen_provider_id: str, supervisor_provider_id: str, claim_mode: str
    ) -> None:
        def answer() -> None:
            if self._row(appointment_id).appointment.status is not EhrStatus.BOOKED:
                raise Rejected("refused as not_booked", code="not_booked")
            if not {seen_provider_id, supervisor_provider_id} <= set(self._providers):
                raise Rejected("refused as provider_refused", code="provider_refused")
            rendering = seen_provider_id if claim_mode == "trainee_rendering_attending_supervising" else ""
            self._change(
                appointment_id, supervising_provider_id=supervisor_provider_id, rendering_provider_id=rendering
            )

        self._perform("set_supervisor", answer)

    def appointment(self, appointment_id: str) -> EhrAppointment:
        return self._perform("appointment", lambda: self._row(appointment_id).appointment)

    # -- inside -------------------------------------------------------------------------------------------------

    def _perform(self, operation: str, work: Callable[[], Answer]) -> Answer:
        with self._lock:
            self.calls.append(operation)
            fault = self._faults[operation].popleft() if self._faults[operation] else None
            if fault is None:
                return work()
            if fault.stored:
                work()
            raise fault.error

    def _row(self, appointment_id: str) -> _Row:
        if appointment_id not in self._rows:
            raise Rejected("no such appointment", code="not_found", status=404)
        return self._rows[appointment_id]

    def _change(self, appointment_id: str, **changes: object) -> EhrAppointment:
        row = self._rows[appointment_id]
        row.appointment = replace(row.appointment, **changes)
        return row.appointment

    def _in_time(self, slot: OpenSlot, reason_id: str, time_zone: str) -> bool:
        reasons = self._reasons[slot.department_id, slot.provider_id]
        reason = next((found for found in reasons if found.id == reason_id), None)
        if reason is None:
            return False
        now = self.clock()
        hours = DEFAULT_MIN_HOURS if reason.min_hours is None else reason.min_hours
        days = DEFAULT_MAX_DAYS if reason.max_days is None else reason.max_days
        last = zones.local_date(now, time_zone) + timedelta(days=days)
        return slot.start >= now + timedelta(hours=hours) and zones.local_date(slot.start, time_zone) <= last


def _open(slot: OpenSlot, zone: str) -> EhrAppointment:
    return EhrAppointment(
        id=slot.id,
        status=EhrStatus.OPEN,
        department_id=slot.department_id,
        provider_id=slot.provider_id,
        start=slot.start,
        time_zone=zone,
        minutes=slot.minutes,
    )


def _check_names(person: PersonDetails) -> None:
    for name, length in NAME_LENGTHS.items():
        if len(getattr(person, name)) > length:
            raise Rejected(f"longer than the EHR holds ({name})", code="too_long")


def _score(person: PersonDetails, chart: PersonDetails | None) -> float:
    """Name and birth date alone are good, a shared contact as well makes it the same person."""
    if chart is None or person.date_of_birth != chart.date_of_birth:
        return 0.0
    if (person.first_name.lower(), person.last_name.lower()) != (chart.first_name.lower(), chart.last_name.lower()):
        return 0.0
    pairs = ((person.email.lower(), chart.email.lower()), (person.phone, chart.phone))
    return 26.0 if any(ours and ours == theirs for ours, theirs in pairs) else 23.0
