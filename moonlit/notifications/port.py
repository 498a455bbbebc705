"""What the program asks of a message vendor, and what it may answer. Errors say what the caller does next.

Neither vendor knows idempotency keys: a message carries our own id, and an answer that was lost is looked up.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string


class MessageError(Exception):
    """A vendor took no message, or may not have. `code` is a constant word; nothing here holds an address or a text."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


class NotReached(MessageError):  # noqa: N818
    """The request provably never left. Ask again later."""


class Throttled(MessageError):  # noqa: N818
    """The vendor refused for a passing reason before it took the message. Ask again after `retry_after` seconds."""

    def __init__(self, code: str, *, retry_after: float) -> None:
        super().__init__(code)
        self.retry_after = retry_after


class Rejected(MessageError):  # noqa: N818
    """The vendor understood and refused this message for good; nothing was sent."""


class ConfigurationRefused(MessageError):  # noqa: N818
    """Key, permission, sender or address of the vendor is wrong: every message fails until somebody repairs it."""


class Unknown(MessageError):  # noqa: N818
    """The answer was lost or unreadable; the message may be on its way. Look up, never repeat blindly."""


@dataclass(frozen=True, slots=True)
class Attachment:
    name: str
    """File name; says nothing about the visit."""
    content_type: str
    """With its parameters: `text/calendar; method=REQUEST; charset=utf-8`."""
    content: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Email:
    """One e-mail to one address. Two recipients are two of these, so that nobody sees the other."""

    id: UUID
    """Ours; the vendor carries it and hands it back."""
    kind: str
    """Which text it is; an adapter may have a template of its own for it."""
    to: str = field(repr=False)
    sender: str
    """Address of the practice; empty: the adapter's own."""
    sender_name: str
    subject: str = field(repr=False)
    text: str = field(repr=False)
    html: str = field(repr=False)
    template_data: dict[str, str] = field(repr=False)
    """The same words for a template at the vendor: subject, line, action_url, action_label, footer."""
    attachments: tuple[Attachment, ...] = ()
    language: str = "en"
    """Of the words; an adapter may have a template in it."""


@dataclass(frozen=True, slots=True)
class Sms:
    id: UUID
    to: str = field(repr=False)
    """E.164"""
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Sent:
    """The vendor has accepted the message; whether it arrived is told later."""

    vendor_id: str
    """The vendor's id, empty when it gave none."""
    sandboxed: bool = False
    """True: it was checked and thrown away, as we asked."""


class Trace(enum.Enum):
    """What a look-up found."""

    SENT = "sent"
    ABSENT = "absent"
    """The vendor does not have it. A request may still be on its way."""
    CANNOT_TELL = "cannot_tell"
    """This vendor cannot be asked."""


@dataclass(frozen=True, slots=True)
class Found:
    trace: Trace
    vendor_id: str = ""


class BadSignature(MessageError):  # noqa: N818
    """A webhook whose signature does not prove the vendor over this raw body, or is too old or from the future."""


class UnreadableNotice(MessageError):  # noqa: N818
    """A webhook that the vendor has signed, in a form we cannot read."""


@dataclass(frozen=True, slots=True)
class DeliveryTold:
    """One event of a vendor's webhook about a message of ours."""

    notice_id: str
    """The same in every repetition of the event, another for every other event."""
    name: str
    """The vendor's word."""
    message_id: UUID | None
    """Ours, as carried back; None when it is missing or no UUID."""
    vendor_id: str
    told_at: datetime
    delivery: str
    """One of `Message.Delivery`; empty for a word that says nothing about the way of the message."""
    code: str = ""
    """Why, as a constant word of ours; never the vendor's text, which can echo an address."""


@dataclass(frozen=True, slots=True)
class TextReceived:
    """Somebody wrote to our number."""

    reply_id: str
    sender: str = field(repr=False)
    """E.164"""
    text: str = field(repr=False)
    said_at: datetime
    dated: bool = True
    """`said_at` is the vendor's word for when it was said; else it is when we were told."""


class EmailSender(Protocol):
    name: str
    """As in the vendor register."""
    per_second: float
    """Messages a second at most; 0: no limit of ours."""

    def send(self, message: Email, *, now: datetime) -> Sent:
        """Hand over one message. Raises NotReached, Throttled, Rejected, ConfigurationRefused, Unknown."""

    def look_up(self, message_id: UUID, to: str, *, since: datetime, now: datetime) -> Found:
        """What became of a message handed over at or after `since`. Raises NotReached when no answer came."""

    def parse_webhook(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> list[DeliveryTold]:
        """What the vendor tells, proven by its signature over the raw body. Raises BadSignature, UnreadableNotice."""


class SmsSender(Protocol):
    name: str
    per_second: float

    def send(self, message: Sms, *, now: datetime) -> Sent:
        """As EmailSender.send."""

    def look_up(self, message_id: UUID, to: str, *, since: datetime, now: datetime) -> Found:
        """As EmailSender.look_up."""

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> list[DeliveryTold | TextReceived]:
        """As EmailSender.parse_webhook; people's replies come the same way."""

    def replies_since(self, since: datetime, *, now: datetime) -> list[TextReceived]:
        """What people wrote to us from `since` on, as the vendor keeps it: for what no webhook brought.

        Raises NotReached when nothing could be read; of a list that breaks off, the newest are kept.
        """


def get_email() -> EmailSender:
    """The sender that `settings.EMAIL_FACTORY` names; it builds one per process."""
    sender: EmailSender = import_string(settings.EMAIL_FACTORY)()
    return sender


def get_sms() -> SmsSender:
    """The sender that `settings.SMS_FACTORY` names."""
    sender: SmsSender = import_string(settings.SMS_FACTORY)()
    return sender
