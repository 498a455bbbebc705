"""SendGrid's event webhook: proven by ECDSA over stamp and raw body, then read event by event.

The vendor signs the very bytes, trailing line end included: nothing may be stripped or written anew before.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256

from moonlit.notifications.models import Message
from moonlit.notifications.port import BadSignature, DeliveryTold, UnreadableNotice
from moonlit.notifications.told import MOST_ID, instant, key, loads, our_id, word
from moonlit.platform.log import get_logger

log = get_logger(__name__)

SIGNATURE = "x-twilio-email-event-webhook-signature"
STAMP = "x-twilio-email-event-webhook-timestamp"
MOST_STAMP = 20
"""Digits; a stamp in seconds has ten."""

D = Message.Delivery
_WORDS: Mapping[str, tuple[str, str]] = {
    "processed": (D.PROCESSED, ""),
    "deferred": (D.DEFERRED, "deferred"),
    "delivered": (D.DELIVERED, ""),
    "bounce": (D.BOUNCED, "bounced"),
    "dropped": (D.DROPPED, "dropped"),
    "spamreport": (D.COMPLAINED, "complained"),
    "unsubscribe": (D.NONE, "unsubscribed"),
    "group_unsubscribe": (D.NONE, "unsubscribed"),
}
"""The vendor's word to ours and its code; any other word is kept and changes nothing."""


def prove(
    keys: Sequence[EllipticCurvePublicKey], headers: Mapping[str, str], body: bytes, *, window: int, now: datetime
) -> None:
    """Raise BadSignature unless one of the keys signed this body at most `window` seconds away from `now`.

    `headers` by name in lower case.
    """
    if not keys:
        raise BadSignature("webhook_off")
    signature, stamp = headers.get(SIGNATURE, ""), headers.get(STAMP, "")
    if not signature or not stamp:
        raise BadSignature("signature_missing")
    if not (stamp.isascii() and stamp.isdecimal() and len(stamp) <= MOST_STAMP):
        raise BadSignature("signature_invalid")
    try:
        proof = base64.b64decode(signature, validate=True)
    except (binascii.Error, ValueError):
        raise BadSignature("signature_invalid") from None
    if not any(_signed(key, proof, stamp.encode() + body) for key in keys):
        raise BadSignature("signature_invalid")
    # After the proof, so that a window that is wrong for this vendor shows under codes of its own.
    if (age := now.timestamp() - int(stamp)) > window:
        raise BadSignature("stamp_too_old")
    if age < -window:
        raise BadSignature("stamp_in_future")


def read(body: bytes) -> list[DeliveryTold]:
    """The events of a proven body. Raises UnreadableNotice when it is no array; an entry that is none is left out."""
    try:
        told = loads(body)
    except ValueError:
        raise UnreadableNotice("not_json") from None
    if not isinstance(told, list):
        raise UnreadableNotice("not_an_array")
    found = [event for each in told if (event := _event(each)) is not None]
    if len(found) < len(told):
        log.warning("webhook_entries_left_out", vendor="sendgrid", count=len(told) - len(found))
    return found


def _signed(key: EllipticCurvePublicKey, proof: bytes, text: bytes) -> bool:
    try:
        key.verify(proof, text, ECDSA(SHA256()))
    except InvalidSignature:
        return False
    return True


def _event(entry: Any) -> DeliveryTold | None:
    if not isinstance(entry, dict):
        return None
    name, told_at = word(entry.get("event"), 40), instant(entry.get("timestamp"))
    if not name or told_at is None:
        return None
    delivery, code = _WORDS.get(name, (D.NONE, ""))
    if name == "bounce" and entry.get("type") == "blocked":
        delivery, code = D.BLOCKED, "blocked"
    sent_as = word(entry.get("sg_message_id"), MOST_ID)
    return DeliveryTold(
        notice_id=word(entry.get("sg_event_id"), MOST_ID) or key(sent_as, entry.get("email"), name, told_at),
        name=name,
        message_id=our_id(entry.get("outbox_id")),
        vendor_id=sent_as.partition(".")[0][:120],
        told_at=told_at,
        delivery=delivery,
        code=code,
    )
