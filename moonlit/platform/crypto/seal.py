"""Authenticated encryption of blobs that are no model column."""

import tink

from moonlit.platform.crypto.keys import cipher


class CannotDecryptError(Exception):
    """The ciphertext is damaged, was made for another place, or its key is not in the keyset."""


def seal(plain: bytes, context: str) -> bytes:
    """Encrypt. `context` says where the value belongs; it is not stored, and `unseal` must be given the same."""
    return cipher().encrypt(plain, context.encode())


def unseal(sealed: bytes, context: str) -> bytes:
    """Decrypt. Raises CannotDecryptError for any other context, key or content."""
    try:
        return cipher().decrypt(sealed, context.encode())
    except tink.TinkError:
        raise CannotDecryptError(f"cannot decrypt a value of {context.rpartition('|')[0] or 'a blob'}") from None
