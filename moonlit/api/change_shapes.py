"""Codes, sessions and changes of a visit as they come in and as they are answered."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import Field, StrictBool, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from moonlit.api.bookings import StateWord, VisitOut, visit_member
from moonlit.api.shapes import ABSENT, Moment
from moonlit.api.times import Instant, at_place, utc
from moonlit.booking.link_queries import ManagedVisit
from moonlit.booking.queries import PublicVisit
from moonlit.booking.services import Session
from moonlit.domain.refusals import RefusalCode
from moonlit.eligibility.criteria import ProviderId
from moonlit.people.inputs import Input
from moonlit.platform.env import env

MOST_LETTERS = 500
FreeText = Annotated[str, StringConstraints(max_length=MOST_LETTERS, pattern=r"^[^\x00]*$")]

BEARER = {
    "name": "Authorization",
    "in": "header",
    "required": True,
    "schema": {"type": "string", "examples": ["Bearer AAAAAAAAAAAAAAAAAAAAAA"]},
    "description": "The session token of `verify`.",
}
MAYBE_BEARER = {**BEARER, "required": False}
CHANGE_REFUSALS = (
    RefusalCode.NOT_FOUND,
    RefusalCode.VERIFICATION_REQUIRED,
    RefusalCode.LATE_CHANGE,
)
MOVE_REFUSALS = (
    RefusalCode.SLOT_TAKEN,
    RefusalCode.HOLD_EXPIRED,
    RefusalCode.PATIENT_OVERLAP,
    RefusalCode.PROVIDER_NOT_BOOKABLE,
    RefusalCode.PAYER_NOT_BOOKABLE,
    RefusalCode.LICENSE_STATE,
    RefusalCode.AGE_NOT_SERVED,
    RefusalCode.NOTICE_TOO_SHORT,
    RefusalCode.BEYOND_HORIZON,
)


class CodeBody(Input):
    """Where the code goes: to the e-mail address or phone number given when the visit was booked."""

    channel: Literal["email", "sms"]


class CodeOut(Schema):
    """The same whether or not a contact is on file."""

    detail: str


class VerifyBody(Input):
    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class SessionOut(Schema):
    """`session_token` goes into `Authorization: Bearer`; it dies with the link at the latest."""

    session_token: str
    expires_at: Moment


class CancelBody(Input):
    reason: FreeText = ""


class RescheduleBody(Input):
    """`hold`, or `start` with `provider` (null: anybody). With `as_request` staff are asked, and `start` is a wish."""

    hold: UUID | None = None
    start: Instant | None = None
    provider: ProviderId | None = None
    as_request: StrictBool = False
    note: Annotated[FreeText, Field(description="With `as_request`: what would suit.")] = ""

    @model_validator(mode="after")
    def _one_way_to_name_a_time(self) -> Self:
        if self.hold is not None and (self.start is not None or self.provider is not None or self.as_request):
            raise PydanticCustomError("hold_and_start", "Please give a hold, or a start and a provider.", {})
        if self.hold is None and self.start is None and not self.as_request:
            raise PydanticCustomError("start_missing", "Please give a hold, or a start.", {"member": "start"})
        return self


class ChangeOut(Schema):
    """`change` is what is under way; null when it is done, or staff have been asked."""

    state: StateWord
    change: Literal["cancel", "move"] | None
    status_url: str


class ManagedVisitOut(VisitOut):
    """The members after `practice` come with a session only; `join` is null until the link to the video is known: an
    address of ours that leads on to it for as long as the session lives, to be opened on the page's top level.
    """

    provider: str = ABSENT
    provider_name: str = ABSENT
    supervisor: str | None = ABSENT
    supervisor_name: str | None = ABSENT
    location: str = ABSENT
    join: str | None = ABSENT
    can_change_until: Moment = ABSENT


def session_member(session: Session) -> dict[str, Any]:
    return {"session_token": session.token, "expires_at": utc(session.expires_at)}


def change_member(state: str, change: str, status_token: str) -> dict[str, Any]:
    return {"state": state, "change": change or None, "status_url": status_url(status_token)}


def status_url(status_token: str) -> str:
    return f"{env().base_url.rstrip('/')}/api/v1/appointments/status/{status_token}"


def managed_visit_member(found: PublicVisit, more: ManagedVisit, *, join: str | None) -> dict[str, Any]:
    """What a session shows beyond the link."""
    return {
        **visit_member(found),
        "provider": str(more.provider.id),
        "provider_name": more.provider.name,
        "supervisor": str(more.supervisor.id) if more.supervisor else None,
        "supervisor_name": more.supervisor.name if more.supervisor else None,
        "location": more.location,
        "join": join,
        "can_change_until": at_place(more.can_change_until, more.time_zone),
    }
