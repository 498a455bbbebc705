"""What is an NPI, and which words tell the specialty."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.practice.neutral import revealing_word
from moonlit.practice.npi import is_npi


@pytest.mark.parametrize("npi", ["2000000101", "2000000218", "1234567893"])
def test_an_npi_has_ten_digits_whose_check_digit_agrees(npi):
    assert is_npi(npi)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2000000102",
        "200000010",
        "20000001010",
        "200000010a",
        "\uff12\uff10\uff10\uff10\uff10\uff10\uff10\uff11\uff10\uff11",
        " 000000101",
    ],
)
def test_anything_else_is_no_npi(text):
    assert not is_npi(text)


@given(st.integers(0, 9), st.integers(0, 9))
def test_no_single_wrong_digit_passes(place, digit):
    npi = "2000000101"
    changed = npi[:place] + str(digit) + npi[place + 1 :]
    assert is_npi(changed) == (changed == npi)


@pytest.mark.parametrize(
    "text",
    [
        "Moonlit Psychiatry",
        "psiquiatría",
        "PSIQUIÁTRICO",
        "Psicología Luna",
        "tele-psych",
        "p.s.y.c.h",
        "psy\u200bchiatry",
        "\uff50\uff53\uff59\uff43\uff48",
        "Mental Health",
        "salud mental",
        "Behavioral",
        "Behavioural",
        "salud conductual",
        "Therapy",
        "Hypnotherapist",
        "Terapia",
        "Counseling",
        "Consejería",
        "Rehab",
        "my_mental",
        "Adicciones",
        "Ansiedad",
        "Psiquiatra",
        "Psicólogas de Utah",
        "Trastorno bipolar",
        "Your diagnosis",
        "PTSD",
        "Nurse Practitioner",
        "Enfermería",
        "Trabajadora social",
        "Medication visit",
        "Medicamentos",
        "su inyección",
        "Medicaid",
        "your insurance",
        "Seguro médico",
        "Member ID",
    ],
)
def test_a_word_that_tells_the_specialty_is_found(text):
    assert revealing_word(text)


@pytest.mark.parametrize(
    "text",
    [
        "Moonlit",
        "Environmental",
        "Fundamental Care",
        "Maps Ychan",
        "Semiconductor",
        "Luna Médica",
        "Nursery Lane",
        "Dedicated",
        "Seguros de sí",
        "Conductor",
        "hello@example.org",
    ],
)
def test_a_neutral_word_is_let_pass(text):
    assert revealing_word(text) is None
