"""Which addresses a message about a visit may go to (rules 4.11, 6.4; 45 CFR 164.522(b) for confidential requests).

Texts need a yes. E-mail with the minimum content may go to the address that was given for it, unless that was refused.
A choice about one topic narrows both. A confidential request allows one address and nothing else. What the same person
said in other records only ever takes away: a record that somebody planted opens no way to anybody.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime


class Channel(enum.StrEnum):
    EMAIL = "email"
    SMS = "sms"
    PHONE = "phone"
    """Staff call; nothing is sent."""
    NONE = "none"


SENT = (Channel.EMAIL, Channel.SMS)
"""Channels that something can be sent over."""


@dataclass(frozen=True, slots=True)
class Said:
    """A yes or a no, and when it was said (UTC)."""

    yes: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class Wishes:
    """What was said about one topic over one channel."""

    consent: Said | None = None
    """To the channel as a whole; None: not asked, or still to be signed."""
    choice: Said | None = None
    """The last one about the topic."""
    refused_elsewhere: bool = False
    """The last choice in another record of the same person is no, and it counts here."""


@dataclass(frozen=True, slots=True)
class OnFile:
    """Contacts of one visit, and who is to hear of it. Empty text: there is none."""

    email: str = ""
    phone: str = ""
    """E.164"""
    booker_email: str = ""
    to_patient: bool = True
    to_booker: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """A confidential request in force: to be reached in this way only."""

    channel: Channel
    address: str
    """What it names, or the contact on file it stands for; empty when there is none."""
    at: datetime
    of_adult: bool
    """The patient was of age when it was made: whoever booked hears nothing any more."""
    known_there: frozenset[Channel] = frozenset(SENT)
    """Of a request in another record: over which channels the contact of this visit stands in that record too. A
    contact that only this visit has is left alone: who booked with it must not learn that there is a request."""


@dataclass(frozen=True, slots=True)
class Requests:
    """`own` stands in the record of this visit, the others in further records of the same person."""

    own: Request | None = None
    elsewhere: tuple[Request, ...] = field(default=())

    @property
    def all(self) -> tuple[Request, ...]:
        return ((self.own,) if self.own else ()) + self.elsewhere

    @property
    def end_the_booker(self) -> bool:
        return any(each.of_adult or each.channel not in SENT for each in self.all)


@dataclass(frozen=True, slots=True)
class Ways:
    """Where messages on a topic may go. Empty text: nowhere."""

    email: str = ""
    sms: str = ""
    booker_email: str = ""
    call_only: bool = False
    """By a confidential request nothing may be sent at all: staff call, or leave it."""


def ways(on_file: OnFile, wishes: Mapping[Channel, Wishes], requests: Requests, *, booker_wants: bool = True) -> Ways:
    """Where a message on the topic of `wishes` may go. `booker_wants`: who booked has not refused it."""
    allowed = _by_requests(on_file, requests)
    if allowed.call_only:
        return allowed
    asked = requests.own.at if requests.own else None
    return replace(
        allowed,
        email=allowed.email if _wanted(Channel.EMAIL, wishes.get(Channel.EMAIL, Wishes()), asked) else "",
        sms=allowed.sms if _wanted(Channel.SMS, wishes.get(Channel.SMS, Wishes()), asked) else "",
        booker_email=allowed.booker_email if booker_wants else "",
    )


def code_address(channel: Channel, on_file: OnFile, requests: Requests, consent: Said | None) -> str:
    """Where a code for the patient may go: asked for this moment, it needs no consent; but it goes to no contact that
    a confidential request leaves out, nor to a number that has said stop (`consent`: to texts).
    """
    allowed = _by_requests(replace(on_file, to_patient=True, to_booker=False), requests)
    if channel is Channel.EMAIL:
        return allowed.email
    asked = requests.own.at if requests.own else None
    return "" if _taken_back(consent, (asked,)) else allowed.sms


def why_no_code(channel: Channel, on_file: OnFile, requests: Requests, consent: Said | None) -> str:
    """Why `code_address` has none, as a stable code: there is no such contact, its owner has said stop, or a
    confidential request leaves it out.
    """
    own = requests.own
    there = (on_file.email if channel is Channel.EMAIL else on_file.phone) or (own and own.channel is channel)
    if not there:
        return "no_contact"
    stopped = channel is Channel.SMS and _taken_back(consent, (own.at if own else None,))
    return "stopped_contact" if stopped else "confidential"


def _by_requests(on_file: OnFile, requests: Requests) -> Ways:
    """What confidential requests leave of the contacts, whatever was said about topics."""
    own = requests.own
    found = Ways(
        email=on_file.email if on_file.to_patient else "",
        sms=on_file.phone if on_file.to_patient else "",
        booker_email=on_file.booker_email if on_file.to_booker else "",
    )
    if own:
        found = replace(
            found,
            email=own.address if own.channel is Channel.EMAIL else "",
            sms=own.address if own.channel is Channel.SMS else "",
        )
    for other in requests.elsewhere:
        found = replace(
            found,
            email=found.email if _leaves(other, Channel.EMAIL, found.email) else "",
            sms=found.sms if _leaves(other, Channel.SMS, found.sms) else "",
        )
    if requests.end_the_booker:
        found = replace(found, booker_email="")
    return replace(found, call_only=bool(requests.all) and not (found.email or found.sms or found.booker_email))


def _leaves(elsewhere: Request, channel: Channel, address: str) -> bool:
    """Whether a request in another record leaves this contact of the visit in use."""
    if channel not in elsewhere.known_there:
        return True
    return elsewhere.channel is channel and elsewhere.address.strip().casefold() == address.strip().casefold()


def _wanted(channel: Channel, wishes: Wishes, asked: datetime | None) -> bool:
    """Whether the topic may come over the channel. `asked`: when a confidential request chose the way."""
    if wishes.refused_elsewhere or (wishes.choice and not wishes.choice.yes):
        return False
    chosen = wishes.choice.at if wishes.choice else None
    if wishes.consent and not wishes.consent.yes:
        return not _taken_back(wishes.consent, (chosen, asked))
    return channel is Channel.EMAIL or bool(wishes.consent or chosen or asked)


def _taken_back(consent: Said | None, later: Iterable[datetime | None]) -> bool:
    """Whether a no to the channel stands: nothing was said after it that asks for the channel."""
    return consent is not None and not consent.yes and not any(at and at > consent.at for at in later)
