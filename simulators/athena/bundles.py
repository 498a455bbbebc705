"""The notification of the vendor's event push: ids only, one SubscriptionStatus and an AuditEvent for each event."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import Any

import orjson

TOPICS_AT = "https://api.platform.athenahealth.com/fhir/r4/SubscriptionTopic"


@dataclass(frozen=True)
class Event:
    """Something changed about one record. `at` is UTC, `2026-03-02T15:00:00Z`; `id` is the same in every repetition."""

    topic: str
    kind: str  # appointment | patient
    number: int
    at: str
    department: int | None = None
    patient: int | None = None
    id: str = field(default_factory=lambda: str(uuid.uuid4()))


def bundle(subscription: str, topic: str, practice: str, events: list[Event]) -> bytes:
    """Event numbers and counters begin anew in each bundle, as the vendor's do."""
    status_id, asked = str(uuid.uuid4()), f"Subscription/{subscription}/$status"
    status = {
        "resourceType": "SubscriptionStatus",
        "id": status_id,
        "status": "active",
        "type": "event-notification",
        "eventsSinceSubscriptionStart": str(len(events)),
        "eventsInNotification": len(events),
        "notificationEvent": [
            {"id": event.id, "eventNumber": str(number), "timestamp": event.at, "focus": focus(event, practice)}
            for number, event in enumerate(events, 1)
        ],
        "subscription": {"reference": f"Subscription/{subscription}"},
        "topic": f"{TOPICS_AT}/{topic}",
    }
    whole = {
        "resourceType": "Bundle",
        "id": str(uuid.uuid4()),
        "meta": {
            "profile": [
                "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription-notification"
            ]
        },
        "type": "history",
        "timestamp": events[-1].at.replace("Z", ".000+00:00"),
        "entry": [
            {
                "fullUrl": f"urn:uuid:{resource['id']}",
                "resource": resource,
                "request": {"method": "GET", "url": asked},
                "response": {"status": "200"},
            }
            for resource in (status, *(audit(event, practice) for event in events))
        ],
    }
    # Bytes are signed as they are: the vendor's bodies are indented and end with a blank and a line feed.
    return orjson.dumps(whole, option=orjson.OPT_INDENT_2) + b" \n"


def focus(event: Event, practice: str) -> dict[str, Any]:
    identifier = {"system": f"urn:athenahealth:athenanet:{event.kind}:{practice}", "value": str(event.number)}
    if event.kind == "patient":
        return {"reference": f"Patient/a-{practice}.E-{event.number}", "identifier": identifier}
    return {"identifier": identifier}


def audit(event: Event, practice: str) -> dict[str, Any]:
    where = {"reference": f"Organization/a-{practice}.Department-{event.department}"}
    extension: list[dict[str, Any]] = []
    if event.department:
        extension.append({"url": "https://fhir.athena.io/StructureDefinition/ah-department", "valueReference": where})
    if event.patient:
        extension.append(
            {
                "url": "https://hl7.org/fhir/5.0/StructureDefinition/extension-AuditEvent.patient",
                "valueReference": {"reference": f"Patient/a-{practice}.E-{event.patient}"},
            }
        )
    agent: dict[str, Any] = {"who": {"identifier": {"value": "Athena"}}, "requestor": True}
    return {
        "resourceType": "AuditEvent",
        "id": event.id,
        "meta": {"versionId": "0"},
        "extension": extension,
        "type": {"system": "https://fhir.athena.io/CodeSystem/SubscriptionTopic", "code": event.topic},
        "recorded": event.at,
        "agent": [agent | ({"location": where} if event.department else {})],
        "source": {"observer": {"reference": f"Organization/a-1.Practice-{practice}"}},
        "entity": [{"what": focus(event, practice)}],
    }
