"""Which messages come, and how: chosen behind the link and the code."""

import re

import pytest

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment, ManageLink
from moonlit.booking.services import ask_confidential, mint_link
from moonlit.domain.reaching import SENT, Channel
from moonlit.notifications.services.contacts import stop_contact
from moonlit.people.inputs import BookerInput
from moonlit.people.message_queries import ABOUT_VISITS
from moonlit.people.models import Consent, MessagePreference
from moonlit.people.queries import reachable
from moonlit.people.services import Choice, add_patient, set_preferences
from moonlit.people.topics import Topic
from moonlit.practice.models import Document
from moonlit.widget.tests.person import FRIDAY, Person
from tests.support.people import agreed, patient

DESK = Actor("staff", "7")
OTTO = BookerInput(kind="case_manager", name="Otto Quill", email="otto@example.org", messages_to="both")
PHONE = "+18015550142"
ALL = ["visits_email", "reminders_email", "visits_sms", "reminders_sms"]


@pytest.fixture
def opened(person):
    """On the page, proven by e-mail."""
    return opened_by(person)


def opened_by(person, holder="patient", proven="email"):
    person.link = mint_link(
        person.visit_id, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=person.scene.clock(), holder=holder
    )
    person.prove(proven)
    return person.go(f"{person.session}/messages")


def somebody(scene, monkeypatch, **changes):
    from moonlit.platform import clock

    monkeypatch.setattr(clock, "now", scene.clock)
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()
    return Person(scene, **changes)


def shown(person):
    return re.findall(r'name="shown" value="([^"]+)"', person.body)


def ticked(person):
    return [name for name in ALL if re.search(rf'name="{name}"[^>]* checked', person.body)]


def save(person, *names, **more):
    person.scene.clock.forward(seconds=20)
    return person.press(shown=shown(person), **dict.fromkeys(names, "1"), **more)


def reached(person, topic):
    found = reachable(person.visit_id, person.row.patient_id, Topic(topic))
    return found.email, found.sms, found.booker_email


def test_the_page_shows_what_is_on_now_and_never_a_whole_address(opened):
    assert ticked(opened) == shown(opened) == ALL
    assert "E-mail to z...@example.org" in opened.text
    assert "Text messages to the number that ends in 0142" in opened.text
    assert "zoe@" not in opened.body
    assert "555-0142" not in opened.body


def test_one_press_saves_and_the_page_says_what_comes_from_now_on(opened):
    save(opened, "visits_email", "reminders_sms")
    assert opened.path.endswith("/messages?notice=saved")
    assert "Saved. From now on you get: By e-mail: News about my visit" in opened.text
    assert "By text message: Reminders before my visit" in opened.text
    assert ticked(opened) == ["visits_email", "reminders_sms"]
    assert reached(opened, "visits") == ("zoe@example.org", "", "")
    assert reached(opened, "reminders") == ("", PHONE, "")
    rows = MessagePreference.objects.all()
    assert {(row.source, row.decided_by, row.decided_at) for row in rows} == {("link", "patient", opened.scene.clock())}
    assert AuditEvent.objects.filter(verb="people:preference:set").count() == len(rows) == 4


def test_the_same_again_keeps_no_rows_and_everything_off_is_said_so(opened):
    save(opened, *ALL)
    save(opened, *ALL)
    assert MessagePreference.objects.count() == 4
    save(opened)
    assert "You get no messages about this visit, so please write the date down." in opened.text
    assert ticked(opened) == []
    assert reached(opened, "visits") == reached(opened, "reminders") == ("", "", "")


def test_a_box_that_was_not_on_the_page_is_left_as_it_is(opened):
    opened.scene.clock.forward(minutes=1)
    opened.press(shown=["visits_email", "invitations_sms", "x"], reminders_sms="1", invitations_sms="1")
    assert ticked(opened) == ALL[1:]
    assert MessagePreference.objects.count() == 1


def test_the_page_is_reached_from_the_visit_and_only_behind_the_code(person):
    person.go(f"/m/{person.link}/s/{'x' * 22}/messages")
    assert "/code" in person.path
    person.prove()
    assert f'href="{person.session}/messages">Choose which messages you get</a>' in person.body


