"""The message with a one-time code: first in line, at any hour, to the right person, never later than its life."""

from datetime import UTC, datetime, timedelta

import pytest

from moonlit.audit.actor import PUBLIC, SYSTEM
from moonlit.booking.models import ManageLink, OneTimeCode
from moonlit.booking.services import mint_link, request_code, revoke_links, verify_code
from moonlit.domain.reaching import Channel
from moonlit.domain.refusals import Refused
from moonlit.notifications.jobs import push_code, push_message
from moonlit.notifications.models import Message, Notice
from moonlit.notifications.port import Rejected, Throttled, Unknown
from moonlit.notifications.services import push, queue, queue_code
from moonlit.notifications.tests.scene import EMAIL, NOW, PHONE
from moonlit.people.models import Booker, Consent
from moonlit.people.services import set_confidential_contact
from moonlit.platform.outbox import deliver
from moonlit.platform.testing import run_pending
from moonlit.practice.models import Vendor
from moonlit.worklist.models import Task

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 12, 2, 6, tzinfo=UTC)  # 23:00 in Denver


def ask(visit, channel="sms", *, now=NOW, holder=ManageLink.Holder.PATIENT):
    """A link of the holder's, a code asked for through it, its message promised: the token."""
    token = mint_link(visit.pk, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=now, holder=holder)
    request_code(token, channel, actor=PUBLIC, now=now)
    queue_code(OneTimeCode.objects.get(ended_at=None, link__holder=holder).pk, now=now)
    return token


def why_nobody():
    notice = Notice.objects.get(kind="code")
    assert notice.outcome == "nobody"
    return notice.why


def step(now=NOW):
    row = Message.objects.get()
    push(row.pk, actor=SYSTEM, now=now)
    return Message.objects.get()


def code_in(letter):
    return "".join(char for char in letter.text.partition("code is ")[2][:6] if char.isdigit())


def test_the_code_that_was_sent_opens_the_session(visit, vendors):
    token = ask(visit)
    row = step()
    assert (row.kind, row.state, row.recipient, row.subject) == ("code", "sent", PHONE, str(visit.pk))
    (text,) = vendors["notifyre"].taken
    assert text.text.startswith("Moonlit: your code is ")
    assert verify_code(token, code_in(text), actor=PUBLIC, now=NOW)


def test_by_email_too_and_no_link_travels_with_it(visit, vendors):
    token = ask(visit, "email")
    assert step().recipient == EMAIL
    (mail,) = vendors["sendgrid"].taken
    assert verify_code(token, code_in(mail), actor=PUBLIC, now=NOW)
    for words in (mail.subject, mail.text, mail.html):
        assert "http" not in words
        assert "/m/" not in words
        assert "2026" not in words
    assert ManageLink.objects.count() == 1


def test_the_code_is_in_no_column(visit, vendors):
    from django.db import connection

    ask(visit)
    step()
    code = code_in(vendors["notifyre"].taken[0])
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m::text FROM notifications_message m UNION ALL SELECT c::text FROM booking_onetimecode c "
            "UNION ALL SELECT j::text FROM procrastinate_jobs j UNION ALL SELECT o::text FROM platform_outboxevent o"
        )
        rows = [row[0] for row in cursor.fetchall()]
    assert rows
    assert not any(f",{code}," in row or f'"{code}"' in row for row in rows)


def test_a_code_rings_at_night_for_somebody_waits_for_it(visit, vendors):
    ask(visit, now=NIGHT)
    assert step(NIGHT).state == "sent"


def test_a_code_goes_before_every_other_message_of_the_queue():
    assert push_code.queue == push_message.queue == deliver.queue
    assert push_code.priority > deliver.priority > push_message.priority


def test_the_event_of_the_request_leads_to_the_code(visit, vendors, clock_at_now):
    token = mint_link(visit.pk, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=NOW)
    request_code(token, "email", actor=PUBLIC, now=NOW)
    run_pending(NOW)
    assert [letter.kind for letter in vendors["sendgrid"].taken] == ["code"]


def test_a_vendor_without_an_agreement_may_carry_a_code(visit, vendors):
    Vendor.objects.update(baa_until=None)
    token = ask(visit)
    step()
    assert verify_code(token, code_in(vendors["notifyre"].taken[0]), actor=PUBLIC, now=NOW)


@pytest.mark.parametrize("state", ["refused", "to_be_signed", None])
def test_a_code_asked_for_by_text_needs_no_consent_to_texts(visit, vendors, state):
    Consent.objects.update(state=state) if state else Consent.objects.all().delete()
    ask(visit)
    assert step().state == "sent"


def test_a_number_that_has_said_stop_gets_none_and_staff_see_why(visit, vendors):
    Consent.objects.update(state="revoked")
    ask(visit)
    assert not Message.objects.exists()
    assert why_nobody() == "stopped_contact"


def test_a_contact_that_the_person_asked_us_not_to_use_gets_none_and_staff_see_why(visit, vendors):
    set_confidential_contact(visit.patient_id, Channel.EMAIL, address="safe@example.org", actor=SYSTEM, now=NOW)
    ask(visit)
    assert not Message.objects.exists()
    assert why_nobody() == "confidential"


@pytest.mark.parametrize(
    ("booker", "why"),
    [({"email": "cleo@example.org"}, "no_contact"), ({"phone": "+18015550177"}, "confidential")],
)
def test_why_who_booked_gets_none_is_told_apart_too(visit, vendors, booker, why):
    Booker.objects.create(
        patient=visit.patient, appointment=visit.pk, kind="case_manager", name="Cleo Fictional", messages_to="both",
        **booker,
    )  # fmt: skip
    set_confidential_contact(visit.patient_id, Channel.EMAIL, address="safe@example.org", actor=SYSTEM, now=NOW)
    ask(visit, holder=ManageLink.Holder.BOOKER)
    assert why_nobody() == why


