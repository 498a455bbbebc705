"""Every message there is, worded for nobody: what the linter reads and `moonlit messages show` prints."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from moonlit.notifications import texts
from moonlit.notifications.calendar_file import CalendarVisit, Method, invitation
from moonlit.notifications.kinds import ABOUT_VISITS, Kind
from moonlit.notifications.texts.wording import News, Reply

TOKEN = "Zm9vYmFyYmF6cXV4MTIzNA"  # noqa: S105  as long as a real one
LONGEST_NAME = "Nine-and-Twenty Lanterns of the Old Mill"
"""40 letters, all that a practice's message name may have."""
LONGEST_PHONE = "+1 801-555-0100"
PLAIN_VISIT = texts.Visit(datetime(2026, 12, 1, 16, tzinfo=UTC), "America/Denver")
LONGEST_VISIT = texts.Visit(datetime(2026, 9, 30, 20, 30, tzinfo=UTC), "America/Anchorage")
"""No date and time of ours takes more letters: two digits each, a month and a zone of the longest names."""
_NOW = datetime(2026, 9, 1, tzinfo=UTC)
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Sample:
    what: str
    """The news, or the kind."""
    kind: Kind
    language: str
    channel: str
    """`email`, `sms`, or `calendar` for the file that goes along."""
    parts: Mapping[str, str]
    """subject, text, html and template_data's values; or text; or file."""
    agreed: bool = True
    """Whether the vendor may know date and time (rules 6.1)."""
    hidden: tuple[str, ...] = field(default=())
    """What such a vendor must not find in it."""

    @property
    def title(self) -> str:
        agreed = "" if self.agreed else ", vendor without agreement"
        return f"{self.what}, {self.channel}, {self.language}{agreed}"


def every_message(
    base_url: str, *, name: str = LONGEST_NAME, phone: str = LONGEST_PHONE, visit: texts.Visit = LONGEST_VISIT
) -> Iterator[Sample]:
    """One sample each of kind x channel x language, and those about visits also as for a vendor without agreement."""
    for language in texts.LANGUAGES:
        base = base_url if language == "en" else f"{base_url}/{language}"
        for news, kind in {told.news: told.kind for told in ABOUT_VISITS.values()}.items():
            page = "book/s" if kind in {Kind.RECEIVED, Kind.NOT_BOOKED} else "m"
            yield from _about_a_visit(kind, news, language, name, visit, f"{base}/{page}/{TOKEN}")
        yield from _calendar_files(language, visit, f"{base}/m/{TOKEN}")
        code = texts.code_email(language, name, "012345"), texts.code_sms(language, name, "012345")
        yield from _pair("code", Kind.CODE, language, *code)
        yield from _about_a_lead(language, name, phone, visit.start.date(), f"{base}/book/i/{TOKEN}")
        for what in Reply:
            said = texts.reply_sms(what, language, name, phone)
            yield Sample(f"reply {what}", Kind.REPLY, language, "sms", {"text": said})
    lead = texts.lead_email(name, f"{base_url}/staff/leads/00000000-0000-4000-8000-000000000000")
    yield Sample("lead_alert", Kind.LEAD_ALERT, "en", "email", _email_parts(lead))
    alert = texts.staff_alert_email(name, f"{base_url}/staff/tasks?team=front_desk")
    yield Sample("staff_alert", Kind.STAFF_ALERT, "en", "email", _email_parts(alert))


def _about_a_visit(kind: Kind, news: News, language: str, name: str, visit: texts.Visit, link: str) -> Iterator[Sample]:
    times = [visit.start + _HOUR * hours for hours in (1, 2, 25)]
    whens = tuple(_whens(language, visit, times))
    for known in (visit, None):
        email = texts.visit_email(news, language, name, known, link, times=times)
        sms = texts.visit_sms(news, language, name, known, link)
        agreed = known is not None
        yield from _pair(news, kind, language, email, sms, agreed=agreed, hidden=() if agreed else whens)


def _whens(language: str, visit: texts.Visit, times: list[datetime]) -> Iterator[str]:
    words = texts.LANGUAGES[language]
    for start in (visit.start, *times):
        at = texts.on_its_clock(texts.Visit(start, visit.zone))
        clock = words.short_when(at).split(", ")[-1]
        yield from (clock, clock.rpartition(" ")[0], words.long_day(at), words.short_day(at), str(at.year))


def _about_a_lead(language: str, name: str, phone: str, by: date, link: str) -> Iterator[Sample]:
    for day in (by, None):
        received = (
            texts.lead_received_email(language, name, day, phone),
            texts.lead_received_sms(language, name, day, phone),
        )
        words = texts.LANGUAGES[language]
        hidden = () if day else (words.long_day(by), words.short_day(by))
        yield from _pair("lead_received", Kind.LEAD_RECEIVED, language, *received, agreed=bool(day), hidden=hidden)
    invited = texts.lead_invitation_email(language, name, link), texts.lead_invitation_sms(language, name, link)
    yield from _pair("lead_invitation", Kind.LEAD_INVITATION, language, *invited)


def _calendar_files(language: str, visit: texts.Visit, link: str) -> Iterator[Sample]:
    entry = CalendarVisit("00000000-0000-4000-8000-000000000000@moonlit", 1, visit.start, visit.start + _HOUR,
                          visit.zone, link)  # fmt: skip
    methods: tuple[tuple[Method, Kind], ...] = (("REQUEST", Kind.CONFIRMATION), ("CANCEL", Kind.CANCELLATION))
    for method, kind in methods:
        file = invitation(
            entry,
            method=method,
            organizer="booking@example.org",
            organizer_name=LONGEST_NAME,
            attendee="person@example.org",
            language=language,
            now=_NOW,
        )
        yield Sample(f"calendar {method}", kind, language, "calendar", {"file": file.decode()})


def _pair(
    what: str,
    kind: Kind,
    language: str,
    email: texts.EmailText,
    sms: str,
    *,
    agreed: bool = True,
    hidden: tuple[str, ...] = (),
) -> Iterator[Sample]:
    yield Sample(what, kind, language, "email", _email_parts(email), agreed, hidden)
    yield Sample(what, kind, language, "sms", {"text": sms}, agreed, hidden)


def _email_parts(email: texts.EmailText) -> dict[str, str]:
    data = {f"template {key}": value for key, value in email.template_data.items() if value}
    return {"subject": email.subject, "text": email.text, "html": email.html, **data}
