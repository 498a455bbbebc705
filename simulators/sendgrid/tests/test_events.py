"""The event webhook over a real socket: what is told of a mail, proven how, how often and in which order."""

import base64
import json

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from starlette.testclient import TestClient

from simulators.receiver import receiving
from simulators.sendgrid.app import create_app
from simulators.sendgrid.signing import Signer
from simulators.sendgrid.tests.conftest import KEY

STAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


@pytest.fixture
def vendor(receiver):
    app = create_app(None, KEY, webhook=receiver.address)
    client = TestClient(app, headers={"Authorization": f"Bearer {KEY}"})
    put(client, webhook_pauses=[0.01, 0.02])
    return client


def put(vendor, **settings):
    assert vendor.put("/_control/settings", json=settings).status_code == 200


def send(vendor, mail, to="pat@example.org"):
    mail["personalizations"][0]["to"] = [{"email": to}]
    answer = vendor.post("/v3/mail/send", json=mail)
    assert answer.status_code == 202
    return answer.headers["X-Message-Id"]


def told(receiver, count):
    """The first `count` events, of posts with one each."""
    return [json.loads(body)[0] for _, _, body in receiver.wait(count)]


def words(events):
    return [event.get("type") or event["event"] for event in events]


def public_key(vendor):
    shown = vendor.get("/v3/user/webhooks/event/settings/signed/some-id").json()["public_key"]
    return serialization.load_der_public_key(base64.b64decode(shown))


def test_every_post_is_signed_over_its_stamp_and_raw_body(vendor, receiver, mail):
    send(vendor, mail)
    key = public_key(vendor)
    for _, headers, body in receiver.wait(2):
        signature, stamp = base64.b64decode(headers[SIGNATURE]), headers[STAMP].encode()
        key.verify(signature, stamp + body, ec.ECDSA(hashes.SHA256()))
        assert body.endswith(b"]\r\n")
        for other in (stamp + body.rstrip(), b"1" + stamp[1:] + body[:-3] + b" ]\r\n"):
            with pytest.raises(InvalidSignature):
                key.verify(signature, other, ec.ECDSA(hashes.SHA256()))


def test_the_public_key_is_shown_to_who_has_the_key(vendor):
    assert vendor.get("/v3/user/webhooks/event/settings/signed").status_code == 200
    refused = vendor.get("/v3/user/webhooks/event/settings/signed", headers={"Authorization": "Bearer x"})
    assert refused.status_code == 401


@pytest.mark.parametrize("form", ["pem", "der"])
def test_a_given_key_signs_and_one_of_another_curve_is_refused(form):
    encoding = {"pem": serialization.Encoding.PEM, "der": serialization.Encoding.DER}[form]

    def written(curve):
        private = ec.generate_private_key(curve)
        raw = private.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        return private, raw.decode() if form == "pem" else base64.b64encode(raw).decode()

    private, text = written(ec.SECP256R1())
    shown = serialization.load_der_public_key(base64.b64decode(Signer(text).public_key))
    assert shown == private.public_key()
    with pytest.raises(ValueError, match="P-256"):
        Signer(written(ec.SECP384R1())[1])


@pytest.mark.parametrize(
    ("to", "events"),
    [
        ("pat@example.org", ["processed", "delivered"]),
        ("late@example.org", ["processed", "deferred", "delivered"]),
        ("Bounce@example.org", ["processed", "bounce"]),
        ("blocked@example.org", ["processed", "blocked"]),
        ("dropped@example.org", ["dropped"]),
        ("spam@example.org", ["processed", "delivered", "spamreport"]),
    ],
)
def test_the_address_says_what_becomes_of_a_mail(vendor, receiver, mail, to, events):
    message_id = send(vendor, mail, to)
    found = told(receiver, len(events))
    assert words(found) == events
    assert {event["outbox_id"] for event in found} == {"5b0e3c62-1111-4a7b-9f2e-000000000001"}
    assert all(event["sg_message_id"].startswith(f"{message_id}.recvd-") for event in found)
    assert len({event["sg_event_id"] for event in found}) == len(events)
    assert [event["timestamp"] for event in found] == sorted(event["timestamp"] for event in found)


def test_an_address_that_bounced_is_on_the_vendors_list_from_then_on(vendor, receiver, mail):
    for _ in range(2):
        send(vendor, mail, "bounce@example.org")
    assert words(told(receiver, 3)) == ["processed", "bounce", "dropped"]
    put(vendor, suppressed={}, outcomes={}, outcome="delivered")
    send(vendor, mail, "bounce@example.org")
    assert words(told(receiver, 5))[3:] == ["processed", "delivered"]


def test_a_post_that_is_not_taken_is_repeated_with_a_fresh_stamp_until_it_is_dead(vendor, receiver, mail):
    put(vendor, outcome="dropped")
    receiver.statuses = [500, 404]
    receiver.before = lambda: put(vendor, clock_shift=len(receiver.got) * 100)
    send(vendor, mail)
    posts = receiver.wait(3)
    assert len({body for _, _, body in posts}) == 1
    first, _, third = (int(headers[STAMP]) for _, headers, _ in posts)
    assert 150 < third - first < 250
    receiver.statuses = [500] * 3
    send(vendor, mail)
    receiver.wait(6)
    assert settled(vendor)[1]["state"] == "dead"


def settled(vendor):
    while any(one["state"] == "waiting" for one in listed(vendor)):
        pass
    return listed(vendor)


def listed(vendor):
    return vendor.get("/_control/webhooks").json()["webhooks"]


def test_events_are_held_back_released_together_mixed_up_and_repeated(vendor, receiver, mail):
    vendor.post("/_control/webhooks", json={"hold": True})
    send(vendor, mail, "late@example.org")
    assert [one["state"] for one in listed(vendor)] == ["held"] * 3
    assert receiver.got == []
    assert vendor.post("/_control/webhooks/release", json={"order": "dragon"}).status_code == 400
    assert vendor.post("/_control/webhooks/release", json={"order": "reversed", "batch": 9}).json() == {"sent": 1}
    ((_, _, body),) = receiver.wait(1)
    assert words(json.loads(body)) == ["delivered", "deferred", "processed"]
    settled(vendor)
    assert vendor.post("/_control/webhooks/repeat").json() == {"sent": 1}
    assert receiver.wait(2)[1][2] == body


def test_by_setting_every_event_comes_twice_and_last_first(vendor, receiver, mail):
    put(vendor, webhook_copies=2, webhook_order="reversed")
    send(vendor, mail)
    found = told(receiver, 4)
    assert words(found) == ["delivered", "processed"] * 2
    assert len({event["sg_event_id"] for event in found}) == 2


def test_the_sandbox_and_a_refused_mail_have_no_events(vendor, receiver, mail):
    vendor.post("/v3/mail/send", json=mail | {"mail_settings": {"sandbox_mode": {"enable": True}}})
    vendor.post("/v3/mail/send", json=mail | {"from": {"email": "nobody"}})
    assert listed(vendor) == []


def test_the_page_of_webhooks_holds_and_releases(vendor, receiver, mail):
    assert "Held back now" in vendor.post("/webhooks", data={"act": "hold"}).text
    send(vendor, mail)
    assert "processed" in vendor.get("/webhooks").text
    vendor.post("/webhooks", data={"act": "release"})
    assert words(told(receiver, 2)) == ["processed", "delivered"]


def test_a_reset_forgets_what_was_held(vendor, receiver, mail):
    vendor.post("/_control/webhooks", json={"hold": True})
    send(vendor, mail)
    vendor.post("/_control/reset")
    assert vendor.get("/_control/webhooks").json() == {"held": False, "webhooks": []}
