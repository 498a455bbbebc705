"""Every fault of a message vendor, through the Notification Service: nobody is told twice, nobody is forgotten silently."""

from datetime import timedelta

import httpx2
import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.notifications.models import Message
from moonlit.notifications.notifyre.client import Notifyre
from moonlit.notifications.sendgrid.client import SendGrid
from moonlit.notifications.services import push, queue_visit_message
from moonlit.notifications.tests import scene
from moonlit.platform import clock, http
from moonlit.worklist.models import Task
from simulators.running import running

pytestmark = pytest.mark.django_db

REFUSALS = ["401", "403", "429", "500", "503"]
LOST = ["html", "hang", "reset"]
LOST_BUT_TAKEN = ["accept_then_timeout", "accept_then_reset"]
SENDERS = {}


def email():
    return SENDERS["email"]


def sms():
    return SENDERS["sms"]


@pytest.fixture(scope="module")
def addresses():
    with (
        running("simulators.sendgrid", "--api-key", "SG.key") as mail,
        running("simulators.notifyre", "--api-token", "token") as text,
    ):
        yield {"email": mail, "sms": text}


@pytest.fixture
def world(addresses, settings):
    """Both adapters on fresh simulators, and a visit where it is midday now: the simulators keep real time."""
    for address in addresses.values():
        httpx2.post(f"{address}/_control/reset", trust_env=False)
    mail = http.client("sendgrid", addresses["email"], headers={"Authorization": "Bearer SG.key"}, read_seconds=0.3)
    text = http.client("notifyre", addresses["sms"], headers={"x-api-token": "token"}, read_seconds=0.3)
    SENDERS.update(email=SendGrid(mail, "no-reply@mail.example.org"), sms=Notifyre(text, "20220711", ""))
    settings.EMAIL_FACTORY = f"{__name__}.email"
    settings.SMS_FACTORY = f"{__name__}.sms"
    now = clock.now()
    scene.practice()
    zone = f"Etc/GMT{now.hour - 12:+d}"  # POSIX signs: GMT+5 is five hours behind
    queue_visit_message(
        "appointment.booked", scene.booked_visit(now=now, zone=zone, state="").pk, 1, actor=SYSTEM, now=now
    )
    return addresses


def settle(channel):
    """Pushes the message at each hour it asks for, until it is settled."""
    now = clock.now()
    for _ in range(50):
        row = Message.objects.get(channel=channel)
        if row.next_at is None:
            return row
        now = max(now, row.next_at)
        push(row.pk, actor=SYSTEM, now=now)
    raise AssertionError("the message never settled")


def delivered(world, channel):
    answer = httpx2.get(f"{world[channel]}/_control/messages", trust_env=False)
    return len(answer.json()["messages"])


def arm(world, channel, kind, **more):
    httpx2.post(f"{world[channel]}/_control/faults", json={"kind": kind, **more}, trust_env=False)


@pytest.mark.parametrize("fault", [*REFUSALS, *LOST, *LOST_BUT_TAKEN])
@pytest.mark.parametrize("reading", [None, "500", "html", "hang"])
def test_a_text_is_delivered_exactly_once_whatever_the_fault(world, matrix, fault, reading):
    arm(world, "sms", fault)
    if reading:
        arm(world, "sms", reading, scope="read", times=2)
    row = settle("sms")
    matrix("text message", "send" if reading is None else f"send, then look ({reading})", fault, row.state)
    assert row.state == "sent"
    assert delivered(world, "sms") == 1


@pytest.mark.parametrize("fault", REFUSALS)
def test_an_email_that_was_refused_for_a_while_is_delivered_exactly_once(world, matrix, fault):
    arm(world, "email", fault, times=3)
    row = settle("email")
    matrix("e-mail", "send", fault, row.state)
    assert row.state == "sent"
    assert delivered(world, "email") == 1


@pytest.mark.parametrize("fault", [*LOST, *LOST_BUT_TAKEN])
def test_an_email_of_unknown_fate_is_never_repeated_and_staff_are_told(world, matrix, fault):
    arm(world, "email", fault)
    row = settle("email")
    matrix("e-mail", "send", fault, f"{row.state}, staff told")
    assert (row.state, row.error) == ("failed", "unconfirmed")
    assert delivered(world, "email") == (1 if fault in LOST_BUT_TAKEN else 0)
    assert Task.objects.filter(kind="message_failed", team="front_desk", state="open").count() == 1


def test_a_refused_number_fails_and_staff_are_told(world):
    httpx2.put(f"{world['sms']}/_control/settings", json={"invalid_numbers": [scene.PHONE]}, trust_env=False)
    assert settle("sms").error == "number_refused"
    assert Task.objects.get().kind == "contact_bounced"


def test_texts_lost_several_times_in_a_row_still_arrive_once(world):
    for fault in ["hang", "503", "reset", "accept_then_timeout"]:
        arm(world, "sms", fault)
    row = settle("sms")
    assert (row.state, row.attempts) == ("sent", 4)
    assert delivered(world, "sms") == 1
    assert row.sent_at - row.created_at < timedelta(minutes=30)
