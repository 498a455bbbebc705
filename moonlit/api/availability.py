"""GET /availability: the merged calendar of everybody who may see the patient and be paid for it on each date."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Literal

import orjson
from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import Field

from moonlit.api.documents import operation, parameters_of
from moonlit.api.guard import checked, json_answer, query_of
from moonlit.api.problems import invalid
from moonlit.api.shapes import ABSENT, Day, FreeStartOut, Moment, ZoneName
from moonlit.availability.queries import listing, look
from moonlit.domain.refusals import RefusalCode, RefusalReason, Refused
from moonlit.eligibility.criteria import CriteriaInput, ProviderId, resolve_criteria
from moonlit.people.inputs import PlainDate
from moonlit.platform import clock
from moonlit.platform.policy import public

router = Router(tags=["availability"])

MOST_DAYS = 62
MOST_DAYS_COUNTED = 92
_TRUTHS = {"self_pay", "interpreter_accepted"}
_DETAIL = f"Counts only, for up to {MOST_DAYS_COUNTED} days; otherwise slots, for up to {MOST_DAYS} days."


class AvailabilityQuery(CriteriaInput):
    """The criteria, and what is to be shown."""

    providers: Annotated[
        list[ProviderId], Field(alias="providers[]", description="Ids; cut with the eligible set.")
    ] = []
    first: Annotated[PlainDate, Field(alias="from")]
    last: Annotated[PlainDate, Field(alias="to")]
    detail: Annotated[Literal["days"] | None, Field(description=_DETAIL)] = None


class DayOut(Schema):
    """`time_zone` where it is not the one of the whole answer; `slots` unless counts were asked for."""

    date: Day
    time_zone: ZoneName = ABSENT
    count: int
    slots: list[FreeStartOut] = ABSENT


class AvailabilityOut(Schema):
    """`as_of` is the age of the oldest data used; `partial` says that some of it is stale or missing."""

    time_zone: ZoneName
    as_of: Moment | None
    partial: bool
    days: list[DayOut]


@router.get(
    "/availability",
    **operation(
        "list_availability",
        "Merged free time",
        {200: AvailabilityOut},
        [RefusalCode.INVALID_REQUEST, RefusalCode.RANGE_TOO_LONG],
        parameters=parameters_of(AvailabilityQuery),
    ),
)
@public
def availability(request: HttpRequest) -> HttpResponse:
    """Every start at which somebody may see the patient and be paid for it; days without one are left out."""
    query = checked(AvailabilityQuery, _typed(query_of(request, repeated=["providers[]"])))
    _within(query, MOST_DAYS_COUNTED if query.detail else MOST_DAYS)
    seen = look(clock.now())
    document = listing(
        seen,
        resolve_criteria(query, facts=seen.facts, today=seen.today),
        first_day=query.first,
        last_day=query.last,
        provider_ids=query.providers or None,
        names=not query.detail,
    )
    return json_answer(orjson.Fragment(document))


def _typed(query: dict[str, list[str]]) -> dict[str, object]:
    """A query string has text only: numbers, yes and no, and the list are made of it where they are expected."""
    given: dict[str, object] = {name: values[0] for name, values in query.items()}
    for name in _TRUTHS & given.keys():
        given[name] = {"true": True, "false": False}.get(query[name][0], query[name][0])
    if re.fullmatch("[0-9]{1,3}", query.get("age", [""])[0]):
        given["age"] = int(query["age"][0])
    if "providers[]" in query:
        given["providers[]"] = query["providers[]"]
    return given


def _within(query: AvailabilityQuery, most: int) -> None:
    if query.last < query.first:
        raise invalid([RefusalReason("range_reversed", "The last day lies before the first.", field="to")])
    if query.last - query.first >= timedelta(days=most):
        detail = f"At most {most} days can be asked for at once."
        raise Refused(RefusalCode.RANGE_TOO_LONG, detail, [RefusalReason("range_too_long", detail, field="to")])
