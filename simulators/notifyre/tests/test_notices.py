"""The webhook over a real socket: what became of a text, what people reply; and the list of replies."""

import hashlib
import hmac
import json
import re
import time

import pytest
from starlette.testclient import TestClient

from simulators.notifyre.app import create_app
from simulators.notifyre.tests.conftest import TOKEN
from simulators.receiver import receiving

SECRET = "a secret of no worth"
PHONE = "+18015550101"


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


@pytest.fixture
def vendor(receiver):
    app = create_app(None, TOKEN, webhook=receiver.address, webhook_secret=SECRET)
    return TestClient(app, headers={"x-api-token": TOKEN})


def put(vendor, **settings):
    assert vendor.put("/_control/settings", json=settings).status_code == 200


def told(receiver, count):
    return [json.loads(body) for _, _, body in receiver.wait(count)]


def window(**more):
    now = int(time.time())
    return {"fromDate": now - 60, "toDate": now + 60, **more}


def test_a_notice_is_signed_over_stamp_point_and_raw_body(vendor, receiver, sms):
    vendor.post("/sms/send", json=sms)
    ((_, headers, body),) = receiver.wait(1)
    stamp, proof = re.fullmatch(r"t=(\d+),v=([0-9a-f]{64})", headers["Notifyre-Signature"]).groups()
    assert abs(int(stamp) - time.time()) < 60
    assert hmac.new(SECRET.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest() == proof


def test_a_delivered_text_is_told_with_our_metadata(vendor, receiver, sms):
    sms_id = vendor.post("/sms/send", json=sms).json()["payload"]["smsMessageID"]
    (notice,) = told(receiver, 1)
    assert set(notice) == {"Event", "Timestamp", "Payload"}
    payload = notice["Payload"]
    assert (notice["Event"], payload["ID"], payload["Metadata"]) == ("sms_sent", sms_id, sms["metadata"])
    recipient = payload["Recipient"]
    assert (recipient["ToNumber"], recipient["Message"]) == (PHONE, sms["body"])
    assert (recipient["Status"], recipient["DeliveryStatus"]) == ("sent", "delivered")


@pytest.mark.parametrize(
    ("settings", "status", "delivery"),
    [
        ({"statuses": {PHONE: "undelivered"}}, "sent", "undelivered"),
        ({"statuses": {PHONE: "failed"}}, "failed", None),
        ({"landlines": [PHONE]}, "sent", "undeliverable"),
        ({"delivery_status": "sent"}, "sent", "sent"),
    ],
)
def test_the_settings_say_what_becomes_of_a_text_and_the_reading_side_agrees(
    vendor, receiver, sms, settings, status, delivery
):
    put(vendor, **settings)
    sms_id = vendor.post("/sms/send", json=sms).json()["payload"]["smsMessageID"]
    recipient = told(receiver, 1)[0]["Payload"]["Recipient"]
    assert (recipient["Status"], recipient["DeliveryStatus"]) == (status, delivery)
    (read,) = vendor.get(f"/sms/send/{sms_id}").json()["payload"]["recipients"]
    assert (read["id"], read["status"], read["deliveryStatus"]) == (recipient["ID"], status, delivery)


def test_by_setting_sent_is_told_first_twice_and_in_disorder(vendor, receiver, sms):
    put(vendor, tell_sent=True, webhook_copies=2, webhook_order="reversed")
    vendor.post("/sms/send", json=sms)
    found = [notice["Payload"]["Recipient"]["DeliveryStatus"] for notice in told(receiver, 4)]
    assert found == ["delivered", "sent"] * 2


def test_a_callback_address_in_the_request_is_told_instead(vendor, receiver, sms):
    vendor.post("/sms/send", json={**sms, "callbackUrl": f"{receiver.address}/other"})
    assert receiver.wait(1)[0][0] == "/hook/other"


def test_a_number_named_invalid_is_told_nothing_about(vendor, receiver, sms):
    put(vendor, invalid_numbers=[PHONE])
    vendor.post("/sms/send", json=sms)
    assert vendor.get("/_control/webhooks").json()["webhooks"] == []


def test_a_notice_that_is_not_taken_comes_again(vendor, receiver, sms):
    put(vendor, webhook_pauses=[0.01])
    receiver.statuses = [503]
    vendor.post("/sms/send", json=sms)
    first, second = receiver.wait(2)
    assert first[2] == second[2]


def test_a_reply_is_told_listed_and_read_alone(vendor, receiver):
    texts = ["STOP", "Sí, confirmo", "what time?"]
    for text in texts:
        vendor.post("/_control/receive", json={"from": PHONE, "text": text})
    found = told(receiver, 3)
    assert {notice["Event"] for notice in found} == {"sms_received"}
    payload = found[1]["Payload"]
    assert (payload["SenderNumber"], payload["Message"]) == (PHONE, "Sí, confirmo")
    page = vendor.get("/20220711/sms/received", params=window(limit=2)).json()["payload"]
    assert [row["message"] for row in page["smsReplies"]] == texts[:0:-1]
    rest = vendor.get("/sms/received", params=window(limit=2, skip=2)).json()["payload"]
    assert [row["message"] for row in rest["smsReplies"]] == texts[:1]
    one = vendor.get(f"/sms/received/{payload['ReplyID']}/v2").json()["payload"]
    assert one["replyID"] == payload["ReplyID"]
    assert vendor.get("/sms/received/none").status_code == 404
    assert vendor.get("/sms/received").status_code == 400
    assert vendor.get("/sms/received", params=window(), headers={"x-api-token": "x"}).status_code == 401


def test_the_same_reply_told_again_is_one_reply(vendor, receiver):
    for _ in range(2):
        vendor.post("/_control/receive", json={"from": PHONE, "text": "STOP", "reply_id": "r-1"})
    first, second = receiver.wait(2)
    assert first[2] == second[2]
    assert vendor.get("/sms/received", params=window()).json()["payload"]["total"] == 1


def test_a_person_replies_on_the_inbox_page(vendor, receiver, sms):
    sms_id = vendor.post("/sms/send", json=sms).json()["payload"]["smsMessageID"]
    address = f"/messages/{sms_id}"
    assert f"action='{address}/reply'" in vendor.get(address).text
    shown = vendor.post(f"{address}/reply", data={"from": PHONE, "text": "STOP <b>"}).text
    assert "STOP &lt;b&gt;" in shown
    payload = told(receiver, 2)[1]["Payload"]
    assert (payload["SenderNumber"], payload["RecipientNumber"]) == (PHONE, "+18015550199")


def test_more_texts_than_the_limit_of_a_second_are_answered_429(vendor, sms):
    put(vendor, per_second=2)
    statuses = [vendor.post("/sms/send", json=sms).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
    put(vendor, clock_shift=2)
    assert vendor.post("/sms/send", json=sms).status_code == 200
