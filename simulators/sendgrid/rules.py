"""Which requests SendGrid refuses, written from the facts of its published schema; the wording is ours.

`problems(body, now)` gives the errors of a request, none when it would be accepted.
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from simulators.sendgrid import shape

MAX_PERSONALIZATIONS = 1000
MAX_RECIPIENTS = 1000
MAX_CATEGORIES = 10
MAX_BYTES_OF_ARGS = 10_000
MAX_AHEAD_SECONDS = 72 * 3600
DYNAMIC = re.compile(r"d-[0-9a-zA-Z]{1,64}")
ADDRESS = re.compile(r"[^@\s,;<>\"()]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}")
BREAKS = re.compile(r"[\r\n]")
# People report `;` in the type refused with any parameter but a calendar's method alone.
ATTACHMENT_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+|text/calendar; ?method=[A-Z]+")
RESERVED_HEADERS = frozenset(
    [
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    ]
)

Problem = tuple[str, str]
"""(field path, message)"""


def problems(body: Any, now: float) -> list[Problem]:
    """Everything wrong with a decoded request body; `now` in unix seconds."""
    if not isinstance(body, dict):
        return [("", "The body must be a JSON object.")]
    found = list(shape.problems(body))
    if found:
        return found  # the rules below may then rely on types
    return [
        *_people(body),
        *_content(body),
        *_template(body),
        *_limits(body, now),
        *_headers(body),
        *_attachments(body),
        *_settings(body),
    ]


def _people(body: dict[str, Any]) -> Iterator[Problem]:
    envelopes = body["personalizations"]
    if not 1 <= len(envelopes) <= MAX_PERSONALIZATIONS:
        yield "personalizations", "Between 1 and 1000 personalizations are required."
    total = 0
    for place, envelope in enumerate(envelopes):
        where = f"personalizations.{place}"
        if not envelope["to"]:
            yield f"{where}.to", "At least one recipient is required."
        people = [(kind, n, person) for kind in ("to", "cc", "bcc") for n, person in enumerate(envelope.get(kind, []))]
        total += len(people)
        counts = Counter(person["email"].casefold() for _, _, person in people)
        if any(count > 1 for count in counts.values()):
            yield where, "An address may appear once among to, cc and bcc of a personalization."
        for kind, n, person in people:
            yield from _address(person, f"{where}.{kind}.{n}.email")
        if "from" in envelope:
            yield from _address(envelope["from"], f"{where}.from.email")
    if total > MAX_RECIPIENTS:
        yield "personalizations", "A request may have 1000 recipients in all."
    yield from _address(body["from"], "from.email")
    if "reply_to" in body and "reply_to_list" in body:
        yield "reply_to", "Use reply_to or reply_to_list, not both."
    for person in [body["reply_to"]] if "reply_to" in body else body.get("reply_to_list", []):
        yield from _address(person, "reply_to.email")


def _address(person: dict[str, Any], where: str) -> Iterator[Problem]:
    if not ADDRESS.fullmatch(person["email"]):
        yield where, "Not a valid e-mail address."


def _content(body: dict[str, Any]) -> Iterator[Problem]:
    templated = bool(body.get("template_id"))
    content = body.get("content", [])
    if not content and not templated:
        yield "content", "Content is required unless a template supplies it."
    for place, part in enumerate(content):
        if not part["value"]:
            yield f"content.{place}.value", "Content must not be empty."
        if not re.fullmatch(r"[\w.+-]+/[\w.+-]+", part["type"]):
            yield f"content.{place}.type", "Not a MIME type."
    types = [part["type"] for part in content]
    wanted = sorted(types, key=lambda kind: {"text/plain": 0, "text/html": 1}.get(kind, 2))
    if types != wanted:
        yield "content", "text/plain comes first, then text/html, then the rest."
    if len(set(types)) != len(types):
        yield "content", "A content type may appear once."
    subjects = [body.get("subject"), *(envelope.get("subject") for envelope in body["personalizations"])]
    if any(subject == "" for subject in subjects):
        yield "subject", "A subject must not be empty."
    elif not templated and not body.get("subject") and not all(subjects[1:]):
        yield "subject", "A subject is required, for all or in every personalization."


def _template(body: dict[str, Any]) -> Iterator[Problem]:
    template = body.get("template_id")
    if template is None:
        return
    if template.startswith("d-"):
        if not DYNAMIC.fullmatch(template):
            yield "template_id", "Not a template id."
        if any("substitutions" in envelope for envelope in body["personalizations"]):
            yield "personalizations.0.substitutions", "Substitutions do not go with a dynamic template."
    elif any("dynamic_template_data" in envelope for envelope in body["personalizations"]):
        yield "personalizations.0.dynamic_template_data", "Template data need a dynamic template."


def _limits(body: dict[str, Any], now: float) -> Iterator[Problem]:
    categories = body.get("categories", [])
    if len(categories) > MAX_CATEGORIES or len(set(categories)) != len(categories):
        yield "categories", "At most 10 categories, each once."
    if any(len(category) > 255 for category in categories):
        yield "categories", "A category has at most 255 characters."
    top_args = body.get("custom_args", {})
    shared = len(top_args) if isinstance(top_args, str) else _bytes(top_args)
    for place, envelope in enumerate(body["personalizations"]):
        where = f"personalizations.{place}"
        if _bytes(envelope.get("custom_args", {})) + shared > MAX_BYTES_OF_ARGS:
            yield f"{where}.custom_args", "Custom arguments have at most 10000 bytes."
        if _bytes(envelope.get("substitutions", {})) > MAX_BYTES_OF_ARGS:
            yield f"{where}.substitutions", "Substitutions have at most 10000 bytes."
        if envelope.get("send_at", 0) > now + MAX_AHEAD_SECONDS:
            yield f"{where}.send_at", "At most 72 hours ahead."
    if body.get("send_at", 0) > now + MAX_AHEAD_SECONDS:
        yield "send_at", "At most 72 hours ahead."
    if len(body.get("asm", {}).get("groups_to_display", [])) > 25:
        yield "asm.groups_to_display", "At most 25 groups."
    if "ip_pool_name" in body and not 2 <= len(body["ip_pool_name"]) <= 64:
        yield "ip_pool_name", "Between 2 and 64 characters."


def _bytes(pairs: dict[str, str]) -> int:
    return sum(len(name.encode()) + len(value.encode()) for name, value in pairs.items())


def _headers(body: dict[str, Any]) -> Iterator[Problem]:
    for headers in (body.get("headers", {}), *(envelope.get("headers", {}) for envelope in body["personalizations"])):
        for name, value in headers.items():
            if name.casefold() in RESERVED_HEADERS:
                yield "headers", "A reserved header may not be set."
            if BREAKS.search(name + value):
                yield "headers", "A header holds no line break."
    for place, envelope in enumerate([body, *body["personalizations"]]):
        where = f"personalizations.{place - 1}." if place else ""
        if BREAKS.search(envelope.get("subject", "")):
            yield f"{where}subject", "A subject holds no line break."
        if BREAKS.search(envelope.get("from", {}).get("name", "")):
            yield f"{where}from.name", "A name holds no line break."


def _attachments(body: dict[str, Any]) -> Iterator[Problem]:
    for place, attachment in enumerate(body.get("attachments", [])):
        try:
            empty = not base64.b64decode(attachment["content"], validate=True)
        except (binascii.Error, ValueError):
            empty = True
        if empty:
            yield f"attachments.{place}.content", "The content must be base64 and not empty."
        if not attachment["filename"] or BREAKS.search(attachment["filename"]):
            yield f"attachments.{place}.filename", "A file name is required, on one line."
        if not ATTACHMENT_TYPE.fullmatch(attachment.get("type", "text/plain")):
            yield f"attachments.{place}.type", "A type and subtype, without parameters but a calendar's method."
        if attachment.get("disposition", "attachment") not in ("attachment", "inline"):
            yield f"attachments.{place}.disposition", "attachment or inline."


def _settings(body: dict[str, Any]) -> Iterator[Problem]:
    enabled = [name for name, part in body.get("mail_settings", {}).items() if part.get("enable") is True]
    bypasses = [name for name in enabled if name.startswith("bypass_")]
    if "bypass_list_management" in bypasses and len(bypasses) > 1:
        yield "mail_settings.bypass_list_management", "Not together with another bypass."
