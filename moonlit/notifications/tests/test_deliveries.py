"""What a vendor's word does to a message, to the contact it went to, and to the front desk's list."""

import itertools
from datetime import timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.notifications import services
from moonlit.notifications.contact_queries import contact_index, is_stopped
from moonlit.notifications.models import Attempt, Message, StoppedContact, VendorNotice
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.worklist.models import Task

numbers = itertools.count()


@pytest.fixture(autouse=True)
def at_now(clock_at_now):
    """What is queued reads the clock."""


def message(visit, channel="email", **more):
    contact = EMAIL if channel == "email" else PHONE
    values = {
        "kind": "confirmation",
        "state": "sent",
        "attempts": 1,
        "vendor": "sendgrid" if channel == "email" else "notifyre",
        "vendor_id": "abc",
        "sent_at": NOW,
        "created_at": NOW,
        "subject": str(visit.pk),
        "subject_version": visit.version,
        "event": f"appointment.booked:{uuid4()}:1",
        "recipient": contact,
        "recipient_index": contact_index(channel, contact),
    } | more
    return Message.objects.create(channel=channel, **values)


def tell(row, delivery, code="", *, vendor_id="abc", now=NOW):
    """The vendor's word, kept and worked off; the message afterwards."""
    VendorNotice.objects.create(
        vendor=row.vendor or "sendgrid",
        notice_id=f"n-{next(numbers)}",
        name=delivery,
        message_id=row.pk,
        vendor_id=vendor_id,
        delivery=delivery,
        code=code or delivery,
        told_at=now,
        received_at=now,
        next_at=now,
    )
    services.work_off(now=now)
    return Message.objects.get(pk=row.pk)


def open_tasks():
    return sorted(Task.objects.filter(state="open").values_list("kind", flat=True))


def test_an_arrival_is_shown_and_audited(visit):
    row = tell(message(visit), "delivered")
    assert (row.state, row.delivery, row.delivery_at, row.sent_at) == ("sent", "delivered", NOW, NOW)
    assert AuditEvent.objects.filter(verb="messages:message:delivered", subject=f"message:{row.pk}").count() == 1


def test_an_arrival_settles_what_was_given_up_unconfirmed_and_closes_its_task(visit):
    row = message(visit, state="sending", vendor_id="")
    assert services.state.failed(row, "unconfirmed", actor=SYSTEM, now=NOW)
    assert open_tasks() == ["message_failed"]
    row = tell(row, "delivered")
    assert (row.state, row.error, row.vendor_id, row.next_at) == ("sent", "", "abc", None)
    assert open_tasks() == []


@pytest.mark.parametrize("state", ["sending", "queued"])
def test_a_lost_answer_is_settled_before_anybody_looks_or_sends_again(visit, state):
    row = tell(message(visit, state=state, vendor_id="", sent_at=None, next_at=NOW), "processed")
    assert (row.state, row.vendor_id, row.next_at, row.delivery) == ("sent", "abc", None, "processed")


@pytest.mark.parametrize("word", ["bounced", "blocked", "dropped"])
def test_what_could_not_be_brought_is_a_dead_letter_with_a_task(visit, word):
    row = tell(message(visit), word)
    assert (row.state, row.error, row.delivery) == ("failed", word, word)
    assert open_tasks() == ["contact_bounced" if word == "bounced" else "message_failed"]
    assert AuditEvent.objects.filter(verb="messages:message:undelivered").count() == 1


@pytest.mark.parametrize(("word", "stops"), [("bounced", True), ("blocked", False), ("dropped", False)])
def test_only_a_dead_address_is_stopped(visit, word, stops):
    tell(message(visit), word)
    assert is_stopped("email", EMAIL) is stops
    assert ("contact_bounced" in open_tasks()) is stops
    if stops:
        assert Task.objects.get(kind="contact_bounced").subject == f"appointment:{visit.pk}"


def test_a_complaint_stops_the_address_for_good(visit):
    row = tell(message(visit, delivery="delivered"), "complained")
    assert (row.state, row.delivery) == ("sent", "complained")
    stop = StoppedContact.objects.get()
    assert stop.reason == "complained"
    with pytest.raises(services.OnlyThePersonMay):
        services.lift_stop(stop.pk, actor=SYSTEM, now=NOW)


def test_a_dead_address_is_dead_even_when_it_is_told_too_late_to_change_the_message(visit):
    row = tell(message(visit, delivery="delivered"), "bounced")
    assert (row.state, row.delivery) == ("sent", "delivered")
    assert is_stopped("email", EMAIL)
    assert open_tasks() == ["contact_bounced"]


def test_who_unsubscribes_is_stopped_and_staff_may_undo_it(visit):
    tell(message(visit), "", "unsubscribed")
    stop = StoppedContact.objects.get()
    assert (stop.reason, stop.wording) == ("stop_word", "unsubscribed")
    assert services.lift_stop(stop.pk, actor=SYSTEM, now=NOW)


def test_a_landline_is_stopped_at_once(visit):
    row = tell(message(visit, "sms"), "undelivered", "number_unreachable")
    assert (row.state, row.error) == ("failed", "number_unreachable")
    assert StoppedContact.objects.get().reason == "unreachable"
    assert "contact_bounced" in open_tasks()


def test_a_phone_that_was_off_once_is_not_and_the_second_time_in_a_row_it_is(visit):
    tell(message(visit, "sms"), "undelivered")
    assert not is_stopped("sms", PHONE)
    for hours, stopped in ((0.01, False), (23, False), (24, True)):
        later = NOW + timedelta(hours=hours)
        tell(message(visit, "sms", created_at=later), "undelivered", now=later)
        assert is_stopped("sms", PHONE) is stopped
    assert "contact_bounced" in open_tasks()


