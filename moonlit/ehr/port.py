"""What the program asks of an electronic health record, and what it may answer.

Times leave an adapter as UTC instants with the IANA zone they were written in. Errors say what the caller does next.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class EhrError(Exception):
    """An EHR call that gave no usable answer. The text never holds patient data; `request_id` is the vendor's own."""

    def __init__(self, detail: str, *, request_id: str = "") -> None:
        super().__init__(detail)
        self.detail = detail
        self.request_id = request_id


class NotReached(EhrError):  # noqa: N818
    """The request provably never left: connection refused, our budget or breaker said no. Ask again later."""


class Throttled(EhrError):  # noqa: N818
    """The EHR refused for load before doing anything. Ask again after `retry_after` seconds."""

    def __init__(self, detail: str, *, retry_after: float = 60.0, request_id: str = "") -> None:
        super().__init__(detail, request_id=request_id)
        self.retry_after = retry_after


class Retry(EhrError):  # noqa: N818
    """A read that failed for a passing reason (5xx, time-out). Never raised by a write."""


class Rejected(EhrError):  # noqa: N818
    """The EHR understood and refused; nothing was stored. `status` is the HTTP status, `code` one of ours:

    missing_fields, invalid_fields, too_long (a required name outgrows the EHR's column: nothing was sent, rules 13),
    patient_refused, reason_refused, provider_refused, not_booked, not_found, unknown_zone, forbidden (our account may
    not, or the address is not ours), rejected (anything else).
    """

    def __init__(self, detail: str, *, code: str = "rejected", status: int = 400, request_id: str = "") -> None:
        super().__init__(detail, request_id=request_id)
        self.code = code
        self.status = status


class AlreadyDone(EhrError):  # noqa: N818
    """The write had been carried out before (or by somebody else): read back to learn which."""


class Unknown(EhrError):  # noqa: N818
    """A write whose answer was lost or unreadable; it may have been stored. Read back, never repeat blindly."""


class EhrStatus(enum.StrEnum):
    OPEN = "open"
    BOOKED = "booked"
    CHECKED_IN = "checked_in"
    CHECKED_OUT = "checked_out"
    CHARGE_ENTERED = "charge_entered"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class Department:
    id: str
    name: str
    time_zone: str | None
    """IANA name; None when the EHR does not give one and a person must confirm it."""
    state: str = ""


@dataclass(frozen=True, slots=True)
class EhrProvider:
    id: str
    name: str
    is_person: bool
    npi: str = ""
    supervising_provider_id: str = ""


@dataclass(frozen=True, slots=True)
class Reason:
    id: str
    name: str
    kind: str
    """new | existing | all"""
    min_hours: int | None = None
    max_days: int | None = None


@dataclass(frozen=True, slots=True)
class OpenSlot:
    id: str
    department_id: str
    provider_id: str
    start: datetime
    """UTC."""
    minutes: int
    reason_ids: tuple[str, ...]
    type_id: str
    repeated_hour: bool = False
    """The wall clock shows this time twice that night; the first of the two instants was taken."""


@dataclass(frozen=True, slots=True)
class OpenSlots:
    slots: tuple[OpenSlot, ...]
    in_gap: tuple[str, ...] = ()
    """Ids of slots whose wall-clock time does not exist that day; dropped (rules 3.2)."""


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """Who a patient says he is. Empty text means not given; nothing is ever invented (rules 4.8)."""

    first_name: str
    last_name: str
    date_of_birth: date
    email: str = ""
    phone: str = ""
    """E.164"""
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""
    sex: str = ""
    """female | male | "" """
    language: str = ""
    """BCP-47"""


@dataclass(frozen=True, slots=True)
class EhrPatient:
    id: str
    details: PersonDetails | None
    """None when the chart's birth date is junk and no comparison is possible."""
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class EhrAppointment:
    id: str
    status: EhrStatus
    department_id: str
    provider_id: str
    start: datetime
    """UTC."""
    time_zone: str
    minutes: int
    patient_id: str = ""
    rendering_provider_id: str = ""
    supervising_provider_id: str = ""
    scheduling_provider_id: str = ""
    rescheduled_to: str = ""
    no_show: bool = False
    notes: tuple[str, ...] = field(default=(), repr=False)


class EhrPort(Protocol):
    """Every call may raise NotReached, Throttled or Rejected; reads also Retry; writes also AlreadyDone, Unknown."""

    def ping(self) -> None: ...

    def departments(self) -> list[Department]: ...

    def providers(self) -> list[EhrProvider]: ...

    def reasons(self, *, department_id: str, provider_id: str) -> list[Reason]: ...

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
        """Open slots of a department between two local dates, both inclusive."""
        ...

    def find_patient(self, person: PersonDetails, *, department_id: str) -> list[EhrPatient]: ...

    def patient(self, patient_id: str) -> EhrPatient: ...

    def create_patient(self, person: PersonDetails, *, department_id: str) -> str:
        """The new chart's id, or an existing one the EHR took for the same person: compare before use (rules 4.8)."""
        ...

    def book(self, *, slot_id: str, patient_id: str, reason_id: str, department_id: str, note: str) -> EhrAppointment:
        """Book an open slot. `note` carries our appointment id, by which a look-back knows its own write."""
        ...

    def set_supervisor(
        self, *, appointment_id: str, seen_provider_id: str, supervisor_provider_id: str, claim_mode: str
    ) -> None:
        """Write who renders and who supervises, as `claim_mode` says (rules 4.7). Read back afterwards."""
        ...

    def appointment(self, appointment_id: str) -> EhrAppointment: ...


def get_ehr() -> EhrPort:
    """The adapter chosen by configuration; address alone decides between simulator and the real thing."""
    return import_string(settings.EHR_FACTORY)()
