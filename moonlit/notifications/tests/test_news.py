"""What there is to tell about a visit: once, of what is true now, with a link of its own."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import ManageLink
from moonlit.notifications.kinds import ABOUT_VISITS, OWNED, Kind
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.services import push, queue_visit_message
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Booker, Consent
from moonlit.platform.outbox import emit
from moonlit.platform.testing import run_pending
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Vendor

pytestmark = pytest.mark.django_db

NEWS = {
    "appointment.received": ("pending", "received", "we have your request"),
    "appointment.not_booked": ("lost", "not_booked", "the time could not be booked"),
    "appointment.booked": ("booked", "confirmation", "your appointment is booked"),
    "appointment.moved": ("booked", "change", "your appointment has changed"),
    "appointment.followed": ("booked", "change", "your appointment has changed"),
    "appointment.change_failed": ("booked", "change", "your appointment could not be changed"),
    "appointment.duplicate": ("booked", "change", "another appointment was booked"),
    "appointment.cancelled": ("cancelled", "cancellation", "your appointment is cancelled"),
    "appointment.in_3_days": ("booked", "reminder", "a reminder of your appointment"),
    "appointment.tomorrow": ("booked", "reminder", "your appointment is coming up"),
    "appointment.join": ("booked", "join_link", "how to join your appointment"),
    "appointment.to_complete": ("booked", "to_complete", "something is missing before your appointment"),
    "appointment.proposal": ("booked", "proposal", "we would like to change your appointment"),
}
TOPICS = sorted(NEWS)
OF_ONE_VERSION = sorted(
    set(TOPICS) - {f"appointment.{name}" for name in ("received", "in_3_days", "tomorrow", "join", "to_complete")}
)
EMITTED = sorted(
    f"appointment.{name}" for name in ("booked", "moved", "followed", "change_failed", "duplicate", "cancelled")
)


@pytest.fixture
def visit(visit):
    """Two days ahead, so that every reminder may still come; the address is still missing."""
    visit.start += timedelta(days=1)
    visit.end += timedelta(days=1)
    visit.save()
    return visit


def tell(visit, topic, *, state=None, version=1):
    type(visit).objects.filter(pk=visit.pk).update(state=state or NEWS[topic][0], change="")
    queue_visit_message(topic, visit.pk, version, actor=SYSTEM, now=NOW)
    return {row.channel: row for row in Message.objects.all()}


def step(row):
    push(row.pk, actor=SYSTEM, now=NOW)
    return Message.objects.get(pk=row.pk)


def link_in(letter):
    """The path of the page and the token that opens it."""
    words = next(word for word in letter.text.split() if "://" in word)
    page, _slash, token = words.rpartition("/")
    return page.partition("://")[2].partition("/")[2], token


def test_every_kind_of_news_is_looked_at_here():
    assert set(ABOUT_VISITS) == set(NEWS)


@pytest.mark.parametrize("topic", TOPICS)
def test_it_is_told_by_email_and_text(visit, vendors, topic):
    state, kind, subject = NEWS[topic]
    for row in tell(visit, topic, state=state).values():
        step(row)
    assert {(row.kind, row.channel, row.state) for row in Message.objects.all()} == {
        (kind, "email", "sent"),
        (kind, "sms", "sent"),
    }
    (mail,) = vendors["sendgrid"].taken
    (text,) = vendors["notifyre"].taken
    assert mail.subject == f"Moonlit: {subject}"
    assert "Thursday, December 3, 2026 at 9:00 AM MST" in mail.text
    assert "9:00 AM MST" in text.text
    assert "Quintero" not in mail.text + mail.html + text.text


@pytest.mark.parametrize("topic", EMITTED)
def test_an_event_of_booking_leads_to_it(visit, vendors, clock_at_now, topic):
    type(visit).objects.filter(pk=visit.pk).update(state=NEWS[topic][0])
    emit(topic, visit.pk, version=1)
    run_pending(NOW)
    assert {row.state for row in Message.objects.all()} == {"sent"}
    assert [len(vendor.taken) for vendor in vendors.values()] == [1, 1]
    assert Notice.objects.get().outcome == "promised"


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
    links = {}
    for letter in letters:
        page, token = link_in(letter)
        found = ManageLink.objects.get(token_hash=token_hash(token))
        links[letter.to] = (page, found.purpose, found.holder)
    assert links == {
        EMAIL: ("m", "manage", "patient"),
        PHONE: ("m", "manage", "patient"),
        "jo@example.org": ("m", "manage", "booker"),
    }


@pytest.mark.parametrize("topic", TOPICS)
def test_it_is_told_once_per_version(visit, vendors, topic):
    tell(visit, topic)
    tell(visit, topic)
    assert Message.objects.count() == 2


@pytest.mark.parametrize("topic", OF_ONE_VERSION)
def test_a_new_version_is_told_anew_and_the_old_one_dies(visit, vendors, topic):
    first = tell(visit, topic)
    type(visit).objects.update(version=2)
    tell(visit, topic, version=2)
    assert Message.objects.count() == 4
    assert {(step(row).state, step(row).error) for row in first.values()} == {("suppressed", "superseded")}


@pytest.mark.parametrize("topic", ["appointment.in_3_days", "appointment.tomorrow", "appointment.join"])
def test_a_reminder_lives_and_dies_with_the_time_not_with_the_version(visit, vendors, topic):
    rows = tell(visit, topic)
    type(visit).objects.update(version=2)
    tell(visit, topic, version=2)
    assert Message.objects.count() == 2
    assert Notice.objects.get(subject_version=2).why == "told_already"
    assert step(rows["sms"]).state == "sent"
    type(visit).objects.update(start=visit.start + timedelta(hours=1), end=visit.end + timedelta(hours=1))
    assert (step(rows["email"]).state, step(rows["email"]).error) == ("suppressed", "other_time")
    assert not vendors["sendgrid"].taken


@pytest.mark.parametrize("topic", TOPICS)
def test_news_that_is_no_longer_true_is_neither_promised_nor_sent(visit, vendors, topic):
    if topic in OF_ONE_VERSION:
        assert not tell(visit, topic, version=7)
    wrong = "booked" if NEWS[topic][0] != "booked" else "cancelled"
    assert not tell(visit, topic, state=wrong)
    assert {row.outcome for row in Notice.objects.all()} == {"stale"}
    Notice.objects.all().delete()
    rows = tell(visit, topic)
    type(visit).objects.update(state=wrong)
    why = "decided" if topic == "appointment.received" else "superseded"
    assert {(step(row).state, step(row).error) for row in rows.values()} == {("suppressed", why)}
    assert not vendors["sendgrid"].taken
    assert not vendors["notifyre"].taken


def test_a_late_cancellation_is_told_like_any_other(visit, vendors):
    assert set(tell(visit, "appointment.cancelled", state="late_cancelled")) == {"email", "sms"}


@pytest.mark.parametrize("topic", TOPICS)
def test_consent_is_judged_when_the_news_is_sent(visit, vendors, topic):
    rows = tell(visit, topic)
    Consent.objects.filter(kind="sms").update(state="revoked")
    assert (step(rows["sms"]).state, step(rows["sms"]).error) == ("suppressed", "no_consent")
    assert step(rows["email"]).state == "sent"


@pytest.mark.parametrize("topic", TOPICS)
@pytest.mark.parametrize("owner", ["ehr", "none"])
def test_a_kind_that_we_do_not_own_is_left_to_its_owner(visit, practice, topic, owner):
    kind = Kind(NEWS[topic][1])
    practice.message_owners = {kind.value: owner}
    practice.save()
    found = tell(visit, topic)
    notice = Notice.objects.get()
    if kind in OWNED:
        assert not found
        assert (notice.outcome, notice.why) == ("not_ours", owner)
    else:  # no EHR tells these: they are always ours
        assert len(found) == 2


@pytest.mark.parametrize("topic", TOPICS)
def test_a_vendor_without_an_agreement_hears_only_of_an_update(visit, vendors, topic):
    Vendor.objects.update(baa_until=None)
    for row in tell(visit, topic).values():
        step(row)
    (mail,) = vendors["sendgrid"].taken
    assert not mail.attachments
    for letter in (mail, *vendors["notifyre"].taken):
        text = letter.text.partition("http")[0]
        assert "update" in text
        assert not any(word in text for word in ("2026", "Dec", "MST", "cancel", "moved", "changed", "booked"))
