"""The simulator over HTTP, as its own process."""

import time

import httpx2
import pytest

from simulators.notifyre.tests.conftest import SMS, TOKEN
from simulators.running import running


def kept(vendor):
    return vendor.get("/_control/messages").json()["messages"]


def settings(vendor, **values):
    assert vendor.put("/_control/settings", json=values).status_code == 200


def window(**more):
    now = int(time.time())
    return {"fromDate": now - 60, "toDate": now + 60, **more}


@pytest.mark.parametrize("path", ["/sms/send", "/20220711/sms/send", "/20230810/sms/send"])
def test_a_text_is_accepted_under_every_version(vendor, sms, path):
    answer = vendor.post(path, json=sms)
    body = answer.json()
    assert (answer.status_code, body["success"], body["statusCode"], body["errors"]) == (200, True, 200, [])
    assert body["payload"]["invalidToNumbers"] is None
    assert kept(vendor)[0]["id"] == body["payload"]["smsMessageID"]
    assert kept(vendor)[0]["metadata"] == SMS["metadata"]


def test_pascal_case_is_read_and_can_be_answered(vendor):
    settings(vendor, pascal_case=True)
    body = {
        "Body": "x",
        "Recipients": [{"Type": "mobile_number", "Value": "+18015550101"}],
        "From": "",
        "Metadata": {"outbox_id": "A"},
    }
    answer = vendor.post("/sms/send", json=body).json()
    assert answer["Success"] is True
    assert answer["Payload"]["SmsMessageID"] == kept(vendor)[0]["id"]
    assert kept(vendor)[0]["metadata"] == {"outbox_id": "A"}


@pytest.mark.parametrize("number", ["+1801555", "801-555-0101", "+11015550101", "tel"])
def test_a_malformed_number_hides_inside_a_200(vendor, sms, number):
    sms["recipients"] = [{"type": "mobile_number", "value": number}]
    answer = vendor.post("/sms/send", json=sms)
    assert answer.status_code == 200
    assert [refused["number"] for refused in answer.json()["payload"]["invalidToNumbers"]] == [number]
    assert kept(vendor)[0]["to"] == []


def test_a_number_can_be_made_invalid(vendor, sms):
    settings(vendor, invalid_numbers=["+18015550101"])
    assert vendor.post("/sms/send", json=sms).json()["payload"]["invalidToNumbers"]


@pytest.mark.parametrize(
    "change",
    [
        {"body": ""},
        {"body": None},
        {"body": "a" * (153 * 8 + 1)},
        {"recipients": []},
        {"recipients": [{"type": "pigeon", "value": "+18015550101"}]},
        {"recipients": [{"type": "contact", "value": "nobody"}]},
        {"recipients": ["+18015550101"]},
        {"from": "Moonlit Practice"},
        {"scheduledDate": "tomorrow"},
        {"metadata": {"outbox_id": 5}},
    ],
)
def test_a_broken_text_is_refused_in_the_vendors_shape(vendor, sms, change):
    answer = vendor.post("/sms/send", json={**sms, **change})
    body = answer.json()
    assert (answer.status_code, body["success"], body["statusCode"], body["payload"]) == (400, False, 400, None)
    assert len(body["errors"]) == 1
    assert kept(vendor) == []


def test_eight_parts_pass_and_a_foreign_sender_does_not(vendor, sms):
    assert vendor.post("/sms/send", json={**sms, "body": "a" * 153 * 8}).status_code == 200
    settings(vendor, numbers=["+18015550198"])
    assert vendor.post("/sms/send", json=sms).status_code == 400
    assert vendor.post("/sms/send", json={**sms, "from": ""}).status_code == 200


def test_the_token_is_checked_on_every_call(vendor, sms):
    wrong = {"x-api-token": "wrong"}
    assert vendor.post("/sms/send", json=sms, headers=wrong).status_code == 401
    assert vendor.get("/sms/send", params=window(), headers=wrong).status_code == 401
    assert vendor.get("/sms/send/x", headers=wrong).status_code == 401


def test_sent_texts_are_listed_and_read_one_by_one(vendor, sms):
    ids = [vendor.post("/sms/send", json=sms).json()["payload"]["smsMessageID"] for _ in range(3)]
    page = vendor.get("/20220711/sms/send", params=window(sort="desc", limit=2)).json()["payload"]
    assert [row["id"] for row in page["smsMessages"]] == ids[:0:-1]
    assert page["total"] == 3
    assert page["smsMessages"][0]["recipient"]["toNumber"] == "+18015550101"
    rest = vendor.get("/sms/send", params=window(sort="desc", limit=2, skip=2)).json()["payload"]
    assert [row["id"] for row in rest["smsMessages"]] == ids[:1]
    one = vendor.get(f"/sms/send/{ids[0]}").json()["payload"]
    assert one["metadata"] == SMS["metadata"]
    assert one["recipients"][0]["deliveryStatus"] == "delivered"
    assert vendor.get("/sms/send/none").status_code == 404
    assert vendor.get("/sms/send").status_code == 400


def test_the_list_may_leave_the_metadata_out(vendor, sms):
    settings(vendor, list_metadata=False)
    vendor.post("/sms/send", json=sms)
    assert "metadata" not in vendor.get("/sms/send", params=window()).json()["payload"]["smsMessages"][0]


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_an_armed_status_is_answered_once_and_nothing_is_accepted(vendor, sms, status):
    vendor.post("/_control/faults", json={"kind": str(status)})
    answer = vendor.post("/sms/send", json=sms)
    assert (answer.status_code, answer.json()["success"]) == (status, False)
    assert kept(vendor) == []
    assert vendor.post("/sms/send", json=sms).status_code == 200


@pytest.mark.parametrize(
    ("kind", "delivered"), [("hang", 0), ("accept_then_timeout", 1), ("reset", 0), ("accept_then_reset", 1)]
)
def test_a_lost_answer_may_or_may_not_have_delivered(vendor, sms, kind, delivered):
    vendor.post("/_control/faults", json={"kind": kind})
    with pytest.raises((httpx2.ReadTimeout, httpx2.RemoteProtocolError)):
        vendor.post("/sms/send", json=sms, timeout=0.3)
    assert len(kept(vendor)) == delivered


def test_a_fault_of_reading_leaves_sending_alone(vendor, sms):
    vendor.post("/_control/faults", json={"kind": "html", "scope": "read"})
    assert vendor.post("/sms/send", json=sms).status_code == 200
    assert vendor.get("/sms/send", params=window()).status_code == 502


def test_the_inbox_shows_the_text_escaped_with_its_link(vendor, sms):
    vendor.post("/sms/send", json={**sms, "body": "<b> https://book.example.org/m/abc"})
    assert "&lt;b&gt;" in vendor.get("/").text
    shown = vendor.get(f"/messages/{kept(vendor)[0]['id']}").text
    assert '<a href="https://book.example.org/m/abc">' in shown
    assert "+18015550101" in shown


def test_messages_survive_a_restart(tmp_path):
    arguments = ("--state-dir", str(tmp_path), "--api-token", TOKEN)
    with running("simulators.notifyre", *arguments) as url:
        assert httpx2.post(f"{url}/sms/send", json=SMS, headers={"x-api-token": TOKEN}).status_code == 200
    with running("simulators.notifyre", *arguments) as url:
        assert len(httpx2.get(f"{url}/_control/messages").json()["messages"]) == 1
