"""The words of every message. One module a language, the same names in each; English stands in for a missing one.

Minimum content (rules 6.1): the practice's neutral name, date, time with zone, link. Through a vendor without a
recorded BAA only that there is an update, and the link.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from types import ModuleType

from django.template.loader import render_to_string

from moonlit.domain import zones
from moonlit.notifications.segments import measure, plain
from moonlit.notifications.texts import en

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


def confirmation_email(language: str, name: str, visit: Visit | None, link: str) -> EmailText:
    """A visit is booked. `visit` is None for a vendor that may not know date and time."""
    words = _words(language)
    if visit is None:
        return _email(language, words.UPDATE.format(name=name), words.UPDATE_LINE, link, words.UPDATE_ACTION)
    when = words.long_when(zones.local(visit.start, visit.zone))
    line = words.CONFIRMED_LINE.format(when=when)
    return _email(language, words.CONFIRMED_SUBJECT.format(name=name), line, link, words.CONFIRMED_ACTION)


def confirmation_sms(language: str, name: str, visit: Visit | None, link: str) -> str:
    """The same as a text message: the fullest wording that fits one segment, else the shortest.

    Raises ValueError when even that needs more than two (rules 6.4).
    """
    words = _words(language)
    if visit is None:
        wordings, when = words.UPDATE_SMS, ""
    else:
        wordings, when = words.CONFIRMED_SMS, words.short_when(zones.local(visit.start, visit.zone))
    texts = [plain(wording.format(name=name, when=when, link=link)) for wording in wordings]
    fitting = next((text for text in texts if measure(text).count == 1), texts[-1])
    if measure(fitting).count > MAX_SMS_SEGMENTS:
        raise ValueError("the text needs more than two segments")
    return fitting


def lead_email(name: str, link: str) -> EmailText:
    """To staff, in English: somebody left a request. Who and why stands behind the link only."""
    return _email("en", en.LEAD_SUBJECT.format(name=name), en.LEAD_LINE, link, en.LEAD_ACTION)


def _words(language: str) -> ModuleType:
    return _LANGUAGES.get(language.partition("-")[0], en)


def _email(language: str, subject: str, line: str, link: str, action: str) -> EmailText:
    words = _words(language)
    data = {"subject": subject, "line": line, "action_url": link, "action_label": action, "footer": words.FOOTER}
    spoken = language if language.partition("-")[0] in _LANGUAGES else "en"
    html = render_to_string("notifications/email.html", {**data, "language": spoken})
    return EmailText(subject, f"{line}\n\n{action}:\n{link}\n\n{words.FOOTER}\n", html, data)
