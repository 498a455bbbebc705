"""How the vendor reads requests and writes answers: names, dates, errors, pages, and its drifting JSON types."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

DAY = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
MOST_ROWS = 10_000
JSON = "application/json; charset=UTF-8"


@dataclass(frozen=True)
class Reply:
    """An answer before it is put on the wire. `body` is text (sent as it is) or anything JSON can hold."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    media: str = JSON


class Refusal(Exception):  # noqa: N818 - the vendor refuses; nothing went wrong here
    """A refusal in the vendor's shape: {"error", "detailedmessage"?, "missingfields"?, ...}."""

    def __init__(self, status: int, error: str, **more: object) -> None:
        super().__init__(error)
        self.status = status
        self.body = {**more, "error": error}


def missing(*names: str) -> Refusal:
    return Refusal(400, "Additional fields are required.", missingfields=list(names))


def invalid(*names: str, why: str = "") -> Refusal:
    more = {"detailedmessage": why} if why else {}
    return Refusal(400, "The data provided is invalid.", invalidfields=list(names), missingfields=[], **more)


def improper(kind: str, value: str) -> Refusal:
    return Refusal(400, "The data provided is invalid.", detailedmessage=f"Expecting {kind}, but value is {value}")


class Params:
    """Query and form together. Names are case-insensitive, unknown ones are never looked at."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self.values: dict[str, list[str]] = {}
        for name, value in pairs:
            self.values.setdefault(name.strip().lower(), []).append(value)

    @classmethod
    def read(cls, query: str, body: bytes, media: str) -> Params:
        """JSON bodies are not understood: they give nothing."""
        pairs = parse_qsl(query, keep_blank_values=True)
        if media.startswith("application/x-www-form-urlencoded"):
            pairs += parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True)
        return cls(pairs)

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str) -> str | None:
        """The last value sent, trimmed; None where nothing or only blanks were sent."""
        return (self.values[name][-1].strip() or None) if name in self.values else None

    def need(self, *names: str) -> None:
        """Refuses with the list of those not sent."""
        absent = [name for name in names if self.text(name) is None]
        if absent:
            raise missing(*absent)

    def integer(self, name: str) -> int | None:
        """One whole number; a comma list is refused as the vendor does."""
        value = self.text(name)
        if value is None:
            return None
        if not re.fullmatch(r"-?\d{1,15}", value):
            raise improper("type integer", value)
        return int(value)

    def integers(self, name: str) -> list[int]:
        """A comma list, or the parameter repeated."""
        parts = [part.strip() for value in self.values.get(name, []) for part in value.split(",") if part.strip()]
        for part in parts:
            if not re.fullmatch(r"-?\d{1,15}", part):
                raise improper("type integer", part)
        return [int(part) for part in parts]

    def flag(self, name: str, *, default: bool = False) -> bool:
        value = self.text(name)
        return default if value is None else value.lower() in {"true", "1", "y", "yes"}

    def day(self, name: str) -> date | None:
        value = self.text(name)
        return None if value is None else read_day(value)

    def moment(self, name: str) -> datetime | None:
        """`MM/DD/YYYY HH:MM:SS` without a zone."""
        value = self.text(name)
        if value is None:
            return None
        try:
            return datetime.strptime(value, "%m/%d/%Y %H:%M:%S")  # noqa: DTZ007 - the wire names no zone
        except ValueError:
            raise improper("format datetime", value) from None

    def flat(self) -> dict[str, str]:
        return {name: ",".join(values) for name, values in self.values.items()}


def read_day(value: str) -> date:
    """`MM/DD/YYYY`; anything else is refused."""
    found = DAY.fullmatch(value)
    try:
        return date(int(found[3]), int(found[1]), int(found[2])) if found else date(0, 0, 0)
    except ValueError:
        raise improper("format date", value) from None


def us_day(iso: str | date) -> str:
    """2026-03-08 -> 03/08/2026"""
    year, month, day = str(iso).split("-")
    return f"{month}/{day}/{year}"


def paged(key: str, rows: list[Any], params: Params, path: str, default: int = 1500) -> dict[str, Any]:
    """One page under `key`, with totalcount and the relative addresses of its neighbours."""
    offset = max(params.integer("offset") or 0, 0)
    limit = params.integer("limit")
    limit = min(limit, MOST_ROWS) if limit and limit > 0 else default
    answer: dict[str, Any] = {key: rows[offset : offset + limit], "totalcount": len(rows)}
    kept = [(name.upper(), value) for name, value in params.flat().items() if name not in {"limit", "offset"}]

    def address(start: int) -> str:
        return f"{path}?{urlencode([('limit', limit), ('offset', start), *kept])}"

    if offset + limit < len(rows):
        answer["next"] = address(offset + limit)
    if offset:
        answer["previous"] = address(max(offset - limit, 0))
    return answer


def as_strings(value: Any) -> Any:
    """The encoding of old clients: every number and truth value is text."""
    if isinstance(value, dict):
        return {name: as_strings(item) for name, item in value.items()}
    if isinstance(value, list):
        return [as_strings(item) for item in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def as_proper(value: Any, name: str = "") -> Any:
    """The encoding of `properjsonencoding`: every id made of digits is a number."""
    if isinstance(value, dict):
        return {key: as_proper(item, key) for key, item in value.items()}
    if isinstance(value, list):
        return [as_proper(item, name) for item in value]
    is_id = name.endswith("id") and name != "providertypeid"
    return int(value) if is_id and isinstance(value, str) and value.lstrip("-").isdigit() else value


def encode(body: Any, quirks: str) -> bytes:
    """`mixed` sends the types as the handlers wrote them: those recorded from the present gateway."""
    if quirks == "strings":
        return orjson.dumps(as_strings(body)).replace(b"/", b"\\/")
    return orjson.dumps(as_proper(body) if quirks == "proper" else body)
