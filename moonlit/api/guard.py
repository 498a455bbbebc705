"""What every call of the API passes first: rate, size, media type, JSON, names of members."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from functools import wraps
from typing import Any, TypeVar
from urllib.parse import parse_qs

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from pydantic import BaseModel, ValidationError

from moonlit.api.problems import field_name, from_validation, invalid
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.platform import clock
from moonlit.platform.ratelimit import allow

MOST_BYTES = 64 * 1024
MOST_QUERY_MEMBERS = 2_050

Model = TypeVar("Model", bound=BaseModel)


class TooManyRequests(Refused):
    def __init__(self, retry_after: int) -> None:
        super().__init__(RefusalCode.RATE_LIMITED, "That was a lot at once. Please wait a moment and try again.")
        self.retry_after = retry_after


def limited(name: str, *, capacity: int, per_seconds: int) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """At most so many calls of an operation per address: generous enough for a clinic behind one address."""

    def wrap(operation: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(operation)
        def run(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            address = request.META.get("REMOTE_ADDR", "")
            verdict = allow(f"{name}|{address}", capacity=capacity, per_seconds=per_seconds, now=clock.now())
            if not verdict:
                raise TooManyRequests(verdict.retry_after)
            return operation(request, *args, **kwargs)

        return run

    return wrap


def raw_body(request: HttpRequest, *, most_bytes: int = MOST_BYTES, any_type: bool = False) -> bytes:
    """The body, once its size and media type are found acceptable. `any_type`: whatever proves it is in its bytes."""
    if not any_type and request.content_type != "application/json":
        raise Refused(RefusalCode.UNSUPPORTED_MEDIA_TYPE, "Please send JSON (application/json).")
    too_large = Refused(RefusalCode.BODY_TOO_LARGE, f"A request may have at most {most_bytes // 1024} kilobytes.")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if length.isdecimal() and int(length) > most_bytes:
        raise too_large
    try:
        if "HTTP_TRANSFER_ENCODING" in request.META:  # Django would take the missing length for an empty body
            body = request.META["wsgi.input"].read(most_bytes + 1)
        elif most_bytes > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            body = request.read(most_bytes + 1)  # Django keeps no body of this size for others to look at
        else:
            body = request.body
    except OSError:
        raise Refused(RefusalCode.MALFORMED_JSON, "The body did not arrive whole.") from None
    if len(body) > most_bytes:
        raise too_large
    return body


def parsed(body: bytes, model: type[Model], *, personal: Collection[str] = ()) -> Model:
    """The body as the model has it. Raises Refused: `malformed_json`, or as `checked` does."""
    try:
        given = orjson.loads(body)
        json.loads(body, object_pairs_hook=_once)  # the fast parser lets the last of two members of one name win
    except (ValueError, RecursionError):
        raise Refused(RefusalCode.MALFORMED_JSON, "The body is not JSON we can read.") from None
    if not isinstance(given, dict):
        detail = "The body must be a JSON object."
        raise Refused(RefusalCode.INVALID_REQUEST, detail, [RefusalReason("not_an_object", detail, field="")])
    return checked(model, given, personal=personal)


def checked(model: type[Model], given: dict[str, Any], *, personal: Collection[str] = ()) -> Model:
    """The members as the model has them. Raises Refused naming every field at fault.

    `patient_invalid` when only `personal` members are at fault, else `invalid_request`.
    """
    try:
        return model.model_validate(given)
    except ValidationError as fault:
        reasons = from_validation(fault)
        about_people = all((reason.field or "").split(".")[0] in personal for reason in reasons)
        code = RefusalCode.PATIENT_INVALID if about_people else RefusalCode.INVALID_REQUEST
        raise invalid(reasons, code=code) from None


def _once(members: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(members)
    if len(found) != len(members):
        raise ValueError
    return found


def query_of(request: HttpRequest, *, repeated: Collection[str] = ()) -> dict[str, list[str]]:
    """The members of the query; only the `repeated` may be given more than once.

    Read here and not by Django, which decodes as the caller's Content-Type says and allows 200 members.
    """
    sent = request.META.get("QUERY_STRING", "").encode("latin-1", "replace").decode(errors="replace")  # as WSGI has it
    try:
        query = parse_qs(sent, keep_blank_values=True, max_num_fields=MOST_QUERY_MEMBERS)
    except ValueError:
        raise invalid([RefusalReason("too_many", "These are too many members.", field="")]) from None
    twice = [name for name, given in query.items() if len(given) > 1 and name not in repeated]
    if twice:
        detail = "This is given more than once."
        raise invalid([RefusalReason("given_twice", detail, field=field_name(name)) for name in twice])
    return query


def json_answer(content: Any, *, status: int = 200) -> HttpResponse:
    """An answer, encoded once."""
    return HttpResponse(orjson.dumps(content), status=status, content_type="application/json")
