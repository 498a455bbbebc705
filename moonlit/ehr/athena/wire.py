"""Reading what Athena sends: its JSON changes types by year, endpoint and account, and wraps single rows in arrays.

Nothing here knows what a value means. `UnreadableError` carries our words only, never the value.
"""

from typing import Any
from urllib.parse import parse_qsl, urlsplit

Row = dict[str, Any]


class UnreadableError(ValueError):
    """The answer has a shape nobody has seen; its text names the shape, not the content."""


def text(value: Any) -> str:
    """Trimmed text; numbers as written; missing, null and structures as empty text."""
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return str(value).strip()


def an_id(value: Any) -> str:
    """An id as text. Missing, "", 0 and null all mean none, and become ""."""
    found = text(value)
    return "" if found == "0" else found


def number(value: Any) -> int | None:
    """An integer, written as a number or as text; None when there is none."""
    if isinstance(value, bool):
        return None
    try:
        return int(float(text(value)))
    except (ValueError, OverflowError):
        return None


def flag(value: Any) -> bool:
    """Whether a boolean is set: true, "true", 1, "1", "Y" in any case."""
    return value is True or text(value).lower() in {"true", "1", "y", "yes"}


def texts(value: Any) -> tuple[str, ...]:
    """A list of texts, also when it came as one value or as a comma list."""
    items = value if isinstance(value, list) else text(value).split(",")
    return tuple(found for item in items if (found := text(item)))


def rows(payload: Any, key: str) -> list[Row]:
    """The rows of a list answer, bare or under `key`; what is no row is left out."""
    return [row for row in listed(payload, key) if isinstance(row, dict)]


def listed(payload: Any, key: str) -> list[Any]:
    """All that a list answer lists, bare or under `key`; an answer that only counts to zero lists nothing."""
    found = payload.get(key) if isinstance(payload, dict) else payload
    if found is None and isinstance(payload, dict) and set(payload) <= {"totalcount", "next", "previous"}:
        found = []
    if not isinstance(found, list):
        raise UnreadableError(f"no list of {key}")
    return found


def one(payload: Any) -> Row:
    """The only row of an answer, in an array of one or alone."""
    if isinstance(payload, list) and len(payload) == 1:
        payload = payload[0]
    if not isinstance(payload, dict):
        raise UnreadableError("not one row")
    return payload


def one_of(payload: Any, key: str, wanted: str) -> Row:
    """The only row, or of several the one whose `key` is the id asked for."""
    if isinstance(payload, list) and len(payload) > 1:
        payload = [row for row in payload if isinstance(row, dict) and an_id(row.get(key)) == wanted]
    return one(payload)


def refusal(payload: Any) -> str | None:
    """Why an answer with a good status is a refusal all the same; None when it is none.

    Known shapes: `success` false with `errormessage`, `errormessage` or `error` alone, a bare sentence. "" means it
    says neither yes nor no. A row that names a patient is an answer, whatever else it remarks.
    """
    if isinstance(payload, list) and len(payload) == 1:
        payload = payload[0]
    if isinstance(payload, str):
        return None if flag(payload) else payload.strip()
    if not isinstance(payload, dict) or an_id(payload.get("patientid")):
        return None
    reason = text(payload.get("errormessage")) or text(payload.get("error"))
    if "success" in payload:
        return None if flag(payload["success"]) else reason
    return reason or None


def succeeded(payload: Any) -> bool:
    """Whether a write said yes in one of the shapes seen: 1, true, `success`, a `status`, or the id it touched."""
    if isinstance(payload, list) and len(payload) == 1:
        payload = payload[0]
    if isinstance(payload, dict):
        if "success" in payload:
            return flag(payload["success"])
        return "status" in payload or any(name.endswith("id") and an_id(payload[name]) for name in payload)
    return flag(payload)


def next_offset(payload: Any) -> int | None:
    """Where the following page begins, from the relative `next` link, whose parameter names come in any case."""
    link = text(payload.get("next")) if isinstance(payload, dict) else ""
    for name, value in parse_qsl(urlsplit(link).query):
        if name.lower() == "offset":
            return number(value)
    return None
