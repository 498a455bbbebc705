"""Bearer tokens: the plain value leaves once, the database keeps its hash."""

import hashlib
import secrets


def new_token() -> str:
    """128 random bits, safe in a URL path (22 characters)."""
    return secrets.token_urlsafe(16)


def token_hash(token: str) -> bytes:
    """What is stored and looked up. A plain hash is enough: the token is random, nobody can enumerate it."""
    return hashlib.sha256(token.encode()).digest()
