"""Step 3: the month behind the list, long days, clocks that differ, and a time that has just gone."""

import re
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from moonlit.availability.models import Slot
from moonlit.availability.queries import FreeStart, merged
from moonlit.availability.services.calendars import rebuild
from moonlit.practice.models import Provider, ProviderVisitType
from moonlit.widget import words
from moonlit.widget.free_times import day_of_times
from moonlit.widget.tests.town import IN_A_WEEK
from moonlit.widget.tests.visitor import WHO

A_DAY = re.compile(
    r'<a href="([^"]+)"(?: aria-current="true")?><span class="unseen">([^<]+)</span><span aria-hidden="true">(\d+)</span>'
)


@pytest.fixture
def asked(visitor):
    """Somebody with SelectHealth at step 3, where Marisol alone has times."""
    return visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)


@pytest.fixture
def regence(visitor):
    """Somebody with Regence at step 3: Marisol and Theo have times."""
    return visitor.go("/book").press("/book", payer="regence").press(benefit="regence").press(**WHO)


def link_of(visitor, words):
    """Where the link with these words leads."""
    for address, inside in re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*>(.*?)</a>', visitor.body, re.DOTALL):
        if words in " ".join(re.sub(r"<[^>]+>", " ", inside).split()):
            return address.replace("&amp;", "&")
    raise AssertionError(f"no link says {words}")


def follow(visitor, words):
    address = link_of(visitor, words)
    return visitor.go(visitor.path.partition("?")[0] + address.partition("#")[0])


def free_days(visitor):
    """{words of the day: link} of the month on the page."""
    return {name: link for link, name, _number in A_DAY.findall(visitor.body)}


def test_the_month_is_a_table_that_names_its_days(asked):
    follow(asked, "Month")
    assert asked.path.endswith("?month=2026-03")
    assert '<caption id="month-name">March 2026</caption>' in asked.body
    heads = re.findall(r'<th scope="col">.*?<span class="unseen">(\w+)</span></th>', asked.body)
    assert heads == ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"]
    assert list(free_days(asked)) == ["Monday, March 9: 3 times", "Tuesday, March 24: 1 time"]
    assert re.search(r'<td class="today"><span class="none">2<span class="unseen">, today</span>', asked.body)


def test_the_month_opens_with_the_times_of_its_first_free_day(asked):
    follow(asked, "Month")
    assert [time[8:13] for time in asked.times()] == ["09T15", "09T16", "09T19"]
    assert asked.body.count('aria-current="true"') == 1


def test_a_day_of_the_month_lists_its_times(asked):
    follow(asked, "Month")
    asked.go(asked.path.partition("?")[0] + free_days(asked)["Tuesday, March 24: 1 time"].partition("#")[0])
    assert "#times" in link_of(asked, "Tuesday, March 24")
    assert [time[8:13] for time in asked.times()] == ["24T15"]
    asked.press(start=asked.times()[0])
    assert asked.page == "about"


def test_the_months_lead_on_while_there_are_times_and_no_further(asked, town):
    town.open("Quintero-Hale", date(2026, 5, 4), "09:00")
    follow(asked, "Month")
    assert "February 2026" not in asked.text
    follow(asked, "April 2026")
    assert asked.times() == []
    assert "There are no free times on these days." in asked.text
    follow(asked, "May 2026")
    assert list(free_days(asked)) == ["Monday, May 4: 1 time"]
    assert "June 2026" not in asked.text


def test_both_ends_of_the_horizon_are_in_the_month_and_nothing_beyond(asked, town):
    first, last = date(2026, 3, 3), date(2026, 5, 31)  # 24 hours of notice; 90 days from 2 March
    town.open("Quintero-Hale", first, "08:00", "10:00")
    town.open("Quintero-Hale", last, "09:00")
    town.open("Quintero-Hale", last + timedelta(days=1), "09:00")
    asked.go(f"{asked.path}?month=2026-03")
    assert "Tuesday, March 3: 1 time" in free_days(asked), "8:00 is within the notice"
    asked.go(asked.path.partition("?")[0] + "?month=2026-06")
    assert list(free_days(asked)) == ["Sunday, May 31: 1 time"]


def test_the_month_counts_what_the_merged_calendar_has(regence, town):
    for offset, starts in ((8, ("09:00", "09:30")), (9, ("11:00",)), (33, ("16:00",)), (61, ("09:00", "13:00"))):
        for name in ("Quintero-Hale", "Wexler"):
            town.open(name, town.clock().date() + timedelta(days=offset), *starts)
    from moonlit.widget import queries
    from moonlit.widget.journey import Choices

    choices = Choices(payer="regence", benefit="regence", answered=True, help="intake", state="UT")
    criteria = queries.standing(choices, town.clock()).criteria
    expected = merged(criteria, first_day=date(2026, 3, 1), last_day=date(2026, 5, 31), now=town.clock())
    counted = {}
    for month in ("2026-03", "2026-04", "2026-05"):
        regence.go(f"{regence.path.partition('?')[0]}?month={month}")
        for name, link in free_days(regence).items():
            counted[link.partition("day=")[2].partition("#")[0]] = int(re.search(r": (\d+) times?", name)[1])
    assert counted == {day.date.isoformat(): len(day.slots) for day in expected.days}


