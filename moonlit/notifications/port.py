"""What the program asks of a message vendor, and what it may answer. Errors say what the caller does next.

Neither vendor knows idempotency keys: a message carries our own id, and an answer that was lost is looked up.
"""

from __future__ import annotations

import enum
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


class EmailSender(Protocol):
    name: str
    """As in the vendor register."""
    per_second: float
    """Messages a second at most; 0: no limit of ours."""

    def send(self, message: Email, *, now: datetime) -> Sent:
        """Hand over one message. Raises NotReached, Throttled, Rejected, ConfigurationRefused, Unknown."""

    def look_up(self, message_id: UUID, to: str, *, since: datetime, now: datetime) -> Found:
        """What became of a message handed over at or after `since`. Raises NotReached when no answer came."""


class SmsSender(Protocol):
    name: str
    per_second: float

    def send(self, message: Sms, *, now: datetime) -> Sent:
        """As EmailSender.send."""

    def look_up(self, message_id: UUID, to: str, *, since: datetime, now: datetime) -> Found:
        """As EmailSender.look_up."""


def get_email() -> EmailSender:
    """The sender that `settings.EMAIL_FACTORY` names; it builds one per process."""
    sender: EmailSender = import_string(settings.EMAIL_FACTORY)()
    return sender


def get_sms() -> SmsSender:
    """The sender that `settings.SMS_FACTORY` names."""
    sender: SmsSender = import_string(settings.SMS_FACTORY)()
    return sender
