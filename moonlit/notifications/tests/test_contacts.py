"""Contacts that nothing is sent to: stopped once, lifted by whom it is up to."""

import pytest

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.audit.models import AuditEvent
from moonlit.notifications.contact_queries import contact_index, is_stopped, stopped_contacts, stops_on
from moonlit.notifications.models import Message, StoppedContact
from moonlit.notifications.services import OnlyThePersonMay, lift_stop, resume_contact, stop_contact
from moonlit.notifications.services.deliveries import contact_fails
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.worklist.models import Task

STAFF = Actor("staff", "7d0c6f0e-0000-4000-8000-000000000001")


def stop(reason, *, channel="sms", wording=""):
    return stop_contact(channel, EMAIL if channel == "email" else PHONE, reason, wording, actor=SYSTEM, now=NOW)


def test_it_is_one_contact_however_it_is_written(db):
    assert stop("bounced", channel="email")
    assert is_stopped("email", EMAIL.upper())
    assert not is_stopped("sms", PHONE)


def test_stopped_twice_it_is_stopped_once(db):
    assert stop("unreachable")
    assert not stop("staff")
    assert StoppedContact.objects.count() == 1


def test_the_persons_own_word_takes_the_place_of_any_other_reason(db):
    stop("unreachable")
    assert stop("stop_word", wording="stop")
    assert [row.reason for row in StoppedContact.objects.filter(ended_at=None)] == ["stop_word"]
    assert StoppedContact.objects.get(reason="unreachable").ended_by == "replaced"


@pytest.mark.parametrize(
    ("reason", "channel", "may"),
    [
        ("bounced", "email", True),
        ("unreachable", "sms", True),
        ("staff", "sms", True),
        ("stop_word", "sms", False),
        ("stop_word", "email", True),
        ("complained", "email", False),
    ],
)
def test_staff_lift_what_is_not_the_persons_own_word(db, reason, channel, may):
    stop(reason, channel=channel)
    (line,), total = stopped_contacts()
    assert (line.liftable, total) == (may, 1)
    if may:
        assert lift_stop(line.id, actor=STAFF, now=NOW)
        assert not lift_stop(line.id, actor=STAFF, now=NOW)
        assert StoppedContact.objects.get().ended_by == STAFF.id
        assert AuditEvent.objects.filter(verb="messages:contact:resumed", actor_id=STAFF.id).count() == 1
    else:
        with pytest.raises(OnlyThePersonMay):
            lift_stop(line.id, actor=STAFF, now=NOW)
        assert is_stopped(channel, line.contact)


def test_after_start_a_new_stop_is_a_new_row(db):
    stop("stop_word")
    assert resume_contact("sms", PHONE, actor=SYSTEM, now=NOW)
    assert not resume_contact("sms", PHONE, actor=SYSTEM, now=NOW)
    assert stop("stop_word")
    assert StoppedContact.objects.count() == 2


def test_neither_list_nor_log_shows_a_contact(db):
    stop("bounced", channel="email")
    assert EMAIL not in repr(stops_on(EMAIL))
    assert not [row for row in AuditEvent.objects.all() if EMAIL in str(row.facts) + row.subject]


def asks_for_contact():
    return sorted(Task.objects.filter(kind="contact_bounced", state="open").values_list("subject", flat=True))


def written(visit, channel="email", **more):
    """A message to the visit's patient that the contact was dead for."""
    columns = {
        "event": f"appointment.booked:{visit.pk}:1",
        "kind": "confirmation",
        "channel": channel,
        "audience": "patient",
        "subject": visit.pk,
        "recipient": EMAIL if channel == "email" else PHONE,
        "recipient_index": contact_index(channel, EMAIL if channel == "email" else PHONE),
        "state": "failed",
        "created_at": NOW,
    }
    return Message.objects.create(**(columns | more))


def fails(message, reason="bounced"):
    contact_fails(message, reason, actor=SYSTEM, now=NOW)
    return StoppedContact.objects.get(channel=message.channel, ended_at=None)


def test_when_a_contact_lives_again_nobody_asks_for_another_one(visit):
    stop = fails(written(visit))
    assert asks_for_contact() == [f"appointment:{visit.pk}"]
    lift_stop(stop.pk, actor=STAFF, now=NOW)
    assert asks_for_contact() == []
    assert Task.objects.get(kind="contact_bounced").outcome == "condition_gone"


def test_while_the_second_contact_is_dead_too_another_is_still_asked_for(visit):
    email, number = fails(written(visit)), fails(written(visit, "sms"), "unreachable")
    lift_stop(email.pk, actor=STAFF, now=NOW)
    assert asks_for_contact() == [f"appointment:{visit.pk}"]
    lift_stop(number.pk, actor=STAFF, now=NOW)
    assert asks_for_contact() == []


def test_the_persons_own_start_says_that_the_number_lives(visit):
    fails(written(visit, "sms"), "unreachable")
    resume_contact("sms", PHONE, actor=SYSTEM, now=NOW)
    assert asks_for_contact() == []


def test_a_stop_that_said_nothing_of_the_contact_settles_no_such_task(visit):
    fails(written(visit))
    stop_contact("sms", PHONE, "staff", "", actor=SYSTEM, now=NOW)
    lift_stop(StoppedContact.objects.get(channel="sms").pk, actor=STAFF, now=NOW)
    assert asks_for_contact() == [f"appointment:{visit.pk}"]
