"""The types of a mail/send request: which members exist, which are required, what each may hold.

A schema here is a Python type (exactly that type: true is no integer), a list of one schema, `Map(schema)` for free
names, or a dict of members; a member ending in `!` is required. An unknown member is refused.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Map:
    of: Any


@dataclass(frozen=True)
class Either:
    first: Any
    second: Any


PERSON = {"email!": str, "name": str}
SWITCH = {"enable": bool}
PERSONALIZATION = {
    "to!": [PERSON],
    "cc": [PERSON],
    "bcc": [PERSON],
    "from": PERSON,
    "subject": str,
    "headers": Map(str),
    "substitutions": Map(str),
    "dynamic_template_data": Map(object),
    "custom_args": Map(str),
    "send_at": int,
}
MAIL_SETTINGS = {
    "bypass_list_management": SWITCH,
    "bypass_spam_management": SWITCH,
    "bypass_bounce_management": SWITCH,
    "bypass_unsubscribe_management": SWITCH,
    "footer": {"enable": bool, "text": str, "html": str},
    "sandbox_mode": SWITCH,
}
TRACKING_SETTINGS = {
    "click_tracking": {"enable": bool, "enable_text": bool},
    "open_tracking": {"enable": bool, "substitution_tag": str},
    "subscription_tracking": {"enable": bool, "text": str, "html": str, "substitution_tag": str},
    "ganalytics": {
        "enable": bool,
        "utm_source": str,
        "utm_medium": str,
        "utm_term": str,
        "utm_content": str,
        "utm_campaign": str,
    },
}
MAIL = {
    "personalizations!": [PERSONALIZATION],
    "from!": PERSON,
    "reply_to": PERSON,
    "reply_to_list": [PERSON],
    "subject": str,
    "content": [{"type!": str, "value!": str}],
    "attachments": [{"content!": str, "type": str, "filename!": str, "disposition": str, "content_id": str}],
    "template_id": str,
    "headers": Map(str),
    "categories": [str],
    "custom_args": Either(str, Map(str)),
    "send_at": int,
    "batch_id": str,
    "asm": {"group_id!": int, "groups_to_display": [int]},
    "ip_pool_name": str,
    "mail_settings": MAIL_SETTINGS,
    "tracking_settings": TRACKING_SETTINGS,
}
WORDS = {str: "a string", bool: "a boolean", int: "an integer"}


def problems(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(field path, message) of every member that is missing, unknown or of the wrong type."""
    return _check(body, MAIL, "")


def _check(value: Any, schema: Any, where: str) -> Iterator[tuple[str, str]]:
    if isinstance(schema, Either):
        if list(_check(value, schema.first, where)):
            yield from _check(value, schema.second, where)
    elif isinstance(schema, type):
        if schema is not object and type(value) is not schema:
            yield where, f"Must be {WORDS[schema]}."
    elif isinstance(schema, list):
        if not isinstance(value, list):
            yield where, "Must be an array."
            return
        for place, item in enumerate(value):
            yield from _check(item, schema[0], f"{where}.{place}")
    elif not isinstance(value, dict):
        yield where, "Must be an object."
    elif isinstance(schema, Map):
        for name, item in value.items():
            yield from _check(item, schema.of, f"{where}.{name}")
    else:
        yield from _members(value, schema, where)


def _members(value: dict[str, Any], schema: dict[str, Any], where: str) -> Iterator[tuple[str, str]]:
    prefix = f"{where}." if where else ""
    known = {name.removesuffix("!"): part for name, part in schema.items()}
    for name in sorted(set(value) - set(known)):
        yield f"{prefix}{name}", "This member does not exist."
    for name in schema:
        if name.endswith("!") and name[:-1] not in value:
            missing = f"{prefix}{name[:-1]}"
            yield ("from.email" if missing == "from" else missing), "This member is required."
    for name, item in value.items():
        if name in known:
            yield from _check(item, known[name], f"{prefix}{name}")
