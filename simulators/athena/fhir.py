"""The vendor's event subscriptions: /fhir/r4/SubscriptionTopic and /fhir/r4/Subscription. JSON in and out."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from simulators.athena.bundles import TOPICS_AT
from simulators.athena.changes import PUSHED
from simulators.athena.wire import Reply

if TYPE_CHECKING:
    from simulators.athena.call import Call

MEDIA = "application/fhir+json"
FILTER = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-filter-criteria"
CONTENT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content"


def reply(body: object, status: int = 200) -> Reply:
    return Reply(orjson.dumps(body), status, media=MEDIA)


def outcome(status: int, code: str, words: str) -> Reply:
    issue = {"severity": "error", "code": code, "diagnostics": words}
    return reply({"resourceType": "OperationOutcome", "issue": [issue]}, status)


def searchset(resources: list[dict[str, Any]]) -> Reply:
    entries = [{"resource": one, "search": {"mode": "match"}} for one in resources]
    return reply({"resourceType": "Bundle", "type": "searchset", "total": len(entries), "entry": entries})


def allowed(call: Call, scope: str) -> Reply | None:
    """None when the token carries the scope; it is granted apart from that of the other API."""
    bearer = call.headers.get("authorization", "").partition(" ")[2]
    if call.world.token_allows(bearer, scope):
        return None
    return outcome(403, "forbidden", f"Insufficient scope: {scope}")


def topics(call: Call) -> Reply:
    return allowed(call, "system/SubscriptionTopic.read") or searchset(
        [
            {"resourceType": "SubscriptionTopic", "id": name, "url": f"{TOPICS_AT}/{name}", "status": "active"}
            for name in PUSHED
        ]
    )


def subscriptions(call: Call) -> Reply:
    rows = call.world.db.execute("SELECT * FROM hook ORDER BY rowid").fetchall()
    practice = call.world.settings.practice_id
    return allowed(call, "system/Subscription.read") or searchset([resource(row, practice) for row in rows])


def resource(row: Any, practice: str) -> dict[str, Any]:
    """A subscription as it reads; its secret never does."""
    return {
        "resourceType": "Subscription",
        "id": row["id"],
        "status": "active",
        "criteria": f"{TOPICS_AT}/{row['topic']}",
        "_criteria": {
            "extension": [{"url": FILTER, "valueString": f"ah-practice=Organization/a-1.Practice-{practice}"}]
        },
        "channel": {
            "type": "rest-hook",
            "endpoint": row["endpoint"],
            "payload": MEDIA,
            "_payload": {"extension": [{"url": CONTENT, "valueCode": "id-only"}]},
        },
    }


def fault_of(call: Call, doc: Any) -> str:
    """What is wrong with a subscription that was sent; "" when nothing is."""
    if not isinstance(doc, dict) or doc.get("resourceType") != "Subscription":
        return "A resource of type Subscription is expected."
    channel = doc.get("channel")
    if not isinstance(channel, dict) or channel.get("type") != "rest-hook":
        return "channel.type must be rest-hook."
    if urlsplit(str(channel.get("endpoint", ""))).scheme not in ("http", "https"):
        return "channel.endpoint must be an address."
    if str(doc.get("criteria", "")).rpartition("/")[2] not in PUSHED:
        return "criteria must be the address of a subscription topic."
    filters = (doc.get("_criteria") or {}).get("extension", [])
    wanted = f"ah-practice=Organization/a-1.Practice-{call.world.settings.practice_id}"
    if not any(one.get("valueString") == wanted for one in filters):
        return "The filter ah-practice must name the practice."
    return "" if call.headers.get("x-hub-secret") else "The header X-Hub-Secret is required."


def subscribe(call: Call) -> Reply:
    """One subscription a topic and practice; every notification is signed with the secret of X-Hub-Secret."""
    refused = allowed(call, "system/Subscription.write")
    if refused:
        return refused
    try:
        doc = orjson.loads(call.body)
    except orjson.JSONDecodeError:
        return outcome(400, "structure", "The body is not JSON.")
    wrong = fault_of(call, doc)
    if wrong:
        return outcome(422, "invalid", wrong)
    topic, db = doc["criteria"].rpartition("/")[2], call.world.db
    if db.execute("SELECT 1 FROM hook WHERE topic = ?", [topic]).fetchone():
        return outcome(409, "duplicate", "There is a subscription for this topic and practice.")
    values = [str(uuid.uuid4()), topic, doc["channel"]["endpoint"], call.headers["x-hub-secret"]]
    db.execute("INSERT INTO hook VALUES (?, ?, ?, ?)", values)
    row = db.execute("SELECT * FROM hook WHERE id = ?", values[:1]).fetchone()
    return reply(resource(row, call.world.settings.practice_id), 201)


def unsubscribe(call: Call) -> Reply:
    refused = allowed(call, "system/Subscription.write")
    if refused:
        return refused
    number = call.path.rpartition("/")[2]
    if not call.world.db.execute("DELETE FROM hook WHERE id = ?", [number]).rowcount:
        return outcome(404, "not-found", "There is no such subscription.")
    return Reply(b"", 204, media=MEDIA)
