"""SendGrid's event webhook: what proves it, what is read of it."""

import base64
import json
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from moonlit.notifications.models import Message
from moonlit.notifications.port import BadSignature, UnreadableNotice
from moonlit.notifications.sendgrid.webhook import prove, read
from moonlit.notifications.tests.signed import KEY, OTHER_KEY, batch, by_sendgrid, event

NOW = datetime(2026, 12, 1, 16, tzinfo=UTC)
BODY = batch(event("delivered", at=NOW))
KEYS = (OTHER_KEY.public_key(), KEY.public_key())
SIGNATURE = "x-twilio-email-event-webhook-signature"
STAMP = "x-twilio-email-event-webhook-timestamp"


def lower(headers):
    return {name.lower(): value for name, value in headers.items()}


def code(headers, body=BODY, *, keys=KEYS, now=NOW):
    with pytest.raises(BadSignature) as caught:
        prove(keys, lower(headers), body, window=300, now=now)
    return caught.value.code


@pytest.mark.parametrize("key", [KEY, OTHER_KEY])
@pytest.mark.parametrize("seconds", [-300, 0, 300])
def test_either_key_proves_it_within_the_window(key, seconds):
    stamp = NOW + timedelta(seconds=seconds)
    prove(KEYS, lower(by_sendgrid(BODY, stamp, key)), BODY, window=300, now=NOW)


@pytest.mark.parametrize(
    "body",
    [
        BODY.strip(),
        BODY + b" ",
        BODY.replace(b"delivered", b"deliveres"),
        json.dumps(json.loads(BODY), separators=(",", ":")).encode() + b"\r\n",
        b"",
    ],
)
def test_the_very_bytes_are_proven(body):
    assert code(by_sendgrid(BODY, NOW), body) == "signature_invalid"


def test_one_bit_of_signature_or_stamp_is_enough():
    good = lower(by_sendgrid(BODY, NOW))
    proof = bytearray(base64.b64decode(good[SIGNATURE]))
    proof[-1] ^= 1
    assert code(good | {SIGNATURE: base64.b64encode(proof).decode()}) == "signature_invalid"
    assert code(good | {STAMP: str(int(good[STAMP]) + 1)}) == "signature_invalid"


def test_a_stranger_proves_nothing():
    assert code(by_sendgrid(BODY, NOW, ec.generate_private_key(ec.SECP256R1()))) == "signature_invalid"


@pytest.mark.parametrize("name", [SIGNATURE, STAMP])
def test_both_headers_are_needed(name):
    headers = lower(by_sendgrid(BODY, NOW))
    del headers[name]
    assert code(headers) == "signature_missing"


@pytest.mark.parametrize("junk", ["x", "ñ", "====", "AAAA", "0" * 5000])
def test_junk_in_the_signature_is_refused_alike(junk):
    assert code(lower(by_sendgrid(BODY, NOW)) | {SIGNATURE: junk}) == "signature_invalid"


@pytest.mark.parametrize("junk", ["soon", "-1", "1e9", "٣", "9" * 40, "1.5"])
def test_junk_in_the_stamp_is_refused_alike(junk):
    assert code(lower(by_sendgrid(BODY, NOW)) | {STAMP: junk}) == "signature_invalid"


@pytest.mark.parametrize(("seconds", "word"), [(-301, "stamp_too_old"), (301, "stamp_in_future")])
def test_a_replay_and_a_wrong_clock_have_codes_of_their_own(seconds, word):
    assert code(by_sendgrid(BODY, NOW + timedelta(seconds=seconds))) == word


def test_without_a_key_everything_is_refused():
    assert code(by_sendgrid(BODY, NOW), keys=()) == "webhook_off"


@pytest.mark.parametrize(
    ("name", "more", "delivery", "word"),
    [
        ("processed", {}, "processed", ""),
        ("deferred", {"response": "400 try again", "attempt": "5"}, "deferred", "deferred"),
        ("delivered", {}, "delivered", ""),
        ("bounce", {"type": "bounce", "reason": "550 pat@example.org unknown"}, "bounced", "bounced"),
        ("bounce", {}, "bounced", "bounced"),
        ("bounce", {"type": "blocked"}, "blocked", "blocked"),
        ("dropped", {"reason": "Bounced Address"}, "dropped", "dropped"),
        ("spamreport", {}, "complained", "complained"),
        ("unsubscribe", {}, "", "unsubscribed"),
        ("open", {"useragent": "x"}, "", ""),
        ("something_new", {}, "", ""),
    ],
)
def test_each_word_is_understood_or_kept(name, more, delivery, word):
    (told,) = read(batch(event(name, at=NOW, **more)))
    assert (told.name, told.delivery, told.code) == (name, delivery, word)
    assert (told.notice_id, told.vendor_id, told.told_at) == ("event-1", "abc", NOW)
    assert "pat" not in repr(told)


def test_our_id_comes_back_at_the_top_level():
    ours = "5b0e3c62-1111-4a7b-9f2e-000000000001"
    told = read(batch(event("open", at=NOW, outbox_id=ours), event("open", at=NOW, outbox_id="x")))
    assert [each.message_id for each in told] == [UUID(ours), None]


def test_an_event_without_an_id_is_the_same_when_it_is_told_again():
    bare = event("delivered", at=NOW)
    del bare["sg_event_id"]
    other = bare | {"event": "processed"}
    first, again, another = read(batch(bare, bare, other))
    assert first.notice_id == again.notice_id != another.notice_id


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b"null", b'"x"', b"\xff", b"[" * 2000])
def test_a_signed_body_that_is_no_array_is_unreadable(body):
    with pytest.raises(UnreadableNotice):
        read(body)


@pytest.mark.parametrize("entry", [1, None, [], {}, {"event": ""}, {"event": 7}, {"event": "open", "timestamp": "x"}])
def test_one_bad_entry_does_not_hide_the_others(entry):
    assert len(read(batch(entry, event("open", at=NOW)))) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=8,
)
MEMBERS = ("email", "timestamp", "event", "sg_event_id", "sg_message_id", "outbox_id", "type", "reason")


@settings(max_examples=40)
@given(st.lists(st.dictionaries(st.sampled_from(MEMBERS), JSON) | JSON, max_size=4))
def test_nothing_signed_makes_it_stumble(entries):
    for told in read(json.dumps(entries).encode()):
        assert told.delivery in set(Message.Delivery)
        assert "\0" not in told.notice_id + told.name + told.vendor_id
        assert 0 < len(told.notice_id) <= 200
