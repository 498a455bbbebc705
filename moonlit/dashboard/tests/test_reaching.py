"""How a person is reached: what staff see, what they record, and what then happens to messages."""

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment, ManageLink
from moonlit.dashboard.tests.reading import page
from moonlit.notifications.services.contacts import stop_contact
from moonlit.people.models import ConfidentialContact, MessagePreference
from moonlit.people.queries import reachable
from moonlit.people.topics import Topic
from moonlit.platform.policy import Role
from moonlit.staff.testing import signed_in_client

ASKED = {
    "do": "ask",
    "channel": "sms",
    "address": "(801) 555-0199",
    "note": "Ask for Zo",
    "reason": "by phone, knew all",
}


@pytest.fixture
def visit(book):
    return book(confirmed=True)


def change(client, visit, **typed):
    return client.post(f"/staff/appointments/{visit}/reaching/change", typed)


def reached(visit, topic="visits"):
    found = reachable(visit, Appointment.objects.get(pk=visit).patient_id, Topic(topic))
    return found.email, found.sms


def text_of(answer):
    return " ".join(answer.content.decode().split())


def test_the_appointment_says_where_messages_go_and_on_what_consent(staff, visit):
    text = page(staff, f"/staff/appointments/{visit}")
    assert "How this person is reached" in text
    assert "News about the visit E-mail: zoe@example.org Text message: (801) 555-0142" in text
    assert "Confidential request None" in text
    assert "Consent: Text messages Given through another program" in text


def test_a_stopped_number_is_said_beside_it(staff, visit, desk):
    stop_contact("sms", "+18015550142", "stop_word", "stop", actor=SYSTEM, now=desk.clock())
    text = page(staff, f"/staff/appointments/{visit}")
    assert "Text message: (801) 555-0142 stopped" in text
    assert "Stopped (801) 555-0142" in text


def test_what_the_patient_tells_staff_is_kept_with_who_recorded_it(staff, visit):
    answer = change(staff, visit, do="told", topic="reminders", by="sms", wants="no")
    assert answer["Location"] == f"/staff/appointments/{visit}/reaching"
    assert (reached(visit), reached(visit, "reminders")) == (
        ("zoe@example.org", "+18015550142"),
        ("zoe@example.org", ""),
    )
    row = MessagePreference.objects.get()
    assert (row.source, row.allowed, row.decided_by != "") == ("staff", False, True)
    text = page(staff, f"/staff/appointments/{visit}/reaching")
    assert "Reminders, Text message: no" in text
    assert "told to staff" in text
    change(staff, visit, do="told", topic="reminders", by="sms", wants="no")
    assert MessagePreference.objects.count() == 1


def test_a_confidential_request_is_set_seen_and_ended(staff, visit):
    change(staff, visit, **ASKED, no_voicemail="1")
    assert reached(visit) == ("", "+18015550199")
    assert not ManageLink.objects.filter(appointment=visit, purpose="manage", revoked_at=None).exists()
    text = page(staff, f"/staff/appointments/{visit}")
    assert "Text messages only (801) 555-0199 Leave no voicemail Ask for Zo" in text
    change(staff, visit, do="end", end_reason="came to the desk")
    assert reached(visit) == ("zoe@example.org", "+18015550142")
    told = AuditEvent.objects.filter(verb__startswith="people:confidential")
    assert {event.verb: event.reason for event in told} == {
        "people:confidential:set": "by phone, knew all",
        "people:confidential:ended": "came to the desk",
    }
    assert "0199" not in str([event.facts for event in told])


@pytest.mark.parametrize("channel", ["phone", "none"])
def test_by_request_nothing_is_sent_and_the_page_says_so(staff, visit, channel):
    change(staff, visit, do="ask", channel=channel, reason="by phone")
    assert reached(visit) == ("", "")
    assert "Reminders Nothing is sent, by request" in page(staff, f"/staff/appointments/{visit}")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"channel": ""}, "Choose how the patient wants to be reached."),
        ({"channel": "fax"}, "Choose how the patient wants to be reached."),
        ({"address": "zoe@example.org"}, "Please enter a whole e-mail address, or a US phone number"),
        ({"channel": "email"}, "Please enter a whole e-mail address, or a US phone number"),
        ({"address": "12"}, "Please enter a whole e-mail address, or a US phone number"),
        ({"channel": "phone"}, "An address is for e-mail or texts. Please leave it empty."),
        ({"reason": ""}, "Please say how you know that the patient wants this"),
        ({"reason": "x" * 401}, "Please say how you know that the patient wants this"),
        ({"note": "x" * 401}, "Please write at most 400 characters."),
        ({"do": "told"}, "Choose what the patient wants."),
        ({"do": "told", "topic": "invitations", "by": "sms", "wants": "yes"}, "Choose what the patient wants."),
        ({"do": "end", "end_reason": ""}, "Please say how you know that the patient wants this"),
        ({"do": ""}, "Choose what to do."),
    ],
)
def test_a_fault_is_said_in_words_and_nothing_typed_is_lost(staff, visit, wrong, said):
    answer = change(staff, visit, **{**ASKED, **wrong})
    assert answer.status_code == 422
    assert said in text_of(answer)
    if wrong.get("note") is None:
        assert 'value="Ask for Zo"' in text_of(answer)
    assert not ConfidentialContact.objects.exists()
    assert not MessagePreference.objects.exists()


def test_a_way_without_an_address_on_file_asks_for_one(staff, book):
    from tests.support.people import patient

    visit = book(confirmed=True, patient=patient(email=None))
    answer = change(staff, visit, do="ask", channel="email", reason="by phone")
    assert "There is none on file. Please enter the address or number." in text_of(answer)


def test_looking_is_audited_and_the_page_is_for_those_who_see_appointments(staff, visit):
    page(staff, f"/staff/appointments/{visit}/reaching")
    assert AuditEvent.objects.filter(verb="people:patient:read").last().facts["part"] == "reaching"
    for role in (Role.PROVIDER, Role.CREDENTIALING, Role.AUDITOR):
        other = signed_in_client(role)
        assert other.get(f"/staff/appointments/{visit}/reaching").status_code == 404
        assert change(other, visit, **ASKED).status_code == 404
    assert staff.get(f"/staff/appointments/{'0' * 8}-0000-4000-8000-{'0' * 12}/reaching").status_code == 404
    assert not ConfidentialContact.objects.exists()
