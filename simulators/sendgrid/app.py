"""SendGrid's `POST /v3/mail/send`, the inbox of what it accepted, and the signed event webhook."""

import base64
import hmac
import json
import re
import secrets
from html import escape
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.messagebox import Box, answered, control_routes
from simulators.messagehooks import DEFAULTS as WEBHOOK_DEFAULTS
from simulators.messagehooks import Courier, webhook_routes
from simulators.sendgrid import events, inbox, rules
from simulators.sendgrid.signing import Signer

MAX_BYTES = 30 * 1024 * 1024
LIMIT_PER_MINUTE = 600
EVENTS_TOGETHER = 1000
DEFAULTS: dict[str, Any] = {
    **WEBHOOK_DEFAULTS,
    **events.DEFAULTS,
    "verified_senders": [],  # addresses, or domains written "@mail.example.org"; empty: any sender passes
    "may_send": True,  # false: the key lacks the Mail Send permission
    "templates": {},  # id -> {"subject", "text", "html"} with {{name}} (escaped in html) and {{{name}}}
    "rate_headers": True,  # mail/send often comes without them
}
STATUS_WORDS = {
    401: "authorization required",
    403: "access forbidden",
    429: "too many requests",
    500: "internal server error",
    503: "service unavailable",
}


def create_app(state_dir: str | Path | None, api_key: str, *, webhook: str = "", signing_key: str = "") -> Starlette:
    """`webhook` is told every event, signed with `signing_key` (P-256, PEM or base64 of DER; empty: a fresh one)."""
    box = Box(state_dir, "sendgrid", DEFAULTS | {"webhook": webhook})
    signer = Signer(signing_key)
    courier = Courier(box, events.encode, signer.headers, most=EVENTS_TOGETHER)

    async def mail_send(request: Request) -> Response:
        async def handle() -> Response:
            return _mail_send(box, courier, api_key, request.headers, await request.body())

        return await answered(box, request, "send", handle, lambda status, options: _fault(box, status, options))

    async def public_key(request: Request) -> Response:
        if not _authorized(api_key, request.headers):
            return _errors(401, [("", STATUS_WORDS[401])])
        return JSONResponse({"id": request.path_params.get("webhook_id", ""), "public_key": signer.public_key})

    async def unknown(request: Request, exc: Exception) -> Response:
        status = exc.status_code if isinstance(exc, HTTPException) else 404
        return _errors(status, [("", "method not allowed" if status == 405 else "not found")])

    app = Starlette(
        routes=[
            Route("/v3/mail/send", mail_send, methods=["POST"]),
            Route("/v3/user/webhooks/event/settings/signed", public_key),
            Route("/v3/user/webhooks/event/settings/signed/{webhook_id}", public_key),
            *inbox.routes(box, courier),
            *control_routes(box, forget=courier.forget),
            *webhook_routes(courier),
        ],
        exception_handlers={404: unknown, 405: unknown},
    )
    app.state.box = box
    return app


def _authorized(api_key: str, headers: Any) -> bool:
    return hmac.compare_digest(headers.get("authorization", "").encode(), f"Bearer {api_key}".encode())


def _mail_send(box: Box, courier: Courier, api_key: str, headers: Any, raw: bytes) -> Response:
    if not _authorized(api_key, headers):
        return _errors(401, [("", STATUS_WORDS[401])])
    if not box.setting("may_send"):
        return _errors(403, [("", STATUS_WORDS[403])])
    if len(raw) > MAX_BYTES:
        return _errors(413, [("", "content too large")])
    if headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        return _errors(415, [("", "The content type must be application/json.")])
    try:
        body = json.loads(raw)
    except ValueError:
        return _errors(400, [("", "The body is not JSON.")])
    if found := rules.problems(body, box.now()):
        return _errors(400, found)
    if not all(_verified(box, sender) for sender in _senders(body)):
        return _errors(403, [("from", "The from address is not a verified sender.")])
    rate = _rate_headers(box)
    if body.get("mail_settings", {}).get("sandbox_mode", {}).get("enable", False):
        return Response(status_code=200, headers=rate)
    template = body.get("template_id", "")
    if template and template not in box.setting("templates"):
        return _errors(400, [("template_id", "The template does not exist.")])
    message_id = secrets.token_urlsafe(16)
    for place, envelope in enumerate(body["personalizations"]):
        message = _delivered(box, body, envelope)
        box.add(f"{message_id}.{place}", message)
        for address in message["to"]:
            courier.tell(events.of(box, f"{message_id}.{place}", message, address))
    return Response(status_code=202, headers={"X-Message-Id": message_id, **rate})


