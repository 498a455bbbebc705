"""Replies of people to our number: made at the control address or on the inbox page, kept for the vendor's list."""

from __future__ import annotations

import uuid
from typing import Any

from simulators.messagebox import Box
from simulators.messagehooks import Courier
from simulators.notifyre import notices

SHARED_NUMBER = "+18015550199"


def receive(box: Box, courier: Courier, sender: str, text: str, *, to: str = "", reply_id: str = "") -> dict[str, Any]:
    """Somebody writes to us: kept, and told by webhook. A reply id that is known is only told again."""
    reply_id = reply_id or str(uuid.uuid4())
    known = box.message(reply_id, table="reply")
    number = to or _last_sender(box, sender)
    reply = known or {
        "recipientID": str(uuid.uuid5(uuid.NAMESPACE_URL, number)),
        "recipientNumber": number,
        "senderNumber": sender,
        "replyID": reply_id,
        "message": text,
        "receivedDateUtc": int(box.now()),
    }
    if known is None:
        box.add(reply_id, reply, table="reply")
    shown = as_listed(reply)
    courier.tell([notices.received(shown)])
    return shown


def as_listed(reply: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in reply.items() if name not in ("id", "at")}


def _last_sender(box: Box, number: str) -> str:
    """The number of ours that wrote to this one last."""
    numbers = (message["from"] for message in box.messages() if number in message["to"])
    return next((found for found in numbers if found.startswith("+")), SHARED_NUMBER)
