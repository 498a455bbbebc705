"""The words of every message. One module a language, the same names in each; English stands in for a missing one.

Minimum content (rules 6.1): the practice's neutral name, date, time with zone, link. Through a vendor without a
recorded BAA only that there is an update, and the link. A code travels alone. What cannot be said whole is not said:
a value that is missing or blank raises, it never leaves a gap in a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from string import Formatter
from types import ModuleType

from django.template.loader import render_to_string

from moonlit.domain import zones
from moonlit.notifications.segments import measure, plain, unaccented
from moonlit.notifications.texts import en, es
from moonlit.notifications.texts.wording import News, Reply, Wording

MAX_SMS_SEGMENTS = 2
MAX_OTHER_TIMES = 3
LANGUAGES: dict[str, ModuleType] = {"en": en, "es": es}


class CannotWord(ValueError):  # noqa: N818
    """There is no whole message. `code` is a constant word: `missing` or `too_long`."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


@dataclass(frozen=True, slots=True)
class Visit:
    """What a message about a visit may say."""

    start: datetime
    zone: str
    """IANA name of the place of the visit."""


@dataclass(frozen=True, slots=True)
class EmailText:
    subject: str
    text: str = field(repr=False)
    html: str = field(repr=False)
    template_data: dict[str, str] = field(repr=False)
    """The same words for a template at the vendor, always the same keys: subject, line, action_url, action_label,
    footer. `line` may hold line breaks; the two about the link are empty in a message without one.
    """


def visit_email(
    news: News, language: str, name: str, visit: Visit | None, link: str, *, times: Sequence[datetime] = ()
) -> EmailText:
    """What is new about a visit. `visit` is None for a vendor that may know neither date and time nor the news.

    `times` are other starts (UTC) that were free a moment ago, for a time that could not be booked; three at most are
    named, on the clock of the visit. Raises CannotWord.
    """
    words = _words(language)
    if visit is None:
        return _linked_email(language, words.UPDATE, link, name=name)
    said = words.NEWS[news]
    more = ""
    if times and news is News.NOT_BOOKED:
        listed = [f"- {words.long_when(zones.local(at, visit.zone))}" for at in times[:MAX_OTHER_TIMES]]
        more = "\n\n" + _say(words.OTHER_TIMES, times="\n".join(listed))
    return _linked_email(language, said, link, more=more, name=name, when=words.long_when(on_its_clock(visit)))


def visit_sms(news: News, language: str, name: str, visit: Visit | None, link: str) -> str:
    """The same as a text message: the fullest wording that fits one segment, else the shortest.

    Raises CannotWord, also when even that needs more than two segments (rules 6.4).
    """
    words = _words(language)
    if visit is None:
        return _fitting(words.UPDATE.sms, name=name, link=link)
    return _fitting(words.NEWS[news].sms, name=name, when=words.short_when(on_its_clock(visit)), link=link)


def code_email(language: str, name: str, code: str) -> EmailText:
    """A code, and nothing to press: whoever has not asked for it has nothing to do. Raises CannotWord."""
    words = _words(language)
    return _email(language, _say(words.CODE_SUBJECT, name=name), _say(words.CODE_LINE, code=code))


def code_sms(language: str, name: str, code: str) -> str:
    """Raises CannotWord as `visit_sms` does."""
    return _fitting((_words(language).CODE_SMS,), name=name, code=code)


def lead_received_email(language: str, name: str, by: date | None, phone: str) -> EmailText:
    """To whoever left word: we have it, and answer by that day; None for a vendor that may know no date.

    Raises CannotWord.
    """
    said, values = _lead_received(language, name, by, phone, short=False)
    return _email(language, _say(said.subject, **values), _say(said.line, **values))


def lead_received_sms(language: str, name: str, by: date | None, phone: str) -> str:
    """Raises CannotWord as `visit_sms` does."""
    said, values = _lead_received(language, name, by, phone, short=True)
    return _fitting(said.sms, **values)


