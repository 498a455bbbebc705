"""Several processes at one message: one letter leaves."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connections

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import ManageLink
from moonlit.notifications.models import Message
from moonlit.notifications.services import push, queue_visit_message
from moonlit.notifications.tests import scene, vendor

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
