"""Dates, times and names as people read them. Instants are turned into the wall clock of the visit's place here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime

from django.utils.dateformat import format as formatted
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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
    "AK": "Alaska", "AL": "Alabama", "AR": "Arkansas", "AS": "American Samoa", "AZ": "Arizona", "CA": "California",
    "CO": "Colorado", "CT": "Connecticut", "DC": "District of Columbia", "DE": "Delaware", "FL": "Florida",
    "GA": "Georgia", "GU": "Guam", "HI": "Hawaii", "IA": "Iowa", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana",
    "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "MA": "Massachusetts", "MD": "Maryland", "ME": "Maine",
    "MI": "Michigan", "MN": "Minnesota", "MO": "Missouri", "MP": "Northern Mariana Islands", "MS": "Mississippi",
    "MT": "Montana", "NC": "North Carolina", "ND": "North Dakota", "NE": "Nebraska", "NH": "New Hampshire",
    "NJ": "New Jersey", "NM": "New Mexico", "NV": "Nevada", "NY": "New York", "OH": "Ohio", "OK": "Oklahoma",
    "OR": "Oregon", "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina",
    "SD": "South Dakota", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VA": "Virginia",
    "VI": "U.S. Virgin Islands", "VT": "Vermont", "WA": "Washington", "WI": "Wisconsin", "WV": "West Virginia",
    "WY": "Wyoming",
}  # fmt: skip

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


def date_words(day: date) -> str:
    """February 28, 1990: of a date whose weekday matters to nobody."""
    return formatted(day, _("F j, Y"))


def time_words(at: datetime) -> str:
    """9:00 AM, of a time already on the right clock."""
    return formatted(at, _("g:i A"))


def slot_labels(starts: Sequence[datetime]) -> list[str]:
    """One label a start. Where the clocks go back an hour comes twice, and each then says which it is."""
    labels = [time_words(start) for start in starts]
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


def own_clock(at: datetime, zone: str, state: str) -> str:
    """The same moment on the patient's own clock, where his state has one clock and it differs; else empty."""
    theirs = STATE_ZONES.get(state, ())
    if len(theirs) != 1 or local(at, theirs[0]).utcoffset() == local(at, zone).utcoffset():
        return ""
    return moment_words(at, theirs[0])


def money_words(cents: int) -> str:
    """$400, or $266.50"""
    return f"${cents // 100:,}" if cents % 100 == 0 else f"${cents / 100:,.2f}"


def language_words(code: str) -> str:
    """The language's name, or its code when we have no name for it."""
    return str(LANGUAGES.get(code) or code)


def phone_link(phone: str) -> str:
    """The number as a `tel:` address wants it."""
    digits = "".join(ch for ch in phone if ch.isdigit())
    return f"tel:+1{digits}" if len(digits) == 10 else f"tel:{digits}"


def phone_words(number: str) -> str:
    """801-555-0100, of a number in E.164; as it is when it is none of North America."""
    if number.startswith("+1") and len(number) == 12:
        return f"{number[2:5]}-{number[5:8]}-{number[8:]}"
    return number