def lead_invitation_email(language: str, name: str, link: str) -> EmailText:
    """To whoever waited: there are times now. Nothing about what they waited for. Raises CannotWord."""
    return _linked_email(language, _words(language).LEAD_INVITATION, link, name=name)


def lead_invitation_sms(language: str, name: str, link: str) -> str:
    """Raises CannotWord as `visit_sms` does."""
    return _fitting(_words(language).LEAD_INVITATION.sms, name=name, link=link)


def reply_sms(what: str, language: str, name: str, phone: str) -> str:
    """The one answer to a text message; `what` is a `Reply`. Raises CannotWord as `visit_sms` does."""
    return _fitting(_words(language).REPLIES[Reply(what)], name=name, phone=phone)


def lead_email(name: str, link: str) -> EmailText:
    """To staff, in English: somebody left a request. Who and why stands behind the link only."""
    said = Wording(en.LEAD_SUBJECT, en.LEAD_LINE, en.LEAD_ACTION, ())
    return _linked_email("en", said, link, name=name)


def staff_alert_email(name: str, link: str) -> EmailText:
    """To staff, in English: something needs a hand. What and whose stands behind the link only."""
    said = Wording(en.STAFF_SUBJECT, en.STAFF_LINE, en.STAFF_ACTION, ())
    return _linked_email("en", said, link, name=name)


def calendar_title(language: str) -> str:
    """What a visit is called in a calendar: the word alone (rules 6.1)."""
    title: str = _words(language).CALENDAR_TITLE
    return title


def one_line(value: str) -> str:
    """Line ends, control and invisible characters as a blank: a name must not begin a header or hide a word."""
    return " ".join("".join(char if char.isprintable() else " " for char in value).split())


def spoken(language: str) -> str:
    """Which of our languages a message in `language` (BCP-47) is written in."""
    base = language.partition("-")[0].lower()
    return base if base in LANGUAGES else "en"


def _words(language: str) -> ModuleType:
    return LANGUAGES[spoken(language)]


def on_its_clock(visit: Visit) -> datetime:
    """The start as the clock at the place of the visit shows it."""
    return zones.local(visit.start, visit.zone)


def _lead_received(
    language: str, name: str, by: date | None, phone: str, *, short: bool
) -> tuple[Wording, dict[str, str]]:
    words = _words(language)
    if by is None:
        return words.LEAD_RECEIVED_UNDATED, {"name": name, "phone": phone}
    day = words.short_day(by) if short else words.long_day(by)
    return words.LEAD_RECEIVED, {"name": name, "phone": phone, "by": day}


def _say(wording: str, **values: str) -> str:
    """The wording with its values, each on one line but a list of times. Raises CannotWord when one is missing or
    blank; what is not named in the wording may be left out of it.
    """
    needed = {name for _, name, _, _ in Formatter().parse(wording) if name is not None}
    held = {name: value if name == "times" else one_line(value) for name, value in values.items()}
    if any(not held.get(name) for name in needed):
        raise CannotWord("missing")
    return wording.format(**held)


def _fitting(wordings: Sequence[str], **values: str) -> str:
    values["name"] = unaccented(values["name"])
    texts = [plain(_say(wording, **values)) for wording in wordings]
    fitting = next((text for text in texts if measure(text).count == 1), texts[-1])
    if measure(fitting).count > MAX_SMS_SEGMENTS:
        raise CannotWord("too_long")
    return fitting


def _linked_email(language: str, said: Wording, link: str, *, more: str = "", **values: str) -> EmailText:
    line = _say(said.line, **values) + more
    return _email(language, _say(said.subject, **values), line, _say("{link}", link=link), said.action)


def _email(language: str, subject: str, line: str, link: str = "", action: str = "") -> EmailText:
    """Without a link the text is the line and the footer alone."""
    words = _words(language)
    data = {"subject": subject, "line": line, "action_url": link, "action_label": action, "footer": words.FOOTER}
    html = render_to_string("notifications/email.html", {**data, "language": spoken(language)})
    parts = [line, f"{action}:\n{link}", words.FOOTER] if link else [line, words.FOOTER]
    return EmailText(subject, "\n\n".join(parts) + "\n", html, data)
