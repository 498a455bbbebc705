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
    patient_refused, reason_refused, provider_refused, not_booked, not_found, no_room (no video for this visit, or not
    today), unknown_zone, forbidden (our account may not, or the address is not ours), rejected (anything else).
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
    """female | male | other (only on a chart: it says something that we have no word for) | "" """
    language: str = ""
    """BCP-47"""


@dataclass(frozen=True, slots=True)
class ChartConsent:
    """What a chart says about messages on visits. A text needs a yes, an e-mail only that nobody said no."""

    sms: bool = False
    email: bool = True


@dataclass(frozen=True, slots=True)
class EhrPatient:
    id: str
    details: PersonDetails | None
    """None when the chart's birth date is junk and no comparison is possible."""
    score: float = 0.0
    consent: ChartConsent = ChartConsent()


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
    template_id: str = ""
    """The slot a reopened one was made from, "" for an original. The feed and the list of visits tell it for sure."""
    type_id: str = ""
    cancelled_at: datetime | None = None
    notes: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class EhrInsurance:
    """A policy on a chart."""

    id: str
    package_id: str
    sequence: int
    """1 primary, 2 secondary, 3 tertiary."""
    member_id: str = ""


@dataclass(frozen=True, slots=True)
class NewInsurance:
    """A policy to be written to a chart. The policy holder is the subscriber: the patient himself when `self`."""

    package_id: str
    sequence: int
    member_id: str
    group_number: str
    relationship: str
    """self | spouse | child | other"""
    holder_first_name: str
    holder_last_name: str
    holder_date_of_birth: date | None
    holder_sex: str
    """female | male | "" """


@dataclass(frozen=True, slots=True)
class ChartDetails:
    """What may be filled in on a chart. Empty text: nothing is said about it, and the chart keeps what it has."""

    sex: str = ""
    """female | male | "" """
    street: str = ""
    city: str = ""
    state: str = ""
    zip: str = ""


@dataclass(frozen=True, slots=True)
class SignedForms:
    """What the patient, or his recorded representative, really signed; nothing else is ever sent (rules 4.11)."""

    signer_name: str
    signed_at: datetime
    """UTC."""
    privacy_notice: bool
    assignment_of_benefits: bool
    release_of_billing_information: bool


@dataclass(frozen=True, slots=True)
class Changed:
    """What the change feed handed out: visits of any status, and open slots. `raw` is kept before it is applied."""

    appointments: tuple[EhrAppointment, ...]
    raw: tuple[dict[str, object], ...]
    """One per appointment, in the same order; behind them the rows that could not be read. `appointmentid` names the
    visit in each that has one, to be read again by it. Holds patient ids, so it is personal data."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """One notification of the EHR's push: something about this record changed; read it to learn what."""

    event_id: str
    """The vendor's id, the same in every repetition."""
    topic: str
    """appointment | patient, with the vendor's verb after a dot: appointment.cancel, patient.merge ..."""
    record_id: str


class BadSignature(EhrError):  # noqa: N818
    """A push whose signature does not prove the EHR's secret over the raw body, or whose body cannot be read."""


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

    def find_patient(self, person: PersonDetails, *, department_id: str) -> list[EhrPatient]: ...

    def patient(self, patient_id: str, *, in_no_hurry: bool = False) -> EhrPatient:
        """A chart. `in_no_hurry`: nobody waits for the answer, so it may not use up what bookings need."""

    def create_patient(self, person: PersonDetails, *, department_id: str) -> str:
        """The new chart's id, or an existing one the EHR took for the same person: compare before use (rules 4.8)."""

    def update_patient(self, patient_id: str, details: ChartDetails) -> None:
        """Set on a chart what is not empty, its department never. Repeating is harmless; the caller reads first, to
        overwrite nothing.
        """

    def book(
        self,
        *,
        slot_id: str,
        patient_id: str,
        reason_id: str,
        department_id: str,
        note: str,
        suppress_confirmation: bool,
    ) -> EhrAppointment:
        """Book an open slot. `note` carries our appointment id, by which a look-back knows its own write.

        `suppress_confirmation`: the EHR sends no confirmation of its own, because we do (rules 6.2).
        """

    def set_supervisor(
        self, *, appointment_id: str, seen_provider_id: str, supervisor_provider_id: str, claim_mode: str
    ) -> None:
        """Write who renders and who supervises, as `claim_mode` says (rules 4.7). Read back afterwards."""

    def appointment(self, appointment_id: str) -> EhrAppointment: ...

    def appointments_between(
        self, *, department_ids: list[str], first_day: date, last_day: date
    ) -> list[EhrAppointment]:
        """All visits of the departments between two local dates, both inclusive, cancelled ones too; no open slots."""

    def join_url(self, appointment_id: str) -> str:
        """Where the patient joins the video of a visit. It opens without a login, so it is a secret, and works only on
        the day of the visit, so it is asked for late. Rejected `no_room`: no video, or not today.
        """

    def cancel(self, *, appointment_id: str, patient_id: str, reason: str) -> None:
        """Cancel a booked visit; the EHR reopens the time under a new id. AlreadyDone: it is cancelled already.

        Rejected `not_booked`: it can no longer be cancelled (checked in). Repeating is harmless.
        """

    def reschedule(
        self, *, appointment_id: str, new_slot_id: str, patient_id: str, reason_id: str, reason: str
    ) -> EhrAppointment:
        """Move a visit to an open slot in one step of the EHR's own: the old one is cancelled and names the new one.

        `reason_id` is what the new clinician books the visit by. Returns the new visit as read back. AlreadyDone: the
        slot is taken, maybe by our own lost success. Rejected `not_booked`: the old visit is not booked any more.
        """

    def freeze(self, slot_id: str) -> None:
        """Keep an open slot from being offered or booked by anybody. AlreadyDone: it was frozen."""

    def unfreeze(self, slot_id: str) -> None:
        """AlreadyDone: it was not frozen."""

    def notes(self, appointment_id: str) -> list[str]: ...

    def add_note(self, appointment_id: str, text: str) -> None:
        """Add a note to a visit. Not idempotent: read `notes` before repeating."""

    def packages(self, *, plan_name: str, member_id: str) -> list[tuple[str, str]]:
        """Insurance packages that fit, as (id, name)."""

    def insurances(self, patient_id: str) -> list[EhrInsurance]:
        """Active policies of a chart."""

    def add_insurance(self, patient_id: str, policy: NewInsurance, *, department_id: str) -> str:
        """Write a policy; returns its id. AlreadyDone: the sequence number is taken (read `insurances`)."""

    def set_privacy(self, patient_id: str, forms: SignedForms, *, department_id: str) -> None:
        """Record signed forms. Refuses (ValueError) a call without any true flag: the EHR would mark all three."""

    def current_patient_id(self, patient_id: str) -> str:
        """The chart that lives on when this one was merged into another; the same id when it was not."""

    def subscribe(self) -> None:
        """Ask for the change feed; harmless when it is on already."""

    def changed_since(self, since: datetime | None) -> Changed:
        """What changed. None: some of what was not handed out before (each row is handed out once: store it first);
        ask until it is empty. An answer that is lost is not asked for again: Retry, then come with an instant.

        With an instant: all that was handed out since then, again, for a reader that crashed. Rejected `forbidden`:
        nobody has subscribed.
        """

    def parse_push(self, *, signature: str, body: bytes) -> list[Pushed]:
        """The notifications of one delivery, once its signature over the raw body is proven. Raises BadSignature."""


def get_ehr() -> EhrPort:
    """The adapter chosen by configuration; address alone decides between simulator and the real thing."""
    return import_string(settings.EHR_FACTORY)()
