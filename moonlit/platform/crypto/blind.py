"""Blind index: find equal values without being able to read them."""

import hashlib
import hmac
from functools import lru_cache

from moonlit.platform.env import env


@lru_cache(maxsize=1)
def _key() -> bytes:
    return env().blind_index_key.get_secret_value().encode()


def blind_index(purpose: str, value: str | bytes) -> bytes:
    """HMAC-SHA256 of the value, 32 bytes, different for each purpose (so that columns cannot be joined on it).

    The caller brings the value to one form first (case, spaces, E.164 for telephone numbers).
    """
    plain = value.encode() if isinstance(value, str) else value
    return hmac.new(_key(), purpose.encode() + b"\0" + plain, hashlib.sha256).digest()
