"""The single values of a practice file: what is written, checked and turned into what the models hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from urllib.parse import urlsplit

import phonenumbers
from email_validator import EmailNotValidError, validate_email
from yaml import Node, ScalarNode

from moonlit.domain.state_zones import STATE_ZONES
from moonlit.domain.zones import is_zone
from moonlit.practice.neutral import revealing_word
from moonlit.practice.npi import is_npi
from moonlit.practicefile import tree
from moonlit.practicefile.faults import suggestion
from moonlit.practicefile.reading import Reader, Reading, Wrong

_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_RELATIVE = re.compile(r"([+-])(\d{1,5})d")
_CODE = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_WHOLE = re.compile(r"-?(?:0|[1-9]\d{0,8})")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Z][a-z]{3})?(?:-(?:[A-Z]{2}|\d{3}))?")
_CLOCK = re.compile(r"(?:[01]\d|2[0-3]):[0-5]\d")
_ZIP = re.compile(r"\d{5}(?:-\d{4})?")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def _scalar(node: Node, what: str) -> str:
    if not isinstance(node, ScalarNode) or tree.is_null(node):
        raise Wrong("wrong_type", f"This must be {what}.")
    return node.value


def text(longest: int, *, empty: bool = False) -> Reader:
    def read(_: Reading, node: Node, _path: str) -> str:
        written = _scalar(node, "text")
        if not tree.is_text(node):
            raise Wrong("wrong_type", f'This must be text: write it in quotes, "{written}".')
        if _CONTROL.search(written):
            raise Wrong("wrong_type", "This must be one line of text.")
        if not empty and not written.strip():
            raise Wrong("empty", "This must not be empty.")
        if len(written) > longest:
            raise Wrong("too_long", f"This has {len(written)} characters; at most {longest} fit.")
        return written.strip()

    return read


def _word(raw: str, what: str) -> Wrong:
    return Wrong("wrong_type", f'"{raw}" is not {what}.')


def code(_: Reading, node: Node, _path: str) -> str:
    """A code of ours, such as a payer's."""
    raw = _scalar(node, "a code")
    if not _CODE.fullmatch(raw) or len(raw) > 40:
        raise Wrong("wrong_type", f'"{raw}" is not a code: small letters, digits, - and _, at most 40.')
    return raw


def ehr_id(_: Reading, node: Node, _path: str) -> str:
    """An id of the EHR's. Quoted, because ids may begin with a zero."""
    raw = _scalar(node, "an id in quotes")
    if not tree.is_text(node):
        raise Wrong("wrong_type", f'An id is text: write it in quotes, "{raw}".')
    if not raw or len(raw) > 40 or not raw.isprintable() or raw != raw.strip():
        raise Wrong("wrong_type", "An id has 1 to 40 characters and no blank at its ends.")
    return raw


def npi(_: Reading, node: Node, _path: str) -> str:
    raw = _scalar(node, "an NPI")
    if not is_npi(raw):
        raise Wrong("npi_invalid", f'"{raw}" is not an NPI: ten digits whose check digit agrees.')
    return raw


def flag(_: Reading, node: Node, _path: str) -> bool:
    raw = _scalar(node, "true or false")
    if raw not in {"true", "false"} or tree.is_quoted(node):
        raise Wrong("wrong_type", f'This must be true or false, not "{raw}".')
    return raw == "true"


def whole(least: int = 0, most: int = 32_767) -> Reader:
    def read(_: Reading, node: Node, _path: str) -> int:
        raw = _scalar(node, "a whole number")
        if not _WHOLE.fullmatch(raw) or tree.is_quoted(node):
            raise Wrong("wrong_type", f'This must be a whole number, not "{raw}".')
        if not least <= int(raw) <= most:
            raise Wrong("out_of_range", f"{raw} is not between {least} and {most}.")
        return int(raw)

    return read


minutes = whole(1, 24 * 60)
age = whole(0, 150)
cents = whole(0, 100_000_00)


def day(reading: Reading, node: Node, _path: str) -> date:
    """2026-11-26, or +20d / -400d from the practice's anchor."""
    raw = _scalar(node, "a date")
    try:
        if relative := _RELATIVE.fullmatch(raw):
            days = int(relative[2])
            return reading.anchor + timedelta(days=days if relative[1] == "+" else -days)
        if _DAY.fullmatch(raw):
            return date.fromisoformat(raw)
    except (ValueError, OverflowError):
        raise Wrong("impossible_date", f"There is no day {raw}.") from None
    raise Wrong("wrong_type", f'"{raw}" is not a date such as 2026-11-26, nor a number of days such as +20d.')


