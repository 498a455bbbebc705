"""CANCEL is a stop to the law and a wish about the visit to whoever writes it: neither is lost (rules 6.4)."""

from datetime import timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment
from moonlit.notifications.models import Message, Reply
from moonlit.notifications.services import mark_read, queue_visit_message
from moonlit.notifications.tests.scene import NOW, PHONE
from moonlit.notifications.tests.test_replies import answers, say, tasks
from moonlit.people.models import Patient
from moonlit.people.services import phone_index
from moonlit.platform.db import advisory_lock
from moonlit.practice.models import Practice
from moonlit.worklist.models import Task

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def at_now(clock_at_now):
    """What is queued reads the clock."""


def set_start(visit, ahead):
    Appointment.objects.filter(pk=visit.pk).update(start=NOW + ahead, end=NOW + ahead + timedelta(hours=1))


def kinds():
    return sorted(kind for kind, _ in tasks())


@pytest.mark.parametrize("word", ["CANCEL", "cancelar"])
def test_a_cancel_word_after_a_stop_is_asked_about_and_read_soon(visit, word):
    say("STOP", number=1)
    Task.objects.update(state="closed", outcome="done", closed_at=NOW)
    say(word, number=2, at=NOW + timedelta(minutes=1))
    assert kinds() == ["reply_to_read", "stop_or_cancel"]
    assert Task.objects.get(kind="reply_to_read", state="open").due <= NOW + timedelta(minutes=61)
    assert [what for what, _ in answers()] == ["stopped"]


def test_a_cancel_that_came_while_staff_read_what_stood_before_it_waits_to_be_read(visit):
    say("STOP", number=1)
    say("I feel worse", number=2, at=NOW + timedelta(minutes=1))
    say("CANCEL", number=3, at=NOW + timedelta(minutes=2))
    first, last = (Reply.objects.get(reply_id=f"reply-{number}") for number in (2, 3))
    assert mark_read(first.pk, actor=SYSTEM, now=NOW + timedelta(minutes=3))
    assert ("reply_to_read", f"reply:{last.pk}") in tasks()


def test_the_first_cancel_is_done_by_the_program_and_asked_about(visit):
    say("CANCEL")
    assert kinds() == ["stop_or_cancel"]


def test_a_cancel_whose_start_was_faster_is_asked_about_all_the_same(visit):
    say("START", number=2, at=NOW + timedelta(seconds=5))
    say("CANCEL", number=1, at=NOW)
    assert kinds() == ["stop_or_cancel"]


@pytest.mark.parametrize(
    ("word", "asked"),
    [("CANCEL", True), ("CANCELAR", True), ("stop and cancel", True), ("STOP", False), ("END", False)],
)
def test_of_a_far_visit_only_a_cancel_word_is_asked_about(visit, word, asked):
    set_start(visit, 60 * DAY)
    say(word)
    assert (kinds() == ["stop_or_cancel"]) is asked


def test_asked_is_about_the_next_visit_not_the_farthest(visit):
    set_start(visit, 9 * DAY)
    near = Appointment.objects.get(pk=visit.pk)
    near.pk, near.slot_ehr_id, near.athena_appt_id = uuid4(), "near", "near"
    near.start, near.end = NOW + 2 * DAY, NOW + 2 * DAY + timedelta(hours=1)
    near.save(force_insert=True)
    say("CANCEL")
    assert tasks() == [("stop_or_cancel", f"appointment:{near.pk}")]


def test_the_answer_is_spanish_only_when_everybody_with_the_number_reads_it(visit):
    Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-11-01"}})
    Patient.objects.update(language="es")
    Patient.objects.create(
        first_name="Ari", last_name="Fictional", date_of_birth="2010-01-01", phone=PHONE, phone_index=phone_index(PHONE),
        language="en", created_at=NOW,
    )  # fmt: skip
    say("STOP")
    assert answers() == [("stopped", "en")]


@pytest.mark.parametrize("word", ["STOP", "wrong number"])
def test_what_waits_for_the_morning_shows_at_once_that_it_will_not_be_sent(visit, word):
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    leaving = Message.objects.get(channel="sms")
    sending = Message.objects.create(
        event="appointment.changed:x:1", kind="change", channel="sms", subject=str(visit.pk), recipient=PHONE,
        recipient_index=leaving.recipient_index, state="sending", attempts=1, next_at=NOW, created_at=NOW,
    )  # fmt: skip
    say(word)
    leaving.refresh_from_db()
    sending.refresh_from_db()
    assert (leaving.state, leaving.error, leaving.next_at) == ("suppressed", "stopped_contact", None)
    assert (sending.state, sending.next_at) == ("sending", NOW)
    assert Message.objects.get(channel="email").state == "queued"
    assert Message.objects.get(kind="reply").state == "queued"


@pytest.mark.django_db(transaction=True)
def test_a_text_that_is_just_leaving_is_passed_over_and_nobody_waits_for_it(visit):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections, transaction

    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    row = Message.objects.get(channel="sms")

    def stopped():
        try:
            return say("STOP")
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as other, transaction.atomic():
        Message.objects.select_for_update().get(pk=row.pk)  # as `handover` does first
        assert other.submit(stopped).result(timeout=20)
        advisory_lock("stopped-contact", phone_index(PHONE).hex())  # as it does next
    assert Reply.objects.count() == 1
    row.refresh_from_db()
    assert row.state == "queued"
