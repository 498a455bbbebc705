"""What leaves: the right page behind the link, the right language, a calendar entry, and nothing that is not whole."""

from datetime import UTC, date, datetime, timedelta
from uuid import uuid4

import pytest
from icalendar import Calendar

from moonlit.audit.actor import SYSTEM
from moonlit.availability.queries import FreeStart
from moonlit.booking.models import ManageLink
from moonlit.leads.models import LeadLink
from moonlit.notifications.models import Message
from moonlit.notifications.services import (
    push,
    queue_lead_messages,
    queue_reply,
    queue_staff_alert,
    queue_visit_message,
)
from moonlit.notifications.tests import scene
from moonlit.notifications.tests.scene import EMAIL, NOW
from moonlit.platform.env import env
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Practice, Vendor
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def tell(visit, topic="appointment.booked", *, state="booked", version=1):
    type(visit).objects.filter(pk=visit.pk).update(state=state)
    queue_visit_message(topic, visit.pk, version, actor=SYSTEM, now=NOW)
    return send()


def send(now=NOW):
    for pk in list(Message.objects.filter(state="queued").values_list("pk", flat=True)):
        push(pk, actor=SYSTEM, now=now)
    return {row.channel: row for row in Message.objects.all()}


def calendar_of(letter):
    (file,) = letter.attachments
    calendar = Calendar.from_ical(file.content)
    (event,) = calendar.walk("VEVENT")
    return file, calendar, event


@pytest.fixture
def published(practice):
    practice.published_languages = {"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-12-01"}}
    practice.save()


# pages


@pytest.mark.parametrize(
    ("topic", "state", "path"),
    [("appointment.booked", "booked", "/es/m/"), ("appointment.not_booked", "failed", "/es/m/")],
)
def test_a_link_opens_the_page_in_the_language_of_the_message(visit, vendors, published, topic, state, path):
    visit.patient.language = "es"
    visit.patient.save()
    tell(visit, topic, state=state)
    for letter in (vendors["sendgrid"].taken[0], vendors["notifyre"].taken[0]):
        assert f"{env().base_url}{path}" in letter.text


def test_words_that_were_taken_back_are_not_used_any_more(visit, vendors, published):
    visit.patient.language = "es"
    visit.patient.save()
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    practice = Practice.objects.get()
    practice.published_languages = {}
    practice.save()
    send()
    assert f"{env().base_url}/m/" in vendors["sendgrid"].taken[0].text
    assert "booked" in vendors["sendgrid"].taken[0].subject


@pytest.mark.parametrize(("topic", "state"), [("appointment.received", "pending"), ("appointment.not_booked", "lost")])
@pytest.mark.parametrize("agreement", [True, False])
def test_no_message_carries_the_link_of_a_page_that_shows_more_than_it_says(visit, vendors, topic, state, agreement):
    if not agreement:
        Vendor.objects.update(baa_until=None)
    tell(visit, topic, state=state)
    assert {link.purpose for link in ManageLink.objects.all()} == {"manage"}
    for letter in (vendors["sendgrid"].taken[0], vendors["notifyre"].taken[0]):
        assert "/m/" in letter.text
        assert "/book/s/" not in letter.text


# other times


@pytest.fixture
def near(visit, monkeypatch):
    """Four free starts near the one that was wanted."""
    visit.criteria = {"visit_type": "intake"}
    visit.save()
    asked = []

    def alternatives(criteria, wanted, now, limit=5):
        asked.append((criteria, wanted, now, limit))
        starts = [wanted + timedelta(hours=hour) for hour in (1, 2, 3, 4)]
        return tuple(FreeStart(start, start + timedelta(hours=1), (1,)) for start in starts)[:limit]

    monkeypatch.setattr("moonlit.notifications.about_visit.alternatives", alternatives)
    monkeypatch.setattr("moonlit.notifications.about_visit.stored_criteria", dict)
    return asked


