"""Deliveries of the push, in the official shape with data of our own."""

import hashlib
import hmac
import json

import pytest

from moonlit.ehr.athena import push
from moonlit.ehr.port import BadSignature, Pushed

SECRET, PRACTICE = "a-secret-of-no-worth", "195900"
TOPICS = "https://api.platform.athenahealth.com/fhir/r4/SubscriptionTopic"


def named(kind, number, practice=PRACTICE):
    return {"identifier": {"system": f"urn:athenahealth:athenanet:{kind}:{practice}", "value": number}}


def status(topic, *events):
    told = [{"id": event_id, "eventNumber": "1", "focus": focus} for event_id, focus in events]
    return {"resourceType": "SubscriptionStatus", "topic": f"{TOPICS}/{topic}", "notificationEvent": told}


def bundle(*resources):
    made = {"resourceType": "Bundle", "type": "history", "entry": [{"resource": one} for one in resources]}
    return (json.dumps(made, indent=2) + " \n").encode()


def sign(body, secret=SECRET):
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


BODY = bundle(
    status("Appointment.cancel", ("event-1", named("appointment", "2")), ("event-2", named("appointment", "3")))
)


def test_a_signature_over_the_raw_bytes_is_proof():
    push.prove(SECRET, sign(BODY), BODY)


@pytest.mark.parametrize(
    ("secret", "signature", "body"),
    [
        (SECRET, sign(BODY), BODY.rstrip()),
        (SECRET, sign(BODY), BODY.replace(b'"2"', b'"4"')),
        (SECRET, sign(BODY, "another"), BODY),
        (SECRET, sign(BODY).removeprefix("sha256="), BODY),
        (SECRET, sign(BODY).replace("sha256", "sha1"), BODY),
        (SECRET, "sha512=" + hmac.new(SECRET.encode(), BODY, hashlib.sha512).hexdigest(), BODY),
        (SECRET, sign(BODY)[:-1], BODY),
        (SECRET, "sha256=", BODY),
        (SECRET, "sha256=é", BODY),
        (SECRET, "", BODY),
        ("", sign(BODY, ""), BODY),
    ],
)
def test_anything_else_is_refused(secret, signature, body):
    with pytest.raises(BadSignature):
        push.prove(secret, signature, body)


def test_a_body_longer_than_any_delivery_is_refused_though_signed():
    body = b" " * (push.MAX_BYTES + 1)
    with pytest.raises(BadSignature):
        push.prove(SECRET, sign(body), body)


def test_every_event_of_a_delivery_is_told_by_id_topic_and_record():
    assert push.events(BODY, PRACTICE) == [
        Pushed("event-1", "appointment.cancel", "2"),
        Pushed("event-2", "appointment.cancel", "3"),
    ]


@pytest.mark.parametrize(
    "focus",
    [
        {"reference": "Patient/a-195900.E-7", **named("patient", "7")},
        {"reference": "Patient/a-195900.E-7"},
        named("patient", 7),
    ],
)
def test_a_chart_is_named_by_number_or_by_reference(focus):
    assert push.events(bundle(status("Patient.merge", ("e", focus))), PRACTICE) == [Pushed("e", "patient.merge", "7")]


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_event_without_focus_is_told_by_its_audit_entry(scheme):
    chart = {
        "url": f"{scheme}://hl7.org/fhir/5.0/StructureDefinition/extension-AuditEvent.patient",
        "valueReference": {"reference": "Patient/a-195900.E-7"},
    }
    audit = {"resourceType": "AuditEvent", "id": "e", "extension": [chart]}
    assert push.events(bundle(status("Patient.update", ("e", None)), audit), PRACTICE) == [
        Pushed("e", "patient.update", "7")
    ]
    visit = {**audit, "entity": [{"what": named("appointment", "2")}]}
    assert push.events(bundle(status("Appointment.update", ("e", None)), visit), PRACTICE) == [
        Pushed("e", "appointment.update", "2")
    ]


@pytest.mark.parametrize(
    "other",
    [
        status("Provider.update", ("e", named("provider", "2"))),
        status("AppointmentX.update", ("e", named("appointment", "2"))),
        status("Appointment.update", ("e", named("appointment", "2", practice="195901"))),
        status("Patient.update", ("e", {"reference": "Patient/a-195901.E-7"})),
        status("Appointment.update", ("e", named("appointment", "../2"))),
        status("Appointment.update", ("", named("appointment", "2"))),
        status("Appointment.update", ("e", {})),
        {"resourceType": "SubscriptionStatus", "type": "heartbeat"},
        {"resourceType": "SubscriptionStatus", "topic": f"{TOPICS}/Appointment.update", "notificationEvent": "junk"},
    ],
)
def test_what_is_not_ours_or_unreadable_is_left_out_and_hides_nothing(other):
    good = status("Appointment.update", ("good", named("appointment", "9")))
    assert push.events(bundle(other, good), PRACTICE) == [Pushed("good", "appointment.update", "9")]


@pytest.mark.parametrize(
    "body", [b"", b"junk", b"\xff", b"[]", b'"text"', b'{"resourceType": "Patient"}', b"[" * 200_000]
)
def test_a_body_that_is_no_bundle_is_refused(body):
    with pytest.raises(BadSignature):
        push.events(body, PRACTICE)


def test_a_bundle_without_entries_tells_nothing():
    assert push.events(b'{"resourceType": "Bundle", "entry": [null, {}, {"resource": 1}]}', PRACTICE) == []
