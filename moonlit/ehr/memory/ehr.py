"""The port in memory, with a front desk and faults on demand."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable
from dataclasses import InitVar, asdict, dataclass, field
from datetime import date, datetime
from typing import TypeVar

from moonlit.ehr.memory.charts import Charts
from moonlit.ehr.memory.schedule import Schedule
from moonlit.ehr.port import (
    AlreadyDone,
    BadSignature,
    Changed,
    ChartConsent,
    ChartDetails,
    Department,
    EhrAppointment,
    EhrError,
    EhrInsurance,
    EhrPatient,
    EhrProvider,
    EhrStatus,
    NewInsurance,
    OpenSlot,
    OpenSlots,
    PersonDetails,
    Pushed,
    Reason,
    Rejected,
    SignedForms,
)

Answer = TypeVar("Answer")

PUSH_SECRET = b"push-secret-of-no-worth"


@dataclass(slots=True)
class _Fault:
    error: EhrError
    stored: bool


@dataclass(slots=True)
class MemoryEhr:
    """`clock` decides what lies far enough ahead to be offered, as the EHR's own notice rules do."""

    clock: InitVar[Callable[[], datetime]]
    calls: list[str] = field(default_factory=list)
    """Names of the port's methods called, in order."""
    charts: Charts = field(default_factory=Charts)
    confirmed: list[str] = field(default_factory=list)
    """Visits that the EHR itself has confirmed to the patient, because nobody asked it not to."""
    clinics: set[str] = field(default_factory=set)
    """Departments whose visits have no video."""
    _schedule: Schedule = field(init=False)
    _providers: dict[str, EhrProvider] = field(default_factory=dict)
    _faults: dict[str, deque[_Fault]] = field(default_factory=lambda: defaultdict(deque))
    _lock: threading.RLock = field(default_factory=threading.RLock)

    def __post_init__(self, clock: Callable[[], datetime]) -> None:
        self._schedule = Schedule(clock)

    # -- what a test puts in ------------------------------------------------------------------------------------

    def add_department(self, department: Department) -> None:
        self._schedule.departments[department.id] = department

    def add_provider(self, provider: EhrProvider) -> None:
        self._providers[provider.id] = provider

    def add_reason(self, reason: Reason, *, department_id: str, provider_id: str) -> None:
        self._schedule.reasons[department_id, provider_id].append(reason)

    def add_slot(self, slot: OpenSlot) -> None:
        with self._lock:
            self._schedule.add(slot)

    def add_slot_in_gap(self, slot_id: str, *, department_id: str) -> None:
        """A slot at a time that the clock skips; every answer for the department reports it."""
        self._schedule.in_gap[department_id].add(slot_id)

    def remove_slot(self, slot_id: str) -> None:
        with self._lock:
            self._schedule.remove(slot_id)

    def freeze_slot(self, slot_id: str) -> None:
        """Neither offered nor bookable."""
        with self._lock:
            self._schedule.set_frozen(slot_id, frozen=True)

    def add_patient(self, details: PersonDetails | None, *, consent: ChartConsent | None = None) -> str:
        """A chart that exists already; None is one whose birth date is junk."""
        with self._lock:
            found = self.charts.add(details)
            if consent is not None:
                self.charts.consents[found] = consent
            return found

    def merge_patients(self, old: str, new: str) -> None:
        """The chart `old` is no more; its visits and policies are those of `new`."""
        with self._lock:
            self.charts.merge(old, new)
            for found, row in list(self._schedule.rows.items()):
                if row.appointment.patient_id == old:
                    self._schedule.change(found, patient_id=new)

    def add_package(self, package_id: str, name: str) -> None:
        self.charts.packages[package_id] = name

    def staff_book(self, slot_id: str, patient_id: str) -> None:
        """The front desk takes the slot."""
        self._change(slot_id, status=EhrStatus.BOOKED, patient_id=patient_id, notes=())

    def staff_set(self, appointment_id: str, status: EhrStatus, *, no_show: bool = False) -> None:
        """The front desk checks in, cancels, and so on."""
        if status is EhrStatus.CANCELLED:
            self.staff_cancel(appointment_id, no_show=no_show)
        else:
            self._change(appointment_id, status=status, no_show=no_show)

    def staff_cancel(self, appointment_id: str, *, no_show: bool = False) -> None:
        """The front desk cancels, and the time is offered again; nobody came: it is not."""
        with self._lock:
            self._schedule.cancel(appointment_id, reopen=not no_show, no_show=no_show)

    def staff_move(self, appointment_id: str, new_slot_id: str) -> None:
        """The front desk reschedules: the old visit is cancelled and names the new one."""
        with self._lock:
            self._schedule.move(appointment_id, new_slot_id)

    def staff_edit(self, appointment_id: str, **fields: object) -> None:
        """The front desk changes fields of EhrAppointment in place: another provider, another start."""
        self._change(appointment_id, **fields)

    def push(self, topic: str, record_id: str, *, event_id: str = "") -> tuple[str, bytes]:
        """A delivery of the push about one record, as (signature, body)."""
        told = Pushed(event_id or f"event-{topic}-{record_id}", topic, record_id)
        body = json.dumps([asdict(told)]).encode()
        return _signature(body), body

    def fail_next(self, operation: str, error: EhrError, *, stored: bool = False) -> None:
        """The next call of that method raises `error`; with `stored` it is carried out first (the answer is lost)."""
        self._faults[operation].append(_Fault(error, stored))

    # -- the port -----------------------------------------------------------------------------------------------

    def ping(self) -> None:
        self._perform("ping", lambda: None)

    def departments(self) -> list[Department]:
        return self._perform("departments", lambda: list(self._schedule.departments.values()))

    def providers(self) -> list[EhrProvider]:
        return self._perform("providers", lambda: list(self._providers.values()))

    def reasons(self, *, department_id: str, provider_id: str) -> list[Reason]:
        return self._perform("reasons", lambda: list(self._schedule.reasons[department_id, provider_id]))

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
        return self._perform(
            "open_slots",
            lambda: self._schedule.open_slots(department_id, time_zone, provider_ids, reason_ids, first_day, last_day),
        )

    def find_patient(self, person: PersonDetails, *, department_id: str) -> list[EhrPatient]:  # noqa: ARG002
        return self._perform("find_patient", lambda: self.charts.find(person))

    def patient(self, patient_id: str, *, in_no_hurry: bool = False) -> EhrPatient:  # noqa: ARG002
        return self._perform("patient", lambda: self.charts.patient(patient_id))

    def create_patient(self, person: PersonDetails, *, department_id: str) -> str:  # noqa: ARG002
        return self._perform("create_patient", lambda: self.charts.create(person))

    def update_patient(self, patient_id: str, details: ChartDetails) -> None:
        self._perform("update_patient", lambda: self.charts.update(patient_id, details))

    def book(
        self,
        *,
        slot_id: str,
        patient_id: str,
        reason_id: str,
        department_id: str,  # noqa: ARG002
        note: str,
        suppress_confirmation: bool,
    ) -> EhrAppointment:
        def answer() -> EhrAppointment:
            if patient_id not in self.charts.people:
                raise Rejected("refused as patient_refused", code="patient_refused")
            if reason_id not in {reason.id for reasons in self._schedule.reasons.values() for reason in reasons}:
                raise Rejected("refused as reason_refused", code="reason_refused")
            if reason_id not in self._schedule.free(slot_id).slot.reason_ids:
                raise AlreadyDone("conflict")
            booked = self._change(slot_id, status=EhrStatus.BOOKED, patient_id=patient_id, notes=(note,))
            if not suppress_confirmation:
                self.confirmed.append(slot_id)
            return booked

        return self._perform("book", answer)

    def set_supervisor(
        self, *, appointment_id: str, seen_provider_id: str, supervisor_provider_id: str, claim_mode: str
    ) -> None:
        def answer() -> None:
            self._schedule.booked(appointment_id)
            if not {seen_provider_id, supervisor_provider_id} <= set(self._providers):
                raise Rejected("refused as provider_refused", code="provider_refused")
            rendering = seen_provider_id if claim_mode == "trainee_rendering_attending_supervising" else ""
            self._change(
                appointment_id, supervising_provider_id=supervisor_provider_id, rendering_provider_id=rendering
            )

        self._perform("set_supervisor", answer)

    def appointment(self, appointment_id: str) -> EhrAppointment:
        return self._perform("appointment", lambda: self._schedule.row(appointment_id).appointment)

    def appointments_between(
        self, *, department_ids: list[str], first_day: date, last_day: date
    ) -> list[EhrAppointment]:
        return self._perform("appointments_between", lambda: self._schedule.visits(department_ids, first_day, last_day))

    def join_url(self, appointment_id: str) -> str:
        def answer() -> str:
            if not self._schedule.has_room(appointment_id, self.clinics):
                raise Rejected("refused as no_room", code="no_room")
            return f"https://video.example.org/room/{appointment_id}"

        return self._perform("join_url", answer)

    def cancel(self, *, appointment_id: str, patient_id: str, reason: str) -> None:  # noqa: ARG002
        def answer() -> None:
            if self._schedule.row(appointment_id).appointment.status is EhrStatus.CANCELLED:
                raise AlreadyDone("cancelled before")
            self._booked_by(patient_id, appointment_id)
            self._schedule.cancel(appointment_id)

        self._perform("cancel", answer)

    def reschedule(
        self,
        *,
        appointment_id: str,
        new_slot_id: str,
        patient_id: str,
        reason_id: str,
        reason: str,  # noqa: ARG002
    ) -> EhrAppointment:
        def answer() -> EhrAppointment:
            if self._schedule.row(appointment_id).appointment.rescheduled_to == new_slot_id:
                raise AlreadyDone("moved before")
            self._booked_by(patient_id, appointment_id)
            if reason_id not in self._schedule.free(new_slot_id).slot.reason_ids:
                raise AlreadyDone("conflict")
            return self._schedule.move(appointment_id, new_slot_id)

        return self._perform("reschedule", answer)

    def freeze(self, slot_id: str) -> None:
        self._perform("freeze", lambda: self._schedule.set_frozen(slot_id, frozen=True))

    def unfreeze(self, slot_id: str) -> None:
        self._perform("unfreeze", lambda: self._schedule.set_frozen(slot_id, frozen=False))

    def notes(self, appointment_id: str) -> list[str]:
        return self._perform("notes", lambda: list(self._schedule.row(appointment_id).appointment.notes))

    def add_note(self, appointment_id: str, text: str) -> None:
        def answer() -> None:
            self._change(appointment_id, notes=(*self._schedule.row(appointment_id).appointment.notes, text))

        self._perform("add_note", answer)

    def packages(self, *, plan_name: str, member_id: str) -> list[tuple[str, str]]:  # noqa: ARG002
        return self._perform("packages", lambda: self.charts.find_packages(plan_name))

    def insurances(self, patient_id: str) -> list[EhrInsurance]:
        return self._perform("insurances", lambda: self.charts.insurances(patient_id))

    def add_insurance(self, patient_id: str, policy: NewInsurance, *, department_id: str) -> str:  # noqa: ARG002
        return self._perform("add_insurance", lambda: self.charts.add_insurance(patient_id, policy))

    def set_privacy(self, patient_id: str, forms: SignedForms, *, department_id: str) -> None:  # noqa: ARG002
        if not (forms.privacy_notice or forms.assignment_of_benefits or forms.release_of_billing_information):
            raise ValueError("no signed form: the EHR would mark all three")
        self._perform("set_privacy", lambda: self.charts.sign(patient_id, forms))

    def current_patient_id(self, patient_id: str) -> str:
        return self._perform("current_patient_id", lambda: self.charts.current(patient_id))

    def subscribe(self) -> None:
        def answer() -> None:
            self._schedule.subscribed = True

        self._perform("subscribe", answer)

    def changed_since(self, since: datetime | None) -> Changed:
        return self._perform("changed_since", lambda: self._schedule.changed(since))

    def parse_push(self, *, signature: str, body: bytes) -> list[Pushed]:
        if not hmac.compare_digest(signature.encode(), _signature(body).encode()):
            raise BadSignature("the signature does not fit")
        return [Pushed(**told) for told in json.loads(body)]

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

    def _booked_by(self, patient_id: str, appointment_id: str) -> None:
        if self._schedule.booked(appointment_id).patient_id != patient_id:
            raise Rejected("refused as patient_refused", code="patient_refused")

    def _change(self, appointment_id: str, **changes: object) -> EhrAppointment:
        with self._lock:
            return self._schedule.change(appointment_id, **changes)


def _signature(body: bytes) -> str:
    return "sha256=" + hmac.new(PUSH_SECRET, body, hashlib.sha256).hexdigest()