def test_who_could_not_be_booked_is_told_other_times_on_the_clock_of_the_visit(visit, vendors, near):
    tell(visit, "appointment.not_booked", state="lost")
    mail = vendors["sendgrid"].taken[0].text
    for hour in (10, 11, 12):
        assert f"{hour}:00 {'PM' if hour == 12 else 'AM'} MST" in mail
    assert "1:00 PM MST" not in mail
    assert {limit for *_, limit in near} == {3}


def test_without_an_agreement_a_vendor_hears_of_no_times(visit, vendors, near):
    Vendor.objects.update(baa_until=None)
    tell(visit, "appointment.not_booked", state="lost")
    assert "MST" not in vendors["sendgrid"].taken[0].text
    assert not near


# calendars


def test_a_confirmation_brings_a_calendar_entry_that_says_nothing(visit, vendors):
    tell(visit)
    letter = vendors["sendgrid"].taken[0]
    file, calendar, event = calendar_of(letter)
    assert (file.name, file.content_type) == ("appointment.ics", "text/calendar; method=REQUEST; charset=utf-8")
    assert (calendar["METHOD"], str(event["SUMMARY"])) == ("REQUEST", "Appointment")
    assert event["DTSTART"].dt == visit.start
    assert event["ATTENDEE"] == f"mailto:{EMAIL}"
    assert event["ORGANIZER"] == "mailto:no-reply@mail.example.org"
    assert str(event["URL"]) in letter.text
    assert b"Quintero" not in file.content


def test_a_moved_visit_takes_the_place_of_its_old_entry(visit, vendors):
    tell(visit)
    old = type(visit).objects.get(pk=visit.pk)
    old.athena_appt_id = None
    old.state = "moved"
    old.save()
    new = visit
    new.pk, new.slot_ehr_id, new.athena_appt_id, new.moved_from_id = uuid4(), "2", "2", old.pk
    new.start, new.end = new.start + DAY, new.end + DAY
    new.save(force_insert=True)
    tell(new, "appointment.moved")
    first, second = (calendar_of(letter)[2] for letter in vendors["sendgrid"].taken)
    assert first["UID"] == second["UID"]
    assert second["SEQUENCE"] > first["SEQUENCE"]
    assert second["DTSTART"].dt - first["DTSTART"].dt == DAY


def test_a_cancelled_visit_takes_its_entry_away(visit, vendors):
    tell(visit)
    type(visit).objects.update(version=2)
    tell(visit, "appointment.cancelled", state="cancelled", version=2)
    booked, cancelled = (calendar_of(letter) for letter in vendors["sendgrid"].taken)
    assert cancelled[1]["METHOD"] == "CANCEL"
    assert cancelled[2]["UID"] == booked[2]["UID"]
    assert cancelled[2]["SEQUENCE"] > booked[2]["SEQUENCE"]
    assert cancelled[2]["STATUS"] == "CANCELLED"


@pytest.mark.parametrize(
    ("topic", "state", "booked_at"),
    [
        ("appointment.change_failed", "booked", NOW),
        ("appointment.tomorrow", "booked", NOW),
        ("appointment.cancelled", "cancelled", None),  # taken back before the EHR had booked it
    ],
)
def test_other_news_brings_no_entry(visit, vendors, topic, state, booked_at):
    type(visit).objects.update(booked_at=booked_at)
    tell(visit, topic, state=state)
    assert vendors["sendgrid"].taken[0].attachments == ()


# leads, staff, answers


def test_an_invitation_has_a_link_of_the_leads_own_in_its_language(practice, vendors, published):
    lead = scene.lead(invited_at=NOW, language="es")
    queue_lead_messages("lead.invitable", lead.pk, actor=SYSTEM, now=NOW, version=2)
    send()
    tokens = set()
    for letter in (vendors["sendgrid"].taken[0], vendors["notifyre"].taken[0]):
        assert f"{env().base_url}/es/book/i/" in letter.text
        tokens.add(letter.text.partition("/book/i/")[2].split()[0])
    assert {bytes(link.token_hash) for link in LeadLink.objects.all()} == {token_hash(token) for token in tokens}
    assert len(tokens) == 2