def test_choosing_texts_agrees_to_them_with_the_words_beside_the_box(scene, monkeypatch):
    Document.objects.create(kind="sms", version="2026-11", url="/documents/sms/2026-11")
    person = opened_by(somebody(scene, monkeypatch, consents=agreed()))
    assert ticked(person) == ["visits_email", "reminders_email"]
    assert "Message and data rates may apply." in person.text
    assert "Reply STOP to any of them to end them all, or HELP for help." in person.text
    save(person, *ALL, version_sms="2026-11")
    consent = Consent.objects.get(appointment=person.visit_id, kind="sms")
    assert (consent.state, consent.version, consent.source) == ("given", "2026-11", "link")
    assert consent.decided_at == person.scene.clock()
    assert set(MessagePreference.objects.filter(channel="sms").values_list("wording", flat=True)) == {"2026-11"}
    assert reached(person, "reminders") == ("zoe@example.org", PHONE, "")
    assert "By choosing one of these you agree" not in person.text.partition("Text messages to")[2]


def test_words_that_changed_meanwhile_are_read_again_and_nothing_typed_is_lost(scene, monkeypatch):
    person = opened_by(somebody(scene, monkeypatch, consents=agreed()))
    Document.objects.create(kind="sms", version="2026-12", url="/documents/sms/2026-12")
    save(person, "reminders_sms", version_sms="2026-11")
    assert person.status == 422
    assert "This text has changed meanwhile. Please read the current version." in person.text
    assert ticked(person) == ["reminders_sms"]
    assert not MessagePreference.objects.exists()
    assert reached(person, "reminders") == ("zoe@example.org", "", "")


def test_who_booked_changes_only_what_comes_to_them(scene, monkeypatch):
    person = opened_by(somebody(scene, monkeypatch, booked_by=OTTO), holder="booker")
    assert shown(person) == ["visits_email", "reminders_email"]
    assert "zoe" not in person.text.lower()
    person.scene.clock.forward(minutes=1)
    person.press(shown=ALL, visits_email="1", visits_sms="1", version_sms="")
    assert reached(person, "visits") == ("zoe@example.org", "", "otto@example.org")
    assert reached(person, "reminders") == ("zoe@example.org", "", "")
    assert Consent.objects.get(appointment=person.visit_id, kind="sms").state == "to_be_signed"


def test_who_booked_but_gets_no_messages_cannot_ask_for_any(scene, monkeypatch):
    to_patient = OTTO.model_copy(update={"messages_to": "patient"})
    person = opened_by(somebody(scene, monkeypatch, booked_by=to_patient), holder="booker")
    assert "Only the patient can change that." in person.text
    person.press(shown=ALL, visits_email="1")
    assert not MessagePreference.objects.exists()


def test_a_number_that_said_stop_says_how_texts_come_again(person):
    opened = opened_by(person, proven="sms")
    stop_contact("sms", PHONE, "stop_word", "stop", actor=SYSTEM, now=opened.scene.clock())
    opened.go(opened.path)
    assert shown(opened) == ALL[:2]
    assert "We got STOP from this number, so we send no texts to it. To get texts again, text START" in opened.text
    opened.press(shown=ALL, visits_sms="1")
    assert not MessagePreference.objects.filter(channel="sms").exists()


@pytest.mark.parametrize(
    ("channel", "contact", "reason", "said"),
    [
        ("sms", PHONE, "unreachable", "Maybe it is not a mobile phone."),
        ("email", "zoe@example.org", "bounced", "Our e-mail does not arrive at this address."),
    ],
)
def test_a_contact_that_does_not_work_is_said_with_a_way_out(person, channel, contact, reason, said):
    opened = opened_by(person, proven=channel)
    stop_contact(channel, contact, reason, "", actor=SYSTEM, now=opened.scene.clock())
    opened.go(opened.path)
    assert said in opened.text
    assert not any(name.endswith(channel) for name in shown(opened))


