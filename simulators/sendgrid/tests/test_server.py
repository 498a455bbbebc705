"""The simulator over HTTP, as its own process."""

import httpx2
import pytest

from simulators.running import running
from simulators.sendgrid.tests.conftest import KEY, MAIL


def kept(vendor):
    return vendor.get("/_control/messages").json()["messages"]


def arm(vendor, kind, **more):
    assert vendor.post("/_control/faults", json={"kind": kind, **more}).status_code == 200


def test_an_accepted_mail_is_202_with_an_id_and_no_body(vendor, mail):
    answer = vendor.post("/v3/mail/send", json=mail)
    assert (answer.status_code, answer.content) == (202, b"")
    assert len(answer.headers["X-Message-Id"]) == 22
    assert int(answer.headers["X-RateLimit-Remaining"]) > 0
    message = kept(vendor)[0]
    assert message["to"] == ["pat@example.org"]
    assert message["text"] == "See https://book.example.org/m/abc"
    assert message["custom_args"] == {"outbox_id": "5b0e3c62-1111-4a7b-9f2e-000000000001"}


def test_each_personalization_is_a_message_of_its_own(vendor, mail):
    mail["personalizations"].append({"to": [{"email": "sam@example.org"}], "subject": "Other"})
    assert vendor.post("/v3/mail/send", json=mail).status_code == 202
    assert [(m["to"], m["subject"]) for m in kept(vendor)] == [
        (["sam@example.org"], "Other"),
        (["pat@example.org"], "You have an update"),
    ]
    assert len(vendor.get("/_control/messages", params={"to": "sam@example.org"}).json()["messages"]) == 1


def test_the_sandbox_answers_200_and_delivers_nothing(vendor, mail):
    mail["mail_settings"] = {"sandbox_mode": {"enable": True}}
    assert vendor.post("/v3/mail/send", json=mail).status_code == 200
    assert kept(vendor) == []


def test_errors_come_in_the_vendors_shape(vendor, mail):
    del mail["from"]
    answer = vendor.post("/v3/mail/send", json=mail)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert set(error) == {"message", "field", "help"}
    assert error["field"] == "from.email"
    assert kept(vendor) == []


def test_key_permission_and_sender_are_checked_in_turn(vendor, mail):
    assert vendor.post("/v3/mail/send", json=mail, headers={"Authorization": "Bearer x"}).status_code == 401
    vendor.put("/_control/settings", json={"may_send": False})
    assert vendor.post("/v3/mail/send", json=mail).status_code == 403
    vendor.put("/_control/settings", json={"may_send": True, "verified_senders": ["@else.example.org"]})
    refused = vendor.post("/v3/mail/send", json=mail)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (403, "from")
    vendor.put("/_control/settings", json={"verified_senders": ["@mail.example.org"]})
    assert vendor.post("/v3/mail/send", json=mail).status_code == 202


def test_type_size_syntax_path_and_method_have_their_own_status(vendor):
    json_type = {"Content-Type": "application/json"}
    assert vendor.post("/v3/mail/send", content=b"{}", headers={"Content-Type": "text/plain"}).status_code == 415
    assert vendor.post("/v3/mail/send", content=b"{", headers=json_type).status_code == 400
    assert vendor.post("/v3/mail/send", content=b" " * (30 * 1024 * 1024 + 1), headers=json_type).status_code == 413
    assert vendor.get("/v3/mail/send").status_code == 405
    assert vendor.post("/v3/mail/other").json()["errors"][0]["message"] == "not found"


def test_a_known_template_is_filled_and_an_unknown_one_refused(vendor, mail):
    template = {"subject": "For {{ who }}", "text": "{{who}} {{{who}}}[{{gone}}]", "html": "{{who}} {{{who}}}"}
    vendor.put("/_control/settings", json={"templates": {"d-0001": template}})
    mail["template_id"] = "d-0001"
    mail["personalizations"][0]["dynamic_template_data"] = {"who": "<A>"}
    assert vendor.post("/v3/mail/send", json=mail).status_code == 202
    message = kept(vendor)[0]
    assert (message["subject"], message["text"]) == ("For <A>", "<A> <A>[]")
    assert message["html"] == "&lt;A&gt; <A>"
    mail["template_id"] = "d-0002"
    assert vendor.post("/v3/mail/send", json=mail).json()["errors"][0]["field"] == "template_id"


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_an_armed_status_is_answered_once_and_nothing_is_accepted(vendor, mail, status):
    arm(vendor, str(status), retry_after=7)
    answer = vendor.post("/v3/mail/send", json=mail)
    assert answer.status_code == status
    assert answer.json()["errors"]
    assert ("X-RateLimit-Reset" in answer.headers) is (status == 429)
    assert kept(vendor) == []
    assert vendor.post("/v3/mail/send", json=mail).status_code == 202


def test_html_instead_of_json(vendor, mail):
    arm(vendor, "html")
    answer = vendor.post("/v3/mail/send", json=mail)
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (502, "text/html")


@pytest.mark.parametrize(
    ("kind", "delivered"), [("hang", 0), ("accept_then_timeout", 1), ("reset", 0), ("accept_then_reset", 1)]
)
def test_a_lost_answer_may_or_may_not_have_delivered(vendor, mail, kind, delivered):
    arm(vendor, kind)
    with pytest.raises((httpx2.ReadTimeout, httpx2.RemoteProtocolError)):
        vendor.post("/v3/mail/send", json=mail, timeout=0.3)
    assert len(kept(vendor)) == delivered
    assert vendor.get("/_control/calls").json()["calls"][-1]["fault"] == kind


def test_faults_are_listed_counted_and_cleared(vendor, mail):
    arm(vendor, "500", times=3)
    assert vendor.post("/v3/mail/send", json=mail).status_code == 500
    assert len(vendor.get("/_control/faults").json()["faults"]) == 2
    assert vendor.delete("/_control/faults").json()["faults"] == []
    assert vendor.post("/v3/mail/send", json=mail).status_code == 202
    assert vendor.post("/_control/faults", json={"kind": "dragon"}).status_code == 400
    assert vendor.put("/_control/settings", json={"dragon": 1}).status_code == 400


def test_the_inbox_shows_a_message_escaped_and_without_outside_resources(vendor, mail):
    mail["subject"] = "<script>alert(1)</script>"
    mail["content"][0]["value"] = "Hello <b>\nhttps://book.example.org/m/abc"
    vendor.post("/v3/mail/send", json=mail)
    inbox = vendor.get("/")
    assert "&lt;script&gt;" in inbox.text
    assert "<script" not in inbox.text
    assert "default-src 'none'" in inbox.headers["Content-Security-Policy"]
    shown = vendor.get(f"/messages/{kept(vendor)[0]['id']}").text
    assert "Hello &lt;b&gt;" in shown
    assert '<a href="https://book.example.org/m/abc">' in shown
    assert 'sandbox="allow-popups"' in shown
    assert vendor.get("/messages/none").status_code == 404
    assert "/v3/mail/send" in vendor.get("/calls").text


def test_messages_survive_a_restart(tmp_path):
    arguments = ("--state-dir", str(tmp_path), "--api-key", KEY)
    headers = {"Authorization": f"Bearer {KEY}"}
    with running("simulators.sendgrid", *arguments) as url:
        assert httpx2.post(f"{url}/v3/mail/send", json=MAIL, headers=headers).status_code == 202
    with running("simulators.sendgrid", *arguments) as url:
        assert len(httpx2.get(f"{url}/_control/messages").json()["messages"]) == 1