def test_a_lead_is_told_until_when_we_answer(practice, vendors):
    """The day is the page's, also when the message is made long after (`widget.views.ask` promises by the same rule)."""
    friday_evening = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)  # Friday, 18:30 in Utah
    queue_lead_messages("lead.created", scene.lead(now=friday_evening).pk, actor=SYSTEM, now=NOW)
    send()
    letter = next(each for each in vendors["sendgrid"].taken if each.to == EMAIL)
    assert "by Monday, November 30, 2026" in letter.text
    assert "801-555-0100" in letter.text
    assert "book" not in letter.text.replace("facebook", "")


def test_without_an_agreement_a_vendor_hears_of_no_day(practice, vendors):
    Vendor.objects.update(baa_until=None)
    queue_lead_messages("lead.created", scene.lead().pk, actor=SYSTEM, now=NOW)
    send()
    assert all("December" not in letter.text for letter in vendors["sendgrid"].taken)


def test_an_alert_says_where_to_look_and_nothing_else(practice, vendors):
    queue_staff_alert("billing", "20261201T1700", now=NOW)
    send()
    assert f"{env().base_url}/staff/tasks?team=billing" in vendors["sendgrid"].taken[0].text


@pytest.mark.parametrize("what", ["stopped", "started", "help", "free"])
def test_each_answer_to_a_text_names_us(practice, vendors, what):
    from moonlit.notifications.services import stop_contact

    if what == "stopped":
        stop_contact("sms", scene.PHONE, "stop_word", "stop", actor=SYSTEM, now=NOW)
    queue_reply(uuid4(), scene.PHONE, what, "en", until=NOW + timedelta(hours=1), now=NOW)
    send()
    assert "Moonlit" in vendors["notifyre"].taken[0].text


# what cannot be said whole is not said


def failure(row):
    return (row.state, row.error)


@pytest.mark.parametrize("name", ["", "   "])
def test_a_practice_without_a_name_sends_nothing_and_everybody_sees_it(visit, vendors, name):
    Practice.objects.update(message_name=name)
    rows = tell(visit)
    assert {failure(row) for row in rows.values()} == {("failed", "missing")}
    assert Task.objects.filter(kind="message_failed", state="open").count() == 1
    assert not ManageLink.objects.exists()


def test_an_answer_without_a_phone_number_is_not_half_an_answer(practice, vendors):
    Practice.objects.update(phone="")
    queue_reply(uuid4(), scene.PHONE, "help", "en", until=NOW + timedelta(hours=1), now=NOW)
    assert failure(send()["sms"]) == ("failed", "missing")


@pytest.mark.parametrize(
    "address", ["pat@example.org\nBcc: other@example.org", "pat@example.org other@example.org", "a\x00b@example.org"]
)
def test_an_address_that_is_more_than_one_line_is_not_written_to(visit, vendors, address):
    visit.patient.email = address
    visit.patient.save()
    rows = tell(visit)
    assert failure(rows["email"]) == ("failed", "contact_unusable")
    assert vendors["sendgrid"].calls == 0
    assert rows["sms"].state == "sent"


def test_what_does_not_fit_two_segments_is_not_texted(visit, vendors, monkeypatch):
    monkeypatch.setattr("moonlit.notifications.texts.MAX_SMS_SEGMENTS", 0)
    rows = tell(visit)
    assert failure(rows["sms"]) == ("failed", "too_long")
    assert rows["email"].state == "sent"


@pytest.mark.parametrize(("day", "knows"), [(date(2026, 12, 1), True), (date(2026, 11, 30), False)])
def test_an_agreement_is_judged_on_the_practices_day(visit, vendors, day, knows):
    Vendor.objects.update(baa_until=day)
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    send(datetime(2026, 12, 2, 1, 30, tzinfo=UTC))  # 18:30 on December 1 in Denver
    assert ("9:00 AM" in vendors["sendgrid"].taken[0].text) is knows
