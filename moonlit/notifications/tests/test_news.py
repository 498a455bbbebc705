"""What a change of a visit tells the patient: once, of the version that is true, with a link of its own."""

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import ManageLink
from moonlit.notifications.kinds import ABOUT_VISITS
from moonlit.notifications.models import Message
from moonlit.notifications.services import push, queue_visit_message
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Booker, Consent
from moonlit.platform.outbox import emit
from moonlit.platform.testing import run_pending
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Vendor

pytestmark = pytest.mark.django_db

NEWS = {
    "appointment.moved": ("booked", "change", "your appointment has changed"),
    "appointment.followed": ("booked", "change", "your appointment has changed"),
    "appointment.change_failed": ("booked", "change", "your appointment could not be moved"),
    "appointment.duplicate": ("booked", "change", "another appointment was booked"),
    "appointment.cancelled": ("cancelled", "cancellation", "your appointment is cancelled"),
}
TOPICS = sorted(NEWS)


def tell(visit, topic, *, state=None, version=1):
    type(visit).objects.filter(pk=visit.pk).update(state=state or NEWS[topic][0], change="")
    queue_visit_message(topic, visit.pk, version, actor=SYSTEM, now=NOW)
    return {row.channel: row for row in Message.objects.all()}


def step(row):
    push(row.pk, actor=SYSTEM, now=NOW)
    return Message.objects.get(pk=row.pk)


def test_every_kind_of_news_is_looked_at_here():
    assert set(ABOUT_VISITS) == {"appointment.booked", *NEWS}


@pytest.mark.parametrize("topic", TOPICS)
def test_the_event_is_told_by_email_and_text(visit, vendors, clock_at_now, topic):
    state, kind, subject = NEWS[topic]
    type(visit).objects.filter(pk=visit.pk).update(state=state)
    emit(topic, visit.pk, version=1)
    run_pending(NOW)
    assert {(row.kind, row.channel, row.state) for row in Message.objects.all()} == {
        (kind, "email", "sent"),
        (kind, "sms", "sent"),
    }
    (mail,) = vendors["sendgrid"].taken
    assert mail.subject == f"Moonlit: {subject}"
    assert "Wednesday, December 2, 2026 at 9:00 AM MST" in mail.text
    assert "Quintero" not in mail.text + mail.html


@pytest.mark.parametrize("topic", TOPICS)
def test_each_message_has_a_link_of_its_own_that_knows_who_got_it(visit, vendors, topic):
    Booker.objects.create(
        patient=visit.patient,
        appointment=visit.pk,
        kind="parent",
        name="Jo",
        email="jo@example.org",
        messages_to="both",
    )
    tell(visit, topic)
    for row in Message.objects.all():
        step(row)
    letters = [*vendors["sendgrid"].taken, *vendors["notifyre"].taken]
    holders = {}
    for letter in letters:
        token = letter.text.partition("/m/")[2].split()[0]
        holders[letter.to] = ManageLink.objects.get(token_hash=token_hash(token)).holder
    assert holders == {EMAIL: "patient", PHONE: "patient", "jo@example.org": "booker"}


@pytest.mark.parametrize("topic", TOPICS)
def test_news_is_told_once_per_version(visit, vendors, topic):
    tell(visit, topic)
    tell(visit, topic)
    assert Message.objects.count() == 2
    type(visit).objects.update(version=2)
    tell(visit, topic, version=2)
    assert Message.objects.count() == 4


@pytest.mark.parametrize("topic", TOPICS)
def test_news_that_is_no_longer_true_is_neither_promised_nor_sent(visit, vendors, topic):
    assert not tell(visit, topic, version=7)
    untrue = "booked" if NEWS[topic][0] == "cancelled" else "cancelled"
    assert not tell(visit, topic, state=untrue)
    rows = tell(visit, topic)
    type(visit).objects.update(state=untrue)
    assert {(step(row).state, step(row).error) for row in rows.values()} == {("suppressed", "superseded")}
    assert not vendors["sendgrid"].taken
    assert not vendors["notifyre"].taken


def test_a_late_cancellation_is_told_like_any_other(visit, vendors):
    assert set(tell(visit, "appointment.cancelled", state="late_cancelled")) == {"email", "sms"}


@pytest.mark.parametrize("topic", TOPICS)
def test_consent_is_judged_when_the_news_is_sent(visit, vendors, topic):
    rows = tell(visit, topic)
    Consent.objects.update(state="revoked")
    assert (step(rows["sms"]).state, step(rows["sms"]).error) == ("suppressed", "no_consent")
    assert step(rows["email"]).state == "sent"


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("owner", ["ehr", "none"])
def test_a_kind_that_we_do_not_own_is_left_to_its_owner(visit, practice, topic, owner):
    practice.message_owners = {NEWS[topic][1]: owner}
    practice.save()
    assert not tell(visit, topic)


@pytest.mark.parametrize("topic", TOPICS)
def test_a_vendor_without_an_agreement_hears_only_of_an_update(visit, vendors, topic):
    Vendor.objects.update(baa_until=None)
    for row in tell(visit, topic).values():
        step(row)
    for letter in (*vendors["sendgrid"].taken, *vendors["notifyre"].taken):
        text = letter.text.partition("/m/")[0]
        assert "update" in text
        assert not any(word in text for word in ("2026", "Dec", "MST", "cancel", "moved", "changed"))
