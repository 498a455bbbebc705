"""POST /webhooks/athena: believed by its signature alone, each event once, answered before any work (rules 5)."""

import json

import pytest

from moonlit.audit.models import AuditEvent
from moonlit.availability.tests.helpers import FRIDAY
from moonlit.booking.models import Appointment
from moonlit.platform.testing import run_pending
from moonlit.sync.models import Notice
from moonlit.sync.services import follow_feed, take_in_due

PATH = "/api/v1/webhooks/athena"


@pytest.fixture
def taken(scene, time_machine):
    """Ada's Friday at nine, mirrored, then taken by somebody at the front desk."""
    (scene.slot,) = scene.open("71", FRIDAY, "09:00")
    scene.sync()
    follow_feed(clock=scene.clock)
    time_machine.move_to(scene.clock(), tick=False)
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(None))
    return scene


def deliver(client, signature, body):
    return client.post(PATH, body, content_type="application/fhir+json", headers={"X-Hub-Signature": signature})


def shown_to_patients(client, week):
    return [day["count"] for day in client.get("/api/v1/availability", week).json()["days"] if day["count"]]


def test_a_taken_slot_disappears_as_soon_as_the_push_is_worked_off(client, taken):
    answer = deliver(client, *taken.ehr.push("appointment.schedule", taken.slot))
    assert (answer.status_code, answer.json()) == (202, {"stored": 1})
    criteria = {"visit_type": "intake", "modality": "telehealth", "patient_state": "UT", "payer": "basin"}
    week = {**criteria, "from": "2026-03-02", "to": "2026-03-08"}
    assert shown_to_patients(client, week) == [1]
    run_pending(taken.clock())
    assert shown_to_patients(client, week) == []


def test_the_answer_waits_for_nothing_the_ehr_would_have_to_say(client, taken):
    taken.ehr.calls.clear()
    deliver(client, *taken.ehr.push("appointment.schedule", taken.slot))
    assert taken.ehr.calls == []


def test_the_same_delivery_again_is_accepted_and_is_nothing_new(client, taken):
    delivery = taken.ehr.push("appointment.schedule", taken.slot)
    deliver(client, *delivery)
    run_pending(taken.clock())
    answer = deliver(client, *delivery)
    assert (answer.status_code, answer.json()) == (202, {"stored": 0})
    assert Notice.objects.filter(source="push").count() == 1
    taken.ehr.calls.clear()
    assert (run_pending(taken.clock()), taken.ehr.calls) == (0, [])


def test_late_and_out_of_order_it_is_the_record_that_counts(client, taken):
    scheduled = taken.ehr.push("appointment.schedule", taken.slot, event_id="first")
    taken.ehr.staff_cancel(taken.slot)
    cancelled = taken.ehr.push("appointment.cancel", taken.slot, event_id="second")
    for delivery in (cancelled, scheduled):
        deliver(client, *delivery)
        run_pending(taken.clock())
    assert Appointment.objects.get().state == "cancelled"


@pytest.mark.parametrize(
    "forge",
    [
        lambda _signature, body: ("", body),
        lambda _signature, body: ("sha256=" + "0" * 64, body),
        lambda signature, body: (signature.upper(), body),
        lambda signature, body: (signature.replace("sha256", "sha1"), body),
        lambda signature, body: (signature, body + b" "),
        lambda signature, body: (signature, json.dumps(json.loads(body), indent=1).encode()),
        lambda signature, body: (signature, b""),
        lambda _signature, body: ("sha256=ñ", body),
    ],
)
def test_what_is_not_proven_over_the_very_bytes_is_refused(client, taken, forge):
    signature, body = forge(*taken.ehr.push("appointment.schedule", taken.slot))
    answer = client.generic("POST", PATH, body, content_type="application/fhir+json", HTTP_X_HUB_SIGNATURE=signature)
    assert (answer.status_code, answer.json()["code"]) == (401, "signature_invalid")
    assert not Notice.objects.filter(source="push").exists()
    assert AuditEvent.objects.filter(verb="messages:webhook:refused").count() == 1


def test_a_body_too_large_is_refused_unread(client, taken):
    answer = deliver(client, "sha256=" + "0" * 64, b" " * (256 * 1024 + 1))
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")


def test_too_many_are_asked_to_come_later(client, taken, monkeypatch):
    from moonlit.api import guard
    from moonlit.platform.ratelimit import Verdict

    monkeypatch.setattr(guard, "allow", lambda *_, **__: Verdict(allowed=False, retry_after=7))
    answer = deliver(client, *taken.ehr.push("appointment.schedule", taken.slot))
    assert (answer.status_code, answer["Retry-After"]) == (429, "7")


@pytest.mark.parametrize(
    ("topic", "record"), [("provider.update", "71"), ("patient.update", "5001"), ("appointment.x", "9" * 41)]
)
def test_what_does_not_concern_us_is_accepted_and_forgotten(client, taken, topic, record):
    answer = deliver(client, *taken.ehr.push(topic, record))
    assert (answer.status_code, answer.json()) == (202, {"stored": 0})
    assert not Notice.objects.filter(source="push").exists()


def test_a_record_nobody_knows_is_ignored_quietly(client, taken):
    deliver(client, *taken.ehr.push("appointment.schedule", "404404"))
    run_pending(taken.clock())
    assert not Appointment.objects.exists()
    assert Notice.objects.get(source="push").applied_at is not None


def test_a_delivery_is_audited_without_saying_whom_it_is_about(client, taken):
    deliver(client, *taken.ehr.push("appointment.schedule", taken.slot))
    found = AuditEvent.objects.get(verb="messages:webhook:received")
    assert (found.subject, found.facts) == ("webhook:ehr", {"stored": 1, "repeated": 0, "ignored": 0})


def test_without_a_worker_the_sync_loop_finds_it(client, taken):
    deliver(client, *taken.ehr.push("appointment.schedule", taken.slot))
    assert take_in_due(clock=taken.clock).applied == 1
    assert Appointment.objects.get().state == "booked"


def test_only_posts_are_taken(client, db):
    assert client.get(PATH).status_code == 405