def test_a_text_in_between_that_arrived_starts_the_count_anew(visit):
    for days, word in enumerate(["undelivered", "delivered", "undelivered"]):
        at = NOW + timedelta(days=days)
        tell(message(visit, "sms", created_at=at), word, now=at)
    assert not is_stopped("sms", PHONE)


@pytest.mark.parametrize(
    ("kind", "audience"),
    [("code", "patient"), ("reply", "sender"), ("lead_received", "lead"), ("lead_invitation", "lead")],
)
def test_what_anybody_can_have_sent_to_a_number_proves_nothing_about_it(visit, kind, audience):
    for days in (0, 2, 4):
        at = NOW + timedelta(days=days)
        tell(message(visit, "sms", kind=kind, audience=audience, created_at=at), "undelivered", now=at)
    at = NOW + timedelta(days=6)
    tell(message(visit, "sms", created_at=at), "undelivered", now=at)
    assert not is_stopped("sms", PHONE)


def test_a_code_that_arrived_proves_that_the_phone_lives(visit):
    for days, kind, word in ((0, "reminder", "undelivered"), (1, "code", "delivered"), (2, "reminder", "undelivered")):
        at = NOW + timedelta(days=days)
        tell(message(visit, "sms", kind=kind, created_at=at), word, now=at)
    assert not is_stopped("sms", PHONE)


@pytest.mark.parametrize(("kind", "asked"), [("confirmation", True), ("code", False)])
def test_everybody_who_uses_a_dead_number_is_asked_for_another(visit, kind, asked):
    later = timedelta(days=1)
    other = type(visit).objects.create(
        state="booked", provider=visit.provider, location=visit.location, slot_ehr_id="2", athena_appt_id="2",
        patient=type(visit.patient).objects.create(
            first_name="Sasha", last_name="Fictional", date_of_birth="1991-01-01", phone=PHONE,
            phone_index=contact_index("sms", PHONE), created_at=NOW,
        ),
        start=visit.start + later, end=visit.end + later, time_zone=visit.time_zone, created_at=NOW, booked_at=NOW,
    )  # fmt: skip
    tell(message(visit, "sms", kind=kind), "undelivered", "number_unreachable")
    subjects = set(Task.objects.filter(kind="contact_bounced", state="open").values_list("subject", flat=True))
    assert subjects == {f"appointment:{pk}" for pk in ([visit.pk] if asked else []) + [other.pk]}


def test_an_alert_that_bounces_never_stops_an_address_of_our_own(visit):
    row = tell(message(visit, audience="staff", kind="lead_alert"), "bounced")
    assert row.state == "failed"
    assert not StoppedContact.objects.exists()


def test_of_a_message_sent_again_an_old_failure_says_nothing(visit):
    row = message(visit, state="queued", resends=1, vendor_id="", next_at=NOW + timedelta(minutes=5))
    assert tell(row, "blocked").state == "queued"
    row = message(visit, state="sent", resends=1, vendor_id="second")
    assert tell(row, "blocked", vendor_id="first").state == "sent"
    assert tell(row, "delivered", vendor_id="first").delivery == "delivered"


@pytest.mark.parametrize("vendor_id", ["first", ""])
@pytest.mark.parametrize("state", ["sending", "queued"])
def test_a_late_word_about_the_old_sending_does_not_eat_the_new_one(visit, vendor_id, state):
    again = NOW + timedelta(minutes=10)
    row = message(visit, state=state, resends=1, attempts=2, vendor_id="", sending_at=again, next_at=again)
    Attempt.objects.create(message=row, number=1, vendor="sendgrid", vendor_id="first", began_at=NOW, outcome="sent")
    row = tell(row, "deferred", vendor_id=vendor_id, now=NOW + timedelta(minutes=1))
    assert (row.state, row.delivery, row.next_at) == (state, "", again)
    row = tell(row, "processed", vendor_id="second", now=again - timedelta(seconds=20))  # the vendor's clock is behind
    assert (row.state, row.vendor_id) == ("sent", "second")


def test_by_its_id_an_old_word_is_old_whenever_it_was_said(visit):
    row = message(visit, state="sending", resends=1, attempts=2, vendor_id="", sending_at=NOW, next_at=NOW)
    Attempt.objects.create(message=row, number=1, vendor="sendgrid", vendor_id="first", began_at=NOW, outcome="sent")
    assert tell(row, "deferred", vendor_id="first", now=NOW + timedelta(minutes=1)).state == "sending"


def test_the_other_vendors_notice_finds_no_message(visit):
    row = message(visit)
    VendorNotice.objects.create(
        vendor="notifyre", notice_id="x", name="x", message_id=row.pk, delivery="delivered", told_at=NOW,
        received_at=NOW - timedelta(hours=1), next_at=NOW,
    )  # fmt: skip
    services.work_off(now=NOW)
    assert VendorNotice.objects.get().outcome == "unknown_message"
    assert Message.objects.get(pk=row.pk).delivery == ""


def test_a_message_is_found_by_the_vendors_id_when_ours_did_not_come_back(visit):
    row = message(visit)
    tell(row, "delivered")
    other = message(visit, vendor_id="def")
    VendorNotice.objects.create(
        vendor="sendgrid", notice_id="y", name="y", vendor_id="def", delivery="delivered", told_at=NOW,
        received_at=NOW, next_at=NOW,
    )  # fmt: skip
    services.work_off(now=NOW)
    assert Message.objects.get(pk=other.pk).delivery == "delivered"


def test_notices_in_any_order_end_alike(visit):
    words = ["processed", "deferred", "delivered"]
    ends = set()
    for order in itertools.permutations(words):
        row = message(visit)
        for word in order:
            row = tell(row, word)
        ends.add((row.state, row.delivery, row.error))
    assert ends == {("sent", "delivered", "")}
