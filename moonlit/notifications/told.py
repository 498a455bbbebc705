"""Reading what a vendor told, member by member: anything may be missing, of another type, or made to hurt."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

MOST_ID = 200


def loads(body: bytes) -> Any:
    """The decoded body, also one with half a character in some text. Raises ValueError."""
    try:
        return json.loads(body)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def text(value: Any) -> str:
    """A text as somebody wrote it, with what is no character replaced; "" for anything else."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else ""


def our_id(value: Any) -> UUID | None:
    """The id of a message of ours, carried back; None when it is none."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def instant(value: Any) -> datetime | None:
    """Of unix seconds, as a number or its text; None for anything else."""
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def word(value: Any, most: int) -> str:
    """At most so many printable characters of a text (the database takes no NUL); "" for anything else."""
    return "".join(each for each in value if each.isprintable())[:most] if isinstance(value, str) else ""


def key(*parts: Any) -> str:
    """What tells two notices apart when the vendor gives no id of its own."""
    return "sha256:" + hashlib.sha256("|".join(word(str(part), MOST_ID) for part in parts).encode()).hexdigest()
