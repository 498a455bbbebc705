"""GET /payers: the search behind "How will you pay?"."""

from __future__ import annotations

from typing import Annotated

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema
from pydantic import StringConstraints

from moonlit.api.documents import operation, parameters_of
from moonlit.api.guard import checked, json_answer, query_of
from moonlit.api.shapes import Day
from moonlit.domain.reasons import Outcome, PayerType
from moonlit.domain.refusals import RefusalCode
from moonlit.eligibility.queries import search_payers
from moonlit.people.inputs import Input
from moonlit.platform import clock
from moonlit.platform.policy import public

router = Router(tags=["payers"])


class PayersQuery(Input):
    q: Annotated[str, StringConstraints(min_length=2, max_length=100)]


class PayerOut(Schema):
    id: str
    code: str
    name: str
    type: PayerType
    state: str
    outcome: Outcome
    bookable_from: Day | None


class PayersOut(Schema):
    payers: list[PayerOut]


@router.get(
    "/payers",
    **operation(
        "search_payers",
        "Find an insurance",
        {200: PayersOut},
        [RefusalCode.INVALID_REQUEST],
        parameters=parameters_of(PayersQuery),
    ),
)
@public
def payers(request: HttpRequest) -> HttpResponse:
    """At least two characters; words are matched independently, without case, accents or spaces; at most ten."""
    asked = checked(PayersQuery, {name: given[0] for name, given in query_of(request).items()})
    return json_answer(
        {
            "payers": [
                {
                    "id": str(hit.id),
                    "code": hit.code,
                    "name": hit.name,
                    "type": hit.type,
                    "state": hit.state,
                    "outcome": hit.outcome.value,
                    "bookable_from": hit.bookable_from.isoformat() if hit.bookable_from else None,
                }
                for hit in search_payers(asked.q, clock.now())
            ]
        }
    )
