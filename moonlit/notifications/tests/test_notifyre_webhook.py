"""Notifyre's webhook: what proves it, what is read of it."""

import json
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from moonlit.notifications.notifyre.webhook import prove, read
from moonlit.notifications.port import BadSignature, DeliveryTold, TextReceived, UnreadableNotice
from moonlit.notifications.tests.signed import OTHER_SECRET, SECRET, by_notifyre, reply, text_status

NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)
OURS = SimpleNamespace(pk=UUID("5b0e3c62-1111-4a7b-9f2e-000000000001"))
BODY = text_status(OURS, "delivered", at=NOW)
SECRETS = (OTHER_SECRET.encode(), SECRET.encode())


def header(body=BODY, at=NOW, secret=SECRET):
    return by_notifyre(body, at, secret)["Notifyre-Signature"]


def code(given_header, body=BODY, *, known=SECRETS, now=NOW):
    with pytest.raises(BadSignature) as caught:
        prove(known, {"notifyre-signature": given_header}, body, now=now)
    return caught.value.code


@pytest.mark.parametrize("secret", [SECRET, OTHER_SECRET], ids=["the first", "the other"])
@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_either_secret_proves_it_within_five_minutes_both_ways(secret, seconds):
    given_header = header(at=NOW + timedelta(seconds=seconds), secret=secret)
    prove(SECRETS, {"notifyre-signature": given_header}, BODY, now=NOW)


@pytest.mark.parametrize(
    "body", [BODY + b"\n", BODY.replace(b"m-1", b"m-2"), json.dumps(json.loads(BODY)).encode()[:-1]]
)
def test_the_very_bytes_are_proven(body):
    assert code(header(), body) == "signature_invalid"


def test_json_written_anew_is_another_body():
    assert code(header(), json.dumps(json.loads(BODY), indent=1).encode()) == "signature_invalid"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda good: good.replace("v=", "w="),
        lambda good: good.partition(",")[0],
        lambda good: good.partition(",")[2],
        lambda good: good + "," + good.partition(",")[2],
        lambda good: good.partition(",")[0] + "," + good,
        lambda good: good.upper(),
        lambda good: good[:-1] + ("0" if good[-1] != "0" else "1"),
        lambda good: good + ",x=1",
        lambda _good: "t=1,v=",
        lambda _good: "t=ff,v=ff",
        lambda _good: "t=" + "9" * 30 + ",v=ff",
        lambda _good: "ñ",
        lambda _good: "," * 3000,
    ],
)
def test_anything_but_one_stamp_and_one_proof_is_refused(spoil):
    assert code(spoil(header())) == "signature_invalid"


@pytest.mark.parametrize(("seconds", "word"), [(-301, "stamp_too_old"), (301, "stamp_in_future")])
def test_a_replay_and_a_wrong_clock_have_codes_of_their_own(seconds, word):
    assert code(header(at=NOW + timedelta(seconds=seconds))) == word


def test_without_secret_or_header_everything_is_refused():
    assert code(header(), known=()) == "webhook_off"
    assert code("") == "signature_missing"


@pytest.mark.parametrize(
    ("status", "delivery", "word"),
    [
        ("delivered", "delivered", ""),
        ("undelivered", "undelivered", "undelivered"),
        ("undeliverable", "undelivered", "number_unreachable"),
        ("failed", "undelivered", "carrier_failed"),
        ("sent", "processed", ""),
        ("queued", "processed", ""),
        ("Delivered", "delivered", ""),
        ("word_of_tomorrow", "processed", ""),
        (None, "processed", ""),
    ],
)
def test_each_status_is_understood_or_means_that_it_is_on_its_way(status, delivery, word):
    (told,) = read(text_status(OURS, status, at=NOW))
    assert isinstance(told, DeliveryTold)
    assert (told.message_id, told.vendor_id, told.delivery, told.code) == (OURS.pk, "m-1", delivery, word)


def test_a_refusal_of_the_carrier_has_no_delivery_status():
    recipient = {"ID": "r-1", "Status": "failed", "DeliveryStatus": None}
    (told,) = read(text_status(OURS, None, at=NOW, Recipient=recipient))
    assert (told.delivery, told.code) == ("undelivered", "carrier_failed")


def test_either_casing_is_read():
    body = json.dumps(
        {
            "event": "sms_sent",
            "timestamp": int(NOW.timestamp()),
            "payload": {
                "id": "m-1",
                "recipient": {"id": "r-1", "deliveryStatus": "delivered"},
                "metadata": {"outbox_id": str(OURS.pk)},
            },
        }
    ).encode()
    (camel,) = read(body)
    (pascal,) = read(BODY)
    assert camel == pascal


def test_each_status_of_a_text_is_a_notice_of_its_own_and_the_same_when_told_again():
    ids = [read(text_status(OURS, status, at=NOW))[0].notice_id for status in ("sent", "delivered", "delivered")]
    assert ids[0] != ids[1] == ids[2]


@pytest.mark.parametrize("name", ["sms_received", "mms_received"])
def test_a_reply_is_read_with_its_number_and_time(name):
    body = reply(" alto. ", at=NOW).replace(b"sms_received", name.encode())
    assert read(body) == [TextReceived("reply-1", "+18015550101", " alto. ", NOW)]


@pytest.mark.parametrize("sender", ["18015550101", "8015550101", "+1 (801) 555-0101"])
def test_a_number_is_kept_as_we_keep_numbers(sender):
    (told,) = read(reply("STOP", at=NOW, sender=sender))
    assert told.sender == "+18015550101"


def test_half_a_character_breaks_nothing():
    body = reply("STOP", at=NOW).replace(b"STOP", b"STOP \\ud83d")
    assert read(body)[0].text == "STOP ?"


def test_neither_number_nor_text_shows_in_a_repr():
    assert "555" not in repr(read(reply("I feel sad", at=NOW)))
    assert "sad" not in repr(read(reply("I feel sad", at=NOW)))


def test_an_event_we_do_not_know_is_kept():
    (told,) = read(BODY.replace(b"sms_sent", b"fax_sent"))
    assert (told.name, told.delivery, told.message_id) == ("fax_sent", "", None)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 3000,
        b'{"Event":"sms_sent"}',
        b'{"Event":"sms_sent","Timestamp":1790000000}',
        b'{"Event":"sms_sent","Timestamp":"soon","Payload":{}}',
        b'{"Event":7,"Timestamp":1790000000,"Payload":{}}',
        b'{"Event":"sms_received","Timestamp":1790000000,"Payload":{"ReplyID":"r"}}',
        b'{"Event":"sms_received","Timestamp":1790000000,"Payload":{"SenderNumber":"+18015550101"}}',
    ],
)
def test_a_signed_body_that_says_nothing_we_can_keep_is_unreadable(body):
    with pytest.raises(UnreadableNotice):
        read(body)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=6,
)
MEMBERS = ["ID", "Recipient", "Metadata", "Status", "ReplyID", "SenderNumber", "Message", "ReceivedDateUtc"]


@settings(max_examples=40)
@given(
    name=st.sampled_from(["sms_sent", "sms_received", "x"]) | JSON,
    stamp=st.integers() | JSON,
    payload=st.dictionaries(st.sampled_from(MEMBERS), JSON) | JSON,
)
def test_nothing_signed_makes_it_stumble(name, stamp, payload):
    try:
        told = read(json.dumps({"Event": name, "Timestamp": stamp, "Payload": payload}).encode())
    except UnreadableNotice:
        return
    assert len(told) == 1
