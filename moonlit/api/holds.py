"""POST /holds and what keeps or gives back the time: ten minutes for somebody who is still typing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from moonlit.api.bookings import ClientRef, asked_criteria
from moonlit.api.documents import OF_A_BODY, operation
from moonlit.api.guard import json_answer, limited, parsed, raw_body
from moonlit.api.problems import no_such_thing
from moonlit.api.shapes import Moment, ZoneName
from moonlit.api.times import Instant, at_place
from moonlit.audit.actor import PUBLIC
from moonlit.booking.queries import HeldTime, held_time
from moonlit.booking.services import extend_hold, place_hold, release_hold
from moonlit.domain.reasons import Route
from moonlit.domain.refusals import RefusalCode
from moonlit.eligibility.criteria import CriteriaInput, ProviderId
from moonlit.people.inputs import Input
from moonlit.platform import clock
from moonlit.platform.policy import public

router = Router(tags=["holds"])


class HoldBody(Input):
    """`provider` null is anybody who has this start. Two holds at once for one `client_ref`, twenty for one address."""

    start: Instant
    provider: ProviderId | None = None
    criteria: CriteriaInput
    client_ref: ClientRef = ""


class HoldOut(Schema):
    """Whoever knows `hold` may keep it, let it go or book it; `provider` and `supervisor` are ids."""

    hold: str
    expires_at: Moment
    start: Moment
    end: Moment
    time_zone: ZoneName
    provider: str
    provider_name: str
    route: Route
    supervisor: str | None
    supervisor_name: str | None
    location: str


@router.post(
    "/holds",
    **operation(
        "hold_time",
        "Keep a time for ten minutes",
        {201: HoldOut},
        (
            *OF_A_BODY,
            RefusalCode.SLOT_TAKEN,
            RefusalCode.HOLD_LIMIT,
            RefusalCode.PROVIDER_NOT_BOOKABLE,
            RefusalCode.PAYER_NOT_BOOKABLE,
            RefusalCode.LICENSE_STATE,
            RefusalCode.AGE_NOT_SERVED,
            RefusalCode.NOTICE_TOO_SHORT,
            RefusalCode.BEYOND_HORIZON,
        ),
        body=HoldBody,
    ),
)
@public
@limited("holds", capacity=120, per_seconds=600)
def hold(request: HttpRequest) -> HttpResponse:
    """Nobody else is offered this time until `expires_at`. The health record system is not asked."""
    given, now = parsed(raw_body(request), HoldBody), clock.now()
    criteria = asked_criteria(given.criteria, given.provider, now=now)
    held = place_hold(
        criteria,
        given.start,
        given.provider if given.provider is not None else criteria.provider,
        client_ref=given.client_ref,
        address=request.META.get("REMOTE_ADDR", ""),
        actor=PUBLIC,
        now=now,
    )
    return _answer(held.hold, status=201)


@router.post(
    "/holds/{hold}/extend",
    **operation(
        "extend_hold",
        "Keep it ten minutes from now",
        {200: HoldOut},
        (RefusalCode.NOT_FOUND, RefusalCode.HOLD_EXPIRED, RefusalCode.HOLD_LIMIT, RefusalCode.RATE_LIMITED),
    ),
)
@public
@limited("holds.extend", capacity=300, per_seconds=600)
def extend(request: HttpRequest, hold: str) -> HttpResponse:  # noqa: ARG001
    """As often as you like, until two hours after it began. One that is over is taken again while the time is free."""
    found = _id(hold)
    if found is None:
        raise no_such_thing()
    extend_hold(found, actor=PUBLIC, now=clock.now())
    return _answer(found, status=200)


@router.delete("/holds/{hold}", **operation("release_hold", "Let it go", {204: None}, [RefusalCode.RATE_LIMITED]))
@public
@limited("holds.release", capacity=300, per_seconds=600)
def let_go(request: HttpRequest, hold: str) -> HttpResponse:  # noqa: ARG001
    """The same answer whether or not anything was held."""
    found = _id(hold)
    if found is not None:
        release_hold(found, actor=PUBLIC, now=clock.now())
    return HttpResponse(status=204)


def _answer(hold: UUID, *, status: int) -> HttpResponse:
    found = held_time(hold, clock.now())
    if found is None:
        raise no_such_thing()  # let go by somebody else who knows it, this very moment
    return json_answer(_member(found), status=status)


def _member(found: HeldTime) -> dict[str, Any]:
    return {
        "hold": str(found.hold),
        "expires_at": at_place(found.expires_at, found.time_zone),
        "start": at_place(found.start, found.time_zone),
        "end": at_place(found.end, found.time_zone),
        "time_zone": found.time_zone,
        "provider": str(found.provider.id),
        "provider_name": found.provider.name,
        "route": found.route,
        "supervisor": str(found.supervisor.id) if found.supervisor else None,
        "supervisor_name": found.supervisor.name if found.supervisor else None,
        "location": found.location,
    }


def _id(text: str) -> UUID | None:
    """None for what cannot be the id of anything."""
    try:
        return UUID(text)
    except ValueError:
        return None
