"""A visit as a calendar file (RFC 5545, 5546): when, a word and the link; nothing that a glance at a shared calendar
should tell (rules 6.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Literal

from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vUri

from moonlit.domain import zones
from moonlit.notifications import texts

Method = Literal["REQUEST", "CANCEL", "PUBLISH"]
_PRODUCT = "-//Moonlit Scheduler//EN"
_AROUND = timedelta(days=366)
"""How far the rules of the zone are written out on either side."""
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True)
class CalendarVisit:
    uid: str
    """The same through every change and move of the visit."""
    sequence: int
    """Grows with every change; calendars ignore what is older."""
    start: datetime
    """UTC"""
    end: datetime
    zone: str
    """IANA name of the place of the visit."""
    link: str = field(repr=False)
    """Empty: the file names none."""


def invitation(
    visit: CalendarVisit,
    *,
    method: Method,
    organizer: str = "",
    organizer_name: str = "",
    attendee: str = "",
    language: str,
    now: datetime,
) -> bytes:
    """The file. REQUEST and CANCEL go by mail from `organizer` to `attendee`; PUBLISH is a download and names nobody.

    Raises ValueError when a mailed one lacks either address.
    """
    mailed = method != "PUBLISH"
    if mailed and not (organizer and attendee):
        raise ValueError("an invitation needs two addresses")
    event = Event()
    event.add("summary", texts.calendar_title(language))
    event.add("uid", visit.uid)
    event.add("sequence", visit.sequence)
    event.add("dtstamp", now.astimezone(UTC).replace(microsecond=0))
    event.add("dtstart", _on_its_clock(visit.start, visit.zone))
    event.add("dtend", _on_its_clock(visit.end, visit.zone))
    event.add("status", "CANCELLED" if method == "CANCEL" else "CONFIRMED")
    event.add("class", "PRIVATE")
    if visit.link:
        event.add("url", vUri(visit.link))
    if mailed:
        event.add("organizer", _address(organizer, CN=texts.one_line(organizer_name)))
        # Accepted, and no answer wanted: a "no" pressed in a calendar would reach nobody and change nothing.
        event.add("attendee", _address(attendee, PARTSTAT="ACCEPTED", RSVP="FALSE"))
    calendar = Calendar()
    calendar.add("prodid", _PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", method)
    calendar.add_component(_rules_of(visit))
    calendar.add_component(event)
    return calendar.to_ical()


def content_type(method: Method) -> str:
    """Of the file as an attachment or a download."""
    return f"text/calendar; method={method}; charset=utf-8"


def _on_its_clock(at: datetime, zone: str) -> datetime:
    """On the clock of the zone; in UTC where that clock shows the hour for the second time, because RFC 5545 can only
    name the first.
    """
    local = zones.local(at, zone)
    return at.astimezone(UTC) if local.fold else local


def _rules_of(visit: CalendarVisit) -> Timezone:
    """What the clock of the zone does around the visit. The library's own are an hour late in spring."""
    first, last = visit.start.date() - _AROUND, visit.end.date() + _AROUND
    rules = Timezone()
    rules.add("tzid", visit.zone)
    rules.add_component(_observance(datetime.combine(first, time(), tzinfo=UTC), visit.zone))
    for change in zones.clock_changes(visit.zone, first, last):
        rules.add_component(_observance(change, visit.zone))
    return rules


def _observance(onset: datetime, zone: str) -> TimezoneStandard | TimezoneDaylight:
    """The offset from `onset` on, which is written as the clock showed it that still had the offset before."""
    before, after = zones.local(onset - _MOMENT, zone), zones.local(onset, zone)
    observance = TimezoneDaylight() if after.dst() else TimezoneStandard()
    observance.add("dtstart", (before + _MOMENT).replace(tzinfo=None))
    observance.add("tzoffsetfrom", before.utcoffset())
    observance.add("tzoffsetto", after.utcoffset())
    observance.add("tzname", after.tzname())
    return observance


def _address(mail: str, **parameters: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{mail}")
    for name, value in parameters.items():
        if value:
            address.params[name] = value
    return address
