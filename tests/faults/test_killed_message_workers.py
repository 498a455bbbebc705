"""Real workers and web servers, really killed while they handle messages: at each remote call and each commit.

Whatever the moment, another process ends it: each message left exactly once, or was given up in front of everybody.
"""

import random

import pytest

from moonlit.notifications.models import Message, Reply, StoppedContact, VendorNotice
from moonlit.worklist.models import Task
from tests.faults import message_gate
from tests.faults.mortal import MOMENTS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(900)]


def confirmation(scene):
    visit = scene.visit(days=9)
    scene.tell("appointment.booked", visit.pk, visit.version)


def reminder(scene):
    scene.visit(hours=71, minutes=59)


def last_reminder(scene):
    scene.visit(hours=23, minutes=59)


def invitation(scene):
    scene.lead()


def opt_out(scene):
    confirmation(scene)
    scene.settle()
    scene.control("sms", "POST", "receive", {"from": scene.phone(), "text": "STOP"})


def delivery(scene):
    """The mail bounces: the vendor says so once the worker is at work."""
    scene.settings("email", outcome="bounce")
    confirmation(scene)
    scene.work()


LIVES = {
    "confirmation": (confirmation, {}),
    "confirmation, 500 twice": (confirmation, {"email": "500", "sms": "500"}),
    "confirmation, answer lost, taken": (confirmation, {"email": "accept_then_reset", "sms": "accept_then_reset"}),
    "confirmation, answer lost, not taken": (confirmation, {"email": "reset", "sms": "reset"}),
    "reminder 72 h": (reminder, {}),
    "reminder 24 h": (last_reminder, {}),
    "lead invitation": (invitation, {}),
    "opt-out webhook": (opt_out, b"sms_received"),
    "delivery webhook": (delivery, b'"bounce"'),
}
"""What is at hand, and what goes wrong at the vendors beside the death; or the webhook that is being taken."""
SAMPLE = {"confirmation": 16, "opt-out webhook": 24}
"""Every n-th moment of these; all moments of all lives with MOONLIT_LONG=1."""


def live(scene, fork, fault, **death):
    """One process's life, from the event or the webhook to its end or its death."""
    order = scene.order() | death
    if not isinstance(fault, bytes):
        for channel, kind in fault.items():
            scene.arm(channel, kind, times=2 if kind == "500" else 1)
        return fork.run(**order)
    lives = []

    def take(path, headers, body):
        if lives or fault not in body:
            return message_gate.deliver_webhook(path, headers, body)
        lives.append(fork.run(**order, webhook=[path, headers, body.decode()]))
        return lives[0].status or 500

    scene.gate.handle = take
    scene.told()
    scene.gate.handle = message_gate.deliver_webhook
    return lives[0]


def check(scene, life, say, *told):
    say(f"messages: {life}", *told, scene.ended())
    scene.check()
    assert not VendorNotice.objects.exclude(next_at=None).exists()
    if life == "opt-out webhook":
        assert Reply.objects.filter(said_at__gte=scene.began).count() == 1
        assert StoppedContact.objects.filter(channel="sms", ended_at=None, since__gte=scene.began).count() == 1
        assert [message["to"] for message in scene.taken("sms")] == [[scene.phone()]] * 2  # the visit, the answer
    elif life == "delivery webhook":
        row = Message.objects.filter(channel="email", kind="confirmation").latest("created_at")
        assert (row.state, row.delivery) == ("failed", "bounced")
        tasks = Task.objects.filter(subject__endswith=row.subject).values_list("kind", flat=True)
        assert list(tasks) == ["contact_bounced"]
    else:
        assert all(row.state == "sent" for row in Message.objects.filter(channel="sms"))


@pytest.mark.parametrize(
    ("life", "step"),
    [*SAMPLE.items(), *(pytest.param(life, 1, marks=pytest.mark.long) for life in LIVES)],
)
def test_a_worker_killed_at_any_call_or_commit_is_outlived_by_its_messages(messages, fork, matrix, life, step):
    prepare, fault = LIVES[life]
    prepare(messages)
    whole = live(messages, fork, fault)
    assert not whole.killed
    messages.settle()
    check(messages, life, matrix, "nowhere", "nothing")
    messages.next_day()
    moments = [
        (moment, number)
        for moment in MOMENTS
        for number in range(1, (len(whole.calls) if moment.endswith("call") else whole.commits) + 1)
    ]
    assert len(moments) > 4
    for moment, number in moments[::step]:
        prepare(messages)
        found = live(messages, fork, fault, moment=moment, number=number)
        # The first of all has a little more to write down; whoever lived had no such moment.
        assert found.killed or number > (len(found.calls) if moment.endswith("call") else found.commits)
        messages.settle()
        check(messages, life, matrix, moment, "SIGKILL")
        messages.next_day()


@pytest.mark.long
@pytest.mark.parametrize("life", ["confirmation", "confirmation, answer lost, taken", "lead invitation"])
def test_workers_killed_one_after_another_are_outlived_too(messages, fork, matrix, life):
    prepare, fault = LIVES[life]
    chance = random.Random(life)
    for _ in range(20):
        messages.next_day()
        prepare(messages)
        deaths = 0
        for _ in range(4):
            found = live(
                messages, fork, {} if deaths else fault, moment=chance.choice(MOMENTS), number=chance.randint(1, 12)
            )
            deaths += found.killed
            if not messages.until_due():
                break
        messages.settle()
        check(messages, life, matrix, "up to four times", "SIGKILL")
