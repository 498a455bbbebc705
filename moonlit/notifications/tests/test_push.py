"""Handing over: every answer of a vendor, quiet hours, breaker, what died meanwhile, what was lost (rules 6.1-6.4)."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import ManageLink
from moonlit.notifications.compose import compose
from moonlit.notifications.models import Message
from moonlit.notifications.port import (
    ConfigurationRefused,
    Found,
    NotReached,
    Rejected,
    Throttled,
    Trace,
    Unknown,
)
from moonlit.notifications.services import (
    handover,
    push,
    queue_lead_messages,
    queue_visit_message,
    stop_contact,
    sweep,
)
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Consent
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Practice, Vendor
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db
MINUTE = timedelta(minutes=1)


@pytest.fixture
def rows(visit, vendors):
    queue_visit_message("appointment.booked", visit.pk, 1, actor=SYSTEM, now=NOW)
    return {row.channel: row.pk for row in Message.objects.all()}


def step(message_id, now=NOW):
    push(message_id, actor=SYSTEM, now=now)
    return Message.objects.get(pk=message_id)


def run_until_settled(message_id, now=NOW):
    """Pushes at each hour the row asks for; returns it and the instant at which it settled."""
    for _ in range(200):
        row = step(message_id, now)
        if row.next_at is None:
            return row, now
        now = max(now, row.next_at)
    raise AssertionError("the message never settled")


def tasks():
    return {(task.subject.partition(":")[0], task.team, task.state) for task in Task.objects.all()}


def verbs():
    return list(AuditEvent.objects.filter(verb__startswith="messages:").values_list("verb", flat=True))


def test_an_accepted_message_is_sent_with_the_vendors_id_and_audited(rows, vendors):
    row = step(rows["email"])
    assert (row.state, row.vendor, row.vendor_id, row.sent_at) == ("sent", "sendgrid", "sendgrid-1", NOW)
    assert verbs() == ["messages:message:sent"]
    letter = vendors["sendgrid"].taken[0]
    assert (letter.to, letter.sender, letter.sender_name) == (EMAIL, "no-reply@mail.example.org", "Moonlit")
    assert "Wednesday, December 2, 2026 at 9:00 AM MST" in letter.text
    assert "Psychiatry" not in letter.text + letter.html + letter.subject


def test_a_sent_message_is_not_sent_again(rows, vendors):
    step(rows["email"])
    step(rows["email"], NOW + MINUTE)
    assert len(vendors["sendgrid"].taken) == 1


def test_the_link_is_minted_for_this_message_and_opens_this_visit(rows, vendors, visit):
    text = step(rows["sms"]) and vendors["notifyre"].taken[0].text
    token = text.partition("/m/")[2].split()[0]
    link = ManageLink.objects.get(token_hash=token_hash(token))
    assert (link.appointment_id, link.purpose) == (visit.pk, "manage")


def test_a_vendor_without_an_agreement_hears_neither_date_nor_time(rows, vendors):
    Vendor.objects.filter(name="Notifyre").update(baa_until=None)
    Vendor.objects.filter(name="SendGrid").update(baa_until=NOW.date() - timedelta(days=1))
    step(rows["sms"])
    step(rows["email"])
    for letter in (vendors["notifyre"].taken[0].text, vendors["sendgrid"].taken[0].text):
        assert "update" in letter
        assert " AM" not in letter  # a token may hold the letters


def test_the_last_day_of_an_agreement_still_counts_in_the_practices_zone(rows, vendors):
    evening = datetime(2026, 12, 2, 2, tzinfo=UTC)  # still December 1 in Denver
    Vendor.objects.update(baa_until=datetime(2026, 12, 1).date())
    step(rows["email"], evening)
    assert "9:00 AM" in vendors["sendgrid"].taken[0].text


def test_a_refused_message_fails_at_once_and_staff_are_asked_to_call(rows, vendors):
    vendors["notifyre"].script = [Rejected("number_refused")]
    row = step(rows["sms"])
    assert (row.state, row.error, row.next_at) == ("failed", "number_refused", None)
    assert tasks() == {("appointment", "front_desk", "open")}
    assert verbs() == ["messages:message:failed", "messages:contact:stopped"]


def test_a_refusal_for_load_waits_as_long_as_the_vendor_asks_then_sends_once(rows, vendors):
    vendors["sendgrid"].script = [Throttled("vendor_429", retry_after=600)]
    row = step(rows["email"])
    assert (row.state, row.error, row.next_at) == ("queued", "vendor_429", NOW + 10 * MINUTE)
    assert step(rows["email"], NOW + 9 * MINUTE).state == "queued"
    assert vendors["sendgrid"].calls == 1
    assert step(rows["email"], NOW + 10 * MINUTE).state == "sent"
    assert len(vendors["sendgrid"].taken) == 1


def test_an_unreachable_vendor_is_asked_less_and_less_often(rows, vendors):
    vendors["sendgrid"].script = [NotReached("connection_not_made")] * 8
    waits = []
    now = NOW
    while vendors["sendgrid"].script:
        row = step(rows["email"], now)
        waits.append((row.next_at - now).total_seconds())
        now = row.next_at
    assert waits == [30, 60, 120, 240, 480, 960, 1800, 1800]
    assert step(rows["email"], now).state == "sent"
    assert len(vendors["sendgrid"].taken) == 1


def test_a_vendor_that_stays_unreachable_is_given_up_visibly_once_the_visit_is_near(rows, vendors, visit):
    vendors["sendgrid"].script = [NotReached("connection_not_made")] * 500
    row, when = run_until_settled(rows["email"])
    assert (row.state, row.error) == ("failed", "too_late")
    assert when >= visit.start
    assert tasks() == {("appointment", "front_desk", "open")}


def test_a_wrong_key_stops_the_vendor_for_all_calls_an_operator_and_heals(rows, vendors, visit):
    vendors["sendgrid"].script = [ConfigurationRefused("vendor_401")]
    assert step(rows["email"]).state == "queued"
    assert tasks() == {("vendor", "technical", "open")}
    queue_lead_messages("lead.created", uuid4(), actor=SYSTEM, now=NOW)
    other = Message.objects.get(kind="lead_alert")
    assert step(other.pk).state == "queued"
    assert vendors["sendgrid"].calls == 1
    assert step(rows["email"], NOW + 5 * MINUTE).state == "sent"
    assert tasks() == {("vendor", "technical", "closed")}


def test_ten_failures_open_the_breaker_and_one_trial_goes_out(rows, vendors):
    vendors["sendgrid"].script = [NotReached("connection_not_made")] * 10
    for _ in range(10):
        queue_lead_messages("lead.created", uuid4(), actor=SYSTEM, now=NOW)
    for row in Message.objects.filter(kind="lead_alert"):
        step(row.pk)
    assert vendors["sendgrid"].calls == 10
    assert step(rows["email"]).state == "queued"
    assert vendors["sendgrid"].calls == 10
    assert step(rows["email"], NOW + MINUTE).state == "sent"


def test_texts_leave_at_the_pace_of_the_number(rows, vendors):
    vendors["notifyre"].per_second = 1
    first = Message.objects.get(pk=rows["sms"])
    second = Message(
        **{f.attname: getattr(first, f.attname) for f in Message._meta.concrete_fields}
        | {"id": uuid4(), "event": "appointment.booked:again:1"}
    )
    second.save(force_insert=True)
    assert step(first.pk).state == "sent"
    assert step(second.pk).state == "queued"
    assert step(second.pk, NOW + MINUTE).state == "sent"


# answers that were lost


def test_a_text_whose_answer_was_lost_is_found_and_never_repeated(rows, vendors):
    vendors["notifyre"].loses_answers = True
    row = step(rows["sms"])
    assert (row.state, row.error) == ("sending", "answer_lost")
    assert step(rows["sms"], NOW + MINUTE).state == "sending"
    row = step(rows["sms"], NOW + 2 * MINUTE)
    assert (row.state, row.vendor_id) == ("sent", "notifyre-1")
    assert vendors["notifyre"].calls == 1


def test_a_text_that_never_arrived_is_sent_again_only_after_it_is_proven_absent(rows, vendors):
    vendors["notifyre"].script = [Unknown("answer_lost")]
    vendors["notifyre"].looks = [NotReached("look_up_failed")]
    step(rows["sms"])
    assert step(rows["sms"], NOW + 2 * MINUTE).state == "sending"
    assert vendors["notifyre"].calls == 1
    row, _ = run_until_settled(rows["sms"], NOW + 4 * MINUTE)
    assert (row.state, vendors["notifyre"].calls, len(vendors["notifyre"].taken)) == ("sent", 2, 1)


def test_an_email_of_unknown_fate_is_given_up_visibly_and_never_repeated(rows, vendors):
    vendors["sendgrid"].script = [Unknown("answer_lost")]
    vendors["sendgrid"].looks = [Found(Trace.CANNOT_TELL)] * 50
    row, when = run_until_settled(rows["email"])
    assert (row.state, row.error) == ("failed", "unconfirmed")
    assert vendors["sendgrid"].calls == 1
    assert timedelta(minutes=15) <= when - NOW < timedelta(minutes=20)
    assert tasks() == {("appointment", "front_desk", "open")}


def test_a_look_up_that_never_succeeds_ends_after_a_day(rows, vendors):
    vendors["notifyre"].script = [Unknown("answer_lost")]
    vendors["notifyre"].looks = [NotReached("look_up_failed")] * 1000
    now = step(rows["sms"]).next_at
    row = step(rows["sms"], now)
    assert row.state == "sending"
    assert step(rows["sms"], NOW + timedelta(hours=24, minutes=1)).error == "unconfirmed"


def test_a_process_killed_during_the_call_leaves_a_row_that_is_looked_up(rows, vendors, monkeypatch):
    def killed(self, message, *, now):
        self.taken.append(message)
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(vendors["notifyre"]), "send", killed)
        with pytest.raises(KeyboardInterrupt):
            step(rows["sms"])
    assert Message.objects.get(pk=rows["sms"]).state == "sending"
    assert step(rows["sms"], NOW + 2 * MINUTE).state == "sent"
    assert len(vendors["notifyre"].taken) == 1


# what changed meanwhile


@pytest.mark.parametrize("change", [{"state": "cancelled"}, {"state": "moved"}, {"version": 2}])
def test_a_message_about_a_version_that_died_is_withheld(rows, vendors, visit, change):
    type(visit).objects.update(**change)
    row = step(rows["email"])
    assert (row.state, row.error) == ("suppressed", "superseded")
    assert vendors["sendgrid"].calls == 0
    assert verbs() == ["messages:message:withheld"]


def _stop(visit):
    stop_contact("sms", PHONE, "stop_word", "stop", actor=SYSTEM, now=NOW)


def _revoke(visit):
    Consent.objects.update(state="revoked")


def _bump(visit):
    type(visit).objects.update(version=2)


@pytest.mark.parametrize(
    ("change", "why"), [(_stop, "stopped_contact"), (_revoke, "no_consent"), (_bump, "superseded")]
)
def test_what_changes_between_the_check_and_the_mark_withholds_too(rows, vendors, visit, monkeypatch, change, why):
    real = handover.wait_for_morning

    def meanwhile(*given):
        change(visit)
        return real(*given)

    monkeypatch.setattr(handover, "wait_for_morning", meanwhile)
    row = step(rows["sms"])
    assert (row.state, row.error, row.attempts) == ("suppressed", why, 0)
    assert vendors["notifyre"].calls == 0
    assert not ManageLink.objects.exists()


@pytest.mark.parametrize("channel", ["email", "sms"])
def test_a_message_about_a_visit_that_is_no_more_is_withheld_visibly(rows, vendors, visit, channel):
    Consent.objects.all().delete()
    visit.delete()
    row = step(rows[channel])
    assert (row.state, row.error, row.next_at) == ("suppressed", "visit_gone", None)
    assert verbs() == ["messages:message:withheld"]
    assert all(vendor.calls == 0 for vendor in vendors.values())


def test_of_an_unclear_message_about_a_visit_that_is_no_more_staff_are_told(rows, vendors, visit):
    vendors["sendgrid"].script = [Unknown("answer_lost")]
    vendors["sendgrid"].looks = [Found(Trace.CANNOT_TELL)] * 50
    step(rows["email"])
    ManageLink.objects.all().delete()
    Consent.objects.all().delete()
    visit.delete()
    row, _ = run_until_settled(rows["email"], NOW + 2 * MINUTE)
    assert (row.state, row.error) == ("failed", "unconfirmed")
    assert tasks() == {("appointment", "front_desk", "open")}


def test_a_refused_number_is_stopped_in_the_same_breath_or_the_refusal_is_not_written(rows, vendors, monkeypatch):
    vendors["notifyre"].script = [Rejected("number_refused")]

    def killed(*_given, **_more):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(handover, "contact_fails", killed)
        with pytest.raises(KeyboardInterrupt):
            step(rows["sms"])
    assert Message.objects.get(pk=rows["sms"]).state == "sending"  # looked up later, and sent or refused again
    assert tasks() == set()


def test_consent_is_judged_when_the_text_is_sent(rows, vendors):
    Consent.objects.update(state="revoked")
    assert step(rows["sms"]).error == "no_consent"
    assert vendors["notifyre"].calls == 0


def test_a_text_that_comes_due_at_night_waits_for_the_morning(rows, vendors):
    night = datetime(2026, 12, 2, 5, tzinfo=UTC)
    row = step(rows["sms"], night)
    assert (row.state, row.next_at) == ("queued", datetime(2026, 12, 2, 15, tzinfo=UTC))
    assert step(rows["email"], night).state == "sent"


def test_a_message_whose_visit_has_begun_is_withheld(rows, vendors, visit):
    row = step(rows["email"], visit.start)
    assert (row.state, row.error) == ("suppressed", "too_late")


@pytest.mark.parametrize("field", ["message_name", "message_from"])
def test_a_name_or_sender_that_reveals_the_care_stops_the_message_visibly(rows, vendors, field):
    Practice.objects.update(**{field: "psychiatry@example.org"})
    row = step(rows["email"])
    assert (row.state, row.error) == ("failed", "revealing")
    assert vendors["sendgrid"].calls == 0


def test_another_process_that_took_the_row_first_leaves_no_second_letter_and_no_link(rows, vendors, monkeypatch):
    def taken_meanwhile(message, *rest, **more):
        letter = compose(message, *rest, **more)
        Message.objects.filter(pk=message.pk).update(attempts=message.attempts + 1, state="sending")
        return letter

    monkeypatch.setattr("moonlit.notifications.services.handover.compose", taken_meanwhile)
    step(rows["email"])
    assert vendors["sendgrid"].calls == 0
    assert not ManageLink.objects.exists()


def test_the_alert_of_a_lead_holds_a_link_and_nothing_about_the_person(practice, vendors):
    lead = uuid4()
    queue_lead_messages("lead.created", lead, actor=SYSTEM, now=NOW)
    step(Message.objects.get().pk)
    (letter,) = vendors["sendgrid"].taken
    assert letter.to == "desk@example.org"
    assert f"/staff/leads/{lead}" in letter.text


# the sweep


def test_the_sweep_finds_what_the_queue_lost_and_asks_once_a_minute(rows, vendors, asked):
    asked.clear()
    sweep(now=NOW + timedelta(seconds=59))
    assert asked == []
    sweep(now=NOW + MINUTE)
    assert sorted(asked) == sorted(rows.values())
    sweep(now=NOW + timedelta(seconds=90))
    assert len(asked) == 2
    sweep(now=NOW + 2 * MINUTE)
    assert len(asked) == 4


def test_the_sweep_leaves_settled_and_future_messages_alone(rows, vendors, asked):
    step(rows["email"])
    Message.objects.filter(pk=rows["sms"]).update(next_at=NOW + timedelta(hours=9))
    asked.clear()
    sweep(now=NOW + timedelta(hours=1))
    assert asked == []


@pytest.fixture
def asked(monkeypatch):
    found = []
    monkeypatch.setattr("moonlit.notifications.services.state.enqueue_push", lambda pk, at, kind: found.append(pk))
    return found


def test_the_phone_number_is_the_one_consented_to(rows, vendors):
    step(rows["sms"])
    assert vendors["notifyre"].taken[0].to == PHONE
