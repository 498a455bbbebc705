"""Settings of the message vendors that say more than one thing. ValueError says what is wrong, never the value.

`platform.env` checks them at start with these functions; `config.wiring` reads them with the same ones.
"""

from __future__ import annotations

import base64
import binascii
import re

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
from cryptography.hazmat.primitives.serialization import load_der_public_key

MAIL_KINDS = (
    "received",
    "not_booked",
    "confirmation",
    "change",
    "cancellation",
    "reminder",
    "join_link",
    "to_complete",
    "proposal",
    "code",
    "lead_received",
    "lead_invitation",
    "lead_alert",
    "staff_alert",
)
"""Kinds of message that go by e-mail, as `notifications.kinds` names them (a test compares the two)."""

MOST_AT_ONCE = 2
"""Keys or secrets of one webhook: the old one and the new one while they are changed."""

_TEMPLATE = re.compile(r"(?P<kind>[a-z_]+)(?:\.(?P<language>[a-z]{2,3}))?\s*=\s*(?P<id>d-[0-9a-zA-Z]{1,64})")


def several(text: str) -> tuple[str, ...]:
    """The parts of a comma-separated setting; one or two. Empty: none."""
    parts = tuple(part.strip() for part in text.split(",") if part.strip())
    if len(parts) > MOST_AT_ONCE:
        raise ValueError(f"holds more than {MOST_AT_ONCE}")
    return parts


def public_keys(text: str) -> tuple[EllipticCurvePublicKey, ...]:
    """SendGrid's verification keys: base64 of a DER SubjectPublicKeyInfo on P-256."""
    return tuple(_public_key(part) for part in several(text))


def _public_key(text: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        raise ValueError("is not a public key (base64 of its DER form)") from None
    if not isinstance(key, EllipticCurvePublicKey) or not isinstance(key.curve, SECP256R1):
        raise ValueError("is not a public key on the curve P-256")  # noqa: TRY004  pydantic reports ValueErrors
    return key


def mail_templates(text: str) -> dict[str, str]:
    """Dynamic templates: "confirmation" or "confirmation.es" to the template's id. All wrong entries are named at once,
    by their kind or place.
    """
    found: dict[str, str] = {}
    faults: list[str] = []
    for place, entry in enumerate(filter(None, (part.strip() for part in text.split(","))), start=1):
        match = _TEMPLATE.fullmatch(entry)
        if match is None:
            faults.append(f"entry {place} is not kind=d-... or kind.language=d-...")
        elif match["kind"] not in MAIL_KINDS:
            faults.append(f"entry {place} names no kind of e-mail ({', '.join(MAIL_KINDS)})")
        elif (name := entry.partition("=")[0].strip()) in found:
            faults.append(f"entry {place} gives {name} twice")
        else:
            found[name] = match["id"]
    if faults:
        raise ValueError("; ".join(faults))
    return found
