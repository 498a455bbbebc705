"""The message adapters against the vendors' simulators over real HTTP: every answer, every fault."""

from datetime import timedelta
from uuid import uuid4

import httpx2
import pytest

from moonlit.notifications.notifyre.client import Notifyre
from moonlit.notifications.port import (
    Attachment,
    BadSignature,
    ConfigurationRefused,
    DeliveryTold,
    Email,
    NotReached,
    Rejected,
    Sms,
    TextReceived,
    Throttled,
    Trace,
    Unknown,
)
from moonlit.notifications.sendgrid.client import SendGrid
from moonlit.notifications.texts import visit_email
from moonlit.notifications.texts.wording import News
from moonlit.platform import clock, http, vendor_settings
from simulators.receiver import receiving
from simulators.running import free_port, running

KEY = "SG.contract-key"
TOKEN = "contract-token"
SECRET = "contract-secret"
PHONE = "+18015550101"
READ_SECONDS = 0.3

# fault of the simulator -> what the caller is told, and whether the vendor has the message all the same
FAULTS = [
    ("401", ConfigurationRefused, 0),
    ("403", ConfigurationRefused, 0),
    ("429", Throttled, 0),
    ("500", Throttled, 0),
    ("503", Throttled, 0),
    ("html", Unknown, 0),
    ("hang", Unknown, 0),
    ("reset", Unknown, 0),
    ("accept_then_timeout", Unknown, 1),
    ("accept_then_reset", Unknown, 1),
]


class Control:
    def __init__(self, address):
        self.address = address
        self.http = httpx2.Client(base_url=f"{address}/_control", trust_env=False)

    def arm(self, kind, **more):
        assert self.http.post("/faults", json={"kind": kind, **more}).status_code == 200

    def set(self, **values):
        assert self.http.put("/settings", json=values).status_code == 200

    @property
    def messages(self):
        return self.http.get("/messages").json()["messages"]


@pytest.fixture(scope="module")
def sendgrid_address():
    with running("simulators.sendgrid", "--api-key", KEY) as address:
        yield address


@pytest.fixture(scope="module")
def notifyre_address():
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("SIM_NOTIFYRE_WEBHOOK_SECRET", SECRET)
        with running("simulators.notifyre", "--api-token", TOKEN) as address:
            yield address


@pytest.fixture
def mailbox(sendgrid_address):
    control = Control(sendgrid_address)
    control.http.post("/reset")
    return control


@pytest.fixture
def phone(notifyre_address):
    control = Control(notifyre_address)
    control.http.post("/reset")
    return control


@pytest.fixture
def receiver():
    with receiving() as one:
        yield one


def sendgrid(address, *, key=KEY, **more):
    client = http.client(
        "sendgrid", address, headers={"Authorization": f"Bearer {key}"}, read_seconds=READ_SECONDS, connect_seconds=1
    )
    return SendGrid(client, "no-reply@mail.example.org", **more)


def notifyre(address, *, token=TOKEN, version="20220711"):
    client = http.client(
        "notifyre", address, headers={"x-api-token": token}, read_seconds=READ_SECONDS, connect_seconds=1
    )
    return Notifyre(client, version, "+18015550199", secrets=(SECRET,))


def email(*attachments, to="pat@example.org"):
    text = visit_email(News.BOOKED, "en", "Moonlit", None, "https://book.example.org/m/abc")
    return Email(
        id=uuid4(),
        kind="confirmation",
        to=to,
        sender="",
        sender_name="Moonlit",
        subject=text.subject,
        text=text.text,
        html=text.html,
        template_data=text.template_data,
        attachments=attachments,
    )


def sms():
    return Sms(id=uuid4(), to=PHONE, text="Moonlit: you have an update. https://book.example.org/m/abc")


def test_an_email_arrives_as_written_with_our_id(mailbox):
    message = email()
    sent = sendgrid(mailbox.address).send(message, now=clock.now())
    (kept,) = mailbox.messages
    assert kept["id"].startswith(sent.vendor_id)
    assert (kept["to"], kept["subject"]) == (["pat@example.org"], message.subject)
    assert (kept["text"], kept["html"]) == (message.text, message.html)
    assert kept["custom_args"] == {"outbox_id": str(message.id)}
    assert not any(part["enable"] for part in kept["tracking_settings"].values())


def test_a_template_at_the_vendor_says_the_same(mailbox):
    template = {"subject": "{{subject}}", "text": "{{line}} {{action_url}}", "html": "<p>{{line}}</p>"}
    mailbox.set(templates={"d-0001": template})
    message = email()
    sendgrid(mailbox.address, templates={"confirmation": "d-0001"}).send(message, now=clock.now())
    (kept,) = mailbox.messages
    assert kept["subject"] == message.subject
    assert kept["text"] == f"{message.template_data['line']} https://book.example.org/m/abc"


