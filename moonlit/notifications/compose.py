"""From a message row to what is handed to the vendor: recipients' words, made anew at each attempt."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from urllib.parse import urlsplit
from uuid import UUID

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.services import mint_code, mint_link
from moonlit.domain import zones
from moonlit.notifications import texts
from moonlit.notifications.kinds import ABOUT_VISITS, Kind
from moonlit.notifications.models import Message
from moonlit.notifications.port import Email, Sms
from moonlit.people.queries import reachable
from moonlit.platform.env import env
from moonlit.practice.models import Practice, Vendor
from moonlit.practice.neutral import revealing_word


class CannotCompose(Exception):  # noqa: N818
    """The message may not or cannot be worded; `code` is a constant word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def compose(message: Message, vendor: str, *, actor: Actor, now: datetime) -> Email | Sms:
    """The message as `vendor` gets it. Must run inside a transaction: a link or code is minted for it.

    Raises CannotCompose when name, sender or address would reveal the kind of care (rules 6.1) or the text is too long.
    """
    practice = Practice.objects.get(pk=1)
    base = env().base_url
    host = urlsplit(base).hostname or ""
    if any(revealing_word(text) for text in (practice.message_name, practice.message_from, host)):
        raise CannotCompose("revealing")
    if message.kind == Kind.LEAD_ALERT:
        text = texts.lead_email(practice.message_name, f"{base}/staff/leads/{message.subject}")
        return _email(message, practice, text)
    if message.kind == Kind.CODE:
        return _with_code(message, practice, now)
    visit = _visit(message) if may_know_times(vendor, practice, now) else None
    token = mint_link(UUID(message.subject), ManageLink.Purpose.MANAGE, actor=actor, now=now, holder=_holder(message))
    told = ABOUT_VISITS[message.event.partition(":")[0]].news
    words = (told, message.language, practice.message_name, visit, f"{base}/m/{token}")
    if message.channel == Message.Channel.EMAIL:
        return _email(message, practice, texts.visit_email(*words))
    return _sms(message, lambda: texts.visit_sms(*words))


def _with_code(message: Message, practice: Practice, now: datetime) -> Email | Sms:
    """Six digits tell a vendor nothing about anybody's health: no agreement is needed, and no link goes along."""
    code = mint_code(message.asked_code, now=now) if message.asked_code else None
    if code is None:
        raise CannotCompose("code_over")
    if message.channel == Message.Channel.EMAIL:
        return _email(message, practice, texts.code_email(message.language, practice.message_name, code))
    return _sms(message, lambda: texts.code_sms(message.language, practice.message_name, code))


def may_know_times(vendor: str, practice: Practice, now: datetime) -> bool:
    """Whether an agreement (BAA) with the vendor is on record today, in the practice's zone (rules 6.1)."""
    today = zones.local_date(now, practice.time_zone)
    return Vendor.objects.filter(name__iexact=vendor, baa_until__gte=today).exists()


def _holder(message: Message) -> ManageLink.Holder:
    """To whom the link goes: a code asked for through it goes to the same person."""
    patient_id = Appointment.objects.values_list("patient_id", flat=True).get(pk=message.subject)
    people = reachable(UUID(message.subject), patient_id)
    to_booker = message.recipient == people.booker_email and message.recipient != people.email
    return ManageLink.Holder.BOOKER if to_booker else ManageLink.Holder.PATIENT


def _visit(message: Message) -> texts.Visit:
    start, zone = Appointment.objects.values_list("start", "time_zone").get(pk=message.subject)
    return texts.Visit(start, zone)


def _sms(message: Message, worded: Callable[[], str]) -> Sms:
    try:
        return Sms(id=message.pk, to=message.recipient, text=worded())
    except ValueError:
        raise CannotCompose("too_long") from None


def _email(message: Message, practice: Practice, text: texts.EmailText) -> Email:
    return Email(
        id=message.pk,
        kind=message.kind,
        to=message.recipient,
        sender=practice.message_from,
        sender_name=practice.message_name,
        subject=text.subject,
        text=text.text,
        html=text.html,
        template_data=text.template_data,
    )