@pytest.mark.parametrize(("proven", "other", "contact"), [("email", "sms", PHONE), ("sms", "email", "zoe@example.org")])
def test_that_we_know_a_contact_is_told_to_nobody_who_has_not_proven_it(person, proven, other, contact):
    """Whoever books types what they like: a stranger's number must not say that it once wrote STOP to us."""
    opened = opened_by(person, proven=proven)
    before = opened.text
    stop_contact(other, contact, "stop_word", "", actor=SYSTEM, now=opened.scene.clock())
    assert opened.go(opened.path).text == before
    assert ticked(opened) == ALL


def test_without_a_mobile_number_there_is_nothing_to_choose_for_texts(scene, monkeypatch):
    person = opened_by(somebody(scene, monkeypatch, patient=patient(phone=None)))
    assert shown(person) == ALL[:2]
    assert "Texts need a mobile number, and we have none for you." in person.text


@pytest.mark.parametrize(
    ("channel", "address", "boxes", "said"),
    [
        ("email", "", ALL[:2], "You asked us to write to you in this one way only."),
        ("email", "safe@example.org", ALL[:2], "s...@example.org"),
    ],
)
def test_a_confidential_request_is_what_the_page_offers(person, channel, address, boxes, said):
    ask_confidential(person.visit_id, Channel(channel), address=address, actor=DESK, now=person.scene.clock())
    opened_by(person)
    assert shown(person) == boxes
    assert said in person.text
    assert "0142" not in person.body


def test_a_confidential_request_ends_links_and_with_them_open_sessions(opened):
    session = opened.session
    ask_confidential(opened.visit_id, Channel.PHONE, actor=DESK, now=opened.scene.clock())
    assert opened.go(f"{session}/messages").status == 404
    assert opened.go(f"/m/{opened.link}").status == 404
    for more in ("", "/visit.ics"):  # whoever has it open reads on no further, and gets no new link from it
        assert opened.go(f"/book/s/{opened.status_token}{more}").status == 404
    opened.press(f"/book/s/{opened.status_token}/change")
    assert opened.status == 404
    assert not ManageLink.objects.filter(revoked_at=None).exists()


def test_a_confidential_request_ends_the_links_to_the_persons_other_visits_and_nobody_elses(person):
    now = person.scene.clock()

    def another(**who):
        visit = person.row
        again = Appointment.objects.create(
            state="booked", provider=person.scene.providers["72"], location=visit.location, start=visit.start,
            end=visit.end, time_zone=visit.time_zone, slot_ehr_id=f"x{len(who)}", athena_appt_id=f"x{len(who)}",
            patient=add_patient(patient(**who), now=now), created_at=now, booked_at=now,
        )  # fmt: skip
        return mint_link(again.pk, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=now)

    same, else_ = another(), another(first_name="Miro")
    ask_confidential(person.visit_id, Channel.PHONE, actor=DESK, now=now)
    assert (person.go(f"/m/{same}").status, person.go(f"/m/{else_}").status) == (404, 200)


def test_what_was_refused_for_another_visit_is_told_only_to_who_proves_the_contact(opened):
    """Proven by e-mail: of the texts refused elsewhere nothing is said, and they stay refused."""
    before = add_patient(patient(), now=opened.scene.clock())
    choices = [Choice(topic, channel, False) for topic in ABOUT_VISITS for channel in SENT]
    now = opened.scene.clock()
    set_preferences(before.pk, choices, source=MessagePreference.Source.STAFF, decided_by="7", actor=DESK, now=now)
    opened.go(opened.path)
    assert ticked(opened) == ALL[2:]
    assert reached(opened, "visits") == ("", "", "")
    save(opened, *ALL)
    assert reached(opened, "visits") == ("zoe@example.org", "", "")


def test_pressing_too_often_loses_nothing(opened):
    for _ in range(12):
        save(opened, "visits_email")
        save(opened)
    save(opened, "reminders_sms")
    assert opened.status == 429
    assert int(opened.response["Retry-After"]) > 0
    assert ticked(opened) == ["reminders_sms"]


def test_looking_saves_nothing(opened):
    opened.go(opened.path)
    opened.press(shown=ALL, language="es")
    assert ticked(opened) == []
    assert not MessagePreference.objects.exists()