def test_an_unknown_template_is_rejected(mailbox):
    with pytest.raises(Rejected):
        sendgrid(mailbox.address, templates={"confirmation": "d-0002"}).send(email(), now=clock.now())


def test_the_sandbox_delivers_nothing_and_says_so(mailbox):
    assert sendgrid(mailbox.address, sandbox=True).send(email(), now=clock.now()).sandboxed
    assert mailbox.messages == []


def test_a_wrong_key_a_missing_permission_and_a_strange_sender_are_matters_of_configuration(mailbox):
    with pytest.raises(ConfigurationRefused):
        sendgrid(mailbox.address, key="SG.wrong").send(email(), now=clock.now())
    mailbox.set(may_send=False)
    with pytest.raises(ConfigurationRefused):
        sendgrid(mailbox.address).send(email(), now=clock.now())
    mailbox.set(may_send=True, verified_senders=["@other.example.org"])
    with pytest.raises(ConfigurationRefused):
        sendgrid(mailbox.address).send(email(), now=clock.now())


@pytest.mark.parametrize(("fault", "error", "delivered"), FAULTS)
def test_each_fault_of_the_email_vendor_says_what_to_do(mailbox, fault, error, delivered):
    mailbox.arm(fault)
    with pytest.raises(error) as caught:
        sendgrid(mailbox.address).send(email(), now=clock.now())
    assert type(caught.value) is error
    assert len(mailbox.messages) == delivered


def test_the_email_vendor_names_the_time_to_wait_or_does_not(mailbox):
    mailbox.arm("429", retry_after=7)
    with pytest.raises(Throttled) as caught:
        sendgrid(mailbox.address).send(email(), now=clock.now())
    assert 1 <= caught.value.retry_after <= 7
    mailbox.set(rate_headers=False)
    mailbox.arm("429")
    with pytest.raises(Throttled) as caught:
        sendgrid(mailbox.address).send(email(), now=clock.now())
    assert caught.value.retry_after == 60


def test_a_vendor_that_does_not_listen_was_never_reached():
    nowhere = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(NotReached):
        sendgrid(nowhere).send(email(), now=clock.now())
    with pytest.raises(NotReached):
        notifyre(nowhere).send(sms(), now=clock.now())
    with pytest.raises(NotReached):
        notifyre(nowhere).look_up(uuid4(), "+18015550101", since=clock.now(), now=clock.now())


@pytest.mark.parametrize("version", ["", "20220711", "20230810"])
@pytest.mark.parametrize("pascal_case", [False, True])
def test_a_text_arrives_and_is_found_again_whatever_the_spelling(phone, version, pascal_case):
    phone.set(pascal_case=pascal_case)
    adapter, message, now = notifyre(phone.address, version=version), sms(), clock.now()
    sent = adapter.send(message, now=now)
    (kept,) = phone.messages
    assert (kept["id"], kept["to"], kept["body"]) == (sent.vendor_id, [message.to], message.text)
    found = adapter.look_up(message.id, message.to, since=now, now=clock.now())
    assert (found.trace, found.vendor_id) == (Trace.SENT, sent.vendor_id)


def test_a_number_refused_inside_a_200_is_a_refusal(phone):
    phone.set(invalid_numbers=["+18015550101"])
    with pytest.raises(Rejected, match="number_refused"):
        notifyre(phone.address).send(sms(), now=clock.now())


def test_a_wrong_token_and_a_strange_sender(phone):
    with pytest.raises(ConfigurationRefused):
        notifyre(phone.address, token="wrong").send(sms(), now=clock.now())
    phone.set(numbers=["+18015550198"])
    with pytest.raises(Rejected):
        notifyre(phone.address).send(sms(), now=clock.now())


@pytest.mark.parametrize("list_metadata", [True, False])
@pytest.mark.parametrize(("fault", "error", "delivered"), FAULTS)
def test_each_fault_of_the_sms_vendor_says_what_to_do_and_a_look_up_tells_the_truth(
    phone, fault, error, delivered, list_metadata
):
    phone.set(list_metadata=list_metadata)
    adapter, message, now = notifyre(phone.address), sms(), clock.now()
    adapter.send(sms(), now=now)  # somebody else's, to the same number
    phone.arm(fault)
    with pytest.raises(error) as caught:
        adapter.send(message, now=now)
    assert type(caught.value) is error
    assert len(phone.messages) == 1 + delivered
    found = adapter.look_up(message.id, message.to, since=now - timedelta(minutes=1), now=clock.now())
    assert found.trace is (Trace.SENT if delivered else Trace.ABSENT)


