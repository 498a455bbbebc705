"""Notifyre's `/sms/send`, with or without a version in the path: send, list, read one."""

import hmac
import json
import re
import secrets
import time
import uuid
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.messagebox import Box, answered, control_routes
from simulators.notifyre import inbox
from simulators.notifyre.parts import parts

MAX_PARTS = 8
MAX_LIMIT = 1000
DEFAULTS: dict[str, Any] = {
    "numbers": [],  # our registered senders; empty: any well-formed one passes
    "invalid_numbers": [],  # well-formed numbers that a 200 answer nevertheless names as invalid
    "delivery_status": "delivered",  # what a recipient's deliveryStatus becomes
    "pascal_case": False,  # answer as the .NET SDK reads it
    "list_metadata": True,  # false: the list leaves metadata out, as its type allows
}
STATUS_WORDS = {
    401: "Unauthorized",
    403: "Forbidden",
    429: "Too many requests",
    500: "Internal server error",
    503: "Service unavailable",
}
NANP = re.compile(r"\+1[2-9]\d{2}[2-9]\d{6}")
E164 = re.compile(r"\+(?!1)[1-9]\d{6,14}")
RECIPIENT_TYPES = ("mobile_number", "contact", "group")


def create_app(state_dir: str | Path | None, api_token: str) -> Starlette:
    box = Box(state_dir, "notifyre", DEFAULTS)

    def allowed(request: Request) -> bool:
        return hmac.compare_digest(request.headers.get("x-api-token", "").encode(), api_token.encode())

    def fault(status: int, options: dict[str, Any]) -> Response:
        return _refusal(box, status, STATUS_WORDS[status])

    async def send(request: Request) -> Response:
        async def handle() -> Response:
            return _send(box, await request.body()) if allowed(request) else fault(401, {})

        return await answered(box, request, "send", handle, fault)

    async def listing(request: Request) -> Response:
        async def handle() -> Response:
            return _list(box, request.query_params) if allowed(request) else fault(401, {})

        return await answered(box, request, "read", handle, fault)

    async def one(request: Request) -> Response:
        async def handle() -> Response:
            return _one(box, request.path_params["sms_id"]) if allowed(request) else fault(401, {})

        return await answered(box, request, "read", handle, fault)

    async def unknown(request: Request, exc: Exception) -> Response:
        return _refusal(box, 404, "Not found")

    app = Starlette(
        routes=[
            *inbox.routes(box),
            *control_routes(box),
            *(
                route
                for prefix in ("", "/{version:int}")
                for route in (
                    Route(f"{prefix}/sms/send", send, methods=["POST"]),
                    Route(f"{prefix}/sms/send", listing, methods=["GET"]),
                    Route(f"{prefix}/sms/send/{{sms_id}}", one, methods=["GET"]),
                )
            ),
        ],
        exception_handlers={404: unknown, 405: unknown},
    )
    app.state.box = box
    return app


def _send(box: Box, raw: bytes) -> Response:
    try:
        body = _lowered(json.loads(raw))
    except ValueError:
        body = None
    if not isinstance(body, dict):
        return _refusal(box, 400, "Validation failed", ["The body is not a JSON object"])
    if found := _problems(box, body):
        return _refusal(box, 400, "Validation failed", found)
    numbers = [str(recipient["value"]) for recipient in body["recipients"]]
    invalid = [number for number in numbers if not _reachable(box, number)]
    now = int(time.time())
    sms_id, friendly = str(uuid.uuid4()), "SMS-" + secrets.token_hex(4).upper()
    metadata = body.get("metadata") or {}
    box.add(
        sms_id,
        {
            "to": [number for number in numbers if number not in invalid],
            "from": body.get("from") or "Shared number",
            "body": body["body"],
            "parts": parts(body["body"]),
            "friendly_id": friendly,
            "metadata": metadata,
            "scheduled": body.get("scheduleddate"),
            "invalid": invalid,
            "created": now,
        },
    )
    refused = [{"number": number, "message": "Invalid number"} for number in invalid]
    payload = {"smsMessageID": sms_id, "friendlyID": friendly, "invalidToNumbers": refused or None}
    return _envelope(box, 200, True, "OK", payload, [])


