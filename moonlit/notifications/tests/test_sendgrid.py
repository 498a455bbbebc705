"""The SendGrid adapter's reading of every answer."""

import base64
from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import httpx2
import orjson
import pytest

from moonlit.notifications.port import (
    Attachment,
    ConfigurationRefused,
    Email,
    NotReached,
    Rejected,
    Sent,
    Throttled,
    Trace,
    Unknown,
)
from moonlit.notifications.sendgrid.client import SendGrid
from moonlit.platform import http

NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)
ID = UUID("5b0e3c62-1111-4a7b-9f2e-000000000001")
MAIL = Email(
    id=ID,
    kind="confirmation",
    to="pat@example.org",
    sender="",
    sender_name="Moonlit",
    subject="Moonlit: you have an update",
    text="See https://book.example.org/m/abc",
    html="<p>See</p>",
    template_data={"subject": "s", "line": "l", "action_url": "u", "action_label": "a", "footer": "f"},
)
REFUSED = b'{"errors":[{"message":"no","field":null}]}'


def sender(answer, seen=None, **more):
    def handle(request):
        if seen is not None:
            seen.append(request)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = http.client("sendgrid", "http://127.0.0.1:9", transport=httpx2.MockTransport(handle))
    return SendGrid(client, "no-reply@mail.example.org", **more)


def test_a_mail_goes_to_one_person_untracked_and_carries_our_id():
    seen = []
    sent = sender(httpx2.Response(202, headers={"X-Message-Id": "abc"}), seen).send(MAIL, now=NOW)
    assert sent == Sent("abc")
    body = orjson.loads(seen[0].content)
    assert body["personalizations"] == [{"to": [{"email": "pat@example.org"}], "custom_args": {"outbox_id": str(ID)}}]
    assert body["from"] == {"email": "no-reply@mail.example.org", "name": "Moonlit"}
    assert [part["type"] for part in body["content"]] == ["text/plain", "text/html"]
    assert not any(part["enable"] for part in body["tracking_settings"].values())
    assert body["mail_settings"] == {"sandbox_mode": {"enable": False}}
    assert "template_id" not in body


def test_a_template_by_setting_replaces_our_text_with_the_same_words():
    seen = []
    adapter = sender(httpx2.Response(202), seen, templates={"confirmation": "d-01"})
    adapter.send(MAIL, now=NOW)
    body = orjson.loads(seen[0].content)
    assert body["template_id"] == "d-01"
    assert body["personalizations"][0]["dynamic_template_data"] == MAIL.template_data
    assert "content" not in body


def test_the_template_of_the_language_comes_first():
    seen = []
    adapter = sender(httpx2.Response(202), seen, templates={"confirmation": "d-01", "confirmation.es": "d-02"})
    for language in ("es", "es-MX", "en", "so"):
        adapter.send(replace(MAIL, language=language), now=NOW)
    assert [orjson.loads(request.content)["template_id"] for request in seen] == ["d-02", "d-02", "d-01", "d-01"]


@pytest.mark.parametrize(
    "changes",
    [
        {"line": ""},
        {"line": " "},
        {"subject": None},
        {"action_label": ""},
        {"footer": ""},
        {"action_url": None, "action_label": None},
    ],
)
def test_a_template_without_all_its_variables_is_never_sent(changes):
    data = {name: value for name, value in (MAIL.template_data | changes).items() if value is not None}
    seen = []
    adapter = sender(httpx2.Response(202), seen, templates={"confirmation": "d-01"})
    with pytest.raises(Rejected, match="template_variable_missing"):
        adapter.send(replace(MAIL, template_data=data), now=NOW)
    assert seen == []


def test_a_code_has_nothing_to_press_in_a_template_either():
    data = MAIL.template_data | {"action_url": "", "action_label": ""}
    adapter = sender(httpx2.Response(202), templates={"confirmation": "d-01"})
    adapter.send(replace(MAIL, template_data=data), now=NOW)


