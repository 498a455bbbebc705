"""Notifyre's webhooks: proven by HMAC over stamp and raw body; what became of a text, and what people answer."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from moonlit.notifications.models import Message
from moonlit.notifications.notifyre.members import lowered
from moonlit.notifications.port import BadSignature, DeliveryTold, TextReceived, UnreadableNotice
from moonlit.notifications.told import instant, key, loads, our_id, text, word

SIGNATURE = "notifyre-signature"
WINDOW = 300
"""Seconds, as the vendor's own library has it; both ways."""
MOST_STAMP = 20
"""Digits; a stamp in seconds has ten."""
_HEADER = re.compile(r"(?P<name>[tv])=(?P<value>[0-9a-f]{1,128})")
_RECEIVED = ("sms_received", "mms_received")

D = Message.Delivery
_STATUSES: Mapping[str, tuple[str, str]] = {
    "delivered": (D.DELIVERED, ""),
    "undelivered": (D.UNDELIVERED, "undelivered"),
    "undeliverable": (D.UNDELIVERED, "number_unreachable"),
    "failed": (D.UNDELIVERED, "carrier_failed"),
}
"""Any other word, known or not: still on its way."""


def prove(secrets: Sequence[bytes], headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
    """Raise BadSignature unless one of the secrets signed this body within WINDOW of `now`.

    `headers` by name in lower case.
    """
    if not secrets:
        raise BadSignature("webhook_off")
    given = headers.get(SIGNATURE, "")
    if not given:
        raise BadSignature("signature_missing")
    parts = [_HEADER.fullmatch(part.strip()) for part in given.split(",")]
    found = {part["name"]: part["value"] for part in parts if part}
    if (
        len(parts) != 2
        or None in parts
        or found.keys() != {"t", "v"}
        or not found["t"].isdecimal()
        or len(found["t"]) > MOST_STAMP
    ):
        raise BadSignature("signature_invalid")
    signed = found["t"].encode() + b"." + body
    proofs = [hmac.new(secret, signed, hashlib.sha256).hexdigest() for secret in secrets]
    if not any(hmac.compare_digest(proof, found["v"]) for proof in proofs):
        raise BadSignature("signature_invalid")
    if (age := now.timestamp() - int(found["t"])) > WINDOW:
        raise BadSignature("stamp_too_old")
    if age < -WINDOW:
        raise BadSignature("stamp_in_future")


def read(body: bytes) -> list[DeliveryTold | TextReceived]:
    """The one event of a proven body. Raises UnreadableNotice; a word for an event that we do not know is kept."""
    try:
        told = lowered(loads(body))
    except (ValueError, RecursionError):
        raise UnreadableNotice("not_json") from None
    name = word(told.get("event"), 40) if isinstance(told, dict) else ""
    if not name:
        raise UnreadableNotice("no_event")
    payload, at = told.get("payload"), instant(told.get("timestamp"))
    if not isinstance(payload, dict) or at is None:
        raise UnreadableNotice("no_payload")
    if name in _RECEIVED:
        return [text_received(payload, at)]
    return [_sent(payload, at) if name == "sms_sent" else _unknown(name, payload, at, body)]


def text_received(payload: Mapping[str, Any], at: datetime) -> TextReceived:
    """A reply as webhook and list have it, members in lower case; `at` stands in when it has no time of its own.

    Raises UnreadableNotice without sender or id: it cannot be kept, and the vendor tells it again.
    """
    reply_id, sender = word(payload.get("replyid"), 120), e164(word(payload.get("sendernumber"), 40))
    if not reply_id:
        raise UnreadableNotice("no_reply_id")
    if not sender:
        raise UnreadableNotice("no_sender")
    said_at = instant(payload.get("receiveddateutc"))
    return TextReceived(reply_id, sender, text(payload.get("message")), said_at or at, dated=said_at is not None)


def e164(number: str) -> str:
    """With its plus sign, as we keep numbers; a US number may lack its country code. Short codes stay bare digits."""
    digits = re.sub(r"[^0-9]", "", number)[:15]
    if number.strip().startswith("+") or len(digits) > 11:
        return f"+{digits}" if digits else ""
    if len(digits) == 10:
        return f"+1{digits}"
    return f"+{digits}" if len(digits) == 11 else digits


def _sent(payload: dict[str, Any], at: datetime) -> DeliveryTold:
    recipient = payload.get("recipient")
    recipient = recipient if isinstance(recipient, dict) else {}
    status = word(recipient.get("deliverystatus"), 30).lower()
    if not status and "failed" in (recipient.get("status"), payload.get("status")):
        status = "failed"  # the carrier refused it: there is no delivery to speak of
    delivery, code = _STATUSES.get(status, (D.PROCESSED, ""))
    metadata = payload.get("metadata")
    ours = {str(name).lower(): value for name, value in metadata.items()} if isinstance(metadata, dict) else {}
    vendor_id = word(payload.get("id"), 120)
    return DeliveryTold(
        notice_id=key(vendor_id, recipient.get("id"), status, int(at.timestamp())),
        name=f"sms_sent:{status or 'none'}"[:40],
        message_id=our_id(ours.get("outbox_id")),
        vendor_id=vendor_id,
        told_at=at,
        delivery=delivery,
        code=code,
    )


def _unknown(name: str, payload: dict[str, Any], at: datetime, body: bytes) -> DeliveryTold:
    digest = hashlib.sha256(body).hexdigest()
    return DeliveryTold(f"sha256:{digest}", name, None, word(payload.get("id"), 120), at, D.NONE)
