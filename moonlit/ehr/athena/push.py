"""Athena's push: a FHIR bundle that names records by id, signed with the secret of our subscription.

What it says is never taken for the record itself; it only says which record to read again.
"""

import hashlib
import hmac
import json
from typing import Any

from moonlit.ehr.athena import wire
from moonlit.ehr.athena.settings import VENDOR
from moonlit.ehr.port import BadSignature, Pushed
from moonlit.platform.log import get_logger

log = get_logger(__name__)

MAX_BYTES = 1_000_000
METHOD = "sha256"
"""The only one there is; any other is refused, were it known to us or not."""
KINDS = ("appointment", "patient")
_PATIENT_EXTENSION = "extension-AuditEvent.patient"
"""Its address begins with http in one official source and with https in the other."""


def prove(secret: str, signature: str, body: bytes) -> None:
    """Raises BadSignature unless `signature` (X-Hub-Signature) is that of the raw body. Without a secret none is."""
    if len(body) > MAX_BYTES:
        raise BadSignature("longer than a delivery is")
    method, _, digest = signature.strip().partition("=")
    if not secret or method != METHOD:
        raise BadSignature("no secret of ours, or another method")
    ours = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(ours.encode(), digest.encode()):
        raise BadSignature("the signature does not fit the body")


def events(body: bytes, practice_id: str) -> list[Pushed]:
    """What a proven delivery tells of our practice's visits and charts; other topics and practices are left out.

    An event nobody can read does not hide the others, but is told. Raises BadSignature for a body that is no bundle.
    """
    entries = _resources(body)
    audits = {wire.text(one.get("id")): one for one in entries if one.get("resourceType") == "AuditEvent"}
    found: list[Pushed] = []
    skipped = 0
    for status in (one for one in entries if one.get("resourceType") == "SubscriptionStatus"):
        topic = wire.text(status.get("topic")).rsplit("/", 1)[-1].lower()
        kind = topic.partition(".")[0]
        for event in _rows(status.get("notificationEvent")) if kind in KINDS else ():
            event_id = wire.text(event.get("id"))
            system, record_id = _record(kind, event, audits.get(event_id, {}))
            if not event_id or not record_id:
                skipped += 1
            elif not system or system == _system(kind, practice_id):
                found.append(Pushed(event_id, topic, record_id))
    if skipped:
        log.warning("ehr_rows_skipped", vendor=VENDOR, route="push", skipped=skipped, rows=skipped + len(found))
    return found


def _resources(body: bytes) -> list[wire.Row]:
    try:
        bundle = json.loads(body)
    except (ValueError, RecursionError):
        raise BadSignature("a body that is no JSON") from None
    if not isinstance(bundle, dict) or bundle.get("resourceType") != "Bundle":
        raise BadSignature("a body that is no bundle")
    found = [entry.get("resource") for entry in _rows(bundle.get("entry"))]
    return [one for one in found if isinstance(one, dict)]


def _record(kind: str, event: wire.Row, audit: wire.Row) -> tuple[str, str]:
    """(naming system, id) of the record: of the event's focus, else of what the audit entry says was touched."""
    touched = [one.get("what") for one in _rows(audit.get("entity"))]
    if kind == "patient":
        touched += [
            one.get("valueReference")
            for one in _rows(audit.get("extension"))
            if wire.text(one.get("url")).endswith(_PATIENT_EXTENSION)
        ]
    for place in (event.get("focus"), *touched):
        if not isinstance(place, dict):
            continue
        named = place.get("identifier")
        if isinstance(named, dict) and _is_number(wire.an_id(named.get("value"))):
            return wire.text(named.get("system")), wire.an_id(named.get("value"))
        # Patient/a-195900.E-51711
        owner, _, number = wire.text(place.get("reference")).rpartition(".E-")
        if kind == "patient" and owner.startswith("Patient/a-") and _is_number(number):
            return _system(kind, owner.removeprefix("Patient/a-")), number
    return "", ""


def _system(kind: str, practice_id: str) -> str:
    return f"urn:athenahealth:athenanet:{kind}:{practice_id}"


def _is_number(value: str) -> bool:
    return value.isascii() and value.isdigit()


def _rows(value: Any) -> list[wire.Row]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
