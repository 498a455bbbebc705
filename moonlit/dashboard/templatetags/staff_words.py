"""Filters of the staff pages: times on a named clock, stored words in words people read."""

from datetime import date, datetime, timedelta
from typing import Any

from django import template
from django.utils.dateformat import format as formatted
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from moonlit.dashboard import lead_words, message_words, reaching_words, words
from moonlit.domain.zones import local
from moonlit.notifications.masks import masked as mask

register = template.Library()
NO_BREAK = "\N{NO-BREAK SPACE}"
A_MINUTE = timedelta(minutes=1)
TABLES = (words, message_words, lead_words, reaching_words)


@register.filter
def moment(at: datetime | None, zone: str) -> str:
    """Fri, March 6, 2026, 9:00 AM MST: the instant on the clock of that zone, which is named."""
    return f"{formatted(local(at, zone), 'D, F j, Y')}, {clock(at, zone)}" if at else ""


@register.filter
def clock(at: datetime, zone: str) -> str:
    """9:00 AM MST, kept on one line."""
    here = local(at, zone)
    return f"{formatted(here, 'g:i A')} {here.tzname()}".replace(" ", NO_BREAK)


@register.filter
def plain_day(text: str) -> str:
    """Fri, March 6, 2026 of 2026-03-06."""
    return formatted(date.fromisoformat(text), "D, F j, Y")


@register.filter
def ago(at: datetime | None, now: datetime) -> str:
    """12 minutes ago"""
    if at is None:
        return _("never")
    if now - at < A_MINUTE:
        return _("just now")
    return _("%(how_long)s ago") % {"how_long": timesince(at, now, depth=1)}


@register.filter
def said(value: Any, table: str) -> str:
    """The words for a stored value: `{{ row.state|said:"STATE" }}`."""
    return words.said(value, next(vars(each)[table] for each in TABLES if table in vars(each)))


@register.filter
def why(code: str) -> str:
    """The sentence for what stopped a message."""
    return message_words.why(code)


@register.filter
def masked(contact: str, channel: str) -> str:
    """A contact as lists show it."""
    return mask(channel, contact)


@register.filter
def money(cents: int | None) -> str:
    return "" if cents is None else f"${cents / 100:,.2f}"


@register.filter
def phone(number: str) -> str:
    """(801) 555-0142 of an E.164 number of North America; another one unchanged."""
    if len(number) == 12 and number.startswith("+1"):
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number
