"""Dates, times and names as people read them. Instants are turned into the wall clock of the visit's place here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from unicodedata import combining, normalize

from django.utils.dateformat import format as formatted
from django.utils.dates import WEEKDAYS, WEEKDAYS_ABBR
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from moonlit.domain.state_zones import STATE_ZONES
from moonlit.domain.zones import local

_ZONES = {
    "America/New_York": gettext_lazy("Eastern Time"),
    "America/Chicago": gettext_lazy("Central Time"),
    "America/Denver": gettext_lazy("Mountain Time"),
    "America/Boise": gettext_lazy("Mountain Time"),
    "America/Phoenix": gettext_lazy("Arizona Time"),
    "America/Los_Angeles": gettext_lazy("Pacific Time"),
    "America/Anchorage": gettext_lazy("Alaska Time"),
    "Pacific/Honolulu": gettext_lazy("Hawaii Time"),
}

STATE_NAMES = {
    "AK": "Alaska", "AL": "Alabama", "AR": "Arkansas", "AS": gettext_lazy("American Samoa"), "AZ": "Arizona",
    "CA": "California", "CO": "Colorado", "CT": "Connecticut", "DC": gettext_lazy("District of Columbia"),
    "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "GU": "Guam", "HI": gettext_lazy("Hawaii"), "IA": "Iowa",
    "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "KS": "Kansas", "KY": "Kentucky",
    "LA": gettext_lazy("Louisiana"), "MA": "Massachusetts", "MD": "Maryland", "ME": "Maine", "MI": "Michigan",
    "MN": "Minnesota", "MO": gettext_lazy("Missouri"), "MP": gettext_lazy("Northern Mariana Islands"),
    "MS": gettext_lazy("Mississippi"), "MT": "Montana", "NC": gettext_lazy("North Carolina"),
    "ND": gettext_lazy("North Dakota"), "NE": "Nebraska", "NH": gettext_lazy("New Hampshire"),
    "NJ": gettext_lazy("New Jersey"), "NM": gettext_lazy("New Mexico"), "NV": "Nevada",
    "NY": gettext_lazy("New York"), "OH": "Ohio", "OK": "Oklahoma", "OR": gettext_lazy("Oregon"),
    "PA": gettext_lazy("Pennsylvania"), "PR": "Puerto Rico", "RI": "Rhode Island",
    "SC": gettext_lazy("South Carolina"), "SD": gettext_lazy("South Dakota"), "TN": "Tennessee", "TX": "Texas",
    "UT": "Utah", "VA": "Virginia", "VI": gettext_lazy("U.S. Virgin Islands"), "VT": "Vermont", "WA": "Washington",
    "WI": "Wisconsin", "WV": gettext_lazy("West Virginia"), "WY": "Wyoming",
}  # fmt: skip
"""Marked are those that other languages call otherwise."""

LANGUAGES = {
    "en": gettext_lazy("English"),
    "es": gettext_lazy("Spanish"),
    "ase": gettext_lazy("American Sign Language"),
    "ar": gettext_lazy("Arabic"),
    "fr": gettext_lazy("French"),
    "it": gettext_lazy("Italian"),
    "ko": gettext_lazy("Korean"),
    "nb": gettext_lazy("Norwegian"),
    "pt": gettext_lazy("Portuguese"),
    "ru": gettext_lazy("Russian"),
    "sv": gettext_lazy("Swedish"),
    "tl": gettext_lazy("Tagalog"),
    "vi": gettext_lazy("Vietnamese"),
    "zh": gettext_lazy("Chinese"),
}


def day_words(day: date) -> str:
    """Wednesday, March 4, 2026"""
    return formatted(day, _("l, F j, Y"))


def weekday_words(day: date) -> str:
    """Wednesday, March 4: of a day of the weeks to come, whose year goes without saying."""
    return formatted(day, _("l, F j"))


def month_words(day: date) -> str:
    """March 2026"""
    return formatted(day, _("F Y"))


def weekdays() -> list[tuple[str, str]]:
    """(Sunday, Sun) to Saturday."""
    return [(str(WEEKDAYS[day]), str(WEEKDAYS_ABBR[day])) for day in (6, 0, 1, 2, 3, 4, 5)]


def date_words(day: date) -> str:
    """February 28, 1990: of a date whose weekday matters to nobody."""
    return formatted(day, _("F j, Y"))


def time_words(at: datetime) -> str:
    """9:00 AM, of a time already on the right clock."""
    clock = {"clock": formatted(at, "g:i")}
    return (_("%(clock)s AM") if at.hour < 12 else _("%(clock)s PM")) % clock


def weekday_and_time_words(at: datetime) -> str:
    """Wednesday, March 4 at 9:00 AM, of a time of the weeks to come, already on the right clock."""
    return _("%(day)s at %(time)s") % {"day": weekday_words(at.date()), "time": time_words(at)}


def slot_labels(starts: Sequence[datetime]) -> list[str]:
    """One label a start of a day. Where the clocks go back an hour comes twice, and each then says which it is."""
    return _told_apart([time_words(start) for start in starts], starts)


def start_labels(starts: Sequence[datetime]) -> list[str]:
    """One label a start, of several days."""
    return _told_apart([weekday_and_time_words(start) for start in starts], starts)


def _told_apart(labels: Sequence[str], starts: Sequence[datetime]) -> list[str]:
    seen = Counter(labels)
    return [
        f"{label} {start.tzname()}" if seen[label] > 1 else label for label, start in zip(labels, starts, strict=True)
    ]


def zone_words(zone: str) -> str:
    """Mountain Time; for a zone without an everyday name here, its city."""
    return str(_ZONES.get(zone) or _("%(city)s time") % {"city": zone.rpartition("/")[2].replace("_", " ")})


def moment_words(at: datetime, zone: str) -> str:
    """Wednesday, March 4, 2026 at 9:00 AM Mountain Time (MST)"""
    here = local(at, zone)
    words = {"day": day_words(here.date()), "time": time_words(here), "zone": zone_words(zone), "short": here.tzname()}
    return _("%(day)s at %(time)s %(zone)s (%(short)s)") % words


def until_words(at: datetime, zone: str) -> str:
    """9:10 AM Mountain Time (MST), of an instant so near that its day goes without saying."""
    here = local(at, zone)
    words = {"time": time_words(here), "zone": zone_words(zone), "short": here.tzname()}
    return _("%(time)s %(zone)s (%(short)s)") % words


def own_zone(at: datetime, zone: str, state: str) -> str:
    """The zone of the patient's own clock, where his state has one clock and it differs at that moment; else empty."""
    theirs = STATE_ZONES.get(state, ())
    differs = len(theirs) == 1 and local(at, theirs[0]).utcoffset() != local(at, zone).utcoffset()
    return theirs[0] if differs else ""


