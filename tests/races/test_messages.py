"""Several processes at one message, one reply or one notice: it happens once."""

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Thread

import pytest
from django.db import connection, connections, transaction

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import ManageLink
from moonlit.booking.services import ask_confidential
from moonlit.domain.reaching import Channel
from moonlit.notifications.models import Message, Reply, StoppedContact, VendorNotice
from moonlit.notifications.services import handover, push, queue_visit_message, receive, stop_contact, work_off
from moonlit.notifications.tests import scene, signed, vendor

RIVALS = 4


@pytest.mark.django_db(transaction=True)
def test_rivals_for_one_message_send_it_once_with_one_link(settings):
    settings.EMAIL_FACTORY = "moonlit.notifications.tests.vendor.email"
    vendor.VENDORS["sendgrid"] = vendor.Vendor("sendgrid")
    scene.practice()
    queue_visit_message("appointment.booked", scene.booked_visit().pk, 1, actor=SYSTEM, now=scene.NOW)
    message = Message.objects.get(channel="email")
    start = Barrier(RIVALS)

    def rival(_):
        try:
            start.wait(10)
            push(message.pk, actor=SYSTEM, now=scene.NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(RIVALS) as pool:
        list(pool.map(rival, range(RIVALS)))
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("sent", 1)
    assert vendor.VENDORS["sendgrid"].calls == 1
    assert ManageLink.objects.count() == 1


def _stop(visit):
    stop_contact("email", scene.EMAIL, "stop_word", "unsubscribed", actor=SYSTEM, now=scene.NOW)


def _ask_confidential(visit):
    ask_confidential(visit.pk, Channel.PHONE, actor=SYSTEM, now=scene.NOW)


@pytest.fixture
def promised(settings):
    """A booked visit and the e-mail about it, due now."""
    settings.EMAIL_FACTORY = "moonlit.notifications.tests.vendor.email"
    vendor.VENDORS["sendgrid"] = vendor.Vendor("sendgrid")
    scene.practice()
    visit = scene.booked_visit()
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=scene.NOW)
    return visit, Message.objects.get(channel="email")


def _in_a_thread(work):
    """Runs it with a connection of its own; the caller joins."""

    def run():
        try:
            work()
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    return thread


def _somebody_waits():
    for _ in range(1000):
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
            if cursor.fetchone()[0]:
                return True
        time.sleep(0.005)
    return False


@pytest.mark.parametrize("change", [_stop, _ask_confidential])
@pytest.mark.django_db(transaction=True)
def test_what_is_being_stopped_while_it_is_about_to_leave_does_not_leave(promised, change):
    visit, message = promised
    with transaction.atomic():
        change(visit)
        sending = _in_a_thread(lambda: push(message.pk, actor=SYSTEM, now=scene.NOW))
        assert _somebody_waits()
    sending.join(10)
    message.refresh_from_db()
    assert (message.state, message.attempts) == ("suppressed", 0)
    assert vendor.VENDORS["sendgrid"].calls == 0
    assert not ManageLink.objects.filter(revoked_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_a_confidential_request_ends_the_link_of_a_message_that_is_leaving_this_moment(promised, monkeypatch):
    visit, message = promised
    asking = []

    def meanwhile(*given, **more):
        letter = worded(*given, **more)
        asking.append(_in_a_thread(lambda: _ask_confidential(visit)))
        assert _somebody_waits()
        return letter

    worded = handover.compose
    monkeypatch.setattr(handover, "compose", meanwhile)
    push(message.pk, actor=SYSTEM, now=scene.NOW)
    asking[0].join(10)
    message.refresh_from_db()
    assert message.state == "sent"
    assert ManageLink.objects.get().revoked_at == scene.NOW


@pytest.mark.django_db(transaction=True)
def test_a_stop_that_several_deliveries_bring_at_once_is_one_stop(settings, time_machine):
    settings.EMAIL_FACTORY = "moonlit.notifications.tests.signed.email"
    settings.SMS_FACTORY = "moonlit.notifications.tests.signed.sms"
    time_machine.move_to(scene.NOW, tick=False)
    scene.practice()
    visit = scene.booked_visit()
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=scene.NOW)
    Message.objects.filter(channel="email").update(state="sent", attempts=1, vendor="sendgrid", vendor_id="abc")
    mail = Message.objects.get(channel="email")
    text = signed.reply("STOP", at=scene.NOW)
    told = signed.batch(signed.event("bounce", mail, at=scene.NOW))
    start = Barrier(RIVALS)

    def rival(_):
        try:
            start.wait(10)
            for channel, body, sign in (("sms", text, signed.by_notifyre), ("email", told, signed.by_sendgrid)):
                headers = {name.lower(): value for name, value in sign(body, scene.NOW).items()}
                receive(channel, headers, body, now=scene.NOW)
            work_off(now=scene.NOW)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(RIVALS) as pool:
        list(pool.map(rival, range(RIVALS)))
    work_off(now=scene.NOW)
    assert (Reply.objects.count(), VendorNotice.objects.count()) == (1, 1)
    assert sorted(StoppedContact.objects.values_list("reason", flat=True)) == ["bounced", "stop_word"]
    assert Message.objects.filter(kind="reply").count() == 1
    assert AuditEvent.objects.filter(verb="messages:message:undelivered").count() == 1
    mail.refresh_from_db()
    assert (mail.state, mail.error) == ("failed", "bounced")
