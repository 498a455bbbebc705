"""POST /appointments and what its answer leads to. Idempotent by key; the request itself never calls the EHR."""

from __future__ import annotations

from functools import partial

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Router

from moonlit.api.bookings import (
    PERSONAL,
    BookingBody,
    BookingOut,
    StatusOut,
    booked_member,
    booking_request,
    pending_member,
    status_member,
    visit_member,
)
from moonlit.api.change_shapes import MAYBE_BEARER, ManagedVisitOut, managed_visit_member
from moonlit.api.changes import proven, session_of
from moonlit.api.documents import OF_A_BODY, operation
from moonlit.api.guard import json_answer, limited, parsed
from moonlit.api.idempotent import HEADERS, Answer, Done, once
from moonlit.api.idempotent import REFUSALS as IDEMPOTENT
from moonlit.api.problems import not_found, refusal_document
from moonlit.api.waiting import final_status
from moonlit.audit.actor import PUBLIC
from moonlit.booking.join_queries import Joining, joining
from moonlit.booking.link_queries import managed_visit
from moonlit.booking.queries import status_by_token, visit_by_manage_token
from moonlit.booking.services import Accepted, SlotTaken, request_booking
from moonlit.domain.refusals import RefusalCode
from moonlit.platform import clock
from moonlit.platform.env import env
from moonlit.platform.policy import public

router = Router(tags=["appointments"])

BOOKING_REFUSALS = (
    *OF_A_BODY,
    *IDEMPOTENT,
    RefusalCode.SLOT_TAKEN,
    RefusalCode.HOLD_EXPIRED,
    RefusalCode.PATIENT_INVALID,
    RefusalCode.CONSENT_MISSING,
    RefusalCode.PROVIDER_NOT_BOOKABLE,
    RefusalCode.PAYER_NOT_BOOKABLE,
    RefusalCode.LICENSE_STATE,
    RefusalCode.AGE_NOT_SERVED,
    RefusalCode.NOTICE_TOO_SHORT,
    RefusalCode.BEYOND_HORIZON,
)


@router.post(
    "/appointments",
    **operation(
        "book_appointment",
        "Ask for a visit",
        {201: BookingOut, 202: BookingOut},
        BOOKING_REFUSALS,
        body=BookingBody,
        parameters=HEADERS,
    ),
)
@public
@limited("appointments", capacity=60, per_seconds=600)
def book(request: HttpRequest) -> HttpResponse:
    """202 at once: the time is kept and the truth is at `status_url`.

    With `Prefer: wait=6` 201 when the EHR accepted in time, 409 when the time was lost, 202 when it is undecided.
    """
    return once(request, scope="POST /appointments", work=_book)


def _book(body: bytes) -> Done:
    given = parsed(body, BookingBody, personal=PERSONAL)
    now = clock.now()
    accepted = request_booking(booking_request(given, now=now), hold=given.hold, actor=PUBLIC, now=now)
    return Done(Answer(202, orjson.dumps(pending_member(accepted))), partial(_after_waiting, accepted))


def _after_waiting(accepted: Accepted, seconds: float) -> Answer | None:
    """The answer that knows more than "pending"; None while nothing is decided."""
    found = final_status(accepted.status_token, seconds)
    if found is not None and found.state == "booked":
        return Answer(201, orjson.dumps(booked_member(accepted, found)))
    if found is not None and found.state == "not_booked":
        return Answer(409, refusal_document(SlotTaken(found.alternatives)))
    return None


@router.get(
    "/appointments/status/{token}",
    **operation("appointment_status", "The truth about a request", {200: StatusOut}, [RefusalCode.NOT_FOUND]),
)
@public
def status(request: HttpRequest, token: str) -> HttpResponse:
    """Where the `status_url` of a booking leads. Ask every second or two while it is pending."""
    found = status_by_token(token, clock.now())
    return json_answer(status_member(found)) if found else not_found(request)


@router.get(
    "/appointments/{token}",
    **operation(
        "appointment_by_link",
        "The visit behind a link",
        {200: ManagedVisitOut},
        [RefusalCode.NOT_FOUND, RefusalCode.VERIFICATION_REQUIRED],
        parameters=[MAYBE_BEARER],
    ),
)
@public
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """What the manage link alone shows: no more than the message said. With a session token who and where, too."""
    now = clock.now()
    found = visit_by_manage_token(token, now)
    if found is None:
        return not_found(request)
    session = session_of(request)
    if session is None:
        return json_answer(visit_member(found))
    appointment = proven(token, session, now)
    join = None
    if joining(appointment, now) is Joining.OPEN:
        join = env().base_url.rstrip("/") + reverse("manage_join", args=[token, session])
    return json_answer(managed_visit_member(found, managed_visit(appointment), join=join))
