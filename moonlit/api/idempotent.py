"""The same request twice is done once and answered the same (rules 4.3): for each call with an Idempotency-Key."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.http import HttpRequest, HttpResponse

from moonlit.api.guard import raw_body
from moonlit.api.problems import TYPE, problem, refusal_document
from moonlit.api.waiting import wanted_wait
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

KEY = re.compile(r"[\x21-\x7e]{8,128}")
STORED = frozenset({409, 410, 422})
"""Refusals that are kept under the key; any other gives the key back (rules 4.3), and so does "not yet"."""
COME_BACK_SECONDS = 60
"""When something else is under way on what the request is about."""
REFUSALS = (
    RefusalCode.IDEMPOTENCY_KEY_MISSING,
    RefusalCode.IDEMPOTENCY_KEY_REUSED,
    RefusalCode.REQUEST_IN_PROGRESS,
)
HEADERS = [
    {
        "name": "Idempotency-Key",
        "in": "header",
        "required": True,
        "schema": {"type": "string", "minLength": 8, "maxLength": 128, "pattern": r"^[\x21-\x7e]{8,128}$"},
        "description": "Random, one per request; the same key and body give the same answer for 48 hours.",
    },
    {
        "name": "Prefer",
        "in": "header",
        "required": False,
        "schema": {"type": "string", "examples": ["wait=6"]},
        "description": "wait=6: hold the answer back up to six seconds for the health record system's word.",
    },
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What was decided: stored with the change itself, or neither is."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """The work, and how to learn more about it within so many seconds; None when nothing more is known by then."""

    answer: Answer
    wait: Callable[[float], Answer | None]


def once(request: HttpRequest, *, scope: str, work: Callable[[bytes], Done]) -> HttpResponse:
    """Do the work under the request's key, or give the answer it had before.

    `work` gets the body and runs in one transaction with the store of its answer. `scope` is the route, with whatever
    else says that two requests are of one client. Raises Refused for what leaves the key free.
    """
    key = request.headers.get("Idempotency-Key", "")
    if not KEY.fullmatch(key):
        detail = "Please send an Idempotency-Key of 8 to 128 visible ASCII characters."
        raise Refused(RefusalCode.IDEMPOTENCY_KEY_MISSING, detail)
    body = raw_body(request)
    match reserve(scope=scope, key=key, body=body, now=clock.now()):
        case Replay(status, stored):
            return _given(Answer(status, stored))
        case InProgress(retry_after):
            return _in_progress(retry_after)
        case BodyChanged():
            raise Refused(RefusalCode.IDEMPOTENCY_KEY_REUSED, "This key belongs to another request.")
        case Fresh() as mine:
            return _under_my_key(mine, body, work, wanted_wait(request))


def _under_my_key(mine: Fresh, body: bytes, work: Callable[[bytes], Done], seconds: float) -> HttpResponse:
    try:
        with transaction.atomic():
            done = work(body)
            finish(mine, status=done.answer.status, body=done.answer.body)
    except ReservationLostError:
        return _in_progress(1)  # we were so slow that another process took the key over: its answer counts
    except Refused as refused:
        return _refused(mine, refused)
    except BaseException:
        release(mine)
        raise
    known = done.wait(seconds) if seconds else None
    if known is not None:
        amend(mine, status=known.status, body=known.body)
    return _given(known or done.answer)


def _refused(mine: Fresh, refused: Refused) -> HttpResponse:
    status = refused.code.status
    if refused.code is RefusalCode.REQUEST_IN_PROGRESS:
        release(mine)
        return problem(refused, retry_after=COME_BACK_SECONDS)
    if status not in STORED:
        release(mine)
        raise refused
    answer = Answer(status, refusal_document(refused))
    try:
        finish(mine, status=status, body=answer.body)
    except ReservationLostError:
        return _in_progress(1)
    return _given(answer)


def _in_progress(retry_after: int) -> HttpResponse:
    detail = "This request is being worked on. Please ask again in a moment."
    return problem(Refused(RefusalCode.REQUEST_IN_PROGRESS, detail), retry_after=retry_after)


def _given(answer: Answer) -> HttpResponse:
    """An answer byte for byte as it was stored."""
    content_type = TYPE if answer.status >= 400 else "application/json"
    return HttpResponse(answer.body, status=answer.status, content_type=content_type)
