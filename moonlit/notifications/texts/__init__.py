"""The words of every message. One module a language, the same names in each; English stands in for a missing one.

Minimum content (rules 6.1): the practice's neutral name, date, time with zone, link. Through a vendor without a
recorded BAA only that there is an update, and the link. A code travels alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType

from django.template.loader import render_to_string

from moonlit.domain import zones
from moonlit.notifications.segments import measure, plain
from moonlit.notifications.texts import en
from moonlit.notifications.texts.wording import News

MAX_SMS_SEGMENTS = 2
_LANGUAGES: dict[str, ModuleType] = {"en": en}


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


def visit_email(news: News, language: str, name: str, visit: Visit | None, link: str) -> EmailText:
    """What is new about a visit. `visit` is None for a vendor that may know neither date and time nor the news."""
    words = _words(language)
    said, when = (words.UPDATE, "") if visit is None else (words.NEWS[news], words.long_when(_clock(visit)))
    return _email(language, said.subject.format(name=name), said.line.format(when=when), link, said.action)


def visit_sms(news: News, language: str, name: str, visit: Visit | None, link: str) -> str:
    """The same as a text message: the fullest wording that fits one segment, else the shortest.

    Raises ValueError when even that needs more than two (rules 6.4).
    """
    words = _words(language)
    said, when = (words.UPDATE, "") if visit is None else (words.NEWS[news], words.short_when(_clock(visit)))
    return _fitting([wording.format(name=name, when=when, link=link) for wording in said.sms])


def code_email(language: str, name: str, code: str) -> EmailText:
    """A code, and nothing to press: whoever has not asked for it has nothing to do."""
    words = _words(language)
    return _email(language, words.CODE_SUBJECT.format(name=name), words.CODE_LINE.format(code=code), "", "")


def code_sms(language: str, name: str, code: str) -> str:
    """Raises ValueError as `visit_sms` does."""
    return _fitting([_words(language).CODE_SMS.format(name=name, code=code)])


def lead_email(name: str, link: str) -> EmailText:
    """To staff, in English: somebody left a request. Who and why stands behind the link only."""
    return _email("en", en.LEAD_SUBJECT.format(name=name), en.LEAD_LINE, link, en.LEAD_ACTION)


def _words(language: str) -> ModuleType:
    return _LANGUAGES.get(language.partition("-")[0], en)


def _clock(visit: Visit) -> datetime:
    return zones.local(visit.start, visit.zone)


def _fitting(wordings: list[str]) -> str:
    texts = [plain(wording) for wording in wordings]
    fitting = next((text for text in texts if measure(text).count == 1), texts[-1])
    if measure(fitting).count > MAX_SMS_SEGMENTS:
        raise ValueError("the text needs more than two segments")
    return fitting


def _email(language: str, subject: str, line: str, link: str, action: str) -> EmailText:
    """Without a link the text is the line and the footer alone."""
    words = _words(language)
    data = {"subject": subject, "line": line, "action_url": link, "action_label": action, "footer": words.FOOTER}
    spoken = language if language.partition("-")[0] in _LANGUAGES else "en"
    html = render_to_string("notifications/email.html", {**data, "language": spoken})
    parts = [line, f"{action}:\n{link}", words.FOOTER] if link else [line, words.FOOTER]
    return EmailText(subject, "\n\n".join(parts) + "\n", html, data)