def _problems(box: Box, body: dict[str, Any]) -> list[str]:
    found = []
    text, sender = body.get("body"), body.get("from") or ""
    if not isinstance(text, str) or not text.strip():
        found.append("Body is required")
    elif parts(text) > MAX_PARTS:
        found.append("Body is longer than 8 parts")
    recipients = body.get("recipients")
    if not isinstance(recipients, list) or not recipients:
        found.append("Recipients are required")
    elif not all(isinstance(r, dict) and r.get("type") in RECIPIENT_TYPES and r.get("value") for r in recipients):
        found.append("A recipient has a type (mobile_number, contact, group) and a value")
    elif any(recipient["type"] != "mobile_number" for recipient in recipients):
        found.append("Contact or group does not exist")
    if not isinstance(sender, str) or (sender and not _sender_known(box, sender)):
        found.append("From is not one of the account's numbers")
    if body.get("scheduleddate") is not None and type(body["scheduleddate"]) is not int:
        found.append("ScheduledDate is unix seconds or null")
    metadata = body.get("metadata")
    if metadata is not None and not (isinstance(metadata, dict) and all(isinstance(v, str) for v in metadata.values())):
        found.append("Metadata is a map of strings")
    return found


def _sender_known(box: Box, sender: str) -> bool:
    numbers = box.setting("numbers")
    return sender in numbers if numbers else bool(NANP.fullmatch(sender) or E164.fullmatch(sender))


def _reachable(box: Box, number: str) -> bool:
    return bool(NANP.fullmatch(number) or E164.fullmatch(number)) and number not in box.setting("invalid_numbers")


def _lowered(value: Any) -> Any:
    """Member names in lower case, so that camelCase and PascalCase read alike; names inside metadata stay."""
    if isinstance(value, list):
        return [_lowered(item) for item in value]
    if isinstance(value, dict):
        return {name.lower(): item if name.lower() == "metadata" else _lowered(item) for name, item in value.items()}
    return value


def _list(box: Box, query: Any) -> Response:
    try:
        first, last = int(query["fromDate"]), int(query["toDate"])
        limit, skip = int(query.get("limit", 20)), int(query.get("skip", 0))
    except (KeyError, ValueError):
        return _refusal(box, 400, "Validation failed", ["fromDate and toDate are required, in unix seconds"])
    if query.get("sort", "desc") not in ("asc", "desc") or not 1 <= limit <= MAX_LIMIT or skip < 0:
        return _refusal(box, 400, "Validation failed", ["sort, limit or skip is out of range"])
    found = [message for message in box.messages() if first <= message["created"] <= last]
    if query.get("sort", "desc") == "asc":
        found.reverse()
    rows = [
        {**_summary(box, message, metadata=box.setting("list_metadata")), "recipient": recipient}
        for message in found
        for recipient in _recipients(box, message)
    ]
    return _envelope(box, 200, True, "OK", {"smsMessages": rows[skip : skip + limit], "total": len(rows)}, [])


def _one(box: Box, sms_id: str) -> Response:
    message = box.message(sms_id)
    if message is None:
        return _refusal(box, 404, "Not found")
    payload = {**_summary(box, message, metadata=True), "recipients": _recipients(box, message)}
    return _envelope(box, 200, True, "OK", payload, [])


def _summary(box: Box, message: dict[str, Any], *, metadata: bool) -> dict[str, Any]:
    created = message["created"]
    summary = {
        "id": message["id"],
        "friendlyID": message["friendly_id"],
        "accountID": "ACC-SIMULATED",
        "createdBy": "api",
        "status": "completed",
        "totalCost": 0.01 * message["parts"],
        "createdDateUtc": created,
        "submittedDateUtc": created,
        "completedDateUtc": created,
        "lastModifiedDateUtc": created,
    }
    return summary | {"metadata": message["metadata"]} if metadata else summary


def _recipients(box: Box, message: dict[str, Any]) -> list[dict[str, Any]]:
    delivery = box.setting("delivery_status")
    return [
        {
            "id": str(uuid.uuid5(uuid.UUID(message["id"]), number)),
            "toNumber": number,
            "fromNumber": message["from"],
            "cost": 0.01 * message["parts"],
            "costPerPart": 0.01,
            "messageParts": message["parts"],
            "status": "sent",
            "statusMessage": "",
            "deliveryStatus": delivery,
            "queuedDateUtc": message["created"],
            "completedDateUtc": message["created"],
        }
        for number in message["to"]
    ]


def _refusal(box: Box, status: int, message: str, errors: list[str] | None = None) -> Response:
    return _envelope(box, status, False, message, None, errors or [])


def _envelope(box: Box, status: int, success: bool, message: str, payload: Any, errors: list[str]) -> Response:
    body = {"success": success, "statusCode": status, "message": message, "payload": payload, "errors": errors}
    return JSONResponse(_pascal(body) if box.setting("pascal_case") else body, status)


def _pascal(value: Any) -> Any:
    if isinstance(value, list):
        return [_pascal(item) for item in value]
    if isinstance(value, dict):
        return {
            name[0].upper() + name[1:]: item if name == "metadata" else _pascal(item) for name, item in value.items()
        }
    return value
