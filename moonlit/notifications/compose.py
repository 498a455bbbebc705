"""From a message row to what is handed to the vendor: recipients' words, made anew at each attempt.

What cannot be said whole and neutrally is not said: every fault here ends as a visible failure, never as a blank.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from urllib.parse import urlsplit
from uuid import UUID

from moonlit.audit.actor import Actor
from moonlit.booking.services import mint_code
from moonlit.domain import zones
from moonlit.domain.business_time import answer_by
from moonlit.leads.queries import lead_contact
from moonlit.leads.services import LeadIsOver, mint_booking_link
from moonlit.notifications import texts
from moonlit.notifications.about_visit import about_visit
from moonlit.notifications.kinds import ABOUT_VISITS, Kind
from moonlit.notifications.language import prefix, spoken
from moonlit.notifications.models import Message
from moonlit.notifications.port import Email, Sms
from moonlit.notifications.texts import CannotWord, EmailText
from moonlit.platform.env import env
from moonlit.practice.models import Practice, Vendor
from moonlit.practice.neutral import revealing_word
from moonlit.practice.office import office


class CannotCompose(Exception):  # noqa: N818
    """The message may not or cannot be worded; `code` is a constant word."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def compose(message: Message, vendor: str, *, actor: Actor, now: datetime) -> Email | Sms:
    """The message as `vendor` gets it. Must run inside a transaction: a link or code is minted for it.

    Raises CannotCompose when name, sender or address would reveal the kind of care (rules 6.1), when a value is
    missing, when the text is too long, or when the recipient is no single line.
    """
    practice = Practice.objects.get(pk=1)
    host = urlsplit(env().base_url).hostname or ""
    if any(revealing_word(text) for text in (practice.message_name, practice.message_from, host)):
        raise CannotCompose("revealing")
    if not message.recipient.isprintable() or " " in message.recipient.strip():
        raise CannotCompose("contact_unusable")
    try:
        return _letter(message, practice, spoken(message.language, now), vendor, actor=actor, now=now)
    except CannotWord as fault:
        raise CannotCompose(fault.code) from None
    except LeadIsOver:
        raise CannotCompose("lead_gone") from None


def may_know_times(vendor: str, practice: Practice, now: datetime) -> bool:
    """Whether an agreement (BAA) with the vendor is on record today, in the practice's zone (rules 6.1)."""
    today = zones.local_date(now, practice.time_zone)
    return Vendor.objects.filter(name__iexact=vendor, baa_until__gte=today).exists()


def _letter(
    message: Message, practice: Practice, language: str, vendor: str, *, actor: Actor, now: datetime
) -> Email | Sms:
    base, name = env().base_url, practice.message_name
    about: tuple[str, ...]
    match Kind(message.kind):
        case Kind.LEAD_ALERT:
            return _email(message, practice, texts.lead_email(name, f"{base}/staff/leads/{message.subject}"))
        case Kind.STAFF_ALERT:
            return _email(
                message, practice, texts.staff_alert_email(name, f"{base}/staff/tasks?team={message.subject}")
            )
        case Kind.REPLY:
            what = message.event.partition(":")[0].removeprefix("reply.")
            return _sms(message, texts.reply_sms(what, language, name, practice.phone))
        case Kind.CODE:
            # Six digits tell a vendor nothing about anybody's health: no agreement is needed, and no link goes along.
            return _either(message, practice, texts.code_email, texts.code_sms, (language, name, _code(message, now)))
        case Kind.LEAD_RECEIVED:
            about = (language, name, _answered(message, practice, vendor, now), practice.phone)
            return _either(message, practice, texts.lead_received_email, texts.lead_received_sms, about)
        case Kind.LEAD_INVITATION:
            token = mint_booking_link(UUID(message.subject), actor=actor, now=now)
            about = (language, name, f"{base}{prefix(language)}/book/i/{token}")
            return _either(message, practice, texts.lead_invitation_email, texts.lead_invitation_sms, about)
        case _:
            return _visit_letter(message, practice, language, vendor, actor=actor, now=now)


def _visit_letter(
    message: Message, practice: Practice, language: str, vendor: str, *, actor: Actor, now: datetime
) -> Email | Sms:
    told = ABOUT_VISITS[message.event.partition(":")[0]]
    may_know = may_know_times(vendor, practice, now)
    said = about_visit(message, told, language, practice, may_know=may_know, actor=actor, now=now)
    words = (told.news, language, practice.message_name, said.visit, said.link)
    if message.channel == Message.Channel.SMS:
        return _sms(message, texts.visit_sms(*words))
    letter = _email(message, practice, texts.visit_email(*words, times=said.times))
    return replace(letter, attachments=said.attachments)


def _answered(message: Message, practice: Practice, vendor: str, now: datetime) -> date | None:
    """The day that the page promised; None when the vendor may not know it."""
    lead = lead_contact(UUID(message.subject))
    if lead is None:
        raise CannotCompose("lead_gone")
    return answer_by(lead.asked_at, office()) if may_know_times(vendor, practice, now) else None


def _code(message: Message, now: datetime) -> str:
    code = mint_code(message.asked_code, now=now) if message.asked_code else None
    if code is None:
        raise CannotCompose("code_over")
    return code


def _either(
    message: Message,
    practice: Practice,
    by_email: Callable[..., EmailText],
    by_text: Callable[..., str],
    about: tuple[object, ...],
) -> Email | Sms:
    if message.channel == Message.Channel.EMAIL:
        return _email(message, practice, by_email(*about))
    return _sms(message, by_text(*about))


def _sms(message: Message, text: str) -> Sms:
    return Sms(id=message.pk, to=message.recipient, text=text)


def _email(message: Message, practice: Practice, text: EmailText) -> Email:
    return Email(
        id=message.pk,
        kind=message.kind,
        to=message.recipient,
        sender=practice.message_from,
        sender_name=texts.one_line(practice.message_name),
        subject=text.subject,
        text=text.text,
        html=text.html,
        template_data=text.template_data,
        language=message.language,
    )
