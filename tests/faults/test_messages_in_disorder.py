"""Vendors that are ill, webhooks that come early, twice or in disorder, clocks that jump, a STOP at the worst moment.

Each message leaves exactly once, or is given up in front of everybody; what the webhooks say ends the doubt.
"""

import datetime as dt
from datetime import date, timedelta

import pytest

from moonlit.domain.zones import first_instant, local
from moonlit.notifications.models import Message, StoppedContact, VendorNotice
from moonlit.worklist.models import Task
from tests.faults.mortal import workers
from tests.support.scene import DENVER

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(300)]

TAKEN = ["accept_then_timeout", "accept_then_reset"]
NOT_TAKEN = ["hang", "reset", "html"]
WAYS = {
    "as they happen": {},
    "each three times": {"webhook_copies": 3},
    "last first": {"webhook_order": "reversed"},
    "three times in any order": {"webhook_copies": 3, "webhook_order": "shuffled"},
}
ENDS = {
    "delivered": ("sent", "delivered", 0),
    "deferred": ("sent", "delivered", 0),
    "bounce": ("failed", "bounced", 1),
    "dropped": ("failed", "dropped", 1),
    "spamreport": ("sent", "complained", 0),
}
"""What becomes of a mail: our state, what we know of its way, tasks of staff."""


def some(cases, *in_sample):
    """All cases, of which `make test` runs those of the sample."""
    return [pytest.param(case, marks=() if case in in_sample else pytest.mark.long) for case in cases]


def confirmation(scene, **ahead):
    visit = scene.visit(**(ahead or {"days": 9}))
    scene.tell("appointment.booked", visit.pk, visit.version)
    return visit


def only(channel, kind="confirmation"):
    return Message.objects.filter(channel=channel, kind=kind).latest("created_at")


def finish(scene, matrix, case, at, injected):
    """Let everything come to its end, put it into the table, and see that it holds."""
    scene.settle()
    matrix(f"messages: {case}", at, injected, scene.ended())
    scene.check()


@pytest.mark.parametrize("fault", some(TAKEN + NOT_TAKEN, "accept_then_reset"))
def test_the_webhook_ends_the_doubt_about_an_email(messages, matrix, fault):
    confirmation(messages)
    messages.arm("email", fault)
    finish(messages, matrix, "e-mail, webhook on", "send", fault)
    assert only("email").state == ("sent" if fault in TAKEN else "failed")


def test_500_twice_then_200_delivers_once(messages, matrix):
    confirmation(messages)
    for channel in ("email", "sms"):
        messages.arm(channel, "500", times=2)
    finish(messages, matrix, "mail and text", "send", "500, 500, 200")
    assert {row.state for row in Message.objects.all()} == {"sent"}


@pytest.mark.parametrize("channel", some(["email", "sms"], "sms"))
def test_a_webhook_that_is_faster_than_our_commit_is_believed(messages, matrix, channel):
    confirmation(messages)
    messages.control(channel, "POST", "webhooks/release")  # told at once, while the vendor still says nothing to us
    messages.arm(channel, "accept_then_timeout")
    finish(messages, matrix, "webhook before our commit", "send", f"{channel}, answer never comes")
    assert (only(channel).state, only(channel).delivery) == ("sent", "delivered")


@pytest.mark.parametrize(
    ("way", "outcome"),
    [
        pytest.param(
            way, outcome, marks=() if (way, outcome) == ("three times in any order", "bounce") else pytest.mark.long
        )
        for way in WAYS
        for outcome in ENDS
    ],
)
def test_webhooks_twice_and_in_any_order_say_the_same(messages, matrix, way, outcome):
    messages.settings("email", outcome=outcome, **WAYS[way])
    messages.settings("sms", tell_sent=True, **WAYS[way])
    confirmation(messages)
    finish(messages, matrix, "webhooks", way, outcome)
    mail, text = only("email"), only("sms")
    state, delivery, tasks = ENDS[outcome]
    assert (mail.state, mail.delivery, text.delivery) == (state, delivery, "delivered")
    open_tasks = Task.objects.filter(subject__endswith=mail.subject, state="open")
    assert open_tasks.count() == tasks
    notices = VendorNotice.objects.filter(message_id__in=[mail.pk, text.pk])
    told = notices.count()
    for channel in ("email", "sms"):
        messages.control(channel, "POST", "webhooks/repeat")
    messages.settle()
    assert notices.count() == told
    assert open_tasks.count() == tasks


