"""Parts of a text message, on every edge; the cases are ours, from the rules of 3GPP TS 23.038."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.notifications.segments import Encoding, measure, plain, unaccented


@pytest.mark.parametrize(
    ("text", "encoding", "units", "count"),
    [
        ("", Encoding.GSM7, 0, 1),
        ("a" * 160, Encoding.GSM7, 160, 1),
        ("a" * 161, Encoding.GSM7, 161, 2),
        ("a" * 306, Encoding.GSM7, 306, 2),
        ("a" * 307, Encoding.GSM7, 307, 3),
        ("mañana ¿qué? ü ñ Ñ É", Encoding.GSM7, 20, 1),
        ("[" * 80, Encoding.GSM7, 160, 1),
        ("[" * 81, Encoding.GSM7, 162, 2),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 306, 3),
        ("está", Encoding.UCS2, 4, 1),
        ("á" * 70, Encoding.UCS2, 70, 1),
        ("á" * 71, Encoding.UCS2, 71, 2),
        ("á" * 134, Encoding.UCS2, 134, 2),
        ("á" * 135, Encoding.UCS2, 135, 3),
        ("á" * 66 + "\N{CRESCENT MOON}" + "á" * 66, Encoding.UCS2, 134, 3),
        ("\N{CRESCENT MOON}" * 35, Encoding.UCS2, 70, 1),
        ("`", Encoding.UCS2, 1, 1),
    ],
)
def test_a_text_is_measured(text, encoding, units, count):
    found = measure(text)
    assert (found.encoding, found.units, found.count) == (encoding, units, count)


def test_one_typographic_mark_is_replaced_before_it_triples_the_price():
    curly = "\u201cMoonlit\u201d \u2013 it\u2019s\u00a0on\u2026"
    assert plain(curly) == '"Moonlit" - it\'s on...'
    assert measure(curly).encoding is Encoding.UCS2
    assert measure(plain(curly)).encoding is Encoding.GSM7


def test_letters_with_accents_are_left_alone():
    assert plain("José Peña Álvarez") == "José Peña Álvarez"


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("Clínica Estación", "Clinica Estacion"),
        ("Cli\u0301nica", "Clinica"),
        ("Señor Müller & Niños", "Señor Müller & Niños"),
        ("Łąka \N{CRESCENT MOON}", "Łaka \N{CRESCENT MOON}"),
        ("[Luna]", "[Luna]"),
    ],
)
def test_a_name_loses_only_the_accents_that_would_halve_the_text(name, sent):
    assert unaccented(name) == sent


@given(st.text(max_size=400))
def test_a_longer_text_never_needs_fewer_parts(text):
    assert measure(text + "a").count >= measure(text).count


@given(st.text(max_size=400))
def test_the_parts_hold_the_whole_text_and_waste_less_than_one_character_each(text):
    found = measure(text)
    whole, part = (160, 153) if found.encoding is Encoding.GSM7 else (70, 67)
    if found.count == 1:
        assert found.units <= whole
    else:
        assert (found.count - 1) * (part - 1) < found.units <= found.count * part
