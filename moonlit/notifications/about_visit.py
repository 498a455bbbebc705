"""What one message may say about its visit, and the link of its own that goes along."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from moonlit.audit.actor import Actor
from moonlit.availability.queries import alternatives
from moonlit.booking.calendar_identity import calendar_identity
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.services import mint_link
from moonlit.booking.services.outcome import stored_criteria
from moonlit.notifications import texts
from moonlit.notifications.calendar_file import CalendarVisit, Method, content_type, invitation
from moonlit.notifications.kinds import Kind, Told
from moonlit.notifications.language import prefix
from moonlit.notifications.models import Message
from moonlit.notifications.port import Attachment
from moonlit.notifications.texts.wording import News
from moonlit.platform.env import env
from moonlit.practice.models import Practice

FILE_NAME = "appointment.ics"
_CALENDAR: dict[News, Method] = {News.BOOKED: "REQUEST", News.CHANGED: "REQUEST", News.CANCELLED: "CANCEL"}


@dataclass(frozen=True, slots=True)
class AboutVisit:
    visit: texts.Visit | None
    """None for a vendor that may know neither date and time nor the news."""
    link: str = field(repr=False)
    times: tuple[datetime, ...] = ()
    """Other starts that are free, UTC."""
    attachments: tuple[Attachment, ...] = ()


def about_visit(
    message: Message, told: Told, language: str, practice: Practice, *, may_know: bool, actor: Actor, now: datetime
) -> AboutVisit:
    """Must run inside a transaction: the link is minted. `may_know`: an agreement with the vendor is on record.

    Whatever the news, the link alone shows no more than state and time; all else needs a code (rules 4.10).
    """
    row = Appointment.objects.get(pk=message.subject)
    link = f"{env().base_url}{prefix(language)}/m/{_manage_token(message, actor=actor, now=now)}"
    if not may_know:
        return AboutVisit(None, link)
    return AboutVisit(
        texts.Visit(row.start, row.time_zone),
        link,
        times=_other_times(row, now) if told.kind is Kind.NOT_BOOKED else (),
        attachments=_calendar(message, told, row, link, language, practice, now),
    )


def _manage_token(message: Message, *, actor: Actor, now: datetime) -> str:
    """A code asked for through the link goes to whom the link went."""
    to_booker = message.audience == Message.Audience.BOOKER
    holder = ManageLink.Holder.BOOKER if to_booker else ManageLink.Holder.PATIENT
    return mint_link(UUID(message.subject), ManageLink.Purpose.MANAGE, actor=actor, now=now, holder=holder)


def _other_times(row: Appointment, now: datetime) -> tuple[datetime, ...]:
    if not row.criteria:
        return ()
    near = alternatives(stored_criteria(row.criteria), row.start, now, limit=texts.MAX_OTHER_TIMES)
    return tuple(each.start for each in near)


def _calendar(
    message: Message, told: Told, row: Appointment, link: str, language: str, practice: Practice, now: datetime
) -> tuple[Attachment, ...]:
    """For a calendar that was told of the visit, by e-mail. A request taken back before it was booked never was."""
    method = _CALENDAR.get(told.news)
    if method is None or message.channel != Message.Channel.EMAIL or row.booked_at is None:
        return ()
    uid, sequence = calendar_identity(row.pk)
    content = invitation(
        CalendarVisit(uid, sequence, row.start, row.end, row.time_zone, link),
        method=method,
        organizer=practice.message_from or env().sendgrid_from,
        organizer_name=practice.message_name,
        attendee=message.recipient,
        language=language,
        now=now,
    )
    return (Attachment(FILE_NAME, content_type(method), content),)
