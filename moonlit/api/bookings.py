"""A booking as it comes in and as it is answered: the shapes of POST /appointments and of the links it gives."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from moonlit.api.shapes import ABSENT, FreeStartOut, Moment, ZoneName, alternatives_member
from moonlit.api.times import Instant, at_place
from moonlit.booking.queries import PublicStatus, PublicVisit
from moonlit.booking.requests import BookingRequest, checked_request
from moonlit.booking.services import Accepted, time_of_hold
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.business_time import PromiseKind
from moonlit.domain.criteria import Criteria
from moonlit.domain.reasons import Modality, Route
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.eligibility.criteria import CriteriaInput, ProviderId, resolve_criteria
from moonlit.eligibility.queries import today_at_practice
from moonlit.people.inputs import BookerInput, ConsentInput, ContactInput, Input, InsuranceInput, Note, PatientInput
from moonlit.platform.env import env
from moonlit.practice.documents import documents_in_force
from moonlit.practice.queries import practice

PERSONAL = frozenset({"patient", "insurances", "contacts", "consents", "booked_by", "note"})
"""Members whose faults are `patient_invalid`: a person put them in and can put them right."""

ClientRef = Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{0,128}$")]
"""Whatever the client calls the person it acts for; "" nobody in particular."""
StateWord = Literal[
    "pending", "booked", "not_booked", "checked_in", "completed", "cancelled", "late_cancelled", "moved", "no_show"
]


class BookingBody(Input):
    """`hold`, or `start` with `provider` (null: anybody); `insurances` begin with the payer of the criteria.

    `note`: what the patient wants the practice to know, for staff and the health record; never for an emergency.
    """

    hold: UUID | None = None
    start: Instant | None = None
    provider: ProviderId | None = None
    criteria: CriteriaInput
    patient: PatientInput
    insurances: Annotated[list[InsuranceInput], Field(max_length=3)] = []
    contacts: Annotated[list[ContactInput], Field(max_length=10)] = []
    consents: Annotated[list[ConsentInput], Field(max_length=20)] = []
    booked_by: BookerInput | None = None
    client_ref: ClientRef = ""
    note: Note = ""

    @model_validator(mode="after")
    def _one_way_to_name_a_time(self) -> Self:
        if self.hold is not None and (self.start is not None or self.provider is not None):
            raise PydanticCustomError("hold_and_start", "Please give a hold, or a start and a provider.", {})
        if self.hold is None and self.start is None:
            raise PydanticCustomError("start_missing", "Please give a hold, or a start.", {"member": "start"})
        return self


class BookingOut(Schema):
    """`provider` and `supervisor` are ids. `manage_token` is told here and in the replay of this answer alone."""

    appointment: str
    state: Literal["pending", "booked"]
    status_url: str
    manage_token: str
    start: Moment
    end: Moment
    time_zone: ZoneName
    provider: str
    route: Route
    supervisor: str | None


class PromiseOut(Schema):
    """While pending: when we answer at the latest."""

    kind: PromiseKind
    by: Moment


class StatusOut(Schema):
    """`provider` and `supervisor` are ids; `alternatives` come with `not_booked`, `promise` with `pending`."""

    state: StateWord
    change: Literal["cancel", "move"] | None
    start: Moment
    end: Moment
    time_zone: ZoneName
    provider: str
    provider_name: str
    supervisor: str | None
    supervisor_name: str | None
    route: Route
    modality: Modality
    location: str
    promise: PromiseOut = ABSENT
    alternatives: list[FreeStartOut] = ABSENT


class PracticeOut(Schema):
    name: str
    phone: str


class VisitOut(Schema):
    state: StateWord
    start: Moment
    end: Moment
    time_zone: ZoneName
    practice: PracticeOut


def asked_criteria(given: CriteriaInput, provider: int | None, *, now: datetime) -> Criteria:
    """The criteria of a visit that is to be held or booked. Raises Refused as `resolve_criteria` does."""
    facts = current_facts()
    criteria = resolve_criteria(given, facts=facts, today=today_at_practice(now))
    if criteria.payer is None and not criteria.self_pay:
        detail = "Please name the insurance, or choose to pay yourself."
        reason = RefusalReason("payer_missing", detail, field="criteria.payer")
        raise Refused(RefusalCode.PAYER_NOT_BOOKABLE, detail, [reason])
    if provider is not None and provider not in facts.providers:
        detail = "We do not know this provider."
        reason = RefusalReason("provider_unknown", detail, field="provider")
        raise Refused(RefusalCode.INVALID_REQUEST, detail, [reason])
    return criteria


def booking_request(given: BookingBody, *, now: datetime) -> BookingRequest:
    """What was asked for, checked as a whole against the practice. Raises Refused naming every field at fault;
    HoldExpired for a hold that is none.
    """
    criteria = asked_criteria(given.criteria, given.provider, now=now)
    if given.hold is not None:
        start, provider = time_of_hold(given.hold, criteria, now=now)
    else:
        start, provider = given.start, given.provider if given.provider is not None else criteria.provider
    if start is None:
        raise ValueError("neither a hold nor a start")  # BookingBody lets none through
    return checked_request(
        start=start,
        provider=provider,
        criteria=criteria,
        patient=given.patient,
        insurances=tuple(given.insurances),
        contacts=tuple(given.contacts),
        consents=tuple(given.consents),
        booked_by=given.booked_by,
        source="api",
        client_ref=given.client_ref,
        note=given.note,
        facts=current_facts(),
        documents=documents_in_force(),
        today=today_at_practice(now),
    )


def pending_member(accepted: Accepted) -> dict[str, Any]:
    """The request is stored and the time is kept."""
    return {
        "appointment": str(accepted.appointment),
        "state": "pending",
        "status_url": f"{env().base_url.rstrip('/')}/api/v1/appointments/status/{accepted.status_token}",
        "manage_token": accepted.manage_token,
        "start": at_place(accepted.start, accepted.time_zone),
        "end": at_place(accepted.end, accepted.time_zone),
        "time_zone": accepted.time_zone,
        "provider": str(accepted.provider),
        "route": accepted.route.value,
        "supervisor": _id(accepted.supervisor),
    }


def booked_member(accepted: Accepted, found: PublicStatus) -> dict[str, Any]:
    """The EHR has accepted; with "any", another provider than the first may have it."""
    return {
        **pending_member(accepted),
        "state": "booked",
        "start": at_place(found.start, found.time_zone),
        "end": at_place(found.end, found.time_zone),
        "provider": str(found.provider.id),
        "route": found.route,
        "supervisor": _id(found.supervisor.id if found.supervisor else None),
    }


def status_member(found: PublicStatus) -> dict[str, Any]:
    """The truth about a request, without a word about the patient."""
    answer: dict[str, Any] = {
        "state": found.state,
        "change": found.change,
        "start": at_place(found.start, found.time_zone),
        "end": at_place(found.end, found.time_zone),
        "time_zone": found.time_zone,
        "provider": str(found.provider.id),
        "provider_name": found.provider.name,
        "supervisor": _id(found.supervisor.id if found.supervisor else None),
        "supervisor_name": found.supervisor.name if found.supervisor else None,
        "route": found.route,
        "modality": found.modality,
        "location": found.location,
    }
    if found.promise is not None:
        answer["promise"] = {
            "kind": found.promise.kind.value,
            "by": at_place(found.promise.at, found.promise.zone),
        }
    if found.state == "not_booked":
        answer["alternatives"] = alternatives_member(found.alternatives)
    return answer


def visit_member(found: PublicVisit) -> dict[str, Any]:
    """What the manage link alone shows."""
    return {
        "state": found.state,
        "start": at_place(found.start, found.time_zone),
        "end": at_place(found.end, found.time_zone),
        "time_zone": found.time_zone,
        "practice": {"name": found.practice, "phone": practice().phone},
    }


def _id(key: int | None) -> str | None:
    return None if key is None else str(key)
