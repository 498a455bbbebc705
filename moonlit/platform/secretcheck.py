"""Judges whether a configured secret deserves the name. Raises ValueError saying what is wrong, never the value."""

import base64
import binascii
import json
import math
from collections import Counter

MIN_LENGTH = 32  # characters; 32 of base64 or 64 of hex carry at least 128 bits when random
MIN_BITS = (
    96  # Shannon estimate over the value's own characters: a random 32-character value passes, "aaaa..." does not
)
PLACEHOLDERS = ("changeme", "change-me", "change_me", "placeholder", "insecure", "your-", "your_", "<")
PLACEHOLDER_STARTS = ("xxxx", "todo")
"""Short enough to come up inside a random value now and then, so only at its start."""


def issued(value: str) -> None:
    """A secret given to us by a vendor: its form is theirs, but it may not be a placeholder."""
    lowered = value.lower()
    if not value.strip():
        raise ValueError("is empty")
    if lowered.startswith(PLACEHOLDER_STARTS) or any(word in lowered for word in PLACEHOLDERS):
        raise ValueError("is a placeholder, not a secret")


def strong(value: str) -> None:
    """A secret of our own making: long, varied and no placeholder."""
    issued(value)
    if len(value) < MIN_LENGTH:
        raise ValueError(f"is too weak: at least {MIN_LENGTH} random characters are needed")
    counts = Counter(value)
    bits = -sum(n * math.log2(n / len(value)) for n in counts.values())
    if bits < MIN_BITS:
        raise ValueError("is too weak: it is not random")


def keyset(value: str) -> None:
    """A Tink JSON keyset in base64."""
    issued(value)
    try:
        document = json.loads(base64.b64decode(value, validate=True))
        whole = bool(document["key"]) and document["primaryKeyId"] in {key["keyId"] for key in document["key"]}
    except (binascii.Error, UnicodeDecodeError, ValueError, KeyError, TypeError):
        whole = False
    if not whole:
        raise ValueError("is not a Tink keyset (base64 of its JSON form)")
