"""Calendar files, read back by a library: the right instant, the same entry, and nothing that tells (rules 6.1)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar

from moonlit.notifications.calendar_file import CalendarVisit, content_type, invitation

LINK = "https://book.example.org/es/m/Zm9vYmFyYmF6cXV4MTIzNA"
NOW = datetime(2026, 2, 1, 12, 30, 15, 999, tzinfo=UTC)
HOUR = timedelta(hours=1)
START = datetime(2026, 12, 1, 16, tzinfo=UTC)


def file(start=START, *, method="REQUEST", zone="America/Denver", language="en", name="Moonlit", link=LINK, **changed):
    entry = CalendarVisit("root@moonlit", 4, start, start + HOUR, zone, link)
    values = {
        "organizer": "no-reply@mail.example.org",
        "organizer_name": name,
        "attendee": "pat@example.org",
        "language": language,
        "now": NOW,
        **changed,
    }
    return invitation(entry, method=method, **values)


def event(content):
    (found,) = Calendar.from_ical(content).events
    return found


def times(content):
    found = event(content)
    return [found[name].dt.astimezone(UTC) for name in ("DTSTART", "DTEND")]


def test_an_invitation_holds_when_a_word_and_the_link_and_nothing_more():
    content = file()
    found = event(content)
    assert Calendar.from_ical(content)["METHOD"] == "REQUEST"
    assert set(found) == {
        *("SUMMARY", "UID", "SEQUENCE", "DTSTAMP", "DTSTART", "DTEND", "STATUS", "CLASS", "URL"),
        *("ORGANIZER", "ATTENDEE"),
    }
    assert (found["SUMMARY"], found["STATUS"], found["CLASS"]) == ("Appointment", "CONFIRMED", "PRIVATE")
    assert (found["UID"], found["SEQUENCE"], found["URL"]) == ("root@moonlit", 4, LINK)
    assert found["DTSTAMP"].dt == NOW.replace(microsecond=0)
    assert (found["ORGANIZER"], found["ORGANIZER"].params["CN"]) == ("mailto:no-reply@mail.example.org", "Moonlit")
    assert (found["ATTENDEE"], found["ATTENDEE"].params["RSVP"]) == ("mailto:pat@example.org", "FALSE")
    assert found.subcomponents == []
    assert times(content) == [START, START + HOUR]


def test_a_cancel_takes_the_entry_away():
    content = file(method="CANCEL", language="es-MX")
    assert Calendar.from_ical(content)["METHOD"] == "CANCEL"
    assert (event(content)["STATUS"], event(content)["SUMMARY"], event(content)["UID"]) == (
        "CANCELLED",
        "Cita",
        "root@moonlit",
    )


def test_a_download_names_nobody():
    content = file(method="PUBLISH", link="")
    assert not {"ORGANIZER", "ATTENDEE", "URL"} & set(event(content))
    assert b"@example" not in content
    assert b"http" not in content
    assert content_type("PUBLISH") == "text/calendar; method=PUBLISH; charset=utf-8"


@pytest.mark.parametrize("missing", ["organizer", "attendee"])
@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_what_is_mailed_needs_both_addresses(method, missing):
    with pytest.raises(ValueError, match="two addresses"):
        file(method=method, **{missing: ""})


def by_its_own_rules(content, zone):
    """The times as a program reads them that does not know the zone by its name, only by the rules that came along."""
    unknown = f"Nowhere/{uuid4()}"  # rules once read are remembered by their name
    return times(content.replace(zone.encode(), unknown.encode()))


def hours_around(day):
    return [day + HOUR * each for each in range(30)]


@pytest.mark.parametrize(
    "start",
    [*hours_around(datetime(2026, 3, 8, tzinfo=UTC)), *hours_around(datetime(2026, 11, 1, tzinfo=UTC))],
    ids=lambda at: at.strftime("%m-%dT%HZ"),
)
def test_the_instant_is_right_on_both_days_when_the_clock_changes_also_by_the_rules_in_the_file_alone(start):
    content = file(start)
    assert times(content) == [start, start + HOUR]
    assert by_its_own_rules(content, "America/Denver") == [start, start + HOUR]


@pytest.mark.parametrize("zone", ["America/Phoenix", "Pacific/Honolulu", "Pacific/Auckland", "America/St_Johns"])
def test_the_rules_of_other_zones_are_right_too(zone):
    for month in range(1, 13):
        start = datetime(2027, month, 14, 18, 30, tzinfo=UTC)
        content = file(start, zone=zone)
        assert f"TZID={zone}".encode() in content
        assert by_its_own_rules(content, zone) == [start, start + HOUR]


def test_a_change_of_the_clock_is_written_as_the_clock_showed_it_before():
    """As in RFC 5545, 3.6.5: the spring change stands at 02:00, a time which that night does not have."""
    (rules,) = Calendar.from_ical(file()).walk("VTIMEZONE")
    changes = [
        (each.name, each["DTSTART"].dt, each["TZOFFSETTO"].td // HOUR, each["TZNAME"]) for each in rules.subcomponents
    ]
    assert ("DAYLIGHT", datetime(2026, 3, 8, 2), -6, "MDT") in changes
    assert ("STANDARD", datetime(2026, 11, 1, 2), -7, "MST") in changes


def test_the_time_stands_on_the_clock_of_the_visit():
    assert b"DTSTART;TZID=America/Denver:20261201T090000\r\n" in file()


def test_lines_are_folded_and_end_as_the_standard_asks():
    content = file(name="Luna \N{CRESCENT MOON} " * 20 + '"quoted"; with, all\r\nATTENDEE:mailto:all@example.org')
    lines = content.split(b"\r\n")
    assert lines[-1] == b""
    assert all(len(line) <= 75 and b"\n" not in line for line in lines)
    found = event(content)
    assert not isinstance(found["ATTENDEE"], list)
    name = found["ORGANIZER"].params["CN"]
    assert name.endswith('"quoted"; with, all ATTENDEE:mailto:all@example.org')
    assert name.count("\N{CRESCENT MOON}") == 20
