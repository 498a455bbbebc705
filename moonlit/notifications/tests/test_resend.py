"""Staff have a given-up message sent again: once, if it is still true, and knowingly when it may have arrived."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.audit.models import AuditEvent
from moonlit.notifications.models import Attempt, Message
from moonlit.notifications.port import Found, Rejected, Trace, Unknown
from moonlit.notifications.services import Resend, push, queue_visit_message, resend, stop_contact
from moonlit.notifications.services.resending import Resent
from moonlit.notifications.tests.scene import EMAIL, NOW
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)
LATER = NOW + 20 * MINUTE
STAFF = Actor("staff", "7")


@pytest.fixture
def rows(visit, vendors):
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    return {row.channel: row.pk for row in Message.objects.all()}


def step(message_id, now=NOW):
    push(message_id, actor=SYSTEM, now=now)
    return Message.objects.get(pk=message_id)


@pytest.fixture
def refused(rows, vendors):
    vendors["sendgrid"].script = [Rejected("vendor_400")]
    assert step(rows["email"]).state == "failed"
    return rows["email"]


@pytest.fixture
def unconfirmed(rows, vendors):
    """The vendor took it, and nobody could find out."""
    vendors["sendgrid"].loses_answers = True
    vendors["sendgrid"].looks = [Found(Trace.CANNOT_TELL)] * 20
    for minutes in range(0, 20, 2):
        row = step(rows["email"], NOW + minutes * MINUTE)
    assert (row.state, row.error) == ("failed", "unconfirmed")
    vendors["sendgrid"].loses_answers = False
    return rows["email"]


def again(message_id, now=LATER, **more):
    return resend(message_id, actor=STAFF, now=now, **more)


def open_tasks():
    return set(Task.objects.filter(state="open").values_list("kind", "subject"))


def test_a_message_given_up_is_sent_again_and_its_task_closes(refused, vendors, visit):
    assert open_tasks() == {("message_failed", f"appointment:{visit.pk}")}
    assert again(refused) == Resent(Resend.RESENT)
    row = Message.objects.get(pk=refused)
    assert (row.state, row.resends, row.next_at, row.error) == ("queued", 1, LATER, "")
    assert open_tasks()
    assert step(refused, LATER).state == "sent"
    assert not open_tasks()
    assert [each.outcome for each in Attempt.objects.order_by("number")] == ["rejected", "sent"]
    assert len(vendors["sendgrid"].taken) == 1


def test_who_had_it_sent_again_stands_in_the_log(refused):
    again(refused)
    row = AuditEvent.objects.get(verb="messages:message:resent")
    assert (row.actor_kind, row.actor_id, row.subject) == ("staff", "7", f"message:{refused}")
    assert row.facts["was"] == "vendor_400"


def test_pressing_twice_sends_once(refused, vendors):
    again(refused)
    assert again(refused) == Resent(Resend.NOT_FAILED)
    step(refused, LATER)
    assert again(refused) == Resent(Resend.NOT_FAILED)
    assert len(vendors["sendgrid"].taken) == 1


def test_the_task_closes_only_when_nothing_about_the_visit_is_given_up_any_more(rows, refused, vendors, visit):
    vendors["notifyre"].script = [Rejected("vendor_400")]
    step(rows["sms"])
    again(refused)
    assert step(refused, LATER).state == "sent"
    assert open_tasks() == {("message_failed", f"appointment:{visit.pk}")}
    again(rows["sms"])
    assert step(rows["sms"], LATER).state == "sent"
    assert not open_tasks()


def test_the_success_of_another_message_leaves_the_task_open(rows, refused, visit):
    again(refused)  # waits in the queue: nothing is given up at this moment, and nobody has been reached either
    assert step(rows["sms"], LATER).state == "sent"
    assert open_tasks() == {("message_failed", f"appointment:{visit.pk}")}


def test_one_that_fails_again_is_given_up_again(refused, vendors):
    again(refused)
    vendors["sendgrid"].script = [Rejected("vendor_400")]
    assert step(refused, LATER).state == "failed"
    assert open_tasks()
    assert again(refused).answer is Resend.RESENT
    assert Message.objects.get(pk=refused).resends == 2


def test_it_is_tried_for_another_day_however_old_it_is(visit, refused, vendors):
    much_later = NOW + timedelta(days=30)
    type(visit).objects.update(start=much_later + timedelta(days=2), end=much_later + timedelta(days=3))
    assert again(refused, now=much_later).answer is Resend.RESENT
    assert step(refused, much_later).state == "sent"


@pytest.mark.parametrize("state", ["queued", "sending", "sent", "suppressed"])
def test_only_what_was_given_up_is_sent_again(rows, state):
    Message.objects.filter(pk=rows["email"]).update(state=state)
    assert again(rows["email"]) == Resent(Resend.NOT_FAILED)


def test_what_may_have_arrived_is_sent_again_only_knowingly(unconfirmed, vendors):
    assert again(unconfirmed) == Resent(Resend.MAY_HAVE_ARRIVED, "unconfirmed")
    assert Message.objects.get(pk=unconfirmed).state == "failed"
    assert again(unconfirmed, anyway=True) == Resent(Resend.RESENT)
    assert step(unconfirmed, LATER).state == "sent"
    assert len(vendors["sendgrid"].taken) == 2
    assert AuditEvent.objects.get(verb="messages:message:resent").facts["anyway"] is True


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"state": "cancelled"}, "superseded"),
        ({"version": 2}, "superseded"),
        ({"start": NOW, "end": LATER}, "too_late"),
    ],
)
def test_what_is_no_longer_true_is_not_sent_again(refused, visit, change, why):
    type(visit).objects.update(**change)
    assert again(refused, anyway=True) == Resent(Resend.NO_LONGER_TRUE, why)
    assert Message.objects.get(pk=refused).state == "failed"


def test_a_contact_that_works_no_more_must_be_replaced(refused):
    stop_contact("email", EMAIL, "bounced", "", actor=SYSTEM, now=NOW)
    assert again(refused, anyway=True) == Resent(Resend.NEEDS_CONTACT, "stopped_contact")


def test_a_contact_that_was_replaced_is_not_written_to_again(refused, visit):
    visit.patient.email = "new@example.org"
    visit.patient.save()
    assert again(refused) == Resent(Resend.NO_LONGER_TRUE, "recipient_changed")


@pytest.mark.parametrize(
    ("state", "delivery"), [("failed", "blocked"), ("failed", "undelivered"), ("sent", "complained")]
)
def test_what_the_vendor_took_and_could_not_bring_is_sent_again(rows, state, delivery):
    step(rows["email"])
    Message.objects.filter(pk=rows["email"]).update(state=state, delivery=delivery)
    assert again(rows["email"]).answer is Resend.RESENT
    row = Message.objects.get(pk=rows["email"])
    assert (row.state, row.delivery, row.sent_at, row.vendor_id) == ("queued", "", None, "")


def test_a_notice_that_arrives_while_staff_press_the_button_counts_first(refused, monkeypatch):
    def delivered_meanwhile(*_args):
        Message.objects.filter(pk=refused).update(state="sent", delivery="delivered")
        return ""

    monkeypatch.setattr("moonlit.notifications.services.resending.reason_to_withhold", delivered_meanwhile)
    assert again(refused) == Resent(Resend.NOT_FAILED)


def test_a_try_of_unknown_end_after_resending_is_unconfirmed_again(refused, vendors):
    again(refused)
    vendors["sendgrid"].script = [Unknown("answer_lost")]
    vendors["sendgrid"].looks = [Found(Trace.CANNOT_TELL)] * 20
    for minutes in range(0, 20, 2):
        row = step(refused, LATER + minutes * MINUTE)
    assert (row.state, row.error) == ("failed", "unconfirmed")
    assert again(refused, now=LATER + 30 * MINUTE).answer is Resend.MAY_HAVE_ARRIVED