def clock(_: Reading, node: Node, _path: str) -> str:
    raw = _scalar(node, "a time")
    if not _CLOCK.fullmatch(raw):
        raise Wrong("wrong_type", f'"{raw}" is not a time of day such as "09:00".')
    return raw


def choice(words: Iterable[str]) -> Reader:
    known = [str(word) for word in words]

    def read(_: Reading, node: Node, _path: str) -> str:
        raw = _scalar(node, f"one of {', '.join(known)}")
        if raw not in known:
            raise Wrong("unknown_word", f'"{raw}" is not one of {", ".join(known)}.{suggestion(raw, known)}')
        return raw

    return read


def language_code(raw: str) -> str:
    if not _LANGUAGE.fullmatch(raw):
        raise Wrong("unknown_language", f'"{raw}" is not a language code (BCP-47), such as en, es or zh-Hans.')
    return raw


def language(_: Reading, node: Node, _path: str) -> str:
    return language_code(_scalar(node, "a language code"))


def state(_: Reading, node: Node, _path: str) -> str:
    raw = _scalar(node, "a state")
    if raw not in STATE_ZONES:
        raise Wrong("unknown_state", f'"{raw}" is not a state: two capital letters, such as UT.')
    return raw


def zone(_: Reading, node: Node, _path: str) -> str:
    raw = _scalar(node, "a time zone")
    if not is_zone(raw):
        raise Wrong("unknown_zone", f'"{raw}" is not a time zone, such as America/Denver.')
    return raw


def zip_code(_: Reading, node: Node, _path: str) -> str:
    raw = _scalar(node, "a ZIP code")
    if not _ZIP.fullmatch(raw) or not tree.is_text(node):
        raise Wrong("wrong_type", f'"{raw}" is not a ZIP code in quotes, such as "84106".')
    return raw


def phone(_: Reading, node: Node, _path: str) -> str:
    raw = _scalar(node, "a phone number")
    try:
        valid = phonenumbers.is_valid_number(phonenumbers.parse(raw, "US"))
    except phonenumbers.NumberParseException:
        valid = False
    if not valid or len(raw) > 20:
        raise Wrong("phone_invalid", f'"{raw}" is not a phone number, such as "801-555-0100".')
    return raw


def email(_: Reading, node: Node, _path: str) -> str:
    raw = _scalar(node, "an e-mail address")
    try:
        validate_email(raw, check_deliverability=False)
    except EmailNotValidError:
        raise Wrong("email_invalid", f'"{raw}" is not an e-mail address.') from None
    return raw


def neutral(reader: Reader, what: str) -> Reader:
    """Text that may be read over a shoulder (rules 6.1)."""

    def read(reading: Reading, node: Node, path: str) -> str:
        got = reader(reading, node, path)
        if word := revealing_word(got):
            raise Wrong("message_name_reveals", f'{what} must not hint at the specialty; "{word}" does (rules 6.1).')
        return got

    return read


def origin(_: Reading, node: Node, _path: str) -> str:
    """scheme://host[:port], as a browser sends it."""
    raw = _scalar(node, "an origin")
    try:
        parts = urlsplit(raw)
        port = parts.port
    except ValueError:
        raise _word(raw, "an origin such as https://www.example.org") from None
    host = parts.hostname or ""
    safe = parts.scheme == "https" or (parts.scheme == "http" and host in {"localhost", "127.0.0.1"})
    if port == {"https": 443, "http": 80}.get(parts.scheme):
        port = None  # a browser leaves it out
    whole_origin = f"{parts.scheme}://{host}{f':{port}' if port else ''}"
    if not safe or not re.fullmatch(r"[a-z0-9.-]+", host) or raw != whole_origin or len(raw) > 255:
        raise _word(raw, "an origin such as https://www.example.org")
    return raw


def address(_: Reading, node: Node, _path: str) -> str:
    """An https address, or a path of our own site."""
    raw = _scalar(node, "an address")
    parts = urlsplit(raw)
    own = raw.startswith("/") and not raw.startswith("//")
    if len(raw) > 255 or not raw.isprintable() or " " in raw or not (own or (parts.scheme == "https" and parts.netloc)):
        raise _word(raw, "an https address or a path of this site")
    return raw
