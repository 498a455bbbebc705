"""Webhooks of the message vendors at our door: what is proven is kept once and worked off later, the rest is refused."""

import json
from datetime import timedelta

import pytest
from django.db import connection

from moonlit.audit.actor import SYSTEM
from moonlit.audit.models import AuditEvent
from moonlit.notifications import services
from moonlit.notifications.models import Message, Reply, VendorNotice
from moonlit.notifications.services import deliveries, queue_visit_message
from moonlit.notifications.tests.scene import NOW
from moonlit.notifications.tests.signed import (
    NOTIFYRE_PATH,
    OTHER_KEY,
    SENDGRID_PATH,
    batch,
    by_notifyre,
    by_sendgrid,
    event,
    reply,
    text_status,
)
from moonlit.platform.testing import run_pending


@pytest.fixture
def refused(db):
    """The audit rows of this test about refused calls; a test that really committed may have left others."""
    rows = AuditEvent.objects.filter(verb="messages:webhook:refused")
    return rows.exclude(pk__in=list(rows.values_list("pk", flat=True)))


@pytest.fixture(autouse=True)
def hooks(settings, clock_at_now):
    settings.EMAIL_FACTORY = "moonlit.notifications.tests.signed.email"
    settings.SMS_FACTORY = "moonlit.notifications.tests.signed.sms"


@pytest.fixture
def mail(visit):
    """An e-mail that SendGrid has taken."""
    queue_visit_message("appointment.booked", visit.pk, visit.version, actor=SYSTEM, now=NOW)
    Message.objects.filter(channel="sms").delete()
    rows = Message.objects.all()
    rows.update(state="sent", attempts=1, vendor="sendgrid", vendor_id="abc", next_at=None, sent_at=NOW)
    return rows.get()


def post(client, path, body, headers):
    return client.generic("POST", path, body, content_type="application/json", headers=headers)


def by_mail(client, *events, at=NOW):
    body = batch(*events)
    return post(client, SENDGRID_PATH, body, by_sendgrid(body, at))


def by_text(client, body, at=NOW):
    return post(client, NOTIFYRE_PATH, body, by_notifyre(body, at))


def test_a_proven_call_is_kept_and_answered_before_any_work(client, mail):
    answer = by_mail(
        client, event("processed", mail, at=NOW - timedelta(1), number=1), event("delivered", mail, at=NOW, number=2)
    )
    assert (answer.status_code, answer.json()) == (202, {"stored": 2})
    assert Message.objects.get(pk=mail.pk).delivery == ""
    run_pending(NOW)
    assert Message.objects.get(pk=mail.pk).delivery == "delivered"
    assert set(VendorNotice.objects.values_list("outcome", flat=True)) == {"applied"}


def test_what_is_told_again_is_nothing_new(client, mail):
    told = event("delivered", mail, at=NOW)
    by_mail(client, told, told)
    assert by_mail(client, told).json() == {"stored": 0}
    assert VendorNotice.objects.count() == 1
    facts = [row.facts for row in AuditEvent.objects.filter(verb="messages:webhook:received").order_by("at")]
    assert facts == [{"stored": 1, "repeated": 1}, {"stored": 0, "repeated": 1}]


def test_a_word_we_do_not_know_is_kept_and_changes_nothing(client, mail):
    by_mail(client, event("some_future_event", mail, at=NOW))
    kept = VendorNotice.objects.get()
    assert (kept.name, kept.outcome, kept.next_at) == ("some_future_event", "ignored", None)


def test_a_text_that_arrived_is_settled(client, mail):
    Message.objects.filter(pk=mail.pk).update(channel="sms", vendor="notifyre")
    assert by_text(client, text_status(mail, "delivered", at=NOW)).status_code == 202
    run_pending(NOW)
    assert Message.objects.get(pk=mail.pk).delivery == "delivered"


def test_a_notice_before_our_own_commit_waits_for_it(client, mail):
    Message.objects.filter(pk=mail.pk).update(vendor_id="")
    body = text_status(None, "delivered", at=NOW)
    by_text(client, body)
    run_pending(NOW)
    kept = VendorNotice.objects.get()
    assert kept.outcome == ""
    assert kept.next_at == NOW + timedelta(seconds=5)
    Message.objects.filter(pk=mail.pk).update(vendor="notifyre", vendor_id="m-1")
    assert services.work_off(now=kept.next_at) == 1
    assert Message.objects.get(pk=mail.pk).delivery == "delivered"


def test_a_message_that_never_shows_up_is_none_of_ours(client, practice):
    by_text(client, text_status(None, "delivered", at=NOW))
    now = NOW
    for _ in range(len(deliveries.WAITS) + 3):
        services.work_off(now=now)
        kept = VendorNotice.objects.get()
        if kept.next_at is None:
            break
        now = kept.next_at
    assert (kept.outcome, kept.next_at) == ("unknown_message", None)
    assert now - NOW <= deliveries.GIVE_UP_AFTER + deliveries.WAITS[-1]