def test_the_clinician_stays_chosen_in_the_month_and_one_press_leads_back_to_everybody(regence, town):
    wexler = town.providers["Wexler"].pk
    regence.go(f"{regence.path}?provider={wexler}")
    follow(regence, "Month")
    assert regence.path.endswith(f"?provider={wexler}&month=2026-03")
    assert list(free_days(regence)) == ["Monday, March 9: 2 times"]
    assert "Times of Theo Wexler, DO Times of everybody" in regence.text
    regence.go(regence.path.partition("?")[0] + link_of(regence, "Times of everybody"))
    assert regence.path.endswith("?month=2026-03")
    assert "Monday, March 9: 4 times" in free_days(regence)


def test_an_insurance_from_a_later_day_opens_the_month_there(visitor):
    visitor.go("/book").press("/book", payer="emi-health")
    visitor.go(visitor.path.replace("/pay", "/who")).press(**WHO)
    follow(visitor, "Month")
    assert visitor.path.endswith("?month=2026-03")
    assert list(free_days(visitor)) == ["Tuesday, March 24: 1 time"]


def test_a_day_without_times_names_the_days_beside_it(asked):
    asked.go(f"{asked.path}?day=2026-03-12")
    assert "There are no free times on Thursday, March 12." in asked.text
    assert link_of(asked, "See the times of Monday, March 9") == "?day=2026-03-09#times"
    assert link_of(asked, "See the times of Tuesday, March 24") == "?day=2026-03-24#times"


def test_a_clinician_without_times_says_so_and_leads_on(regence, town):
    wexler = town.providers["Wexler"]
    Slot.objects.filter(provider=wexler).delete()
    rebuild(wexler.pk, now=town.clock())
    regence.go(f"{regence.path}?provider={wexler.pk}")
    assert "Theo Wexler, DO has no free times in the days that are open." in regence.text
    assert "See the first free times of everybody" in regence.text
    assert "Marisol Quintero-Hale, MD" in regence.text
    assert "month=" not in regence.body, "there is no month to look at"


def test_whom_no_time_suits_may_ask_us_to_look(asked):
    asked.go(link_of(asked, "Ask us to find one with you"))
    assert "Let us look for a time with you" in asked.text
    asked.press(contact="zoe@example.org")
    assert asked.page == "sent"


@pytest.mark.parametrize(
    "query", ["month=2026-13", "month=x", "month=0001-01", "month=9999-12", "day=9999-12-31", "day="]
)
def test_nonsense_in_the_address_of_a_month_shows_days_that_have_times(asked, query):
    asked.go(f"{asked.path}?{query}")
    assert asked.status == 200
    assert asked.times() or free_days(asked)


def test_a_long_day_is_told_in_parts(asked, town):
    town.open("Quintero-Hale", IN_A_WEEK + timedelta(days=1), *(f"{hour:02}:00" for hour in range(8, 19)))
    asked.go(f"{asked.path}?day=2026-03-10")
    day = asked.text.partition("Tuesday, March 10 Morning")[2]
    assert re.findall(r"(?:Afternoon|Evening) \d+:00 [AP]M", day) == ["Afternoon 12:00 PM", "Evening 5:00 PM"]
    asked.go(asked.path.partition("?")[0])
    assert asked.text.count("Morning") == 1, "the short day is one list"


def test_the_day_the_clocks_go_forward_is_whole(asked, town):
    town.open("Quintero-Hale", date(2026, 3, 8), "01:00", "03:00", "23:00")
    asked.go(f"{asked.path}?day=2026-03-08")
    assert "Sunday, March 8: 3 times" in free_days(asked)
    assert asked.times() == ["2026-03-08T08:00:00Z", "2026-03-08T09:00:00Z", "2026-03-09T05:00:00Z"]


def test_an_hour_that_comes_twice_says_which_it_is(town, visitor):
    town.clock.at = datetime(2026, 10, 20, 16, tzinfo=UTC)
    marisol = town.providers["Quintero-Hale"]
    town.open("Quintero-Hale", date(2026, 11, 1), "01:00", "09:00")
    again = Slot.objects.get(start=datetime(2026, 11, 1, 7, tzinfo=UTC))
    again.pk, again.ehr_slot_id, again.start = None, "again", again.start + timedelta(hours=1)
    again.save()
    rebuild(marisol.pk, now=town.clock())
    visitor.go("/book").press("/book", payer="selecthealth").press(**WHO)
    visitor.go(f"{visitor.path}?day=2026-11-01")
    assert "Sunday, November 1: 3 times" in free_days(visitor)
    assert "1:00 AM MDT" in visitor.text
    assert "1:00 AM MST" in visitor.text


