"""Who is told, over which channel (rules 4.11, 6.4). Pure: contacts in, recipients out."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from moonlit.leads.queries import LeadContact
from moonlit.notifications.models import Message
from moonlit.people.queries import Reachable

Audience, Channel = Message.Audience, Message.Channel


@dataclass(frozen=True, slots=True)
class Recipient:
    audience: Message.Audience
    channel: Message.Channel
    contact: str = field(repr=False)
    """Address, or number in E.164."""


@dataclass(frozen=True, slots=True)
class Heard:
    """Who is to hear of something; when that is nobody, `why` is a stable code."""

    recipients: tuple[Recipient, ...]
    why: str = ""


def of_visit(people: Reachable, is_stopped: Callable[[str, str], bool]) -> Heard:
    """The patient by e-mail and by text, and who booked by e-mail, as each is allowed; nobody twice."""
    return _heard(
        (
            Recipient(Audience.PATIENT, Channel.EMAIL, people.email),
            Recipient(Audience.BOOKER, Channel.EMAIL, people.booker_email),
            Recipient(Audience.PATIENT, Channel.SMS, people.sms),
        ),
        is_stopped,
        nowhere="call_only" if people.call_only else "no_consent" if people.unwanted else "no_contact",
    )


def of_lead(contact: LeadContact, is_stopped: Callable[[str, str], bool]) -> Heard:
    """Whoever left word, over each channel with consent."""
    return _heard(
        (
            Recipient(Audience.LEAD, Channel.EMAIL, contact.email),
            Recipient(Audience.LEAD, Channel.SMS, contact.sms),
        ),
        is_stopped,
        nowhere="no_consent",
    )


def _heard(asked: Iterable[Recipient], is_stopped: Callable[[str, str], bool], *, nowhere: str) -> Heard:
    once = {(each.channel, each.contact.strip().casefold()): each for each in reversed([*asked]) if each.contact}
    there = tuple(reversed(once.values()))
    open_now = tuple(each for each in there if not is_stopped(each.channel, each.contact))
    if open_now:
        return Heard(open_now)
    return Heard((), "stopped_contact" if there else nowhere)
