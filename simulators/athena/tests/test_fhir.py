"""Subscriptions to the event push."""

import hashlib
import hmac

import pytest

from simulators.receiver import receiving

from .conftest import SCOPE

PUSH = "system/SubscriptionTopic.read system/Subscription.read system/Subscription.write"
TOPIC = "https://api.platform.athenahealth.com/fhir/r4/SubscriptionTopic/Appointment.schedule"


@pytest.fixture
def token(vendor):
    return vendor.get_token(form={"scope": f"{SCOPE} {PUSH}"}).json()["access_token"]


def resource(endpoint="http://127.0.0.1:9/hook", **changes):
    return {
        "resourceType": "Subscription",
        "status": "requested",
        "criteria": TOPIC,
        "_criteria": {"extension": [{"url": "filter", "valueString": "ah-practice=Organization/a-1.Practice-195900"}]},
        "channel": {"type": "rest-hook", "endpoint": endpoint, "payload": "application/fhir+json"},
    } | changes


def fhir(vendor, token, method, path, doc=None, secret="the receiver's own"):
    headers = {"Authorization": f"Bearer {token}"} | ({"X-Hub-Secret": secret} if secret else {})
    return vendor.http.request(method, f"/fhir/r4/{path}", headers=headers, json=doc)


def test_a_subscription_is_made_listed_and_taken_back(vendor, token):
    made = fhir(vendor, token, "POST", "Subscription", resource())
    assert made.status_code == 201
    assert made.headers["content-type"] == "application/fhir+json"
    assert (made.json()["status"], made.json()["criteria"]) == ("active", TOPIC)
    listed = fhir(vendor, token, "GET", "Subscription")
    assert (listed.json()["type"], listed.json()["total"]) == ("searchset", 1)
    assert "the receiver's own" not in listed.text + made.text
    gone = fhir(vendor, token, "DELETE", f"Subscription/{made.json()['id']}")
    assert (gone.status_code, gone.content) == (204, b"")
    assert fhir(vendor, token, "DELETE", f"Subscription/{made.json()['id']}").status_code == 404
    assert fhir(vendor, token, "GET", "Subscription").json()["total"] == 0


def test_a_subscriber_gets_its_topic_only_signed_with_its_own_secret(vendor, token):
    with receiving() as receiver:
        made = fhir(vendor, token, "POST", "Subscription", resource(receiver.address)).json()
        number, patient = vendor.slot(), vendor.patient()
        vendor.put(f"/appointments/{number}", patientid=patient, reasonid=101)
        ((_, headers, body),) = receiver.wait(1)
        signed = hmac.new(b"the receiver's own", body, hashlib.sha256).hexdigest()
        assert headers["X-Hub-Signature"] == f"sha256={signed}"
        assert made["id"].encode() in body
        assert [row["topic"] for row in vendor.control("pushes")["pushes"]] == ["Appointment.schedule"]


def test_there_is_one_subscription_a_topic(vendor, token):
    fhir(vendor, token, "POST", "Subscription", resource())
    again = fhir(vendor, token, "POST", "Subscription", resource())
    assert (again.status_code, again.json()["resourceType"]) == (409, "OperationOutcome")


@pytest.mark.parametrize(
    "change",
    [
        {"resourceType": "Patient"},
        {"criteria": "https://api.platform.athenahealth.com/fhir/r4/SubscriptionTopic/Weather.rain"},
        {"channel": {"type": "websocket"}},
        {"channel": {"type": "rest-hook", "endpoint": "ftp://example.org"}},
        {"_criteria": {"extension": [{"valueString": "ah-practice=Organization/a-1.Practice-1"}]}},
    ],
)
def test_a_subscription_mistaking_something_is_refused(vendor, token, change):
    answer = fhir(vendor, token, "POST", "Subscription", resource() | change)
    assert (answer.status_code, answer.json()["resourceType"]) == (422, "OperationOutcome")
    assert fhir(vendor, token, "GET", "Subscription").json()["total"] == 0


def test_a_subscription_needs_a_secret(vendor, token):
    assert fhir(vendor, token, "POST", "Subscription", resource(), secret="").status_code == 422


def test_the_scopes_are_granted_apart(vendor, token):
    names = {row["resource"]["id"] for row in fhir(vendor, token, "GET", "SubscriptionTopic").json()["entry"]}
    assert {"Appointment.cancel", "Appointment.reschedule", "Patient.merge"} <= names
    for method, path in (("GET", "SubscriptionTopic"), ("GET", "Subscription"), ("POST", "Subscription")):
        answer = fhir(vendor, vendor.token, method, path, resource() if method == "POST" else None)
        assert (answer.status_code, answer.json()["resourceType"]) == (403, "OperationOutcome")
    assert fhir(vendor, "none", "GET", "Subscription").status_code == 401


def test_faults_reach_these_paths_too(vendor, token):
    vendor.fault(kind="503", op="fhir_subscribe")
    assert fhir(vendor, token, "POST", "Subscription", resource()).status_code == 503
    assert fhir(vendor, token, "GET", "Subscription").json()["total"] == 0
