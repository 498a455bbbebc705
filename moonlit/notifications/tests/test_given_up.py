"""What is given up is seen once, by whom it concerns: no task too many, none too few."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.notifications import services
from moonlit.notifications.contact_queries import is_stopped
from moonlit.notifications.models import Message, VendorNotice
from moonlit.notifications.port import Rejected
from moonlit.notifications.services import deliveries, handover, queue_visit_message
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.notifications.tests.test_deliveries import message, open_tasks, tell
from moonlit.worklist.models import Task


@pytest.fixture(autouse=True)
def at_now(clock_at_now):
    """What is queued reads the clock."""


def test_a_bounce_that_stops_the_contact_is_one_task_that_says_both(visit):
    tell(message(visit), "bounced")
    assert open_tasks() == ["contact_bounced"]
    assert "did not arrive" in Task.objects.get().note


def test_a_bounce_of_a_contact_that_was_stopped_before_is_a_message_to_follow_up(visit):
    tell(message(visit), "bounced")
    Task.objects.update(state="closed", outcome="done", closed_at=NOW)
    tell(message(visit), "bounced")
    assert open_tasks() == ["message_failed"]


def test_a_number_that_is_refused_at_once_is_one_task_too(visit, vendors):
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    vendors["notifyre"].script = [Rejected("number_refused"), Rejected("number_refused")]
    row = Message.objects.get(channel="sms")
    services.push(row.pk, actor=SYSTEM, now=NOW)
    assert (Message.objects.get(pk=row.pk).state, open_tasks()) == ("failed", ["contact_bounced"])
    assert is_stopped("sms", PHONE)


def test_a_code_that_bounces_stops_the_address_and_asks_nobody(visit):
    row = tell(message(visit, kind="code"), "bounced")
    assert row.state == "failed"
    assert is_stopped("email", EMAIL)
    assert open_tasks() == []


@pytest.mark.parametrize(
    ("held_up_by", "became"),
    [("vendor_busy", "failed"), ("vendor_503", "failed"), ("quiet_hours", "suppressed"), ("", "suppressed")],
)
def test_what_comes_too_late_because_of_the_vendor_is_given_up_in_front_of_everybody(visit, held_up_by, became):
    row = message(visit, "sms", state="queued", error=held_up_by, event=f"appointment.booked:{visit.pk}:1")
    handover._wait(row, visit.start, "quiet_hours", actor=SYSTEM, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.error) == (became, "too_late")
    assert open_tasks() == (["message_failed"] if became == "failed" else [])


@pytest.fixture
def poisoned(visit, monkeypatch):
    def fails(*_args):
        raise RuntimeError(EMAIL)

    row = message(visit)
    monkeypatch.setattr(deliveries, "_apply", fails)
    return VendorNotice.objects.create(
        vendor="sendgrid", notice_id="p", name="delivered", message_id=row.pk, delivery="delivered", told_at=NOW,
        received_at=NOW, next_at=NOW,
    )  # fmt: skip


def test_a_notice_that_nobody_can_work_on_is_given_up_after_a_day_as_a_technical_task(poisoned, lines):
    now = NOW
    while poisoned.next_at is not None:
        assert now - NOW < timedelta(days=2), "it repeats for ever"
        services.work_off(now=now)
        poisoned.refresh_from_db()
        now = poisoned.next_at or now
    assert now - NOW > timedelta(hours=20)
    assert poisoned.outcome == "given_up"
    task = Task.objects.get()
    assert (task.team, task.subject) == ("technical", f"vendor_notice:{poisoned.pk}")
    said = lines()
    assert "vendor_notice_failed" in {line["event"] for line in said}
    assert EMAIL not in str(said)
    assert not services.work_off(now=now + timedelta(days=1))


def test_one_that_can_be_worked_on_again_is(poisoned, monkeypatch):
    services.work_off(now=NOW)
    monkeypatch.undo()
    services.work_off(now=NOW + timedelta(minutes=1))
    poisoned.refresh_from_db()
    assert (poisoned.outcome, poisoned.next_at) == ("applied", None)
