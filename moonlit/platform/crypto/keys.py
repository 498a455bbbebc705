"""The keyset everything is encrypted with (Tink, AES-256-GCM)."""

import base64
from functools import lru_cache

import tink
from tink import aead, json_proto_keyset_format, secret_key_access

from moonlit.platform.env import env

aead.register()


def new_keyset() -> str:
    """A fresh keyset with one AES-256-GCM key, in the form of MOONLIT_ENCRYPTION_KEYSET (base64 of Tink's JSON)."""
    handle = tink.new_keyset_handle(aead.aead_key_templates.AES256_GCM)
    return base64.b64encode(json_proto_keyset_format.serialize(handle, secret_key_access.TOKEN).encode()).decode()


def parse_keyset(value: str) -> aead.Aead:
    """The cipher of a keyset. Raises ValueError, without repeating the value, when it is not one."""
    try:
        json_form = base64.b64decode(value, validate=True).decode()
        return json_proto_keyset_format.parse(json_form, secret_key_access.TOKEN).primitive(aead.Aead)
    except (ValueError, tink.TinkError):
        raise ValueError("not a Tink AEAD keyset in base64") from None


@lru_cache(maxsize=1)
def cipher() -> aead.Aead:
    """The process's cipher, built once: safe to share between threads."""
    return parse_keyset(env().encryption_keyset.get_secret_value())
