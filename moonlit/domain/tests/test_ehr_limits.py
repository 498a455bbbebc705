"""What fits into the EHR, and what happens to what does not (rules 13)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.ehr_limits import Fitted, fit, note_text

EMAIL_OF_50 = "a" * 38 + "@example.org"


def test_details_exactly_at_the_limit_are_sent_whole():
    assert fit("F" * 20, "L" * 30, EMAIL_OF_50) == Fitted("F" * 20, "L" * 30, EMAIL_OF_50, (), ())


@pytest.mark.parametrize(("first", "last", "field"), [("F" * 21, "L", "first_name"), ("F", "L" * 31, "last_name")])
def test_a_name_over_the_limit_goes_to_staff_uncut(first, last, field):
    fitted = fit(first, last, "")

    assert (fitted.first_name, fitted.last_name, fitted.needs_staff) == (first, last, (field,))


def test_a_long_email_is_left_out_and_said_so():
    fitted = fit("F", "L", "a" + EMAIL_OF_50)

    assert (fitted.email, fitted.left_out, fitted.needs_staff) == ("", ("email",), ())


def test_a_long_email_that_the_chart_cannot_do_without_goes_to_staff():
    fitted = fit("F" * 21, "L", "a" + EMAIL_OF_50, email_required=True)

    assert (fitted.email, fitted.left_out, fitted.needs_staff) == ("", (), ("first_name", "email"))


@given(st.text(), st.text(), st.text(), st.booleans())
def test_nothing_is_ever_cut(first, last, email, required):
    fitted = fit(first, last, email, email_required=required)

    assert (fitted.first_name, fitted.last_name) == (first, last)
    assert fitted.email == email or "email" in (*fitted.left_out, *fitted.needs_staff)


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("  Please\r\n call\tfirst ", "Please call first"),
        ("Thanks \U0001f600\U0001f44d\U0001f3fd!", "Thanks !"),
        ("\U0001f468\u200d\U0001f469\u200d\U0001f467 family", "family"),
        ("1\ufe0f\u20e3 first \u2764\ufe0f", "1 first"),
        ("\U0001f1fa\U0001f1f8 flag", "flag"),
        ("be\x00ep\x07\x1b[0m", "beep[0m"),
        (
            "Jos\u00e9 \u00d1u\u00f1ez, 37\u00b0, \u00a7 2 \u2013 \u201cok\u201d",
            "Jos\u00e9 \u00d1u\u00f1ez, 37\u00b0, \u00a7 2 \u2013 \u201cok\u201d",
        ),
        ("a\u202eb", "ab"),
        ("", ""),
    ],
)
def test_a_note_keeps_its_words_and_loses_what_the_ehr_cannot_show(typed, sent):
    assert note_text(typed) == sent


@given(st.text())
def test_a_cleaned_note_is_clean(text):
    assert note_text(note_text(text)) == note_text(text)
    assert note_text(text).isprintable()