def test_an_outage_of_three_hours_in_the_evening_loses_nothing_and_rings_nobody_at_night(messages, matrix):
    messages.at(first_instant(date(2026, 3, 5), dt.time(19), DENVER))
    messages.began = messages.clock()
    booked = confirmation(messages)
    messages.visit(hours=23, minutes=59)  # to be reminded now
    soon = messages.visit(hours=2)  # a video visit: its join link is due during the outage
    messages.plug("email", "sms")
    back = messages.clock() + timedelta(hours=3)
    while messages.clock() < back:
        messages.work()
        assert messages.until_due()
    assert messages.taken("email") == messages.taken("sms") == []
    messages.plug()
    finish(messages, matrix, "both vendors down", "19:00 to 22:00", "connection refused")
    assert {row.state for row in Message.objects.filter(subject=str(booked.pk))} == {"sent"}
    of_soon = Message.objects.filter(subject=str(soon.pk))
    assert of_soon.exists()
    assert not of_soon.filter(state="sent").exists()
    assert {row.state for row in Message.objects.filter(kind="reminder").exclude(subject=str(soon.pk))} == {"sent"}
    rang = [local(dt.datetime.fromtimestamp(text["at"], dt.UTC), DENVER).time() for text in messages.taken("sms")]
    assert rang
    assert all(dt.time(8) <= at < dt.time(21) for at in rang)


@pytest.mark.parametrize(
    ("saturday", "rings"),
    [(date(2026, 3, 7), "14:00"), (date(2026, 10, 31), "15:00")],
    ids=["clocks go forward", "clocks go back"],
)
def test_a_text_promised_before_a_clock_change_rings_at_eight_by_the_new_clock(messages, matrix, saturday, rings):
    promised = first_instant(saturday, dt.time(21, 30), DENVER)
    messages.at(promised)
    messages.began = promised
    confirmation(messages, days=9)
    messages.visit(hours=24)  # as many hours: another wall clock tomorrow; reminder and join link wait for the morning
    finish(messages, matrix, "clock change", f"between promise and sending, {saturday:%B}", "an hour")
    assert {row.state for row in Message.objects.all()} == {"sent"}
    texts = messages.taken("sms")
    assert len(texts) == 3
    sunday = saturday + timedelta(days=1)
    assert {f"{dt.datetime.fromtimestamp(text['at'], dt.UTC):%F %H:%M}" for text in texts} == {f"{sunday} {rings}"}


@pytest.mark.parametrize("step", some([-1, 1], -1))
@pytest.mark.parametrize("fault", some(["", "accept_then_reset", "reset"], "accept_then_reset"))
def test_a_machine_whose_clock_is_set_by_an_hour_repeats_nothing(messages, matrix, fault, step):
    confirmation(messages)
    for channel in ("email", "sms") if fault else ():
        messages.arm(channel, fault)
    messages.work()
    messages.clock.forward(hours=step)  # ours alone: the vendors' go right
    messages.work()
    finish(messages, matrix, "our clock is set", f"an hour {'forward' if step > 0 else 'back'}", fault or "nothing")
    assert only("sms").state == "sent"


@pytest.mark.long
def test_two_workers_and_their_sweeps_at_once_send_each_message_once(messages, fork, matrix):
    with workers() as other:
        for _ in range(10):
            messages.next_day()
            for _ in range(3):
                confirmation(messages)
            messages.lead()
            for each in (fork, other):
                each.start(**messages.order())
            messages.work()
            for each in (fork, other):
                each.gone()
            finish(messages, matrix, "three workers at once", "all", "rivals")
            assert set(Message.objects.values_list("state", flat=True)) == {"sent"}


@pytest.mark.parametrize(
    ("moment", "delivered"), [("before call", 0), pytest.param("after call", 1, marks=pytest.mark.long)]
)
def test_a_stop_that_comes_while_a_text_is_leaving_is_the_last_word(messages, fork, matrix, moment, delivered):
    confirmation(messages)
    whole = fork.run(**messages.order())
    (number,) = (place for place, call in enumerate(whole.calls, 1) if call.endswith("/sms/send"))
    messages.settle()
    messages.next_day()
    confirmation(messages)
    assert fork.run(**messages.order(), moment=moment, number=number).killed
    assert only("sms").state == "sending"
    messages.control("sms", "POST", "receive", {"from": messages.phone(), "text": "STOP"})
    messages.told()
    finish(messages, matrix, "STOP while a text is leaving", moment, "SIGKILL, then STOP")
    row = only("sms")
    assert (row.state == "sent") is bool(delivered)
    assert StoppedContact.objects.filter(channel="sms", ended_at=None).count() == 1
    said = [text["metadata"]["outbox_id"] for text in messages.taken("sms")]
    assert said.count(str(row.pk)) == delivered
    answers = Message.objects.filter(kind="reply")
    assert (answers.count(), len(said)) == (1, delivered + 1)
