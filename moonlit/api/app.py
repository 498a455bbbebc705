"""The JSON API of interface.md: operations are thin, refusals become problem documents in one place."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE
from ninja.schema import NinjaGenerateJsonSchema
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from moonlit.api import appointments, availability, changes, eligibility, holds, leads, payers, webhooks
from moonlit.api.appointments import BookingBody
from moonlit.api.change_shapes import CancelBody, CodeBody, RescheduleBody, VerifyBody
from moonlit.api.guard import TooManyRequests
from moonlit.api.holds import HoldBody
from moonlit.api.problems import problem
from moonlit.api.shapes import Problem
from moonlit.booking.services import CodeLimit
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.eligibility.criteria import CriteriaInput
from moonlit.leads.inputs import LeadInput
from moonlit.platform.policy import public

COMPONENTS: tuple[type[BaseModel], ...] = (
    Problem,
    CriteriaInput,
    BookingBody,
    HoldBody,
    LeadInput,
    CodeBody,
    VerifyBody,
    CancelBody,
    RescheduleBody,
)
ABOUT = """Who may see a patient under an insurance, when, and booking it. The guide is docs/api.md.

Every error is a problem document (RFC 9457) with a stable `code`. Beside those named at each operation any address may
answer 404 `not_found`, 405 `method_not_allowed` (with `Allow`) and, when the fault is ours, 500 `internal_error`.
Every answer has the header `X-Request-Id`. No cookies are set or read.
"""


class MoonlitApi(NinjaAPI):
    """Adds what we parse and write ourselves to the components of the document."""

    def get_openapi_schema(self, **kwargs: Any) -> Any:
        schema = super().get_openapi_schema(**kwargs)
        _, defined = models_json_schema(
            [(model, "validation") for model in COMPONENTS],
            ref_template=REF_TEMPLATE,
            schema_generator=NinjaGenerateJsonSchema,
        )
        schema["components"]["schemas"].update(defined["$defs"])
        return schema


api = MoonlitApi(
    title="Moonlit Scheduler",
    version="1",
    description=ABOUT,
    urls_namespace="api-1",
    docs_url=None,
    openapi_url=None,
)
for module in (payers, eligibility, availability, holds, appointments, changes, leads, webhooks):
    api.add_router("", module.router)


@api.get("/openapi.json", include_in_schema=False)
@public
def openapi(request: HttpRequest) -> HttpResponse:  # noqa: ARG001  ninja knows it by its name
    """The OpenAPI document, made once per process."""
    return HttpResponse(_document(), content_type="application/json")


@lru_cache(maxsize=1)
def _document() -> bytes:
    return json.dumps(api.get_openapi_schema(), ensure_ascii=False).encode()


@api.exception_handler(Refused)
def _refused(_request: HttpRequest, refused: Refused) -> HttpResponse:
    response = problem(refused)
    if refused.code is RefusalCode.VERIFICATION_REQUIRED:
        response["WWW-Authenticate"] = 'Bearer realm="appointment"'
    return response


@api.exception_handler(TooManyRequests)
def _too_many(_request: HttpRequest, refused: TooManyRequests) -> HttpResponse:
    return problem(refused, retry_after=refused.retry_after)


@api.exception_handler(CodeLimit)
def _too_many_codes(_request: HttpRequest, refused: CodeLimit) -> HttpResponse:
    return problem(refused, retry_after=refused.retry_after)
