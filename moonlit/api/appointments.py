"""POST /appointments and what its answer leads to. Idempotent by key; the request itself never calls the EHR."""

from __future__ import annotations

import re

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from ninja import Router

from moonlit.api.bookings import (
    PERSONAL,
    BookingBody,
    BookingOut,
    StatusOut,
    VisitOut,
    booked_member,
    booking_request,
    pending_member,
    status_member,
    visit_member,
)
from moonlit.api.documents import OF_A_BODY, operation
from moonlit.api.guard import json_answer, limited, parsed, raw_body
from moonlit.api.problems import TYPE, not_found, problem, refusal_document
from moonlit.api.waiting import final_status, wanted_wait
from moonlit.audit.actor import PUBLIC
from moonlit.booking.queries import status_by_token, visit_by_manage_token
from moonlit.booking.services import Accepted, SlotTaken, request_booking
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.platform import clock
from moonlit.platform.idempotency import (
    BodyChanged,
    Fresh,
    InProgress,
    Replay,
    ReservationLostError,
    amend,
    finish,
    release,
    reserve,
)
from moonlit.platform.policy import public

router = Router(tags=["appointments"])

_KEY = re.compile(r"[\x21-\x7e]{8,128}")
STORED = frozenset({409, 410, 422})
"""Refusals that are kept under the key; any other gives the key back (rules 4.3)."""
BOOKING_REFUSALS = (
    *OF_A_BODY,
    RefusalCode.IDEMPOTENCY_KEY_MISSING,
    RefusalCode.IDEMPOTENCY_KEY_REUSED,
    RefusalCode.REQUEST_IN_PROGRESS,
    RefusalCode.SLOT_TAKEN,
    RefusalCode.PATIENT_INVALID,
    RefusalCode.CONSENT_MISSING,
    RefusalCode.PROVIDER_NOT_BOOKABLE,
    RefusalCode.PAYER_NOT_BOOKABLE,
    RefusalCode.LICENSE_STATE,
    RefusalCode.AGE_NOT_SERVED,
    RefusalCode.NOTICE_TOO_SHORT,
    RefusalCode.BEYOND_HORIZON,
)
_HEADERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "minLength": 8, "maxLength": 128, "pattern": r"^[\x21-\x7e]{8,128}$"},
        "description": "Random, one per booking; the same key and body give the same answer for 48 hours.",
    },
    {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "examples": ["wait=6"]},
        "description": "wait=6: hold the answer back up to six seconds for the health record system's word.",
    },
]


@router.post(
    "/appointments",
    **operation(
        "book_appointment",
        "Ask for a visit",
        {201: BookingOut, 202: BookingOut},
        BOOKING_REFUSALS,
        body=BookingBody,
        parameters=_HEADERS,
    ),
)
@public
@limited("appointments", capacity=60, per_seconds=600)
def book(request: HttpRequest) -> HttpResponse:
    """202 at once: the time is kept and the truth is at `status_url`.

    With `Prefer: wait=6` 201 when the EHR accepted in time, 409 when the time was lost, 202 when it is undecided.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not _KEY.fullmatch(key):
        detail = "Please send an Idempotency-Key of 8 to 128 visible ASCII characters."
        raise Refused(RefusalCode.IDEMPOTENCY_KEY_MISSING, detail)
    body = raw_body(request)
    match reserve(scope="POST /appointments", key=key, body=body, now=clock.now()):
        case Replay(status, stored):
            return _stored(status, stored)
        case InProgress(retry_after):
            return _in_progress(retry_after)
        case BodyChanged():
            raise Refused(RefusalCode.IDEMPOTENCY_KEY_REUSED, "This key belongs to another request.")
        case Fresh() as mine:
            return _book(request, body, mine)


def _book(request: HttpRequest, body: bytes, mine: Fresh) -> HttpResponse:
    """The work under a key of ours. What was decided is stored with the change itself, or neither is."""
    try:
        with transaction.atomic():
            given = parsed(body, BookingBody, personal=PERSONAL)
            accepted = request_booking(booking_request(given), actor=PUBLIC, now=clock.now())
            answer = orjson.dumps(pending_member(accepted))
            finish(mine, status=202, body=answer)
    except ReservationLostError:
        return _in_progress(1)  # we were so slow that another process took the key over: its answer counts
    except Refused as refused:
        return _refused(mine, refused)
    except BaseException:
        release(mine)
        raise
    return _after_waiting(accepted, wanted_wait(request), mine) or _stored(202, answer)


def _refused(mine: Fresh, refused: Refused) -> HttpResponse:
    status = refused.code.status
    if status not in STORED:
        release(mine)
        raise refused
    answer = refusal_document(refused)
    try:
        finish(mine, status=status, body=answer)
    except ReservationLostError:
        return _in_progress(1)
    return _stored(status, answer)


def _after_waiting(accepted: Accepted, seconds: float, mine: Fresh) -> HttpResponse | None:
    """The answer that knows more than "pending", kept for replays instead of it; None while nothing is decided."""
    found = final_status(accepted.status_token, seconds)
    if found is not None and found.state == "booked":
        status, answer = 201, orjson.dumps(booked_member(accepted, found))
    elif found is not None and found.state == "not_booked":
        status, answer = 409, refusal_document(SlotTaken(found.alternatives))
    else:
        return None
    amend(mine, status=status, body=answer)
    return _stored(status, answer)


def _in_progress(retry_after: int) -> HttpResponse:
    detail = "This request is being worked on. Please ask again in a moment."
    return problem(Refused(RefusalCode.REQUEST_IN_PROGRESS, detail), retry_after=retry_after)


def _stored(status: int, body: bytes) -> HttpResponse:
    """An answer byte for byte as it was stored."""
    return HttpResponse(body, status=status, content_type=TYPE if status >= 400 else "application/json")


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
    **operation("appointment_by_link", "The visit behind a link", {200: VisitOut}, [RefusalCode.NOT_FOUND]),
)
@public
def visit(request: HttpRequest, token: str) -> HttpResponse:
    """What the manage link alone shows: no more than the message said."""
    found = visit_by_manage_token(token, clock.now())
    return json_answer(visit_member(found)) if found else not_found(request)
