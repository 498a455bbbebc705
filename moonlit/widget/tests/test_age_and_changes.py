"""What is said when a chosen time is lost to the age of the patient or to other answers, and when it is not lost."""

import pytest
from django.db.models import F

from moonlit.booking.models import Appointment
from moonlit.practice.models import FactsVersion, ProviderVisitType
from moonlit.widget.models import Draft
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.test_hold import NINE, TEN, held, on_times, on_times_of_two, somebody_takes, states
from moonlit.widget.tests.town import IN_A_WEEK
from moonlit.widget.tests.visitor import WHO, Visitor

OLD = {**TOWN_ZOE, "dob_year": "1950"}
CHILD = {**TOWN_ZOE, "dob_year": "2015"}
TAKEN = "The time you chose has just been taken."
NOT_THIS_AGE = "This time does not fit the age of the patient."
NOT_WITH_THESE_ANSWERS = "Your earlier time is not possible with these answers."


def serves(visits, **ages):
    """The clinicians' ages are others from now on."""
    visits.update(**ages)
    FactsVersion.objects.update(version=F("version") + 1000)


@pytest.fixture
def at_about(visitor):
    return on_times(visitor).press(start=NINE, provider="")


@pytest.fixture
def in_idaho(town):
    """By video with Aetna in Idaho, where the first time is that of a clinician for people up to 64."""
    town.open("Pellingham", IN_A_WEEK, "07:00")
    visitor = Visitor().go("/book").press("/book", payer="aetna").press(**{**WHO, "state": "ID"})
    return visitor.press(start=visitor.times()[0], provider="")


def test_a_patient_too_old_for_the_first_clinician_is_not_told_that_the_time_was_taken(in_idaho):
    his = held()
    assert his.provider.last_name == "Pellingham"
    in_idaho.press(**OLD)
    assert in_idaho.page == "when"
    assert NOT_THIS_AGE in in_idaho.text
    assert TAKEN not in in_idaho.text
    assert f"{his.start:%Y-%m-%dT%H:%M:%SZ}" not in in_idaho.times(), "what is shown can be booked"


def test_where_another_clinician_sees_this_age_his_times_are_offered_and_can_be_booked(visitor, town):
    on_times_of_two(visitor).press(start=TEN, provider=str(town.providers["Wexler"].pk))
    serves(ProviderVisitType.objects.filter(provider=town.providers["Wexler"]), max_age=64)
    visitor.press(**OLD)
    assert visitor.page == "when"
    assert NOT_THIS_AGE in visitor.text
    assert "Correct the date of birth" in visitor.text
    assert "Theo Wexler, DO has no free time near it." in visitor.text
    assert TAKEN not in visitor.text
    assert "See times of Theo Wexler" not in visitor.text
    visitor.press(visitor.path.partition("?")[0], start=TEN, provider="")
    assert visitor.page == "check"
    assert held().provider.last_name == "Quintero-Hale"


def test_where_nobody_sees_this_age_the_way_leads_to_a_person_and_back(at_about):
    serves(ProviderVisitType.objects.all(), max_age=64)
    at_about.press(**OLD)
    assert (at_about.page, at_about.status) == ("ask", 200)
    assert "No clinician fits these answers right now" in at_about.text
    assert at_about.value_of("contact") == "zoe@example.org", "nothing is asked twice"
    assert f'href="/book/d/{at_about.token}/about"' in at_about.body
    when = at_about.path.replace("/ask", "/when")
    assert at_about.go(when).page == "ask", "no times are shown that could not be booked"
    assert at_about.press(when, start=TEN, provider="").page == "ask"
    assert states() == ["held"], "nor held"
    at_about.go(at_about.path.replace("/ask", "/about"))
    assert at_about.value_of("first_name") == "Zoë"
    assert "does not fit the age" in at_about.text
    at_about.press(**TOWN_ZOE)
    assert at_about.page == "check", "a slip of the finger can be put right"


def test_keeping_the_time_while_a_wrong_year_stands_there_loses_nothing(at_about):
    serves(ProviderVisitType.objects.all(), max_age=64)
    at_about.press(at_about.path.replace("/about", "/keep"), **OLD)
    assert at_about.page == "about"
    assert states() == ["held"]


def test_a_time_that_we_let_go_ourselves_is_not_called_taken_and_comes_back(at_about):
    at_about.press(**CHILD)
    assert at_about.page == "ask"
    assert states() == ["released"]
    at_about.go(at_about.path.replace("/ask", "/about"))
    assert "not free any more" not in at_about.text
    assert "With this date of birth the patient is under 18" in at_about.text
    assert "does not fit the age" not in at_about.text, "said once"
    at_about.press(**TOWN_ZOE)
    assert at_about.page == "check"
    assert held().start.hour == 15


