"""What fits into the EHR, and what happens to what does not (rules 13)."""

import unicodedata

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
        ("e\u200d\u0301 a\u0300", "\u00e9 \u00e0"),
        ("\ue000\uf8ff private \U000f0000", "private"),
        ("\u674e \u0110\u1ed7, \u0645\u0631\u062d\u0628\u0627", "\u674e \u0110\u1ed7, \u0645\u0631\u062d\u0628\u0627"),
        ("first line\nsecond line", "first line second line"),
        ("\U0001f642\u2764\ufe0f", ""),
        ("", ""),
    ],
)
def test_a_note_keeps_its_words_and_loses_what_the_ehr_cannot_show(typed, sent):
    assert note_text(typed) == sent


@given(st.text())
def test_a_cleaned_note_is_clean(text):
    assert note_text(note_text(text)) == note_text(text)
    assert note_text(text).isprintable()


@given(st.text())
def test_a_cleaned_note_has_every_letter_and_digit_that_was_typed(text):
    def letters(words):
        return [each for each in unicodedata.normalize("NFC", words) if unicodedata.category(each)[0] in "LN"]

    without_marks = "".join(each for each in text if unicodedata.category(each)[0] not in "MSC")
    assert letters(note_text(without_marks)) == letters(without_marks)


@given(st.text())
def test_a_cleaned_note_is_composed_and_empty_only_without_anything_to_read(text):
    cleaned = note_text(text)
    assert unicodedata.is_normalized("NFC", cleaned)
    assert cleaned or not any(unicodedata.category(each)[0] in "LNP" for each in text)
