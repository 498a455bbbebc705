"""The real adapters with keys made here, and webhooks signed as the vendors sign them. Nothing leaves."""

import base64
import hashlib
import hmac
import json
import secrets
from datetime import datetime

import httpx2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from moonlit.notifications.notifyre.client import Notifyre
from moonlit.notifications.sendgrid.client import SendGrid
from moonlit.platform import http

SENDGRID_PATH = "/api/v1/webhooks/sendgrid"
NOTIFYRE_PATH = "/api/v1/webhooks/notifyre"
KEY = ec.generate_private_key(ec.SECP256R1())
OTHER_KEY = ec.generate_private_key(ec.SECP256R1())
SECRET = secrets.token_urlsafe(27)
OTHER_SECRET = secrets.token_urlsafe(27)


def _nowhere(vendor):
    def refuse(request):
        raise AssertionError(f"{vendor} was called")

    return http.client(vendor, "http://127.0.0.1:9", transport=httpx2.MockTransport(refuse))


def email():
    keys = (OTHER_KEY.public_key(), KEY.public_key())
    return SendGrid(_nowhere("sendgrid"), "no-reply@mail.example.org", keys=keys)


def sms():
    return Notifyre(_nowhere("notifyre"), "20220711", "+18015550199", secrets=(OTHER_SECRET, SECRET))


def public(key=KEY):
    """As the vendor shows it: base64 of DER."""
    der = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(der).decode()


def by_sendgrid(body: bytes, at: datetime, key=KEY) -> dict[str, str]:
    stamp = str(int(at.timestamp()))
    proof = base64.b64encode(key.sign(stamp.encode() + body, ec.ECDSA(SHA256()))).decode()
    return {
        "X-Twilio-Email-Event-Webhook-Signature": proof,
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
    }


def by_notifyre(body: bytes, at: datetime, secret=SECRET) -> dict[str, str]:
    stamp = int(at.timestamp())
    proof = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    return {"Notifyre-Signature": f"t={stamp},v={proof}"}


def event(name, message=None, *, at: datetime, number=1, **more):
    """One event of SendGrid's about a message of ours."""
    found = {
        "email": "pat@example.org",
        "timestamp": int(at.timestamp()),
        "event": name,
        "sg_event_id": f"event-{number}",
        "sg_message_id": "abc.recvd-1",
        **more,
    }
    return found | ({"outbox_id": str(message.pk)} if message is not None else {})


def batch(*events) -> bytes:
    """As SendGrid sends it, line end included."""
    return json.dumps(list(events)).encode() + b"\r\n"


def text_status(message, status, *, at: datetime, **more) -> bytes:
    """Notifyre's notice about a text of ours."""
    payload = {
        "ID": "m-1",
        "Recipient": {"ID": "r-1", "ToNumber": "+18015550101", "Status": "sent", "DeliveryStatus": status},
        "Status": "completed",
        "Metadata": {"outbox_id": str(message.pk)} if message is not None else None,
        **more,
    }
    return json.dumps({"Event": "sms_sent", "Timestamp": int(at.timestamp()), "Payload": payload}).encode()


def reply(text, *, at: datetime, number=1, sender="+18015550101", **more) -> bytes:
    """Notifyre's notice that somebody wrote to us."""
    payload = {
        "RecipientID": "5f1d2c3b",
        "RecipientNumber": "+18015550199",
        "SenderNumber": sender,
        "ReplyID": f"reply-{number}",
        "Message": text,
        "ReceivedDateUtc": int(at.timestamp()),
        **more,
    }
    return json.dumps({"Event": "sms_received", "Timestamp": int(at.timestamp()), "Payload": payload}).encode()
