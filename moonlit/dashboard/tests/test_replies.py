"""What people texted to us, and the contacts nothing is sent to."""

import re
from uuid import uuid4

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.dashboard import message_words
from moonlit.dashboard.tests.incoming import ZOE, text_in
from moonlit.dashboard.tests.reading import page, part
from moonlit.notifications.contact_queries import is_stopped
from moonlit.notifications.models import Reply, StoppedContact
from moonlit.notifications.services import stop_contact
from moonlit.worklist.models import Task

WORDS = "I have a fever, may I come later?"


def stopped(reason, now, contact=ZOE, channel="sms"):
    stop_contact(channel, contact, reason, "stop" if reason == "stop_word" else "", actor=SYSTEM, now=now)
    return StoppedContact.objects.get(ended_at=None)


def test_what_waits_to_be_read_stands_first_without_its_words(desk, staff):
    text_in(WORDS, desk.clock())
    desk.clock.forward(minutes=1)
    text_in("HELP", desk.clock(), "+18015550199")
    text = page(staff, "/staff/replies")
    assert text.index("Number ending in ...0142") < text.index("Number ending in ...0199")
    assert "To read 1" in text
    assert "fever" not in text
    assert "0199" not in page(staff, "/staff/replies?show=unread")


def test_a_reply_shows_its_words_and_who_it_may_be(desk, staff, book, leave):
    visit, lead = book(confirmed=True), leave(phone="801-555-0142")
    reply = text_in(WORDS, desk.clock())
    text = page(staff, f"/staff/replies/{reply.pk}")
    for told in (WORDS, "(801) 555-0142", "Zoë Ñandú-O'Leary Fri, March 6, 2026, 9:00 AM MST · Booked", "Inés Waiting"):
        assert told in text, told
    html = staff.get(f"/staff/replies/{reply.pk}").content.decode()
    assert f'href="/staff/appointments/{visit}"' in html
    assert f'href="/staff/leads/{lead}"' in html
    read = AuditEvent.objects.filter(verb=Verb.REPLY_READ).latest("at")
    assert (read.subject, read.facts["leads"]) == (f"reply:{reply.pk}", [str(lead)])
    assert len(read.facts["patients"]) == 1


def test_looking_at_a_text_does_not_mark_it_as_read(desk, staff):
    reply = text_in(WORDS, desk.clock())
    page(staff, f"/staff/replies/{reply.pk}")
    assert Reply.objects.get().read_at is None


def test_marking_it_as_read_closes_its_task_and_says_who_read_it(desk, staff):
    reply = text_in(WORDS, desk.clock())
    assert "Somebody answered a text message" in page(staff, "/staff/tasks")
    assert f'href="/staff/replies/{reply.pk}"' in staff.get("/staff/tasks").content.decode()
    assert staff.post(f"/staff/replies/{reply.pk}/read")["Location"] == "/staff/replies"
    assert "marked as read" in page(staff, "/staff/replies")
    assert Task.objects.get(kind="reply_to_read").state == "closed"
    assert "by Odalys Fairbourne" in page(staff, f"/staff/replies/{reply.pk}")
    assert "Every text has been read" in page(staff, "/staff/replies?show=unread")
    staff.post(f"/staff/replies/{reply.pk}/read")
    assert "somebody has read this text already" in page(staff, "/staff/replies")


def test_what_one_number_wrote_is_read_and_marked_together_but_not_what_came_since(desk, staff):
    first = text_in("hello", desk.clock())
    desk.clock.forward(minutes=1)
    second = text_in(WORDS, desk.clock())
    assert "To read 1" in page(staff, "/staff/replies"), "one number, one line"
    for reply, other in ((first, WORDS), (second, "hello")):
        text = page(staff, f"/staff/replies/{reply.pk}")
        assert other in text
        assert "All read, nothing more to do" in text
    shown = AuditEvent.objects.filter(verb=Verb.REPLY_READ, subject=f"reply:{second.pk}").latest("at")
    assert shown.facts["texts"] == [str(first.pk)]
    html = staff.get(f"/staff/replies/{first.pk}").content.decode()
    until = re.search(r'name="until" value="([^"]+)"', html)[1]
    desk.clock.forward(minutes=1)
    late = text_in("and now it is worse", desk.clock())
    staff.post(f"/staff/replies/{first.pk}/read", {"until": until})
    assert [row.pk for row in Reply.objects.filter(read_at=None)] == [late.pk]
    assert "To read 1" in page(staff, "/staff/replies")
    for until in ("", "tomorrow", "2026-03-02T10:00:00"):
        staff.post(f"/staff/replies/{late.pk}/read", {"until": until})
    assert not Task.objects.filter(kind="reply_to_read", state="open").exists()


def test_a_stop_says_what_was_done_by_itself(desk, staff, book):
    book(confirmed=True)
    reply = text_in("STOP", desk.clock())
    text = page(staff, f"/staff/replies/{reply.pk}")
    assert "No text goes to this number any more" in text
    assert "No text goes to this number since" in text
    assert "Read, nothing more to do" not in text
    assert "Stopped texts near a visit: was the visit meant?" in page(staff, "/staff/tasks")


