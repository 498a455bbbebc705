"""What answers look like in the OpenAPI document, beyond what one call needs alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

from ninja import Schema
from pydantic import WithJsonSchema

from moonlit.availability.queries import FreeStart

Day = Annotated[str, WithJsonSchema({"type": "string", "format": "date"})]
Moment = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time"})]
"""RFC 3339 with the offset of the visit's place."""
ZoneName = Annotated[str, WithJsonSchema({"type": "string", "examples": ["America/Denver"]})]
ABSENT: Any = None
"""Default of a member that is left out where it does not apply; it is never null."""


class FreeStartOut(Schema):
    start: Moment
    end: Moment
    providers: list[str]


class ProblemReason(Schema):
    """`field` is a path such as `patient.date_of_birth`; `provider` an id."""

    code: str
    detail: str
    field: str = ABSENT
    provider: str = ABSENT
    date: Day = ABSENT


class Problem(Schema):
    """RFC 9457. `code` is stable; `detail` is a sentence for a person; `alternatives` come with `slot_taken` and
    `hold_expired` alone.
    """

    type: str
    title: str
    status: int
    detail: str
    code: str
    reasons: list[ProblemReason]
    request_id: str
    alternatives: list[FreeStartOut] = ABSENT


def alternatives_member(alternatives: Iterable[FreeStart]) -> list[dict[str, Any]]:
    """The `alternatives` of a problem or status: free starts with their providers."""
    return [
        {
            "start": each.start.isoformat(),
            "end": each.end.isoformat(),
            "providers": [str(provider) for provider in each.providers],
        }
        for each in alternatives
    ]
