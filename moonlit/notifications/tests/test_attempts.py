"""Every try is a row, from before the vendor is called until it is known how it came out."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import ManageLink
from moonlit.notifications.models import Attempt, Message
from moonlit.notifications.port import (
    ConfigurationRefused,
    Found,
    NotReached,
    Rejected,
    Throttled,
    Trace,
    Unknown,
)
from moonlit.notifications.services import handover, push, queue_visit_message
from moonlit.notifications.tests.scene import NOW

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def rows(visit, vendors):
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    return {row.channel: row.pk for row in Message.objects.all()}


def step(message_id, now=NOW):
    push(message_id, actor=SYSTEM, now=now)
    return Message.objects.get(pk=message_id)


def tries(message_id):
    found = Attempt.objects.filter(message=message_id).order_by("number")
    return [(each.number, each.outcome, each.code) for each in found]


@pytest.mark.parametrize(
    ("error", "outcome", "code"),
    [
        (NotReached("connection_not_made"), "not_reached", "connection_not_made"),
        (Throttled("vendor_429", retry_after=1), "throttled", "vendor_429"),
        (Rejected("number_refused"), "rejected", "number_refused"),
        (ConfigurationRefused("vendor_401"), "configuration", "vendor_401"),
        (Unknown("answer_lost"), "unknown", "answer_lost"),
    ],
)
def test_each_class_of_answer_is_written_down(rows, vendors, error, outcome, code):
    vendors["notifyre"].script = [error]
    step(rows["sms"])
    assert tries(rows["sms"]) == [(1, outcome, code)]
    only = Attempt.objects.get()
    assert (only.vendor, only.began_at, only.ended_at) == ("notifyre", NOW, NOW)


def test_tries_are_numbered_until_one_succeeds(rows, vendors):
    vendors["sendgrid"].script = [NotReached("connection_not_made"), Throttled("vendor_429", retry_after=1)]
    for minute in range(4):
        step(rows["email"], NOW + minute * MINUTE)
    assert tries(rows["email"]) == [
        (1, "not_reached", "connection_not_made"),
        (2, "throttled", "vendor_429"),
        (3, "sent", ""),
    ]


def test_a_wait_is_no_try(rows, vendors, visit):
    type(visit).objects.update(change="move")
    step(rows["email"])
    assert tries(rows["email"]) == []


def test_a_try_whose_answer_was_lost_is_settled_by_what_is_found(rows, vendors):
    vendors["notifyre"].loses_answers = True
    step(rows["sms"])
    assert tries(rows["sms"]) == [(1, "unknown", "answer_lost")]
    assert step(rows["sms"], NOW + 2 * MINUTE).state == "sent"
    assert tries(rows["sms"]) == [(1, "sent", "")]


def test_a_try_that_is_proven_absent_stays_unknown_and_another_follows(rows, vendors):
    vendors["notifyre"].script = [Unknown("answer_lost")]
    for minutes in (0, 2, 3):
        step(rows["sms"], NOW + minutes * MINUTE)
    assert tries(rows["sms"]) == [(1, "unknown", "proven_absent"), (2, "sent", "")]


def test_a_try_nobody_can_say_anything_about_ends_unconfirmed(rows, vendors):
    vendors["sendgrid"].script = [Unknown("answer_lost")]
    vendors["sendgrid"].looks = [Found(Trace.CANNOT_TELL)] * 20
    for minutes in range(0, 20, 2):
        row = step(rows["email"], NOW + minutes * MINUTE)
    assert (row.state, row.error) == ("failed", "unconfirmed")
    assert tries(rows["email"]) == [(1, "unknown", "unconfirmed")]


class _Killed(BaseException):
    """As if the process died."""


def test_a_worker_killed_while_it_calls_leaves_a_try_under_way_that_is_looked_up(rows, vendors, monkeypatch):
    def killed(message, *, now):
        vendors["notifyre"].taken.append(message)
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(vendors["notifyre"], "send", killed)
        with pytest.raises(_Killed):
            step(rows["sms"])
    assert tries(rows["sms"]) == [(1, "", "")]
    assert Message.objects.get(pk=rows["sms"]).state == "sending"
    assert step(rows["sms"], NOW + 2 * MINUTE).state == "sent"
    assert tries(rows["sms"]) == [(1, "sent", "")]
    assert len(vendors["notifyre"].taken) == 1


def test_a_worker_killed_before_it_has_said_that_it_begins_has_done_nothing(rows, vendors, monkeypatch):
    def killed(*_args, **_more):
        raise _Killed

    with monkeypatch.context() as patch:
        patch.setattr(handover.state, "leaving", killed)
        with pytest.raises(_Killed):
            step(rows["sms"])
    assert tries(rows["sms"]) == []
    assert not ManageLink.objects.exists()
    assert step(rows["sms"]).state == "sent"


@pytest.mark.parametrize("others_were_faster", [False, True])
def test_a_worker_that_slept_before_calling_does_not_call(rows, vendors, monkeypatch, others_were_faster):
    def marks_and_sleeps(*given, **more):
        letter = marked(*given, **more)
        reading.append(handover.SEND_WITHIN + 1)
        if others_were_faster:  # looked for, found absent, put back, taken by another
            Message.objects.filter(pk=rows["sms"]).update(state="queued")
        return letter

    marked, reading = handover._mark, [0.0]
    with monkeypatch.context() as patch:
        patch.setattr(handover.time, "monotonic", lambda: reading[-1])
        patch.setattr(handover, "_mark", marks_and_sleeps)
        row = step(rows["sms"])
    assert vendors["notifyre"].calls == 0
    assert row.state == "queued"
    assert row.error == ("" if others_were_faster else "slept")
    assert step(rows["sms"], NOW + 2 * MINUTE).state == "sent"
    assert len(vendors["notifyre"].taken) == 1


def test_a_worker_that_slept_before_it_said_that_it_begins_does_not_begin(rows, vendors, monkeypatch):
    """It would write down the hour at which it fell asleep: whoever looks then finds nothing and sends it as well."""

    def sleeps(*given):
        reading.append(handover.SEND_WITHIN + 1)
        return judged(*given)

    judged, reading = handover.wait_for_morning, [0.0]
    with monkeypatch.context() as patch:
        patch.setattr(handover.time, "monotonic", lambda: reading[-1])
        patch.setattr(handover, "wait_for_morning", sleeps)
        row = step(rows["sms"])
    assert (row.state, row.error, row.sending_at, row.attempts) == ("queued", "slept", None, 0)
    assert tries(rows["sms"]) == []
    assert not ManageLink.objects.exists()
    row = step(rows["sms"], NOW + 3 * MINUTE)
    assert (row.state, row.sending_at) == ("sent", NOW + 3 * MINUTE)
    assert len(vendors["notifyre"].taken) == 1


def test_each_sending_keeps_the_id_the_vendor_gave_it(rows, vendors):
    step(rows["email"])
    assert Attempt.objects.get().vendor_id == "sendgrid-1"


def test_a_fault_of_ours_keeps_the_message_and_is_raised_and_given_up_after_a_day(rows, vendors, monkeypatch):
    def stumble(*_args, **_more):
        raise KeyError("a bug")

    monkeypatch.setattr(handover, "compose", stumble)
    for hour in (0, 1):
        with pytest.raises(KeyError):
            step(rows["email"], NOW + hour * 60 * MINUTE)
    row = Message.objects.get(pk=rows["email"])
    assert (row.state, row.error, row.next_at) == ("queued", "fault", NOW + 70 * MINUTE)
    Message.objects.filter(pk=row.pk).update(give_up_at=NOW + 60 * MINUTE)
    assert (step(row.pk, NOW + 70 * MINUTE).state, step(row.pk, NOW + 70 * MINUTE).error) == ("failed", "fault")
    assert tries(row.pk) == []


def test_the_illness_of_one_vendor_never_stops_the_other(rows, vendors):
    vendors["sendgrid"].script = [ConfigurationRefused("vendor_403")]
    step(rows["email"])
    assert step(rows["sms"]).state == "sent"
    assert step(rows["email"]).state == "queued"
    assert vendors["sendgrid"].calls == 1
