"""The Notifyre adapter's reading of every answer."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest

from moonlit.notifications.notifyre.client import Notifyre
from moonlit.notifications.port import (
    ConfigurationRefused,
    Found,
    NotReached,
    Rejected,
    Sent,
    Sms,
    Throttled,
    Trace,
    Unknown,
)
from moonlit.platform import http

NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)
ID = UUID("5b0e3c62-1111-4a7b-9f2e-000000000001")
TO = "+18015550101"
SMS = Sms(id=ID, to=TO, text="Moonlit: you have an update.")


def envelope(payload, *, success=True, status=200):
    return httpx2.Response(status, json={"success": success, "statusCode": status, "payload": payload, "errors": []})


def accepted(**more):
    return envelope({"smsMessageID": "m-1", "friendlyID": "SMS-1", "invalidToNumbers": None, **more})


def sender(*answers, seen=None, version="20220711"):
    queue = list(answers)

    def handle(request):
        if seen is not None:
            seen.append(request)
        answer = queue.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    client = http.client("notifyre", "http://127.0.0.1:9", transport=httpx2.MockTransport(handle))
    return Notifyre(client, version, "+18015550199")


def test_a_text_goes_to_one_number_and_carries_our_id():
    seen = []
    assert sender(accepted(), seen=seen).send(SMS, now=NOW) == Sent("m-1")
    assert seen[0].url.path == "/20220711/sms/send"
    body = orjson.loads(seen[0].content)
    assert body["recipients"] == [{"type": "mobile_number", "value": TO}]
    assert body["from"] == "+18015550199"
    assert body["metadata"] == {"outbox_id": str(ID)}


def test_the_version_in_the_path_is_a_setting():
    seen = []
    sender(accepted(), seen=seen, version="").send(SMS, now=NOW)
    assert seen[0].url.path == "/sms/send"


def test_pascal_case_is_read_too():
    answer = httpx2.Response(200, json={"Success": True, "Payload": {"SmsMessageID": "m-2", "InvalidToNumbers": []}})
    assert sender(answer).send(SMS, now=NOW) == Sent("m-2")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (accepted(invalidToNumbers=[{"number": TO, "message": "Invalid number"}]), Rejected),
        (accepted(smsMessageID=None), Unknown),
        (envelope(None), Unknown),
        (envelope(None, success=False), Rejected),
        (httpx2.Response(200, content=b"<html>"), Unknown),
        (httpx2.Response(200, json={"payload": {"smsMessageID": "m"}}), Unknown),
        (httpx2.Response(200, json={"success": "true", "payload": {"smsMessageID": "m"}}), Unknown),
        (envelope(None, success=False, status=400), Rejected),
        (envelope(None, success=False, status=401), ConfigurationRefused),
        (envelope(None, success=False, status=403), ConfigurationRefused),
        (envelope(None, success=False, status=408), Unknown),
        (envelope(None, success=False, status=429), Throttled),
        (envelope(None, success=False, status=500), Throttled),
        (envelope(None, success=False, status=503), Throttled),
        (httpx2.Response(502, content=b"<html>"), Unknown),
        (httpx2.ConnectError("x"), NotReached),
        (httpx2.ReadTimeout("x"), Unknown),
        (httpx2.RemoteProtocolError("x"), Unknown),
    ],
)
def test_each_answer_says_what_to_do_next(answer, error):
    with pytest.raises(error) as caught:
        sender(answer).send(SMS, now=NOW)
    assert type(caught.value) is error
    assert "555" not in str(caught.value)


def row(**more):
    return {"id": "m-9", "recipient": {"toNumber": TO}, "metadata": {"outbox_id": str(uuid4())}, **more}


def listed(*rows):
    return envelope({"smsMessages": list(rows), "total": len(rows)})


def look_up(adapter):
    return adapter.look_up(ID, TO, since=NOW - timedelta(minutes=3), now=NOW)


def test_our_id_is_found_in_the_list():
    seen = []
    found = look_up(sender(listed(row(), row(id="m-1", metadata={"outbox_id": str(ID)})), seen=seen))
    assert found == Found(Trace.SENT, "m-1")
    query = seen[0].url.params
    assert int(query["fromDate"]) <= (NOW - timedelta(minutes=3)).timestamp()
    assert int(query["toDate"]) >= NOW.timestamp()


def test_a_row_without_metadata_is_read_by_itself_when_the_number_is_ours():
    bare = {"id": "m-1", "recipient": {"toNumber": TO}}
    other = {"id": "m-2", "recipient": {"toNumber": "+18015550102"}}
    one = envelope({"id": "m-1", "metadata": {"outbox_id": str(ID)}})
    assert look_up(sender(listed(other, bare), one)) == Found(Trace.SENT, "m-1")


def test_every_page_is_read_before_a_message_is_called_absent():
    full = listed(*[row() for _ in range(100)])
    assert look_up(sender(full, listed(row()))).trace is Trace.ABSENT
    assert look_up(sender(full, listed(row(metadata={"outbox_id": str(ID)})))).trace is Trace.SENT


@pytest.mark.parametrize(
    "answer",
    [
        httpx2.Response(502, content=b"<html>"),
        envelope(None, success=False, status=500),
        envelope({"total": 0}),
        httpx2.ReadTimeout("x"),
        httpx2.ConnectError("x"),
    ],
)
def test_a_look_up_without_a_clear_answer_is_never_absent(answer):
    with pytest.raises(NotReached):
        look_up(sender(answer))
