"""Instants as the interface writes them: RFC 3339 with the offset of the visit's place."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticCustomError

_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)


def at_place(instant: datetime, zone: str) -> str:
    """RFC 3339, with the offset the place has at that instant."""
    return instant.astimezone(ZoneInfo(zone)).isoformat(timespec="seconds")


def utc(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z") if instant else None


def _instant(value: Any) -> datetime:
    if isinstance(value, str) and _RFC_3339.fullmatch(value):
        try:
            found = datetime.fromisoformat(value.upper())
        except ValueError:
            found = None
        if found is not None and 1900 < found.year < 2200:
            return found.astimezone(UTC)
    detail = "Please give date and time with an offset, for example 2026-12-01T09:00:00-07:00."
    raise PydanticCustomError("instant_shape", detail)


_AS_TEXT = WithJsonSchema({"type": "string", "format": "date-time"})
Instant = Annotated[datetime, BeforeValidator(_instant), _AS_TEXT]
