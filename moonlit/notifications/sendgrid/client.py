"""E-mail through SendGrid's `POST /v3/mail/send`.

No idempotency key exists and nothing can be looked up with a sending key, so an unclear answer stays `Unknown` until
a delivery notice settles it. An answer of 500 or 503 in the vendor's own error shape is a refusal; the same status from
a gateway (HTML, or nothing readable) says nothing about the message.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from moonlit.notifications.port import (
    ConfigurationRefused,
    DeliveryTold,
    Email,
    Found,
    NotReached,
    Rejected,
    Sent,
    Throttled,
    Trace,
    Unknown,
)
from moonlit.notifications.sendgrid import webhook
from moonlit.platform.http import AnswerLost, ConnectionNotMade, HttpAnswer, VendorClient

ROUTE = "/v3/mail/send"
FIRST_WAIT = 60.0
"""Seconds to wait after a passing refusal that names no time."""
LONGEST_WAIT = 3600.0
WINDOW = 300
_ADDRESS = re.compile(r"[^@\s,;:<>()\[\]\"\\]+@[^@\s,;:<>()\[\]\"\\]+\.[^@\s,;:<>()\[\]\"\\]+")
_ALWAYS = ("subject", "line", "footer")
_TOGETHER = ("action_url", "action_label")
"""Of a code there is nothing to press, so both may be empty, never one."""

# No pixel, no rewritten link, no footer of the vendor: each would tell a third party who reads what.
_NO_TRACKING = {
    "click_tracking": {"enable": False, "enable_text": False},
    "open_tracking": {"enable": False},
    "subscription_tracking": {"enable": False},
    "ganalytics": {"enable": False},
}


@dataclass(frozen=True, slots=True)
class SendGrid:
    """`sender` is used when the practice names no address; `templates` gives dynamic template ids by message kind, or
    by kind and language ("reminder.es"), which comes first. `keys` prove webhooks stamped within `window` seconds.
    """

    http: VendorClient = field(repr=False)
    sender: str
    templates: Mapping[str, str] = field(default_factory=dict)
    sandbox: bool = False
    keys: tuple[EllipticCurvePublicKey, ...] = field(default=(), repr=False)
    window: int = WINDOW
    per_second: float = 0
    name: str = "sendgrid"

    def send(self, message: Email, *, now: datetime) -> Sent:
        body = self._body(message)
        try:
            answer = self.http.send("POST", ROUTE, route=ROUTE, json=body)
        except ConnectionNotMade:
            raise NotReached("connection_not_made") from None
        except AnswerLost:
            raise Unknown("answer_lost") from None
        return self._outcome(answer, now)

    def look_up(self, message_id: UUID, to: str, *, since: datetime, now: datetime) -> Found:  # noqa: ARG002
        """Always CANNOT_TELL: mail/send has no reading side."""
        return Found(Trace.CANNOT_TELL)

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> list[DeliveryTold]:
        webhook.prove(self.keys, headers, body, window=self.window, now=now)
        return webhook.read(body)

    def _body(self, message: Email) -> dict[str, Any]:
        _refuse_unfit(message)
        envelope: dict[str, Any] = {"to": [{"email": message.to}], "custom_args": {"outbox_id": str(message.id)}}
        body: dict[str, Any] = {
            "personalizations": [envelope],
            "from": {"email": message.sender or self.sender, "name": message.sender_name},
            "tracking_settings": _NO_TRACKING,
            "mail_settings": {"sandbox_mode": {"enable": self.sandbox}},
        }
        if message.attachments:
            body["attachments"] = [
                {
                    "content": base64.b64encode(each.content).decode("ascii"),
                    "type": _attachment_type(each.content_type),
                    "filename": each.name,
                    "disposition": "attachment",
                }
                for each in message.attachments
            ]
        if template := self._template(message):
            envelope["dynamic_template_data"] = _whole(message.template_data)
            return body | {"template_id": template}
        content = [{"type": "text/plain", "value": message.text}, {"type": "text/html", "value": message.html}]
        return body | {"subject": message.subject, "content": content}

    def _template(self, message: Email) -> str:
        language = message.language.partition("-")[0]
        return self.templates.get(f"{message.kind}.{language}") or self.templates.get(message.kind, "")

    def _outcome(self, answer: HttpAnswer, now: datetime) -> Sent:
        status = answer.status
        if status == 202:
            return Sent(answer.headers.get("x-message-id", ""))
        if status == 200 and self.sandbox:
            return Sent("", sandboxed=True)
        if status == 200:
            raise ConfigurationRefused("sandboxed_unasked")  # accepted, checked and thrown away: nobody got a mail
        if status in (401, 403) or 300 <= status < 400:
            raise ConfigurationRefused(f"vendor_{status}")
        if status == 429:
            raise Throttled("vendor_429", retry_after=_wait(answer.headers, now))
        if status != 408 and 400 <= status < 500:
            raise Rejected(f"vendor_{status}")
        if status in (500, 503) and _own_errors(answer):
            raise Throttled(f"vendor_{status}", retry_after=FIRST_WAIT)
        raise Unknown(f"vendor_{status}")


def _refuse_unfit(message: Email) -> None:
    """Raise Rejected for what must not leave: an address that is none, a header that breaks, an empty letter.

    In JSON a line break is harmless, but behind it the vendor writes headers.
    """
    if not _ADDRESS.fullmatch(message.to) or not message.to.isprintable():
        raise Rejected("recipient_unfit")
    headers = [message.sender, message.sender_name, message.subject]
    headers += [text for each in message.attachments for text in (each.name, each.content_type)]
    if not all(each.isprintable() for each in headers):
        raise Rejected("header_unfit")
    if not (message.subject.strip() and message.text.strip() and message.html.strip()):
        raise Rejected("blank")
    if not all(each.name and each.content for each in message.attachments):
        raise Rejected("attachment_empty")


def _attachment_type(content_type: str) -> str:
    """The vendor takes no parameters but the method that makes a file an invitation."""
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    return "; ".join([kind, *(each for each in parameters if each.lower().startswith("method="))])


def _whole(data: Mapping[str, str]) -> dict[str, str]:
    """The variables of a template, all of them: a missing one would be rendered as nothing. Raises Rejected."""
    there = {name for name, value in data.items() if isinstance(value, str) and value.strip()}
    if not there.issuperset(_ALWAYS) or len(there.intersection(_TOGETHER)) == 1 or not data.keys() >= {*_TOGETHER}:
        raise Rejected("template_variable_missing")
    return dict(data)


def _wait(headers: Mapping[str, str], now: datetime) -> float:
    """Seconds until the vendor wants to be asked again; mail/send often says nothing about it."""
    try:
        wait = float(headers["x-ratelimit-reset"]) - now.timestamp()
    except (KeyError, ValueError):
        return FIRST_WAIT
    return min(max(wait, 1.0), LONGEST_WAIT)


def _own_errors(answer: HttpAnswer) -> bool:
    try:
        body = answer.json()
    except ValueError:
        return False
    return isinstance(body, dict) and isinstance(body.get("errors"), list)