@pytest.mark.parametrize("fault", ["401", "429", "500", "503", "html", "hang", "reset"])
def test_a_look_up_that_fails_is_never_taken_for_absent(phone, fault):
    phone.arm(fault, scope="read")
    with pytest.raises(NotReached):
        notifyre(phone.address).look_up(uuid4(), "+18015550101", since=clock.now(), now=clock.now())


def test_a_calendar_file_arrives_whole(mailbox):
    said = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"
    kind = "text/calendar; method=REQUEST; charset=utf-8"
    sendgrid(mailbox.address).send(email(Attachment("appointment.ics", kind, said.encode())), now=clock.now())
    (kept,) = mailbox.messages
    assert kept["attachments"] == [{"name": "appointment.ics", "type": "text/calendar; method=REQUEST", "text": said}]


def proven(receiver, adapter, count):
    """What the adapter reads of the first posts that came."""
    return [
        told
        for _, headers, body in receiver.wait(count)
        for told in adapter.parse_webhook({name.lower(): text for name, text in headers.items()}, body, now=clock.now())
    ]


def with_webhook(address):
    """An adapter that has the vendor's public key from where an operator finds it."""
    shown = httpx2.get(
        f"{address}/v3/user/webhooks/event/settings/signed", headers={"Authorization": f"Bearer {KEY}"}, trust_env=False
    )
    return sendgrid(address, keys=vendor_settings.public_keys(shown.json()["public_key"]))


@pytest.mark.parametrize(
    ("to", "deliveries"),
    [
        ("pat@example.org", ["processed", "delivered"]),
        ("late@example.org", ["processed", "deferred", "delivered"]),
        ("bounce@example.org", ["processed", "bounced"]),
        ("blocked@example.org", ["processed", "blocked"]),
        ("dropped@example.org", ["dropped"]),
        ("spam@example.org", ["processed", "delivered", "complained"]),
    ],
)
def test_what_became_of_an_email_is_told_with_our_id(mailbox, receiver, to, deliveries):
    mailbox.set(webhook=receiver.address, webhook_copies=2)
    adapter, message = with_webhook(mailbox.address), email(to=to)
    sent = adapter.send(message, now=clock.now())
    told = proven(receiver, adapter, 2 * len(deliveries))
    assert all(isinstance(one, DeliveryTold) for one in told)
    assert {(one.message_id, one.vendor_id) for one in told} == {(message.id, sent.vendor_id)}
    once = {one.notice_id: one.delivery for one in told}
    assert list(once.values()) == deliveries


@pytest.mark.parametrize(
    ("status", "deliveries"),
    [
        ("delivered", ["processed", "delivered"]),
        ("undelivered", ["processed", "undelivered"]),
        ("undeliverable", ["processed", "undelivered"]),
        ("failed", ["undelivered"]),
        ("pending", ["processed", "processed"]),
    ],
)
def test_what_became_of_a_text_is_told_with_our_id(phone, receiver, status, deliveries):
    phone.set(webhook=receiver.address, webhook_copies=2, tell_sent=True, statuses={PHONE: status})
    adapter, message = notifyre(phone.address), sms()
    sent = adapter.send(message, now=clock.now())
    told = proven(receiver, adapter, 2 * len(deliveries))
    assert {(one.message_id, one.vendor_id) for one in told} == {(message.id, sent.vendor_id)}
    assert list({one.notice_id: one.delivery for one in told}.values()) == deliveries


def test_a_reply_comes_by_webhook_and_stands_in_the_list(phone, receiver):
    phone.set(webhook=receiver.address)
    adapter, before = notifyre(phone.address), clock.now() - timedelta(minutes=1)
    for text in ("STOP", "Sí, confirmo"):
        phone.http.post("/receive", json={"from": PHONE, "text": text})
    told = proven(receiver, adapter, 2)
    assert all(isinstance(one, TextReceived) for one in told)
    assert [(one.sender, one.text) for one in told] == [(PHONE, "STOP"), (PHONE, "Sí, confirmo")]
    assert sorted(adapter.replies_since(before, now=clock.now()), key=repr) == sorted(told, key=repr)


def test_a_webhook_of_another_key_or_secret_proves_nothing(mailbox, phone, receiver):
    mailbox.set(webhook=receiver.address)
    phone.set(webhook=receiver.address)
    sendgrid(mailbox.address).send(email(), now=clock.now())
    with running("simulators.sendgrid", "--api-key", KEY) as other, pytest.raises(BadSignature):
        proven(receiver, with_webhook(other), 2)
    receiver.got.clear()
    notifyre(phone.address).send(sms(), now=clock.now())
    with pytest.raises(BadSignature):
        proven(receiver, Notifyre(None, "", "", secrets=("another-secret",)), 1)