def test_a_lost_job_is_found_again_by_the_sweep(client, mail):
    from moonlit.notifications.jobs import sweep_notices

    by_mail(client, event("delivered", mail, at=NOW))
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")
    sweep_notices(NOW)
    run_pending(NOW)
    assert Message.objects.get(pk=mail.pk).delivery == "delivered"


def test_a_notice_that_stumbles_keeps_no_other_waiting(client, mail, monkeypatch):
    by_mail(client, event("processed", mail, at=NOW, number=1), event("delivered", mail, at=NOW, number=2))
    real = deliveries.after

    def stumble(way, told, **more):
        if told == "processed":
            raise RuntimeError("pat@example.org")
        return real(way, told, **more)

    monkeypatch.setattr(deliveries, "after", stumble)
    assert services.work_off(now=NOW) == 1
    assert Message.objects.get(pk=mail.pk).delivery == "delivered"
    monkeypatch.undo()
    assert services.work_off(now=NOW + timedelta(seconds=5)) == 1
    assert VendorNotice.objects.get(name="processed").outcome == "late"


@pytest.mark.parametrize(
    "forge",
    [
        lambda body, headers: (body + b" ", headers),
        lambda body, headers: (json.dumps(json.loads(body), indent=1).encode(), headers),
        lambda body, headers: (b"", headers),
        lambda body, _headers: (body, {}),
        lambda body, headers: (body, dict.fromkeys(headers, "ñ")),
        lambda body, _headers: (body, by_sendgrid(body, NOW - timedelta(seconds=301))),
    ],
)
def test_what_is_not_proven_is_refused_alike_and_keeps_nothing(client, mail, forge, refused):
    body = batch(event("delivered", mail, at=NOW))
    answer = post(client, SENDGRID_PATH, *forge(body, by_sendgrid(body, NOW)))
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert not VendorNotice.objects.exists()
    assert refused.count() == 1


def test_the_audit_log_says_why_and_the_answer_does_not(client, practice, refused):
    body = batch()
    answers = [
        post(client, SENDGRID_PATH, body, by_sendgrid(body, NOW + timedelta(hours=1))),
        post(client, SENDGRID_PATH, body, {}),
    ]
    assert [row.facts["code"] for row in refused.order_by("at")] == ["stamp_in_future", "signature_missing"]
    assert answers[0].json()["detail"] == answers[1].json()["detail"]


def test_whoever_forges_calls_fills_no_table(client, practice, time_machine, refused):
    for second in range(200):
        services.note_refused("sendgrid", "signature_invalid", now=NOW + timedelta(seconds=second))
    assert [row.facts["count"] for row in refused.order_by("at")] == [1, 60, 60, 60]
    services.audit_refused(now=NOW + timedelta(seconds=200))
    assert refused.count() == 4
    services.audit_refused(now=NOW + timedelta(seconds=300))
    assert sum(row.facts["count"] for row in refused) == 200


@pytest.mark.parametrize("body", [b"", b"nothing", b"{}", b"[" * 4000])
def test_a_signed_body_that_cannot_be_read_is_a_bad_request_and_written_down(client, practice, body, refused):
    answer = post(client, SENDGRID_PATH, body, by_sendgrid(body, NOW))
    assert (answer.status_code, answer.json()["code"]) == (400, "malformed_json")
    assert refused.get().facts["code"] in ("not_json", "not_an_array")


def test_a_megabyte_is_taken_and_no_more(client, practice):
    body = batch(*[event("open", at=NOW, number=number, useragent="x" * 900) for number in range(900)])
    assert 900_000 < len(body) < 1024 * 1024
    assert post(client, SENDGRID_PATH, body, by_sendgrid(body, NOW)).json() == {"stored": 900}
    answer = post(client, SENDGRID_PATH, b" " * (1024 * 1024 + 1), {})
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_too_many_are_asked_to_come_later(client, practice, monkeypatch):
    from moonlit.platform.ratelimit import Verdict

    monkeypatch.setattr("moonlit.api.guard.allow", lambda *_, **__: Verdict(allowed=False, retry_after=7))
    for path in (SENDGRID_PATH, NOTIFYRE_PATH):
        assert (client.post(path).status_code, client.post(path)["Retry-After"]) == (429, "7")


def test_only_posts_are_taken(client, db):
    assert client.get(SENDGRID_PATH).status_code == client.get(NOTIFYRE_PATH).status_code == 405


def test_the_key_being_changed_proves_as_well(client, practice):
    body = batch()
    assert post(client, SENDGRID_PATH, body, by_sendgrid(body, NOW, OTHER_KEY)).status_code == 202


def test_a_reply_is_kept_once_and_tells_the_log_nothing(client, visit, lines):
    body = reply("I feel very sad today", at=NOW)
    assert by_text(client, body).json() == {"stored": 1}
    assert by_text(client, body, NOW + timedelta(seconds=1)).json() == {"stored": 0}
    kept = Reply.objects.get()
    assert (kept.sender, kept.text, kept.meaning) == ("+18015550101", "I feel very sad today", "free")
    said = str(lines())
    assert "sad" not in said
    assert "5550101" not in said
    assert not [row for row in AuditEvent.objects.all() if "sad" in str(row.facts) or "555" in str(row.facts)]
