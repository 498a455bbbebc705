"""POST /eligibility: what the choice of a payer means, and who may see the patient."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from moonlit.api.documents import OF_A_BODY, operation
from moonlit.api.guard import json_answer, limited, parsed, raw_body
from moonlit.api.shapes import Day
from moonlit.availability.queries import outcome
from moonlit.coverage.queries import facts
from moonlit.domain.reasons import Flag, LeadReason, Outcome, Route
from moonlit.eligibility.criteria import CriteriaInput, resolve_criteria
from moonlit.eligibility.queries import EligibilityAnswer, EligibleProvider, today_at_practice
from moonlit.platform import clock
from moonlit.platform.policy import public

router = Router(tags=["eligibility"])


class WindowOut(Schema):
    """Dates of service, both inclusive; null is open."""

    starts: Day | None
    ends: Day | None


class ProviderOut(Schema):
    """`supervisor` is the id of who renders or supervises on the supervised route."""

    id: str
    npi: str
    name: str
    credentials: str
    languages: list[str]
    route: Route
    supervisor: str | None
    supervisor_name: str | None
    windows: list[WindowOut]
    with_interpreter: bool


class OptionOut(Schema):
    """`value` goes into the criteria's `benefit`; the label of `unsure` is empty."""

    value: str
    label: str


class QuestionOut(Schema):
    """`text`, and where on the card to look, by language."""

    id: str
    text: dict[str, str]
    options: list[OptionOut]
    card_hint: dict[str, str]


class EligibilityOut(Schema):
    outcome: Outcome
    reason: LeadReason | None
    bookable_from: Day | None
    question: QuestionOut | None
    payer_behavioral: str | None
    flags: list[Flag]
    self_pay_offered: bool
    providers: list[ProviderOut]


@router.post(
    "/eligibility",
    **operation(
        "check_eligibility",
        "Who may see this patient under this payer",
        {200: EligibilityOut},
        OF_A_BODY,
        body=CriteriaInput,
    ),
)
@public
@limited("eligibility", capacity=300, per_seconds=60)
def eligibility(request: HttpRequest) -> HttpResponse:
    """What the choice of a payer means. Writes nothing."""
    now = clock.now()
    given = parsed(raw_body(request), CriteriaInput)
    criteria = resolve_criteria(given, facts=facts(), today=today_at_practice(now))
    return json_answer(_as_json(outcome(criteria, now)))


def _as_json(answer: EligibilityAnswer) -> dict[str, Any]:
    question = answer.question
    return {
        "outcome": answer.outcome.value,
        "reason": answer.reason.value if answer.reason else None,
        "bookable_from": answer.bookable_from.isoformat() if answer.bookable_from else None,
        "question": question
        and {
            "id": question.id,
            "text": dict(question.text),
            "options": [{"value": option.value, "label": option.label} for option in question.options],
            "card_hint": dict(question.card_hint),
        },
        "payer_behavioral": answer.payer_behavioral,
        "flags": list(answer.flags),
        "self_pay_offered": answer.self_pay_offered,
        "providers": [_provider(each) for each in answer.providers],
    }


def _provider(each: EligibleProvider) -> dict[str, Any]:
    return {
        "id": str(each.id),
        "npi": each.npi,
        "name": each.name,
        "credentials": each.credentials,
        "languages": list(each.languages),
        "route": each.route.value,
        "supervisor": str(each.supervisor.id) if each.supervisor else None,
        "supervisor_name": each.supervisor.name if each.supervisor else None,
        "windows": [
            {
                "starts": window.starts.isoformat() if window.starts else None,
                "ends": window.ends.isoformat() if window.ends else None,
            }
            for window in each.windows
        ],
        "with_interpreter": each.with_interpreter,
    }
