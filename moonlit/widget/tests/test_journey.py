"""The way through the pages as a table, and the words on it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from moonlit.domain.reasons import LeadReason
from moonlit.widget import words
from moonlit.widget.birthdate import DateFault, birth_date
from moonlit.widget.journey import Choices, Meaning, Page, Standing, early_lead, names_public_program, next_page

ANSWERED = Choices(payer="regence", answered=True, state="UT")
STANDING = Standing(Meaning.TIMES, None, None, self_pay_offered=True, answer=None, criteria=None)


@pytest.mark.parametrize(
    ("answered", "meaning", "identified", "time", "answers", "page"),
    [
        (False, Meaning.QUESTION, False, False, False, Page.PAY),
        (False, Meaning.LEAD, False, False, False, Page.ASK),
        (False, Meaning.OPENS_LATER, False, False, False, Page.PAY),
        (False, Meaning.TIMES, False, False, False, Page.WHO),
        (True, Meaning.LEAD, True, True, True, Page.ASK),
        (True, Meaning.QUESTION, True, True, True, Page.PAY),
        (True, Meaning.TIMES, False, True, True, Page.WHEN),
        (True, Meaning.OPENS_LATER, False, False, False, Page.WHEN),
        (True, Meaning.TIMES, True, False, True, Page.WHEN),
        (True, Meaning.TIMES, True, True, False, Page.ABOUT),
        (True, Meaning.TIMES, True, True, True, Page.CHECK),
    ],
)
def test_the_next_page_is_the_first_that_still_needs_the_patient(answered, meaning, identified, time, answers, page):
    choices = replace(ANSWERED, answered=answered)
    standing = replace(STANDING, meaning=meaning)
    assert next_page(choices, standing, identified=identified, time_holds=time, answers_hold=answers) is page


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"minor": True, "seen_before": True}, LeadReason.MINOR),
        ({"seen_before": True}, LeadReason.RETURNING_PATIENT),
        ({"language": "und"}, LeadReason.LANGUAGE_REQUEST),
        ({"state": "other"}, LeadReason.NO_PROVIDER_AVAILABLE),
        ({"state": "other", "place": "sugarhouse"}, None),
    ],
)
def test_what_needs_a_person_of_ours_is_known_before_any_calendar(changed, reason):
    assert early_lead(replace(ANSWERED, **changed), ["UT", "ID"]) is reason


def test_choices_survive_the_store_and_forget_what_they_do_not_know():
    assert Choices.from_stored({**ANSWERED.as_stored(), "of_an_older_release": 1}) == ANSWERED


def test_paying_anew_forgets_the_answer_about_the_old_card():
    again = replace(ANSWERED, benefit="hmhi-bhn").paying(self_pay=True)
    assert (again.payer, again.benefit, again.self_pay, again.answered) == ("", "", True, True)


@pytest.mark.parametrize("typed", ["Medicaid", "my MEDI CARE card", "Utah medicaid"])
def test_medicaid_and_medicare_are_known_by_name(typed):
    assert names_public_program(typed)
    assert not names_public_program("Nowhere Mutual")


@pytest.mark.parametrize(
    ("typed", "born"),
    [
        (("2", "28", "1990"), date(1990, 2, 28)),
        (("02", " 29 ", "2000"), date(2000, 2, 29)),
        (("12", "31", "1999"), date(1999, 12, 31)),
    ],
)
def test_a_date_that_exists_is_taken(typed, born):
    assert birth_date(*typed) == born


@pytest.mark.parametrize(
    ("typed", "part"),
    [
        (("", "", ""), "month"),
        (("2", "", "1990"), "day"),
        (("2", "29", "1999"), "day"),
        (("0", "1", "1990"), "month"),
        (("4", "31", "1990"), "day"),
        (("4", "0", "1990"), "day"),
        (("4", "3", "0000"), "year"),
        (("4", "3", "199"), "year"),
        (("²", "3", "1990"), "month"),
        (("4", "-3", "1990"), "day"),
        (("4", "3", "99999"), "year"),
    ],
)
def test_a_date_that_does_not_exist_names_the_part_at_fault(typed, part):
    found = birth_date(*typed)
    assert isinstance(found, DateFault)
    assert found.part == part
    assert found.sentence


def test_the_hour_that_comes_twice_says_which_it_is():
    from moonlit.domain.zones import local

    starts = [local(datetime(2026, 11, 1, hour, tzinfo=UTC), "America/Denver") for hour in (6, 7, 8)]
    assert words.slot_labels(starts) == ["12:00 AM", "1:00 AM MDT", "1:00 AM MST"]


def test_the_patients_own_clock_stands_second_only_where_it_differs():
    at = datetime(2026, 3, 9, 16, 0, tzinfo=UTC)
    assert words.own_clock(at, "America/Denver", "UT") == ""
    assert words.own_clock(at, "America/Denver", "ID") == "", "a state with two clocks: we do not guess"
    assert words.own_clock(at, "America/Denver", "CA") == "Monday, March 9, 2026 at 9:00 AM Pacific Time (PDT)"


def test_money_phones_and_zones_in_words():
    assert (words.money_words(40000), words.money_words(26650), words.money_words(100000)) == (
        "$400",
        "$266.50",
        "$1,000",
    )
    assert words.phone_link("801-555-0100") == "tel:+18015550100"
    assert words.phone_words("+18015550142") == "801-555-0142"
    assert words.zone_words("Pacific/Guam") == "Guam time"
