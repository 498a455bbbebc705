"""Who holds a link proves with a code that he reads the contact on file, then sees, cancels or moves the visit.

The link token is in the path, the session token in the Authorization header; no cookie. Nothing here calls the EHR.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from uuid import UUID

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router

from moonlit.api.change_shapes import (
    BEARER,
    CHANGE_REFUSALS,
    MOVE_REFUSALS,
    CancelBody,
    ChangeOut,
    CodeBody,
    CodeOut,
    RescheduleBody,
    SessionOut,
    VerifyBody,
    change_member,
    session_member,
)
from moonlit.api.documents import OF_A_BODY, operation
from moonlit.api.guard import json_answer, limited, parsed, raw_body
from moonlit.api.idempotent import HEADERS, Answer, Done, once
from moonlit.api.idempotent import REFUSALS as IDEMPOTENT
from moonlit.api.problems import no_such_thing, refusal_document
from moonlit.api.waiting import final_status
from moonlit.audit.actor import PUBLIC
from moonlit.booking.link_queries import managed_visit
from moonlit.booking.services import (
    ChangeAsked,
    SlotTaken,
    ask_staff_to_move,
    link_lives,
    mint_status_link,
    proven_contact,
    request_cancel,
    request_code,
    request_move,
    session_for,
    verify_code,
)
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.platform import clock
from moonlit.platform.policy import public

router = Router(tags=["appointments"])

CANCELLED = frozenset({"cancelled", "late_cancelled"})
SENT = "If this contact is on file, a code is on its way. It works for 10 minutes."
_BEARER = "bearer "


@router.post(
    "/appointments/{token}/code",
    **operation("send_code", "Have a code sent", {202: CodeOut}, [*OF_A_BODY, RefusalCode.NOT_FOUND], body=CodeBody),
)
@public
@limited("code", capacity=30, per_seconds=600)
def code(request: HttpRequest, token: str) -> HttpResponse:
    """To the e-mail address or phone number given when the visit was booked; the answer never tells which there is."""
    channel = parsed(raw_body(request), CodeBody).channel
    request_code(token, channel, actor=PUBLIC, now=clock.now())
    return json_answer({"detail": SENT}, status=202)


@router.post(
    "/appointments/{token}/verify",
    **operation(
        "verify_code",
        "Open a session with the code",
        {200: SessionOut},
        [*OF_A_BODY, RefusalCode.NOT_FOUND, RefusalCode.CODE_INVALID],
        body=VerifyBody,
    ),
)
@public
@limited("verify", capacity=60, per_seconds=600)
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Five tries a code, ten minutes; one answer for a code that is wrong, expired, used or was never sent."""
    given = parsed(raw_body(request), VerifyBody).code
    return json_answer(session_member(verify_code(token, given, actor=PUBLIC, now=clock.now())))


@router.post(
    "/appointments/{token}/cancel",
    **operation(
        "cancel_appointment",
        "Cancel the visit",
        {200: ChangeOut, 202: ChangeOut},
        [*OF_A_BODY, *IDEMPOTENT, *CHANGE_REFUSALS],
        body=CancelBody,
        parameters=[BEARER, *HEADERS],
    ),
)
@public
@limited("changes", capacity=60, per_seconds=600)
def cancel(request: HttpRequest, token: str) -> HttpResponse:
    """Until the visit starts; from `can_change_until` on it counts as cancelled late, so show the policy first.

    202 while the EHR has not released it yet; 200 when it is done.
    """

    def work(body: bytes, appointment: UUID, now: datetime) -> Asked:
        reason = parsed(body, CancelBody).reason
        return _asked(request_cancel(appointment, note=reason, actor=PUBLIC, now=now, late_ok=True))

    return _changed(request, token, "cancel", work)


@router.post(
    "/appointments/{token}/reschedule",
    **operation(
        "reschedule_appointment",
        "Move the visit",
        {200: ChangeOut, 202: ChangeOut},
        [*OF_A_BODY, *IDEMPOTENT, *CHANGE_REFUSALS, *MOVE_REFUSALS],
        body=RescheduleBody,
        parameters=[BEARER, *HEADERS],
    ),
)
@public
@limited("changes", capacity=60, per_seconds=600)
def reschedule(request: HttpRequest, token: str) -> HttpResponse:
    """The new time is won before the old one is let go, and everything is decided again for the new date.

    From `can_change_until` on 409 `late_change`: `as_request` then asks staff. 409 `slot_taken` when the new time was
    lost: the old one stands.
    """
    session = session_of(request) or ""

    def work(body: bytes, appointment: UUID, now: datetime) -> Asked:
        given = parsed(body, RescheduleBody)
        if given.as_request:
            ask_staff_to_move(appointment, note=given.note, wanted_start=given.start, actor=PUBLIC, now=now)
            return Asked(managed_visit(appointment).state, "", None, 202)
        return _asked(
            request_move(
                appointment,
                start=given.start,
                provider_id=given.provider,
                hold=given.hold,
                proven_contact=proven_contact(session),
                actor=PUBLIC,
                now=now,
            )
        )

    return _changed(request, token, "reschedule", work)


def session_of(request: HttpRequest) -> str | None:
    """The session token of the Authorization header; None without one, empty for one of another kind."""
    given = request.headers.get("Authorization")
    if given is None:
        return None
    return given[len(_BEARER) :].strip() if given[: len(_BEARER)].lower() == _BEARER else ""


def proven(token: str, session: str, now: datetime) -> UUID:
    """The visit that this session of this link may see and change. Raises Refused: 404 without link, else 401."""
    appointment = session_for(token, session, now)
    if appointment is not None:
        return appointment
    if not link_lives(token, now):
        raise no_such_thing()
    detail = "Please prove that you read the contact on file: ask for a code and send it to verify."
    raise Refused(RefusalCode.VERIFICATION_REQUIRED, detail)


@dataclass(frozen=True, slots=True)
class Asked:
    state: str
    change: str
    new_appointment: UUID | None
    status: int


def _asked(change: ChangeAsked) -> Asked:
    return Asked(change.state, change.change, change.new_appointment, 202 if change.change else 200)


def _changed(
    request: HttpRequest, token: str, name: str, work: Callable[[bytes, UUID, datetime], Asked]
) -> HttpResponse:
    """Under key and session. The session belongs to the scope of the key: a stored answer is only for who asked."""
    session = session_of(request) or ""

    def under_session(body: bytes) -> Done:
        now = clock.now()
        appointment = proven(token, session, now)
        asked = work(body, appointment, now)
        status_token = mint_status_link(appointment, actor=PUBLIC, now=now)
        answer = Answer(asked.status, orjson.dumps(change_member(asked.state, asked.change, status_token)))
        return Done(answer, partial(_after_waiting, asked, status_token))

    return once(request, scope=f"POST /appointments/{name} {token} {session}", work=under_session)


def _after_waiting(asked: Asked, status_token: str, seconds: float) -> Answer | None:
    """The answer that knows how it ended; None while the change is under way, or was none."""
    found = final_status(status_token, seconds) if asked.change else None
    if found is None:
        return None
    if asked.change == "move" and found.appointment != asked.new_appointment:
        return Answer(409, refusal_document(SlotTaken(found.alternatives)))
    if asked.change == "cancel" and found.state not in CANCELLED:
        return None
    return Answer(200, orjson.dumps(change_member(found.state, "", status_token)))