def test_an_attachment_goes_along_in_base64_whatever_words_the_mail_has():
    file = Attachment("appointment.ics", "text/calendar; method=REQUEST; charset=utf-8", b"BEGIN:VCALENDAR")
    for templates in ({}, {"confirmation": "d-01"}):
        seen = []
        sender(httpx2.Response(202), seen, templates=templates).send(replace(MAIL, attachments=(file,)), now=NOW)
        assert orjson.loads(seen[0].content)["attachments"] == [
            {
                "content": base64.b64encode(b"BEGIN:VCALENDAR").decode(),
                "type": "text/calendar; method=REQUEST",
                "filename": "appointment.ics",
                "disposition": "attachment",
            }
        ]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"to": "pat@example.org\nBcc: all@example.org"}, "recipient_unfit"),
        ({"to": "pat@example.org\r\n"}, "recipient_unfit"),
        ({"to": "pat"}, "recipient_unfit"),
        ({"to": ""}, "recipient_unfit"),
        ({"to": "pat@example.org, ari@example.org"}, "recipient_unfit"),
        ({"to": "Pat <pat@example.org>"}, "recipient_unfit"),
        ({"to": "pat@exam\x00ple.org"}, "recipient_unfit"),
        ({"subject": "News\nBcc: all@example.org"}, "header_unfit"),
        ({"sender_name": "Moonlit\r\nX: y"}, "header_unfit"),
        ({"subject": " "}, "blank"),
        ({"text": ""}, "blank"),
        ({"html": "\n"}, "blank"),
        ({"attachments": (Attachment("a\n.ics", "text/calendar", b"x"),)}, "header_unfit"),
        ({"attachments": (Attachment("a.ics", "text/calendar", b""),)}, "attachment_empty"),
    ],
)
def test_what_must_not_leave_is_refused_before_anybody_is_called(changes, code):
    seen = []
    with pytest.raises(Rejected) as caught:
        sender(httpx2.Response(202), seen).send(replace(MAIL, **changes), now=NOW)
    assert (caught.value.code, seen) == (code, [])


@pytest.mark.parametrize("address", ["o'neil+visits@mail.example.org", "josé@example.org", "a@b-c.example.org"])
def test_unusual_addresses_are_addresses(address):
    assert sender(httpx2.Response(202)).send(replace(MAIL, to=address), now=NOW)


def test_200_is_a_success_only_in_the_sandbox():
    assert sender(httpx2.Response(200), sandbox=True).send(MAIL, now=NOW).sandboxed
    with pytest.raises(ConfigurationRefused, match="sandboxed_unasked"):
        sender(httpx2.Response(200)).send(MAIL, now=NOW)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (httpx2.Response(400, content=REFUSED), Rejected),
        (httpx2.Response(404), Rejected),
        (httpx2.Response(413), Rejected),
        (httpx2.Response(401, content=REFUSED), ConfigurationRefused),
        (httpx2.Response(403, content=REFUSED), ConfigurationRefused),
        (httpx2.Response(301, headers={"Location": "https://elsewhere.example.org"}), ConfigurationRefused),
        (httpx2.Response(429, content=REFUSED), Throttled),
        (httpx2.Response(500, content=REFUSED), Throttled),
        (httpx2.Response(503, content=REFUSED), Throttled),
        (httpx2.Response(500, content=b"<html>"), Unknown),
        (httpx2.Response(502, content=REFUSED), Unknown),
        (httpx2.Response(504), Unknown),
        (httpx2.Response(408), Unknown),
        (httpx2.Response(204), Unknown),
        (httpx2.ConnectError("x"), NotReached),
        (httpx2.ConnectTimeout("x"), NotReached),
        (httpx2.ReadTimeout("x"), Unknown),
        (httpx2.RemoteProtocolError("x"), Unknown),
    ],
)
def test_each_answer_says_what_to_do_next(answer, error):
    with pytest.raises(error) as caught:
        sender(answer).send(MAIL, now=NOW)
    assert type(caught.value) is error
    assert "pat" not in str(caught.value)


@pytest.mark.parametrize(
    ("reset", "wait"),
    [
        (str(int(NOW.timestamp()) + 30), 30),
        (str(int(NOW.timestamp()) - 5), 1),
        ("soon", 60),
        (None, 60),
        ("9e12", 3600),
    ],
)
def test_the_time_to_wait_is_the_vendors_within_reason(reset, wait):
    headers = {} if reset is None else {"X-RateLimit-Reset": reset}
    with pytest.raises(Throttled) as caught:
        sender(httpx2.Response(429, headers=headers)).send(MAIL, now=NOW)
    assert caught.value.retry_after == wait


def test_a_mail_cannot_be_looked_up():
    assert sender(httpx2.Response(202)).look_up(ID, "pat@example.org", since=NOW, now=NOW).trace is Trace.CANNOT_TELL


def test_neither_address_nor_text_shows_in_a_repr():
    assert "pat" not in repr(MAIL)
    assert "book.example.org" not in repr(MAIL)
