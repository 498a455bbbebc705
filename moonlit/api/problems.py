"""Problem documents (RFC 9457): one form for every error, with a stable code and a sentence a person understands.

Nothing that was sent is repeated in them: a field is named by its path, and only where the name looks like one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from pydantic import ValidationError

from moonlit.api.shapes import alternatives_member
from moonlit.booking.services import HoldExpired, SlotTaken
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.platform.log import request_id

TYPE = "application/problem+json"
MOST_REASONS = 100
_NAME = re.compile(r"[A-Za-z0-9_.\[\]-]{1,60}")
_PLAIN = {
    "missing": "This field is required.",
    "extra_forbidden": "This field is not known here.",
    "string_type": "This must be text.",
    "string_too_long": "This is too long.",
    "string_too_short": "This is too short.",
    "string_pattern_mismatch": "This does not have the expected form.",
    "bool_type": "This must be true or false.",
    "int_type": "This must be a whole number.",
    "greater_than_equal": "This number is too small.",
    "less_than_equal": "This number is too large.",
    "list_type": "This must be a list.",
    "too_long": "This list has too many entries.",
    "literal_error": "This is none of the possible choices.",
    "enum": "This is none of the possible choices.",
    "model_type": "This must be an object.",
    "uuid_type": "This is not an id of ours.",
    "uuid_parsing": "This is not an id of ours.",
}


def document(code: str, status: int, detail: str, reasons: Iterable[RefusalReason] = (), **more: Any) -> bytes:
    """The document itself; `more` are extension members."""
    return orjson.dumps(
        {
            "type": f"urn:moonlit:problem:{code}",
            "title": code.replace("_", " ").capitalize(),
            "status": status,
            "detail": detail,
            "code": code,
            "reasons": [_reason(reason) for reason in reasons],
            "request_id": request_id.get(""),
            **more,
        }
    )


def refusal_document(refused: Refused) -> bytes:
    """The document of a refusal; one for a time that is gone names the nearest others."""
    code = refused.code
    gone = isinstance(refused, SlotTaken | HoldExpired)
    more = {"alternatives": alternatives_member(refused.alternatives)} if gone else {}
    return document(code.value, code.status, refused.detail, refused.reasons, **more)


def problem(refused: Refused, *, retry_after: int | None = None) -> HttpResponse:
    """The answer for a refusal. `retry_after` is in seconds."""
    response = HttpResponse(refusal_document(refused), status=refused.code.status, content_type=TYPE)
    if retry_after is not None:
        response["Retry-After"] = str(retry_after)
    return response


def not_found(_request: HttpRequest) -> HttpResponse:
    """One answer for what does not exist and what is not yours."""
    return problem(no_such_thing())


def no_such_thing() -> Refused:
    """The same, to be raised."""
    return Refused(RefusalCode.NOT_FOUND, "There is nothing here, or it is not yours to see.")


def from_validation(fault: ValidationError) -> list[RefusalReason]:
    """Every field at fault, in our words, never with what was typed."""
    return [
        RefusalReason(code=error["type"], detail=_PLAIN.get(error["type"], error["msg"]), field=_path(error))
        for error in fault.errors(include_url=False, include_input=False)[:MOST_REASONS]
    ]


def invalid(reasons: list[RefusalReason], *, code: RefusalCode = RefusalCode.INVALID_REQUEST) -> Refused:
    """The refusal for fields at fault, to be raised by the caller."""
    detail = reasons[0].detail if len(reasons) == 1 else f"{len(reasons)} fields need another look."
    return Refused(code, detail, reasons)


def field_name(name: str) -> str:
    """The name of a member as we repeat it: nothing, where it is no name but somebody's text."""
    return name if _NAME.fullmatch(name) else ""


def _path(error: Any) -> str:
    """`patient.address.zip`."""
    steps = [*map(str, error["loc"]), error.get("ctx", {}).get("member", "")]
    return ".".join(filter(None, map(field_name, steps)))


def _reason(reason: RefusalReason) -> dict[str, str]:
    found: dict[str, str] = {"code": reason.code, "detail": reason.detail}
    if reason.field is not None:
        found["field"] = reason.field
    if reason.provider is not None:
        found["provider"] = str(reason.provider)
    if reason.date is not None:
        found["date"] = reason.date.isoformat()
    return found