def test_a_time_that_has_just_gone_names_the_nearest_first(asked):
    slot = Slot.objects.get(start=datetime(2026, 3, 9, 16, tzinfo=UTC), provider__last_name="Quintero-Hale")
    gone = asked.times()[1]
    slot.delete()
    rebuild(slot.provider_id, now=datetime(2026, 3, 2, 16, tzinfo=UTC))
    asked.press(start=gone)
    assert asked.status == 409
    assert '<a href="#times">This time is not free any more.' in asked.body
    assert re.search(r'id="times" tabindex="-1"', asked.body), "the link of the summary can be followed by keyboard"
    near = asked.body.partition('class="near"')[2].partition("</ul>")[0]
    assert re.findall(r'value="([^"]+)"', near)[0] == "2026-03-09T15:00:00Z"
    assert "Monday, March 9 at 9:00 AM" in near
    assert "Nearest free times, in Mountain Time:" in asked.text


def test_the_nearest_times_are_those_of_the_clinician_who_was_chosen(regence, town):
    wexler = town.providers["Wexler"].pk
    regence.go(f"{regence.path}?provider={wexler}")
    regence.press(start="2026-03-09T15:00:00Z", provider=str(wexler))
    near = regence.body.partition('class="attention"')[2].partition("</form>")[0]
    assert f'name="provider" value="{wexler}"' in near
    assert re.findall(r'value="(2026[^"]+)"', near) == ["2026-03-09T16:00:00Z", "2026-03-09T17:00:00Z"]


@pytest.mark.parametrize("start", ["9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"])
def test_a_start_at_the_end_of_time_is_refused_like_any_other(asked, start):
    asked.press(start=start)
    assert asked.status == 409


def statements(visitor, path):
    """Without those every page has: which practice, and whether its facts have changed."""
    with CaptureQueriesContext(connection) as seen:
        visitor.go(path)
    of_every_page = ('FROM "practice_practice"', 'FROM "practice_factsversion"')
    return [query["sql"] for query in seen.captured_queries if not any(each in query["sql"] for each in of_every_page)]


@pytest.mark.parametrize("query", ["", "?month=2026-03", "?day=2026-03-09"])
def test_a_page_of_times_takes_six_statements_however_many_people_there_are(regence, town, query):
    """The draft, four looks at the calendars (is there any time, days, times, next free), and the cards."""
    path = regence.path + query
    statements(regence, path)  # the facts are read once for all
    few = statements(regence, path)
    assert len(few) == 6, few
    for number in range(6):
        _another_like(town.providers["Wexler"], number, town)
    statements(regence, path)
    assert regence.text.count("Supervised by") > 4
    many = statements(regence, path)
    assert len(many) == len(few), many


def _another_like(resident, number, town):
    """One more clinician, of the same services and contracts, with times of his own."""
    from moonlit.coverage.models import Supervision
    from moonlit.practice.models import Engagement, FactsVersion, License, Location, ProviderFlag

    copy = Provider.objects.get(pk=resident.pk)
    copy.pk, copy.npi, copy.calendar_source_id = None, f"30000000{number:02}", f"9{number}"
    copy.last_name = f"Copy {number}"
    copy.save()
    for model in (ProviderVisitType, Engagement, License, ProviderFlag):
        for row in model.objects.filter(provider=resident):
            row.pk, row.provider = None, copy
            row.save()
    for row in Supervision.objects.filter(supervisee=resident):
        row.pk, row.supervisee = None, copy
        row.save()
    FactsVersion.objects.update(version=20_000 + number)
    town.providers[copy.last_name] = copy
    town.places = {row.code: row for row in Location.objects.all()}
    town.open(copy.last_name, IN_A_WEEK, "09:00", "14:00")


def one_start(hour, minute=0):
    start = datetime(2026, 3, 9, hour, minute, tzinfo=ZoneInfo("America/Denver"))
    return FreeStart(start, start + timedelta(hours=1), (1,))


def test_the_patients_own_clock_stands_second_on_each_time():
    day = day_of_times(date(2026, 3, 9), [one_start(0, 30), one_start(9)], own_zone="America/Los_Angeles")
    told = [(each["label"], each["own"]) for part in day["parts"] for each in part["times"]]
    assert told == [("12:30 AM", "Sunday, March 8 at 11:30 PM"), ("9:00 AM", "8:00 AM")]


def test_a_clock_that_shows_the_same_is_not_told():
    day = day_of_times(date(2026, 3, 9), [one_start(9)], own_zone="America/Boise")
    assert day["parts"][0]["times"][0]["own"] == ""


@pytest.mark.parametrize(
    ("at", "state", "expected"),
    [
        (datetime(2026, 1, 12, 17, tzinfo=UTC), "AZ", ""),
        (datetime(2026, 7, 13, 17, tzinfo=UTC), "HI", "Pacific/Honolulu"),
        (datetime(2026, 1, 12, 17, tzinfo=UTC), "CA", "America/Los_Angeles"),
        (datetime(2026, 1, 12, 17, tzinfo=UTC), "ID", ""),
    ],
)
def test_a_patient_has_a_clock_of_his_own_where_his_state_has_one_and_it_differs(at, state, expected):
    assert words.own_zone(at, "America/Denver", state) == expected
