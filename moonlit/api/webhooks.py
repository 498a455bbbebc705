"""What vendors call: proven by the signature of the raw body, stored, answered at once; the work comes later."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from moonlit.api.documents import operation
from moonlit.api.guard import json_answer, limited, raw_body
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.ehr.port import BadSignature
from moonlit.platform import clock
from moonlit.platform.policy import webhook
from moonlit.sync.services import receive_push

router = Router(tags=["webhooks"])

MOST_BYTES = 256 * 1024
"""A delivery names records by id; hundreds of them fit."""
SIGNATURE = {
    "name": "X-Hub-Signature",
    "in": "header",
    "required": True,
    "description": "sha256= and the HMAC of the raw body in hex.",
    "schema": {"type": "string"},
}


class ReceivedOut(Schema):
    """How many events of the delivery were new to us."""

    stored: int


def _documented() -> dict[str, Any]:
    refusals = (
        RefusalCode.SIGNATURE_INVALID,
        RefusalCode.BODY_TOO_LARGE,
        RefusalCode.RATE_LIMITED,
    )
    said = operation("athena_push", "The EHR says what changed", {202: ReceivedOut}, refusals, parameters=[SIGNATURE])
    body = {"required": True, "content": {"application/fhir+json": {"schema": {"type": "object"}}}}
    said["openapi_extra"]["requestBody"] = body
    return said


@router.post("/webhooks/athena", **_documented())
@webhook("athena")
@limited("webhook-athena", capacity=600, per_seconds=60)
def athena_push(request: HttpRequest) -> HttpResponse:
    """Each event is kept once, however often it comes; the records it names are read from the EHR afterwards."""
    try:
        body = raw_body(request, most_bytes=MOST_BYTES, any_type=True)
    except Refused as fault:
        raise _unproven() if fault.code is RefusalCode.MALFORMED_JSON else fault from None  # it did not arrive whole
    try:
        delivery = receive_push(signature=request.headers.get("X-Hub-Signature", ""), body=body, now=clock.now())
    except BadSignature:
        raise _unproven() from None
    return json_answer({"stored": delivery.stored}, status=202)


def _unproven() -> Refused:
    return Refused(RefusalCode.SIGNATURE_INVALID, "The signature does not prove this body.")
