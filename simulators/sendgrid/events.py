"""What becomes of an accepted mail, as the event webhook tells it.

The settings say it by address; an address that bounced or complained is on the vendor's own list afterwards, and
what is sent to it is dropped.
"""

import json
import secrets
from typing import Any

from simulators.messagebox import Box

Event = dict[str, Any]
DEFAULTS: dict[str, Any] = {
    "outcome": "delivered",  # of an address that is not among the next
    "outcomes": {  # by address
        "late@example.org": "deferred",
        "bounce@example.org": "bounce",
        "blocked@example.org": "blocked",
        "dropped@example.org": "dropped",
        "spam@example.org": "spamreport",
        "silent@example.org": "silent",
    },
    "suppressed": {},  # address -> why what is sent to it is dropped
}
DELIVERED: Event = {"event": "delivered", "response": "250 2.0.0 OK", "ip": "192.0.2.25", "tls": 1}
DEFERRED: Event = {"event": "deferred", "response": "400 try again later", "attempt": "1", "tls": 0}
BOUNCE: Event = {
    "event": "bounce",
    "type": "bounce",
    "status": "5.1.1",
    "reason": "550 5.1.1 no such mailbox",
    "bounce_classification": "Invalid Address",
    "ip": "192.0.2.25",
    "tls": 1,
}
BLOCKED: Event = {
    "event": "bounce",
    "type": "blocked",
    "reason": "421 4.7.0 too many from this sender",
    "bounce_classification": "Reputation",
    "ip": "192.0.2.25",
    "tls": 1,
}
PROCESSED: Event = {"event": "processed"}
SPAM: Event = {"event": "spamreport"}
OUTCOMES: dict[str, list[Event]] = {
    "delivered": [PROCESSED, DELIVERED],
    "deferred": [PROCESSED, DEFERRED, DELIVERED],
    "bounce": [PROCESSED, BOUNCE],
    "blocked": [PROCESSED, BLOCKED],
    "dropped": [{"event": "dropped", "reason": "Invalid", "status": "5.0.0"}],
    "spamreport": [PROCESSED, DELIVERED, SPAM],
    "silent": [],
}
LISTED = {"bounce": "Bounced Address", "spamreport": "Spam Reporting Address"}


def of(box: Box, message_id: str, message: dict[str, Any], address: str) -> list[Event]:
    """The events of one recipient, in the order in which they happen."""
    suppressed: dict[str, str] = box.setting("suppressed")
    if reason := suppressed.get(address.casefold()):
        happened: list[Event] = [{"event": "dropped", "reason": reason, "status": "5.0.0"}]
    else:
        outcome = box.setting("outcomes").get(address.casefold(), box.setting("outcome"))
        happened = OUTCOMES[outcome]
        if outcome in LISTED:
            box.set("suppressed", suppressed | {address.casefold(): LISTED[outcome]})
    own_id = message_id.partition(".")[0]
    common = {
        **message["custom_args"],  # merged at the top level; a standard name wins
        "email": address,
        "smtp-id": f"<{own_id}@geopod-ismtpd-1>",
        "category": message["categories"],
        "sg_message_id": f"{message_id.replace('.', '.recvd-5b8c9d7f6-abcde-1-65A1B2C3-')}.0",
    }
    now = int(box.now())
    return [
        {**common, **one, "timestamp": now + place, "sg_event_id": secrets.token_urlsafe(24)}
        for place, one in enumerate(happened)
    ]


def encode(events: list[Event]) -> bytes:
    """An array that ends in a line break, which is signed too."""
    return json.dumps(events, separators=(",", ":")).encode() + b"\r\n"
