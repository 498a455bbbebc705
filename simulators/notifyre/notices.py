"""What Notifyre tells by webhook: what became of each text, and the replies people send. PascalCase, one at a time."""

from __future__ import annotations

import hashlib
import hmac
import json
import uuid
from typing import Any

from simulators.messagebox import Box

Notice = dict[str, Any]
DEFAULTS: dict[str, Any] = {
    "delivery_status": "delivered",  # what becomes of a text to a number that is not among the next two
    "landlines": [],  # undeliverable
    "statuses": {},  # by number: sent (nothing more is heard), delivered, undelivered, failed, undeliverable
    "tell_sent": False,  # tell "sent" first, then what became of it
}
WHY = {
    "failed": "Carrier rejected",
    "undelivered": "Handset unreachable",
    "undeliverable": "Number cannot receive texts",
}


def recipient(box: Box, message: dict[str, Any], number: str) -> Notice:
    """One recipient as the vendor's reading side shows it, in camelCase."""
    status = "undeliverable" if number in box.setting("landlines") else None
    status = status or box.setting("statuses").get(number) or box.setting("delivery_status")
    return {
        "id": str(uuid.uuid5(uuid.UUID(message["id"]), number)),
        "friendlyID": f"R-{message['friendly_id'].removeprefix('SMS-')}",
        "toNumber": number,
        "fromNumber": message["from"],
        "cost": 0.01 * message["parts"],
        "messageParts": message["parts"],
        "costPerPart": 0.01,
        # The carrier's refusal is a failure to send; nothing is known of a delivery then.
        "status": "failed" if status == "failed" else "sent",
        "statusMessage": WHY.get(status, ""),
        "deliveryStatus": None if status == "failed" else status,
        "queuedDateUtc": message["created"],
        "completedDateUtc": message["created"],
    }


def summary(message: dict[str, Any]) -> Notice:
    """The message without its recipients, in camelCase."""
    created = message["created"]
    return {
        "id": message["id"],
        "friendlyID": message["friendly_id"],
        "accountID": "ACC-SIMULATED",
        "createdBy": "api",
        "status": "completed",
        "totalCost": 0.01 * message["parts"],
        "metadata": message["metadata"],
        "createdDateUtc": created,
        "submittedDateUtc": created,
        "completedDateUtc": created,
        "lastModifiedDateUtc": created,
    }


def sent(box: Box, message: dict[str, Any], number: str) -> list[Notice]:
    """The `sms_sent` notices of one recipient, in the order in which they happen."""
    last = recipient(box, message, number) | {"message": message["body"]}
    told = [last]
    if box.setting("tell_sent") and last["deliveryStatus"] not in (None, "sent"):
        told.insert(0, last | {"deliveryStatus": "sent", "statusMessage": "", "completedDateUtc": None})
    now = int(box.now())
    return [
        {"Event": "sms_sent", "Timestamp": now + place, "Payload": pascal(summary(message) | {"recipient": one})}
        for place, one in enumerate(told)
    ]


def received(reply: dict[str, Any]) -> Notice:
    return {"Event": "sms_received", "Timestamp": reply["receivedDateUtc"], "Payload": pascal(reply)}


def pascal(value: Any) -> Any:
    """Member names in PascalCase; names inside metadata stay."""
    if isinstance(value, list):
        return [pascal(item) for item in value]
    if isinstance(value, dict):
        return {
            "ID" if name == "id" else name[0].upper() + name[1:]: item if name == "metadata" else pascal(item)
            for name, item in value.items()
        }
    return value


def encode(notices: list[Notice]) -> bytes:
    (notice,) = notices
    return json.dumps(notice, separators=(",", ":"), ensure_ascii=False).encode()


def signature(secret: str, stamp: int, body: bytes) -> dict[str, str]:
    """The header: HMAC-SHA256 over the stamp's digits, a point and the raw body."""
    proof = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Notifyre-Signature": f"t={stamp},v={proof}"}