def test_each_answer_says_what_it_said(desk, staff):
    for minute, words in enumerate(["STOP", "START", "HELP", WORDS]):
        desk.clock.forward(minutes=minute)
        reply = text_in(words, desk.clock())
    text = page(staff, f"/staff/replies/{reply.pk}")
    for answer in message_words.ANSWER.values():
        assert text.count(str(answer)) == 1, answer


def test_a_stranger_is_said_to_be_one(desk, staff):
    reply = text_in(WORDS, desk.clock(), "+18015550199")
    assert "Nobody here gave us this number" in page(staff, f"/staff/replies/{reply.pk}")


def test_a_reply_that_is_not_there_is_404_and_read_changes_nothing(staff):
    assert staff.get(f"/staff/replies/{uuid4()}").status_code == 404
    staff.post(f"/staff/replies/{uuid4()}/read")
    assert "Nothing was changed" in page(staff, "/staff/replies")


def test_no_text_at_all_is_said(staff):
    assert "Nobody has texted our number yet" in page(staff, "/staff/replies")


def test_fifty_replies_take_no_more_queries_than_one(desk, staff, django_assert_max_num_queries):
    for number in range(50):
        text_in(WORDS, desk.clock(), f"+18015550{100 + number}")
    with django_assert_max_num_queries(14):
        staff.get("/staff/replies")


def test_today_counts_the_texts_to_read(desk, staff):
    text_in(WORDS, desk.clock())
    assert "...0142" in part(staff, "replies")
    assert "1 text to read" in page(staff, "/staff/")


def test_who_is_stopped_stands_with_the_reason_and_what_may_be_done(desk, staff):
    for reason, words, may in (
        ("stop_word", "They texted a stop word", False),
        ("complained", "They marked a message as spam", False),
        ("bounced", "E-mail came back", True),
        ("unreachable", "The number takes no texts", True),
        ("staff", "Stopped by staff", True),
    ):
        row = stopped(reason, desk.clock())
        text = page(staff, "/staff/stopped")
        assert f"...0142 Text message {words}" in text
        assert ("Only the person can, by texting START" in text) is not may, reason
        assert ("Send there again" in text) is may, reason
        staff.post(f"/staff/stopped/{row.pk}/lift")
        assert is_stopped("sms", ZOE) is not may, reason
        assert ("Lifted" if may else "Only the person can take this back") in page(staff, "/staff/stopped")
        StoppedContact.objects.all().delete()


def test_an_address_that_called_us_spam_stays_stopped_without_a_word_of_texts(desk, staff):
    stopped("complained", desk.clock(), "zoe@example.org", "email")
    text = page(staff, "/staff/stopped")
    assert "It stays stopped. Ask the person for another address." in text
    assert "Only the person can" not in text


def test_lifting_what_is_lifted_changes_nothing_and_says_so(desk, staff):
    row = stopped("staff", desk.clock())
    staff.post(f"/staff/stopped/{row.pk}/lift")
    staff.post(f"/staff/stopped/{row.pk}/lift")
    assert "already lifted" in page(staff, "/staff/stopped")


def test_one_contact_is_looked_for_without_standing_in_an_address(desk, staff):
    stop = stopped("staff", desk.clock())
    answer = staff.post("/staff/stopped", {"contact": "801 555 0142"})
    assert answer.status_code == 200
    assert "(801) 555-0142" in answer.content.decode()
    looked = AuditEvent.objects.filter(actor_kind="staff", subject="contacts").get()
    assert (looked.verb, looked.facts) == (Verb.MESSAGE_LISTED, {"stopped": [str(stop.pk)]})
    assert "This contact is not stopped" in staff.post("/staff/stopped", {"contact": "a@example.org"}).content.decode()


def test_what_is_no_contact_is_said_and_kept(staff):
    for action in ("/staff/stopped", "/staff/stopped/add"):
        for typed in ("", "   ", "12", "zoe@", "@", "x" * 400, "801-555-0142\nBcc: x", "\x00"):
            answer = staff.post(action, {"contact": typed})
            assert answer.status_code == 422, typed
            assert "whole e-mail address, or a US phone number" in answer.content.decode()
    assert not StoppedContact.objects.exists()


def test_staff_stop_a_contact_for_somebody_who_calls(desk, staff):
    assert staff.post("/staff/stopped/add", {"contact": "Zoe@example.org"})["Location"] == "/staff/stopped"
    assert is_stopped("email", "zoe@example.org")
    assert "Stopped: nothing is sent there" in page(staff, "/staff/stopped")
    staff.post("/staff/stopped/add", {"contact": "zoe@example.org"})
    assert "Nothing is sent there already" in page(staff, "/staff/stopped")
    row = AuditEvent.objects.get(verb=Verb.CONTACT_STOPPED)
    assert (row.actor_kind, row.facts["reason"]) == ("staff", "staff")


def test_nobody_stopped_is_said(staff):
    assert "Nobody is stopped" in page(staff, "/staff/stopped")
