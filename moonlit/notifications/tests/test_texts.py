"""The words: what they must say, what they must not, how long they get (rules 6.1, 6.4)."""

from datetime import UTC, datetime

import pytest

from moonlit.notifications.segments import Encoding, measure
from moonlit.notifications.texts import Visit, code_email, code_sms, lead_email, visit_email, visit_sms
from moonlit.notifications.texts.wording import News
from moonlit.practice.neutral import revealing_word

VISIT = Visit(datetime(2026, 12, 1, 16, 0, tzinfo=UTC), "America/Denver")
LINK = "https://book.example.org/m/Zm9vYmFyYmF6cXV4MTIzNA"


def test_the_confirmation_says_name_date_time_zone_and_link():
    mail = visit_email(News.BOOKED, "en", "Moonlit", VISIT, LINK)
    assert mail.subject == "Moonlit: your appointment is booked"
    for body in (mail.text, mail.html):
        assert "Tuesday, December 1, 2026 at 9:00 AM MST" in body
        assert LINK in body
    text = visit_sms(News.BOOKED, "en", "Moonlit", VISIT, LINK)
    assert text.startswith("Moonlit: you are booked for Tue Dec 1, 9:00 AM MST. " + LINK)
    assert "STOP" in text


def test_the_zone_is_that_of_the_day_of_the_visit():
    summer = Visit(datetime(2026, 7, 1, 18, 30, tzinfo=UTC), "America/Denver")
    assert "12:30 PM MDT" in visit_email(News.BOOKED, "en", "Moonlit", summer, LINK).text


def test_a_vendor_without_an_agreement_learns_neither_date_nor_time():
    mail = visit_email(News.BOOKED, "en", "Moonlit", None, LINK)
    text = visit_sms(News.BOOKED, "en", "Moonlit", None, LINK)
    assert mail.subject == "Moonlit: you have an update"
    assert text.startswith("Moonlit: you have an update")
    for words in (mail.text, mail.html, text, *mail.template_data.values()):
        assert not any(hint in words for hint in ("2026", "Dec", "AM", "MST", "booked", "appointment"))
        assert revealing_word(words.replace(LINK, "")) is None


def test_a_template_at_the_vendor_gets_the_same_words():
    mail = visit_email(News.BOOKED, "en", "Moonlit", VISIT, LINK)
    assert set(mail.template_data) == {"subject", "line", "action_url", "action_label", "footer"}
    for word in mail.template_data.values():
        assert word in mail.text or word == mail.subject


def test_a_language_without_words_is_served_in_english():
    assert visit_sms(News.BOOKED, "fr-CA", "Moonlit", VISIT, LINK) == visit_sms(
        News.BOOKED, "en", "Moonlit", VISIT, LINK
    )
    assert '<html lang="en">' in visit_email(News.BOOKED, "fr-CA", "Moonlit", VISIT, LINK).html


@pytest.mark.parametrize("length", [7, 20, 40])
@pytest.mark.parametrize("visit", [VISIT, None])
@pytest.mark.parametrize("news", News)
def test_an_english_text_is_one_segment_for_every_name_the_practice_may_have(news, length, visit):
    found = measure(visit_sms(news, "en", "N" * length, visit, LINK))
    assert (found.encoding, found.count) == (Encoding.GSM7, 1)


def test_a_text_of_more_than_two_segments_is_refused():
    with pytest.raises(ValueError, match="two segments"):
        visit_sms(News.BOOKED, "en", "Clínica \N{CRESCENT MOON} " * 8, VISIT, LINK)


def test_names_are_escaped_in_the_page_of_a_mail():
    assert "<b>" not in visit_email(News.BOOKED, "en", "<b>", VISIT, LINK).html


def test_the_mail_to_staff_says_only_that_something_waits():
    mail = lead_email("Moonlit", "https://book.example.org/staff/leads/1")
    assert mail.subject == "Moonlit: a new request is waiting"
    assert revealing_word(mail.subject + mail.text) is None


@pytest.mark.parametrize(
    ("news", "subject", "line"),
    [
        (News.CHANGED, "your appointment has changed", "It is now on Tuesday, December 1, 2026 at 9:00 AM MST."),
        (News.STAYS, "could not be moved", "It stays on Tuesday, December 1, 2026 at 9:00 AM MST."),
        (News.ANOTHER, "another appointment was booked", "Yours on Tuesday, December 1, 2026 at 9:00 AM MST stands."),
        (News.CANCELLED, "your appointment is cancelled", "on Tuesday, December 1, 2026 at 9:00 AM MST is cancelled."),
    ],
)
def test_each_piece_of_news_says_what_is_true_now_and_no_more(news, subject, line):
    mail = visit_email(news, "en", "Moonlit", VISIT, LINK)
    assert subject in mail.subject
    assert line in mail.text
    text = visit_sms(news, "en", "Moonlit", VISIT, LINK)
    assert "Tue Dec 1, 9:00 AM MST" in text
    assert LINK in text
    assert "STOP" in text
    assert visit_sms(news, "en", "Moonlit", None, LINK) == visit_sms(News.BOOKED, "en", "Moonlit", None, LINK)
    for words in (mail.subject, mail.text.replace(LINK, ""), text.replace(LINK, "")):
        assert revealing_word(words) is None


@pytest.mark.parametrize("length", [7, 40])
def test_a_code_travels_with_the_name_and_nothing_else(length):
    name = "N" * length
    text = code_sms("en", name, "012345")
    mail = code_email("en", name, "012345")
    assert measure(text).count == 1
    for words in (text, mail.text, mail.html):
        assert words.count("012345") == 1
        assert "http" not in words
        assert revealing_word(words) is None
    assert "012345" not in mail.subject
