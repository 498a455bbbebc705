"""The Notifyre adapter's reading of every answer."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import httpx2
import orjson
import pytest

from moonlit.notifications.notifyre.client import MOST_LOOKED_INTO, Notifyre
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


@pytest.mark.parametrize(("secrets", "told"), [((), False), (("s",), True)])
def test_the_vendor_is_told_where_to_report_only_when_reports_can_be_proven(secrets, told):
    seen = []
    address = "https://book.example.org/api/v1/webhooks/notifyre"
    replace(sender(accepted(), seen=seen), secrets=secrets, callback=address).send(SMS, now=NOW)
    body = orjson.loads(seen[0].content)
    assert (body.get("callbackUrl"), body.get("callbackFormat")) == ((address, "notifyre") if told else (None, None))


@pytest.mark.parametrize("to", ["", "8015550101x", "+1801555\n0101", "pat@example.org", "+0015550101"])
def test_what_is_no_number_is_never_sent(to):
    seen = []
    with pytest.raises(Rejected, match="recipient_unfit"):
        sender(accepted(), seen=seen).send(replace(SMS, to=to), now=NOW)
    assert seen == []


def test_an_empty_text_is_never_sent():
    with pytest.raises(Rejected, match="blank"):
        sender(accepted()).send(replace(SMS, text=" \n"), now=NOW)


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


@pytest.mark.parametrize(
    "bare",
    [
        {"id": "m-1", "recipients": [{"toNumber": TO}]},
        {"id": "m-1", "recipients": [{"toNumber": "+18015550102"}, {"value": TO}]},
        {"id": "m-1", "recipient": {"toNumber": "18015550101"}},
        {"id": "m-1", "recipient": {"toNumber": "(801) 555-0101"}},
        {"id": "m-1", "toNumber": TO, "metadata": "lost"},
        {"id": "m-1", "recipient": {"toNumber": TO}, "metadata": {}},
        {"id": "m-1", "recipient": {"toNumber": TO}, "metadata": {"outbox_id": None}},
        {"id": "m-1"},
    ],
)
def test_a_row_that_may_be_ours_is_read_by_itself_in_whatever_shape_it_comes(bare):
    def one(metadata):
        return envelope({"id": "m-1", "metadata": metadata})

    assert look_up(sender(listed(bare), one({"outbox_id": str(ID)}))) == Found(Trace.SENT, "m-1")
    assert look_up(sender(listed(bare), one({"outbox_id": str(uuid4())}))).trace is Trace.ABSENT
    for unreadable in (None, {}, [], {"outbox_id": 7}):
        assert look_up(sender(listed(bare), one(unreadable))).trace is Trace.CANNOT_TELL


@pytest.mark.parametrize(
    "odd", ["m-1", None, {}, {"recipient": {"toNumber": TO}}, {"id": "../received", "toNumber": TO}]
)
def test_a_row_nobody_can_judge_is_no_proof_of_absence(odd):
    assert look_up(sender(listed(odd, row()))).trace is Trace.CANNOT_TELL
    assert look_up(sender(listed(odd, row(metadata={"Outbox_Id": str(ID).upper()})))).trace is Trace.SENT


def test_so_many_rows_that_have_to_be_read_one_by_one_are_not_proof_either():
    bare = [{"id": f"m-{number}"} for number in range(MOST_LOOKED_INTO + 1)]
    others = [envelope({"id": "x", "metadata": {"outbox_id": str(uuid4())}}) for _ in range(MOST_LOOKED_INTO)]
    assert look_up(sender(listed(*bare), *others)).trace is Trace.CANNOT_TELL
    assert look_up(sender(listed(*bare[1:]), *others)).trace is Trace.ABSENT


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


def test_replies_are_read_page_by_page_and_a_broken_one_is_left_out():
    def one(number, **more):
        return {"replyID": f"r-{number}", "senderNumber": TO, "message": "STOP", "receivedDateUtc": 1796140000, **more}

    seen = []
    first = envelope({"smsReplies": [one(number) for number in range(100)], "total": 101})
    last = envelope({"smsReplies": [one(100, senderNumber="")], "total": 101})
    found = sender(first, last, seen=seen).replies_since(NOW - timedelta(days=2), now=NOW)
    assert [each.reply_id for each in found] == [f"r-{number}" for number in range(100)]
    assert seen[0].url.path == "/20220711/sms/received"
    assert (found[0].sender, found[0].text, found[0].said_at.timestamp()) == (TO, "STOP", 1796140000)


@pytest.mark.parametrize("end", ["too_long", httpx2.Response(502), httpx2.ReadTimeout("x")])
def test_of_replies_that_go_on_for_ever_or_break_off_what_was_read_is_kept(end):
    def page(number):
        rows = [
            {"replyID": f"{number}-{row}", "senderNumber": TO, "message": "STOP", "receivedDateUtc": 1796140000}
            for row in range(100)
        ]
        return envelope({"smsReplies": rows})

    pages = [page(number) for number in range(21 if end == "too_long" else 2)]
    found = sender(*pages, *([] if end == "too_long" else [end])).replies_since(NOW - timedelta(days=2), now=NOW)
    assert len(found) == (2000 if end == "too_long" else 200)
    assert found[0].reply_id == "0-0"


def test_a_reply_without_a_time_says_so():
    rows = [{"replyID": "r", "senderNumber": TO, "message": "START"}]
    (told,) = sender(envelope({"smsReplies": rows})).replies_since(NOW - timedelta(days=2), now=NOW)
    assert (told.said_at, told.dated) == (NOW, False)


@pytest.mark.parametrize("answer", [httpx2.Response(502), envelope({"total": 0}), httpx2.ReadTimeout("x")])
def test_replies_that_cannot_be_read_are_not_none(answer):
    with pytest.raises(NotReached):
        sender(answer).replies_since(NOW, now=NOW)
