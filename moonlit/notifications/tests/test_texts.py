"""The words: what they must say, what they must not, how long they get (rules 6.1, 6.4)."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.notifications.segments import Encoding, measure
from moonlit.notifications.texts import (
    CannotWord,
    Visit,
    code_email,
    code_sms,
    lead_email,
    lead_invitation_email,
    lead_invitation_sms,
    lead_received_email,
    lead_received_sms,
    reply_sms,
    spoken,
    staff_alert_email,
    visit_email,
    visit_sms,
)
from moonlit.notifications.texts.wording import News, Reply
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
    with pytest.raises(CannotWord, match="too_long"):
        visit_sms(News.BOOKED, "en", "Clínica \N{CRESCENT MOON} " * 8, VISIT, LINK)


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_page_of_a_mail_has_one_link_with_words_and_its_address_and_loads_nothing(language):
    mail = visit_email(News.BOOKED, language, "Moonlit", VISIT, LINK)
    assert re.findall(r'<a [^>]*href="([^"]*)"', mail.html) == [LINK]
    assert f">{mail.template_data['action_label']}</a>" in mail.html
    assert f">{LINK}</p>" in mail.html, "who cannot press it can copy it"
    assert '<meta name="color-scheme" content="light dark">' in mail.html
    assert f'<html lang="{language}">' in mail.html
    assert not re.search(r"<img|<script|url\(|https?://(?!book\.example\.org/)", mail.html)


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
        (News.STAYS, "could not be changed", "It stays on Tuesday, December 1, 2026 at 9:00 AM MST."),
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


# Spanish


def test_spanish_says_the_date_and_the_zone_in_spanish():
    mail = visit_email(News.BOOKED, "es-MX", "Moonlit", VISIT, LINK)
    for body in (mail.text, mail.html):
        assert "Su cita está reservada para el martes 1 de diciembre de 2026, 9:00 a. m. MST." in body
    assert '<html lang="es">' in mail.html
    assert "el mar 1 dic, 9:00 a. m. MST. " + LINK in visit_sms(News.BOOKED, "es", "Moonlit", VISIT, LINK)


def test_every_day_month_and_half_of_the_day_is_said_in_both_languages_and_fits_a_text():
    start = datetime(2026, 1, 3, 17, tzinfo=UTC)
    said = {language: set() for language in ("en", "es")}
    for step in range(0, 366 * 24, 37):
        visit = Visit(start + timedelta(hours=step), "America/Denver")
        for language, seen in said.items():
            seen.update(visit_email(News.CHANGED, language, "Moonlit", visit, LINK).text.split())
            text = visit_sms(News.CHANGED, language, "Moonlit", visit, LINK)
            assert (measure(text).encoding, measure(text).count) == (Encoding.GSM7, 1)
            assert any(zone in text for zone in ("MST", "MDT"))
    assert {"miércoles", "sábado", "septiembre", "diciembre", "a.", "p."} <= said["es"]
    assert {"Wednesday,", "September", "December", "AM", "PM"} <= said["en"]


def test_a_region_of_a_language_speaks_the_language():
    assert [spoken(each) for each in ("es", "es-419", "ES", "en-US", "fr", "")] == ["es", "es", "es", "en", "en", "en"]


@pytest.mark.parametrize("what", Reply)
def test_every_answer_to_a_text_names_the_practice_and_its_phone(what):
    for language in ("en", "es"):
        text = reply_sms(what, language, "Moonlit", "801-555-0100")
        assert text.startswith("Moonlit: ")
        assert "801-555-0100" in text
        assert measure(text).count == 1
        assert reply_sms(str(what), language, "Moonlit", "801-555-0100") == text


def test_who_stops_the_texts_is_told_that_no_visit_is_cancelled():
    assert "does NOT cancel a visit" in reply_sms("stopped", "en", "Moonlit", "801-555-0100")
    assert "NO cancela su cita" in reply_sms("stopped", "es", "Moonlit", "801-555-0100")
    assert "911" in reply_sms("free", "en", "Moonlit", "801-555-0100")
    assert "911" in reply_sms("free", "es", "Moonlit", "801-555-0100")


# other times, leads, staff


def test_a_time_that_could_not_be_had_comes_with_three_others_at_most():
    times = [VISIT.start + timedelta(hours=each) for each in (1, 24, 26, 27)]
    mail = visit_email(News.NOT_BOOKED, "en", "Moonlit", VISIT, LINK, times=times)
    listed = (
        "- Tuesday, December 1, 2026 at 10:00 AM MST\n"
        "- Wednesday, December 2, 2026 at 9:00 AM MST\n"
        "- Wednesday, December 2, 2026 at 11:00 AM MST\n"
    )
    assert listed in mail.text
    assert listed.strip() in mail.template_data["line"]
    assert listed.strip().replace("\n", "<br>") in mail.html
    assert "12:00 PM" not in mail.text
    assert "other times" not in visit_email(News.NOT_BOOKED, "en", "Moonlit", VISIT, LINK).text
    assert "10:00" not in visit_email(News.BOOKED, "en", "Moonlit", VISIT, LINK, times=times).text
    assert "10:00" not in visit_email(News.NOT_BOOKED, "en", "Moonlit", None, LINK, times=times).text


def test_whoever_left_word_learns_by_which_day_we_answer_and_the_phone():
    by = date(2026, 12, 1)
    assert "by Tuesday, December 1, 2026" in lead_received_email("en", "Moonlit", by, "801-555-0100").text
    assert "el martes 1 de diciembre de 2026" in lead_received_email("es", "Moonlit", by, "801-555-0100").text
    assert "by Tue Dec 1. Questions? 801-555-0100" in lead_received_sms("en", "Moonlit", by, "801-555-0100")
    assert "http" not in lead_received_email("en", "Moonlit", by, "801-555-0100").html
    for language in ("en", "es"):
        undated = lead_received_sms(language, "Moonlit", None, "801-555-0100")
        assert "801-555-0100" in undated
        assert not any(char.isdigit() for char in undated.replace("801-555-0100", ""))


def test_an_invitation_says_that_times_can_be_booked_and_nothing_of_what_was_waited_for():
    link = "https://book.example.org/book/i/Zm9vYmFyYmF6cXV4MTIzNA"
    mail = lead_invitation_email("en", "Moonlit", link)
    assert "Times can be booked now." in mail.text
    assert link in mail.text
    assert f"times can be booked now: {link}" in lead_invitation_sms("en", "Moonlit", link)
    assert f"ya puede reservar una hora: {link}" in lead_invitation_sms("es", "Moonlit", link)


def test_an_alert_to_staff_says_that_something_needs_a_hand():
    mail = staff_alert_email("Moonlit", "https://book.example.org/staff/tasks?team=front_desk")
    assert mail.subject == "Moonlit: something needs a hand"
    assert "https://book.example.org/staff/tasks?team=front_desk" in mail.text


# what may be wrong with the values


@pytest.mark.parametrize("blank", ["", " ", "\n", "\u200b", "\x00"])
def test_a_missing_value_makes_no_message_at_all(blank):
    by = date(2026, 12, 1)
    for worded in (
        lambda: visit_email(News.BOOKED, "en", blank, VISIT, LINK),
        lambda: visit_email(News.BOOKED, "en", "Moonlit", VISIT, blank),
        lambda: visit_email(News.BOOKED, "en", "Moonlit", None, blank),
        lambda: visit_sms(News.BOOKED, "es", blank, VISIT, LINK),
        lambda: visit_sms(News.BOOKED, "en", "Moonlit", None, blank),
        lambda: code_email("en", "Moonlit", blank),
        lambda: code_sms("es", "Moonlit", blank),
        lambda: lead_received_email("en", "Moonlit", by, blank),
        lambda: lead_received_sms("es", "Moonlit", None, blank),
        lambda: lead_invitation_email("es", blank, LINK),
        lambda: lead_invitation_sms("en", "Moonlit", blank),
        lambda: reply_sms("help", "en", "Moonlit", blank),
        lambda: lead_email("Moonlit", blank),
        lambda: staff_alert_email(blank, LINK),
    ):
        with pytest.raises(CannotWord, match="missing"):
            worded()


def test_a_wording_that_names_an_unknown_value_makes_no_message(monkeypatch):
    from moonlit.notifications.texts import en

    monkeypatch.setattr(en, "CODE_LINE", "Your code is {code}, for {person}.")
    with pytest.raises(CannotWord, match="missing"):
        code_email("en", "Moonlit", "012345")


def test_an_unknown_reply_is_refused():
    with pytest.raises(ValueError, match="marketing"):
        reply_sms("marketing", "en", "Moonlit", "801-555-0100")


@pytest.mark.parametrize("language", ["en", "es"])
def test_braces_and_line_ends_in_the_name_stay_harmless(language):
    name = "Luna {link}{{x}}\r\nBcc: all@example.org\u2028%s"
    mail = visit_email(News.BOOKED, language, name, VISIT, LINK)
    assert mail.subject.startswith("Luna {link}{{x}} Bcc: all@example.org %s: ")
    assert len(mail.subject.splitlines()) == 1
    assert mail.template_data["subject"] == mail.subject
    text = visit_sms(News.BOOKED, language, "Luna {when}\n{0}", VISIT, LINK)
    assert text.startswith("Luna {when} {0}: ")


def test_a_name_with_accents_leaves_a_text_in_one_segment():
    for language in ("en", "es"):
        text = visit_sms(News.BOOKED, language, "Clínica Luna Llena de Utah", VISIT, LINK)
        assert text.startswith("Clinica Luna Llena de Utah: ")
        assert measure(text).count == 1
    assert visit_email(News.BOOKED, "es", "Clínica Luna", VISIT, LINK).subject.startswith("Clínica Luna: ")


whole_days = st.datetimes(datetime(2026, 1, 1), datetime(2035, 12, 31), timezones=st.just(UTC))
zones_of_visits = st.sampled_from(["America/Denver", "America/Phoenix", "America/Anchorage", "Pacific/Honolulu"])


@given(
    news=st.sampled_from(News),
    language=st.sampled_from(["en", "es", "es-MX", "fr"]),
    name=st.text(max_size=40),
    start=whole_days,
    zone=zones_of_visits,
    known=st.booleans(),
)
def test_a_text_is_whole_and_within_two_segments_or_is_none(news, language, name, start, zone, known):
    visit = Visit(start, zone) if known else None
    shown = "".join(each for each in name if each.isprintable()).strip()
    try:
        text = visit_sms(news, language, name, visit, LINK)
    except CannotWord:
        assert not shown or measure(shown).encoding is Encoding.UCS2
        return
    found = measure(text)
    assert found.count <= 2
    assert found.encoding is Encoding.UCS2 or found.count == 1 or spoken(language) == "es"
    assert text.count(LINK) == 1
    assert ("ALTO" if spoken(language) == "es" else "STOP") in text
    assert len(text.splitlines()) == 1
