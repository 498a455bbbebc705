"""The times of the page that moves a visit: by list and by month, without the time the visit has."""

import re
from datetime import timedelta

from moonlit.widget.tests.person import FRIDAY

MONDAY_AFTER = FRIDAY + timedelta(days=3)


def at_move(person, query=""):
    person.scene.open("72", FRIDAY, "09:00")  # Rui too, when the visit with Ada is
    person.scene.open("71", MONDAY_AFTER, "13:00", "14:00")
    person.scene.sync()
    person.prove()
    return person.go(f"{person.session}/move{query}")


def free_days(person):
    return re.findall(r'<a href="([^"]+)"(?: aria-current="true")?><span class="unseen">([^<]+)</span>', person.body)


def test_the_list_leaves_out_the_time_the_visit_has(person):
    at_move(person)
    assert "2026-03-06T16:00:00Z" not in person.times()
    assert [time[8:13] for time in person.times()] == ["06T17", "06T18", "09T19", "09T20"]


def test_the_month_does_not_count_it_either(person):
    at_move(person, "?month=2026-03")
    assert [name for _link, name in free_days(person)] == ["Friday, March 6: 2 times", "Monday, March 9: 2 times"]


def test_a_day_of_the_month_leads_to_the_check(person):
    at_move(person, "?month=2026-03")
    link = free_days(person)[1][0]
    person.go(f"{person.session}/move{link.partition('#')[0]}")
    assert [time[8:13] for time in person.times()] == ["09T19", "09T20"]
    person.go(f"{person.session}/check?start={person.times()[0]}")
    assert "New Date and time Monday, March 9, 2026 at 1:00 PM" in person.text


def test_only_the_same_clinician_stays_so_in_the_month(person):
    at_move(person, "?with=same&month=2026-03")
    days = {name: link for link, name in free_days(person)}
    assert list(days) == ["Friday, March 6: 1 time", "Monday, March 9: 2 times"]
    assert days["Monday, March 9: 2 times"] == "?with=same&amp;day=2026-03-09#times"


def test_a_day_whose_only_time_is_the_one_it_has_is_no_free_day(person):
    person.scene.open("72", FRIDAY, "09:00")
    person.scene.open("72", MONDAY_AFTER, "13:00")
    for slot in ("17103061000", "17203061100"):
        person.scene.ehr.remove_slot(slot)
    person.scene.sync()
    person.prove().go(f"{person.session}/move?month=2026-03")
    assert [name for _link, name in free_days(person)] == ["Monday, March 9: 1 time"]