def test_a_time_that_somebody_took_is_called_taken_whatever_the_age(at_about, town):
    town.clock.forward(minutes=11)
    somebody_takes(town, held().start)
    serves(ProviderVisitType.objects.filter(provider=town.providers["Quintero-Hale"]), max_age=80)
    at_about.press(**OLD)
    assert TAKEN in at_about.text
    assert NOT_THIS_AGE not in at_about.text


def test_an_old_address_does_not_say_that_the_new_time_was_taken(at_about, town):
    town.clock.forward(minutes=11)
    somebody_takes(town, held().start)
    at_about.press(**TOWN_ZOE)
    there = at_about.path
    assert TAKEN in at_about.text
    at_about.press(start=TEN, provider="")
    assert at_about.page == "check"
    at_about.go(there)
    assert TAKEN not in at_about.text
    assert "Your time now: Monday, March 9, 2026 at 10:00 AM" in at_about.text


def test_nobody_is_led_to_another_clinician_than_the_one_he_chose(visitor, town):
    on_times_of_two(visitor)
    wexler = town.providers["Wexler"]
    visitor.go(f"{visitor.path}?provider={wexler.pk}")
    serves(ProviderVisitType.objects.filter(provider=wexler), min_age=90)
    visitor.press(start=TEN, provider=str(wexler.pk))
    assert (visitor.page, visitor.status) == ("when", 409)
    assert "Theo Wexler, DO cannot be booked with these answers any more. Please choose again." in visitor.text
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("named", ["99999", "x", "0"])
def test_a_clinician_nobody_knows_is_no_word_for_anybody(visitor, named):
    on_times(visitor).press(start=TEN, provider=named)
    assert visitor.status == 409
    assert "This clinician cannot be booked" in visitor.text
    assert not Draft.objects.filter(identified=True).exists()


def test_the_nearest_times_say_when_they_are_not_those_of_the_chosen_clinician(visitor, town):
    wexler = str(town.providers["Wexler"].pk)
    on_times_of_two(visitor)
    eleven = "2026-03-09T17:00:00Z"
    on_times_of_two(Visitor()).press(start=eleven, provider=wexler)
    visitor.press(start=eleven, provider=wexler)
    assert visitor.status == 409
    assert "has no free time near it" not in visitor.text, "ten o'clock is his"
    on_times_of_two(Visitor()).press(start=TEN, provider=wexler)
    visitor.press(start=eleven, provider=wexler)
    assert "Theo Wexler, DO has no free time near it. These are with another clinician" in visitor.text


def test_other_answers_that_take_the_time_away_say_so(at_about):
    at_about.press(**TOWN_ZOE)
    at_about.press(at_about.path.replace("/check", "/who"), **{**WHO, "place": "sugarhouse"})
    assert at_about.page == "when"
    assert NOT_WITH_THESE_ANSWERS in at_about.text
    assert "Please choose another one. Everything you typed is kept." in at_about.text
    there = at_about.path
    at_about.press(start=at_about.times()[0], provider="")
    assert NOT_WITH_THESE_ANSWERS not in at_about.go(there).text, "only while there is none"


def test_another_insurance_that_takes_the_time_away_says_so(at_about):
    at_about.press(**TOWN_ZOE)
    at_about.press(at_about.path.replace("/check", "/pay"), payer="healthyu")
    assert at_about.page == "when"
    assert NOT_WITH_THESE_ANSWERS in at_about.text
    assert at_about.times()


def test_answers_that_keep_the_time_say_nothing(at_about):
    at_about.press(at_about.path.replace("/about", "/who"), **WHO)
    assert NOT_WITH_THESE_ANSWERS not in at_about.go(at_about.path.replace("/about", "/when?notice=changed")).text


def test_a_visit_that_becomes_one_by_video_names_what_it_lacks(visitor):
    visitor.go("/book").press("/book", payer="selecthealth").press(**{**WHO, "place": "sugarhouse"})
    visitor.press(start=visitor.times()[0], provider="")
    visitor.press(**{name: value for name, value in TOWN_ZOE.items() if name != "place_of_visit"})
    assert visitor.page == "check"
    visitor.press(visitor.path.replace("/check", "/who"), **WHO)
    visitor.press(visitor.path.partition("?")[0], start=NINE, provider="")
    assert (visitor.page, visitor.status) == ("about", 200)
    assert "Please say where the patient will be: at home or somewhere else." in visitor.text


def test_a_page_that_is_half_filled_in_is_not_judged_before_it_is_sent(at_about):
    at_about.press(at_about.path.replace("/about", "/keep"), first_name="Zoë")
    at_about.go(at_about.path)
    assert "Please enter the patient's legal last name." not in at_about.text