def own_clock(at: datetime, zone: str, state: str) -> str:
    """The same moment on the patient's own clock, where that is another; else empty."""
    theirs = own_zone(at, zone, state)
    return moment_words(at, theirs) if theirs else ""


def money_words(cents: int) -> str:
    """$400, or $266.50"""
    return f"${cents // 100:,}" if cents % 100 == 0 else f"${cents / 100:,.2f}"


def state_words(code: str) -> str:
    """The state's name, or the code of none we know."""
    return str(STATE_NAMES.get(code) or code)


def states() -> list[tuple[str, str]]:
    """(code, name) of all of them, as the page's language sorts them."""
    return in_order((code, str(name)) for code, name in STATE_NAMES.items())


def in_order(named: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    """(code, name) by name as people look for it: an accent does not send a name to the end."""

    def plain(name: str) -> str:
        return "".join(char for char in normalize("NFD", name.casefold()) if not combining(char))

    return sorted(named, key=lambda each: plain(each[1]))


def language_words(code: str) -> str:
    """The language's name, or its code when we have no name for it."""
    return str(LANGUAGES.get(code) or code)


def said_in(texts: Mapping[str, str]) -> str:
    """A text of the practice file ({en, es}) in the page's language, else in English; empty when there is neither."""
    return texts.get(get_language() or "en") or texts.get("en") or ""


def shown_in(texts: Mapping[str, str]) -> str:
    """The same for a page: where it is English among another language it says so, for those who have pages read out."""
    said = said_in(texts)
    language = get_language() or "en"
    return said if not said or texts.get(language) else format_html('<span lang="en">{}</span>', said)


def phone_link(phone: str) -> str:
    """The number as a `tel:` address wants it."""
    digits = "".join(ch for ch in phone if ch.isdigit())
    return f"tel:+1{digits}" if len(digits) == 10 else f"tel:{digits}"


def phone_words(number: str) -> str:
    """801-555-0100, of a number in E.164; as it is when it is none of North America."""
    if number.startswith("+1") and len(number) == 12:
        return f"{number[2:5]}-{number[5:8]}-{number[8:]}"
    return number