def test_consent_taken_back_on_the_way_stops_the_code(visit, vendors):
    ask(visit)
    Consent.objects.update(state="revoked")
    assert (step().state, step().error) == ("suppressed", "recipient_changed")
    assert not vendors["notifyre"].taken


@pytest.mark.parametrize(("channel", "field"), [("email", "email"), ("sms", "phone")])
def test_without_a_contact_for_the_channel_nothing_is_sent(visit, vendors, channel, field):
    setattr(visit.patient, field, None)
    visit.patient.save()
    ask(visit, channel)
    assert not Message.objects.exists()
    assert why_nobody() == "no_contact"
    assert not Task.objects.exists()


@pytest.mark.parametrize(
    ("holder", "messages_to", "expected"),
    [
        ("patient", "both", EMAIL),
        ("booker", "both", "jo@example.org"),
        ("booker", "patient", "jo@example.org"),
        ("", "patient", EMAIL),
        ("", "both", EMAIL),
        ("", "booker", "jo@example.org"),
    ],
)
def test_the_code_goes_to_the_person_who_got_the_link(visit, vendors, holder, messages_to, expected):
    Booker.objects.create(
        patient=visit.patient,
        appointment=visit.pk,
        kind="case_manager",
        name="Jo",
        email="jo@example.org",
        messages_to=messages_to,
    )
    ask(visit, "email", holder=holder)
    assert step().recipient == expected


def test_a_patient_without_any_contact_is_reached_through_the_booker(visit, vendors):
    visit.patient.email = visit.patient.phone = None
    visit.patient.save()
    Booker.objects.create(
        patient=visit.patient,
        appointment=visit.pk,
        kind="parent",
        name="Jo",
        phone="+18015550177",
        messages_to="patient",
    )
    ask(visit, "sms", holder="")
    assert step().recipient == "+18015550177"


def test_a_code_older_than_its_life_is_not_sent_and_troubles_nobody(visit, vendors):
    ask(visit)
    row = step(NOW + timedelta(minutes=10))
    assert (row.state, row.error) == ("suppressed", "code_over")
    assert not vendors["notifyre"].taken
    assert not Task.objects.exists()


def test_a_newer_code_takes_the_place_of_one_still_waiting(visit, vendors):
    token = ask(visit)
    request_code(token, "sms", actor=PUBLIC, now=NOW)
    assert (step().state, step().error) == ("suppressed", "code_over")


def test_a_revoked_link_sends_no_code(visit, vendors):
    ask(visit)
    revoke_links(visit.pk, actor=SYSTEM, now=NOW)
    assert step().error == "code_over"


def test_a_retry_mints_anew_and_only_the_last_value_counts(visit, vendors):
    vendors["notifyre"].loses_answers = True
    token = ask(visit)
    assert step().state == "sending"
    first = code_in(vendors["notifyre"].taken[0])
    hashed = bytes(OneTimeCode.objects.get().code_hash)
    vendors["notifyre"].taken.clear()  # it never arrived after all
    vendors["notifyre"].loses_answers = False
    later = NOW + timedelta(minutes=2)
    step(later)
    assert step(later).state == "sent"
    assert bytes(OneTimeCode.objects.get().code_hash) != hashed
    second = code_in(vendors["notifyre"].taken[0])
    if first != second:
        with pytest.raises(Refused):
            verify_code(token, first, actor=PUBLIC, now=later)
    assert verify_code(token, second, actor=PUBLIC, now=later)


@pytest.mark.parametrize(
    "fault", [Rejected("number_refused"), Throttled("vendor_429", retry_after=900), Unknown("lost")]
)
def test_a_code_that_could_not_be_sent_is_no_task_for_staff(visit, vendors, fault):
    vendors["notifyre"].script = [fault]
    ask(visit)
    row, now = step(), NOW
    while row.next_at is not None:
        now = max(now, row.next_at)
        row = step(now)
    assert row.state in {"failed", "suppressed", "sent"}
    assert now < NOW + timedelta(minutes=20)
    assert not Task.objects.filter(kind="message_failed").exists()


def test_a_busy_number_lets_a_code_wait_only_for_its_turn(visit, vendors):
    vendors["notifyre"].per_second = 1
    ask(visit)
    row = Message.objects.get()
    for number in range(50):
        Message.objects.create(
            event=f"appointment.booked:{number}:1",
            kind="confirmation",
            channel="sms",
            subject=str(visit.pk),
            subject_version=1,
            recipient=PHONE,
            recipient_index=bytes(row.recipient_index),
            created_at=NOW,
            next_at=NOW,
        )
    other = Message.objects.filter(kind="confirmation").first()
    push(other.pk, actor=SYSTEM, now=NOW)
    push(row.pk, actor=SYSTEM, now=NOW)
    row.refresh_from_db()
    assert (row.state, row.next_at <= NOW + timedelta(seconds=1)) == ("queued", True)


def test_one_contact_gets_so_many_codes_and_no_more_whoever_asks(visit, vendors, monkeypatch):
    monkeypatch.setattr(queue, "CODES_AT_ONCE", 1)
    token = ask(visit)
    request_code(token, "sms", actor=PUBLIC, now=NOW)
    second = OneTimeCode.objects.get(ended_at=None)
    queue_code(second.pk, now=NOW)
    assert Message.objects.count() == 1
    later = NOW + timedelta(seconds=queue.CODES_REFILL)
    request_code(token, "sms", actor=PUBLIC, now=later)
    queue_code(OneTimeCode.objects.get(ended_at=None).pk, now=later)
    assert Message.objects.count() == 2
