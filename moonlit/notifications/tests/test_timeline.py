"""What happened to a message, in the order in which it happened."""

from datetime import timedelta
from types import SimpleNamespace

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.notifications import staff_queries
from moonlit.notifications.models import Message, VendorNotice
from moonlit.notifications.port import Rejected
from moonlit.notifications.services import push, queue_visit_message, resend
from moonlit.notifications.tests.scene import NOW

STAFF = Actor("staff", "7")


def test_a_message_sent_again_within_a_second_shows_its_steps_in_order(visit, vendors, monkeypatch):
    soon, again = NOW + timedelta(milliseconds=100), NOW + timedelta(milliseconds=500)
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    row = Message.objects.get(channel="email")
    vendors["sendgrid"].script = [Rejected("vendor_400")]
    push(row.pk, actor=SYSTEM, now=soon)
    resend(row.pk, actor=STAFF, now=again)
    push(row.pk, actor=SYSTEM, now=again)
    VendorNotice.objects.create(
        vendor="sendgrid", notice_id="t", name="delivered", message_id=row.pk, told_at=NOW, received_at=again
    )
    pressed = SimpleNamespace(at=again, actor_id="7")  # the audit log has a clock of its own
    monkeypatch.setattr(staff_queries, "done_to", lambda *_: [pressed])
    _, timeline = staff_queries.one_message(row.pk, actor=STAFF)
    assert [(line.what, line.number) for line in timeline] == [
        ("promised", 0),
        ("tried", 1),
        ("resent", 0),
        ("tried", 2),
        ("told", 0),
    ]
