"""What vendors call: proven by the signature of the raw body, stored, answered at once; the work comes later."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router, Schema

from moonlit.api.documents import operation
from moonlit.api.guard import json_answer, limited, raw_body
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.ehr.port import BadSignature
from moonlit.notifications import port as messages
from moonlit.notifications.services import receive
from moonlit.platform import clock
from moonlit.platform.policy import webhook
from moonlit.sync.services import receive_push

router = Router(tags=["webhooks"])

MOST_BYTES = 256 * 1024
"""A delivery names records by id; hundreds of them fit."""
MOST_BYTES_OF_MESSAGES = 1024 * 1024


def _header(name: str, description: str) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": True, "description": description, "schema": schema}


OF_ATHENA = [_header("X-Hub-Signature", "sha256= and the HMAC of the raw body in hex.")]
OF_SENDGRID = [
    _header("X-Twilio-Email-Event-Webhook-Signature", "ECDSA (P-256, SHA-256) of stamp and raw body; DER in base64."),
    _header("X-Twilio-Email-Event-Webhook-Timestamp", "The stamp: seconds since 1970, at most a few minutes off."),
]
OF_NOTIFYRE = [
    _header("Notifyre-Signature", "t= seconds since 1970, v= hex HMAC-SHA256 of these digits, a point, the raw body.")
]


class ReceivedOut(Schema):
    """How many events of the delivery were new to us."""

    stored: int


def _documented(
    name: str, summary: str, headers: list[dict[str, Any]], *refusals: RefusalCode, body: dict[str, Any], media: str
) -> dict[str, Any]:
    always = (RefusalCode.SIGNATURE_INVALID, RefusalCode.BODY_TOO_LARGE, RefusalCode.RATE_LIMITED)
    said = operation(name, summary, {202: ReceivedOut}, (*always, *refusals), parameters=headers)
    said["openapi_extra"]["requestBody"] = {"required": True, "content": {media: {"schema": body}}}
    return said


ATHENA = _documented(
    "athena_push", "The EHR says what changed", OF_ATHENA, body={"type": "object"}, media="application/fhir+json"
)
SENDGRID = _documented(
    "sendgrid_events",
    "SendGrid says what became of e-mails",
    OF_SENDGRID,
    RefusalCode.MALFORMED_JSON,
    body={"type": "array", "items": {"type": "object"}},
    media="application/json",
)
NOTIFYRE = _documented(
    "notifyre_event",
    "Notifyre says what became of a text message, or what somebody answered",
    OF_NOTIFYRE,
    RefusalCode.MALFORMED_JSON,
    body={"type": "object"},
    media="application/json",
)


@router.post("/webhooks/athena", **ATHENA)
@webhook("athena")
@limited("webhook-athena", capacity=600, per_seconds=60)
def athena_push(request: HttpRequest) -> HttpResponse:
    """Each event is kept once, however often it comes; the records it names are read from the EHR afterwards."""
    body = _whole_body(request, MOST_BYTES)
    try:
        delivery = receive_push(signature=request.headers.get("X-Hub-Signature", ""), body=body, now=clock.now())
    except BadSignature:
        raise _unproven() from None
    return json_answer({"stored": delivery.stored}, status=202)


@router.post("/webhooks/sendgrid", **SENDGRID)
@webhook("sendgrid")
@limited("webhook-sendgrid", capacity=600, per_seconds=60)
def sendgrid_events(request: HttpRequest) -> HttpResponse:
    """Each event is kept once, however often and in whatever order it comes; its message is settled afterwards."""
    return _about_messages(request, "email")


@router.post("/webhooks/notifyre", **NOTIFYRE)
@webhook("notifyre")
@limited("webhook-notifyre", capacity=600, per_seconds=60)
def notifyre_event(request: HttpRequest) -> HttpResponse:
    """Kept once, however often it comes. A reply that asks for no more texts counts before this is answered."""
    return _about_messages(request, "sms")


def _about_messages(request: HttpRequest, channel: str) -> HttpResponse:
    body = _whole_body(request, MOST_BYTES_OF_MESSAGES)
    headers = {name.lower(): value for name, value in request.headers.items()}
    try:
        intake = receive(channel, headers, body, now=clock.now())
    except messages.BadSignature:
        raise _unproven() from None
    except messages.UnreadableNotice:
        raise Refused(RefusalCode.MALFORMED_JSON, "The body is signed, but nothing we can read.") from None
    return json_answer({"stored": intake.stored}, status=202)


def _whole_body(request: HttpRequest, most_bytes: int) -> bytes:
    try:
        return raw_body(request, most_bytes=most_bytes, any_type=True)
    except Refused as fault:
        raise _unproven() if fault.code is RefusalCode.MALFORMED_JSON else fault from None  # it did not arrive whole


def _unproven() -> Refused:
    return Refused(RefusalCode.SIGNATURE_INVALID, "The signature does not prove this body.")
