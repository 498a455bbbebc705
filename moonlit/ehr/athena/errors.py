"""From an HTTP answer to the error of the port: what may have happened, and what the caller does next.

The vendor's sentences choose a code and go no further: they sometimes repeat what a patient typed.
"""

import re
from typing import Any

from moonlit.ehr.athena import wire
from moonlit.ehr.port import AlreadyDone, EhrError, Rejected, Retry, Throttled, Unknown
from moonlit.platform.http import HttpAnswer

THROTTLED_SECONDS = 60.0
MAX_RETRY_AFTER = 3600.0

# Sentences that say which of our codes a refusal is. Those about patients, reasons and providers are inferred.
_NOT_AT_THIS_ADDRESS = re.compile(r"unknown api path|invalid practice|practice id", re.IGNORECASE)
"""A 404 that says nothing about what was asked for: our address or practice is wrong."""
_DONE_BEFORE = re.compile(r"already (un)?frozen", re.IGNORECASE)
_CODES = (
    ("missing_fields", re.compile(r"additional fields are required|missing", re.IGNORECASE)),
    ("not_booked", re.compile(r"not a booked appointment", re.IGNORECASE)),
    (
        "not_found",
        re.compile(r"appointment is not available|already been checked in|cancel+ed or checked in", re.IGNORECASE),
    ),
    ("reason_refused", re.compile(r"reason|appointment ?type", re.IGNORECASE)),
    ("patient_refused", re.compile(r"patient", re.IGNORECASE)),
    ("provider_refused", re.compile(r"provider", re.IGNORECASE)),
    ("invalid_fields", re.compile(r"data provided is invalid|expecting|improper|invalid", re.IGNORECASE)),
)


def code_of(sentence: str, status: int) -> str:
    """One of the codes of `port.Rejected` for the vendor's sentence."""
    if status == 404 and _NOT_AT_THIS_ADDRESS.search(sentence):
        return "forbidden"
    if by_status := {401: "forbidden", 403: "forbidden", 404: "not_found"}.get(status):
        return by_status
    for code, pattern in _CODES:
        if pattern.search(sentence):
            return code
    return "rejected"


def rejected(sentence: str, answer: HttpAnswer, fields: tuple[str, ...] = ()) -> Rejected:
    """The refusal as the port says it; `fields` are names of form fields, which may be told."""
    code = code_of(sentence, answer.status)
    named = ", ".join(name for name in fields if re.fullmatch(r"[a-z0-9]{2,40}", name))
    return Rejected(
        f"refused as {code}" + (f" ({named})" if named else ""),
        code=code,
        status=answer.status,
        request_id=answer.request_id,
    )


def refused_politely(sentence: str, answer: HttpAnswer) -> EhrError:
    """The refusal said with a good status."""
    if _DONE_BEFORE.search(sentence):
        return AlreadyDone("it was so before", request_id=answer.request_id)
    return rejected(sentence, answer)


def read_error(answer: HttpAnswer) -> EhrError | None:
    """What a read's answer means when it is not the answer; None for a good status."""
    if answer.ok:
        return None
    if (error := _load_error(answer)) is not None:
        return error
    if 400 <= answer.status < 500 and answer.status != 404:
        return _refusal(answer) or rejected("", answer)
    if answer.status == 404 and (refusal := _refusal(answer)) is not None:
        return refusal
    # A 404 in other words is the gateway's: it says nothing about the appointment or patient that was asked for.
    return Retry(f"status {answer.status}", request_id=answer.request_id)


def write_error(answer: HttpAnswer) -> EhrError | None:
    """What a write's answer means when it is no success. Whatever is not clearly "nothing was stored" is Unknown."""
    if answer.ok:
        return None
    if (error := _load_error(answer)) is not None:
        return error
    if answer.status == 409:
        return AlreadyDone("conflict", request_id=answer.request_id)
    refusal = _refusal(answer) if 400 <= answer.status < 500 and answer.status != 408 else None
    return refusal or Unknown(f"status {answer.status}", request_id=answer.request_id)


def _load_error(answer: HttpAnswer) -> Throttled | None:
    """429, and the 403 in plain text by which the older gateway says the same."""
    if answer.status != 429 and not (answer.status == 403 and _payload(answer) is None):
        return None
    given = wire.number(answer.headers.get("retry-after"))
    wait = THROTTLED_SECONDS if given is None else min(max(float(given), 1.0), MAX_RETRY_AFTER)
    return Throttled(f"status {answer.status}", retry_after=wait, request_id=answer.request_id)


def _refusal(answer: HttpAnswer) -> Rejected | None:
    """The refusal in a JSON error body; None when the body is no such thing."""
    payload = _payload(answer)
    if not isinstance(payload, dict) or not wire.text(payload.get("error")):
        return None
    sentence = f"{wire.text(payload['error'])} {wire.text(payload.get('detailedmessage'))}"
    return rejected(
        sentence, answer, wire.texts(payload.get("missingfields")) + wire.texts(payload.get("invalidfields"))
    )


def _payload(answer: HttpAnswer) -> Any:
    try:
        return answer.json()
    except ValueError:
        return None