def _delivered(box: Box, body: dict[str, Any], envelope: dict[str, Any]) -> dict[str, Any]:
    """The message as its recipients read it."""
    parts = {part["type"]: part["value"] for part in body.get("content", [])}
    subject = envelope.get("subject") or body.get("subject", "")
    text, markup = parts.get("text/plain", ""), parts.get("text/html", "")
    if template := box.setting("templates").get(body.get("template_id", "")):
        data = envelope.get("dynamic_template_data", {})
        subject = fill(template.get("subject", subject), data)
        text = fill(template.get("text", ""), data)
        markup = fill(template.get("html", ""), data, escaped=True)
    shared_args = body.get("custom_args", {})
    return {
        "to": [person["email"] for person in envelope["to"]],
        "cc": [person["email"] for person in envelope.get("cc", [])],
        "bcc": [person["email"] for person in envelope.get("bcc", [])],
        "from": envelope.get("from", body["from"]),
        "reply_to": body.get("reply_to"),
        "subject": subject,
        "text": text,
        "html": markup,
        "template_id": body.get("template_id"),
        "template_data": envelope.get("dynamic_template_data", {}),
        "custom_args": {**(shared_args if isinstance(shared_args, dict) else {}), **envelope.get("custom_args", {})},
        "categories": body.get("categories", []),
        "headers": {**body.get("headers", {}), **envelope.get("headers", {})},
        "attachments": [_attachment(part) for part in body.get("attachments", [])],
        "tracking_settings": body.get("tracking_settings", {}),
        "send_at": envelope.get("send_at", body.get("send_at")),
    }


def _attachment(part: dict[str, str]) -> dict[str, str]:
    """Name, type and, of a text, what it says."""
    kind = part.get("type", "application/octet-stream")
    raw = base64.b64decode(part["content"])
    return {"name": part["filename"], "type": kind, "text": raw.decode(errors="replace") if "text/" in kind else ""}


def fill(template: str, data: dict[str, Any], *, escaped: bool = False) -> str:
    """`{{name}}` and `{{{name}}}` filled in; a missing name becomes nothing, as with the vendor."""

    def value(match: re.Match[str]) -> str:
        text = str(data.get(match["raw"] or match["name"], ""))
        return escape(text) if escaped and match["name"] else text

    return re.sub(r"\{\{\{\s*(?P<raw>\w+)\s*\}\}\}|\{\{\s*(?P<name>\w+)\s*\}\}", value, template)


def _senders(body: dict[str, Any]) -> list[str]:
    own = [envelope["from"]["email"] for envelope in body["personalizations"] if "from" in envelope]
    return [body["from"]["email"], *own]


def _verified(box: Box, sender: str) -> bool:
    allowed = [entry.casefold() for entry in box.setting("verified_senders")]
    address = sender.casefold()
    return not allowed or address in allowed or "@" + address.rpartition("@")[2] in allowed


def _rate_headers(box: Box, remaining: int = LIMIT_PER_MINUTE - 1, wait: int = 60) -> dict[str, str]:
    if not box.setting("rate_headers"):
        return {}
    return {
        "X-RateLimit-Limit": str(LIMIT_PER_MINUTE),
        "X-RateLimit-Remaining": str(remaining),
        "X-RateLimit-Reset": str(int(box.now()) + wait),
    }


def _fault(box: Box, status: int, options: dict[str, Any]) -> Response:
    headers = _rate_headers(box, 0, int(options.get("retry_after", 60))) if status == 429 else {}
    return _errors(status, [("", STATUS_WORDS[status])], headers)


def _errors(status: int, found: list[rules.Problem], headers: dict[str, str] | None = None) -> Response:
    errors = [{"message": message, "field": field or None, "help": None} for field, message in found]
    return JSONResponse({"errors": errors}, status, headers)
