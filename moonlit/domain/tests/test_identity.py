"""Whose chart is it (rules 4.8). All people are fictional."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.domain.identity import (
    Ambiguous,
    Chart,
    Match,
    NoMatch,
    Person,
    Returned,
    accept_returned_chart,
    choose_chart,
    folded,
    matches,
)

NOEMI = Person(
    first_name="Noemi",
    last_name="Fable-Quill",
    date_of_birth=date(1990, 2, 28),
    email="noemi@example.org",
    mobile="+18015550123",
    member_ids=("ABC 123-456",),
    street="10 Fictional Way",
    zip="84106",
)
BARE = Person("Noemi", "Fable-Quill", date(1990, 2, 28))


@pytest.mark.parametrize(
    "further",
    [
        {"email": " NOEMI@Example.org "},
        {"mobile": "(801) 555-0123"},
        {"mobile": "801.555.0123"},
        {"member_ids": ("zzz", "abc123456")},
        {"street": "10 FICTIONAL WAY", "zip": "84106-1234"},
    ],
)
def test_name_birth_date_and_one_more_thing_match(further):
    assert matches(NOEMI, replace(BARE, **further))


@pytest.mark.parametrize(
    "further",
    [
        {},
        {"email": "somebody@example.org"},
        {"mobile": "801-555-0124"},
        {"member_ids": ("ABC123457",)},
        {"street": "10 Fictional Way"},
        {"zip": "84106"},
        {"street": "10 Fictional Way", "zip": "84107"},
    ],
)
def test_name_and_birth_date_without_a_further_agreement_do_not_match(further):
    assert not matches(NOEMI, replace(BARE, **further))


@pytest.mark.parametrize(
    "change",
    [{"first_name": "Naomi"}, {"last_name": "Fable"}, {"date_of_birth": date(1990, 3, 1)}, {"first_name": ""}],
)
def test_contact_data_alone_never_matches(change):
    assert not matches(NOEMI, replace(NOEMI, **change))


def test_what_both_lack_is_no_agreement():
    assert not matches(BARE, BARE)
    assert not matches(replace(BARE, street="10 Fictional Way"), replace(BARE, street="10 Fictional Way"))
    assert not matches(replace(BARE, zip="84106"), replace(BARE, zip="84106"))
    assert not matches(replace(BARE, mobile="0123"), replace(BARE, mobile="0123"))
    assert not matches(replace(NOEMI, first_name="-"), replace(NOEMI, first_name="?"))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Noémi", "noemi"),
        ("FABLE-QUILL", "Fable Quill"),
        ("O'Brien", "OBrien"),
        ("D\u2019Arcy", "d'arcy"),
        ("Søren", "SOREN"),
        ("Weiß", "Weiss"),
        ("Nun\u0303ez", "Nu\u00f1ez"),
        ("Łukasz", "lukasz"),
    ],
)
def test_names_compare_without_case_accents_spaces_and_punctuation(one, other):
    assert folded(one) == folded(other)


def test_different_names_stay_different():
    assert len({folded(name) for name in ["Ann", "Anna", "Anne", "Hana", "李"]}) == 5


def test_one_fitting_chart_is_taken_and_several_are_left_to_staff():
    stranger = Chart("1", replace(NOEMI, first_name="Ivo"))
    junk = Chart("2", None)
    hers = Chart("3", NOEMI)

    assert choose_chart(NOEMI, []) == NoMatch()
    assert choose_chart(NOEMI, [stranger, junk]) == NoMatch()
    assert choose_chart(NOEMI, [stranger, hers, junk]) == Match("3")
    assert choose_chart(NOEMI, [hers, hers]) == Match("3")
    assert choose_chart(NOEMI, [Chart("4", NOEMI), hers]) == Ambiguous(("3", "4"))


def test_a_chart_named_by_create_is_read_back_before_anything_is_booked_on_it():
    assert accept_returned_chart(NOEMI, Chart("7", NOEMI)) is Returned.MATCH
    assert accept_returned_chart(NOEMI, Chart("7", replace(BARE, email="old@example.org"))) is Returned.UNVERIFIED
    assert accept_returned_chart(NOEMI, Chart("7", replace(NOEMI, date_of_birth=date(1960, 1, 1)))) is Returned.HOLD
    assert accept_returned_chart(NOEMI, Chart("7", replace(NOEMI, last_name="Fable"))) is Returned.HOLD
    assert accept_returned_chart(NOEMI, Chart("7", None)) is Returned.HOLD
