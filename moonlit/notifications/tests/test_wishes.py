"""No message about a visit, of any kind, goes where the person did not want it (45 CFR 164.522(b), rules 4.11)."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services import ask_confidential
from moonlit.domain.reaching import SENT, Channel
from moonlit.notifications.kinds import ABOUT_VISITS, TRUE_IN
from moonlit.notifications.models import Message
from moonlit.notifications.services import push, queue_visit_message
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Booker, Consent, MessagePreference
from moonlit.people.services import Choice, set_preferences
from moonlit.people.topics import Topic

pytestmark = pytest.mark.django_db
DESK = Actor("staff", "7")
CASE, SAFE = "case@example.org", "+18015550199"
BEFORE = NOW - timedelta(hours=1)


def asks(channel, address=""):
    return lambda visit: ask_confidential(visit.pk, Channel(channel), address=address, actor=DESK, now=BEFORE)


def wants_no(*topics, channels=SENT):
    def say(visit):
        choices = [Choice(topic, channel, False) for topic in topics for channel in channels]
        link = MessagePreference.Source.LINK
        set_preferences(visit.patient_id, choices, source=link, decided_by="patient", actor=DESK, now=BEFORE)

    return say


def refuses(_visit):
    Consent.objects.update(state="refused")


EVERYBODY = {EMAIL, PHONE, CASE}
WISHES = {
    "nothing said": (lambda _: None, dict.fromkeys(Topic, EVERYBODY)),
    "no texts": (refuses, {topic: EVERYBODY - {PHONE} for topic in Topic}),
    "no reminders": (
        wants_no(Topic.REMINDERS),
        {Topic.VISITS: EVERYBODY, Topic.REMINDERS: {CASE}},
    ),
    "no e-mail about visits": (
        wants_no(Topic.VISITS, channels=(Channel.EMAIL,)),
        {Topic.VISITS: EVERYBODY - {EMAIL}, Topic.REMINDERS: EVERYBODY},
    ),
    "texts elsewhere only": (asks("sms", SAFE), {topic: {SAFE} for topic in Topic}),
    "e-mail only": (asks("email"), {topic: {EMAIL} for topic in Topic}),
    "calls only": (asks("phone"), {topic: set() for topic in Topic}),
    "nothing at all": (asks("none"), {topic: set() for topic in Topic}),
}


@pytest.fixture
def visit(visit):
    Booker.objects.create(
        patient=visit.patient,
        appointment=visit.pk,
        kind="case_manager",
        name="Cleo Fictional",
        email=CASE,
        messages_to="both",
    )
    return visit


def told(row):
    return ABOUT_VISITS[row.event.partition(":")[0]]


def tell_everything(visit):
    """Each kind of message as it is promised, in a state of the visit in which it is true."""
    for topic, kind in ABOUT_VISITS.items():
        become(visit, kind)
        queue_visit_message(topic, visit.pk, visit.version, actor=SYSTEM, now=NOW)
        yield from Message.objects.filter(event__startswith=f"{topic}:")


def become(visit, kind):
    Appointment.objects.filter(pk=visit.pk).update(state=TRUE_IN[kind.kind][0])


COMMON = {"nothing said", "no reminders", "texts elsewhere only", "calls only"}


@pytest.mark.parametrize(
    "wish", [pytest.param(wish, marks=[] if wish in COMMON else pytest.mark.long) for wish in WISHES]
)
def test_every_kind_of_message_goes_only_where_the_person_wants_it(visit, vendors, wish):
    say, allowed = WISHES[wish]
    say(visit)
    topics = set()
    for row in tell_everything(visit):
        assert row.recipient in allowed[told(row).topic], (row.kind, row.channel)
        push(row.pk, actor=SYSTEM, now=NOW)
        topics.add(told(row).topic)
    sent = {letter.to for vendor in vendors.values() for letter in vendor.taken}
    assert sent == set().union(*(allowed[topic] for topic in topics))
    assert bool(topics) == any(allowed.values())


@pytest.mark.parametrize("wish", ["no reminders", "texts elsewhere only"])
def test_a_message_that_waits_when_the_wish_is_said_is_held_back_too(visit, vendors, wish):
    say, allowed = WISHES[wish]
    waiting = list(tell_everything(visit))
    say(visit)
    for row in waiting:
        become(visit, told(row))
        push(row.pk, actor=SYSTEM, now=NOW)
        went = Message.objects.get(pk=row.pk).state == "sent"
        assert went == (row.recipient in allowed[told(row).topic]), (row.kind, row.channel)
    assert len(waiting) > 15
    assert sum(len(vendor.taken) for vendor in vendors.values()) < len(waiting)
