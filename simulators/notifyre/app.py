"""Notifyre's `/sms/send` and `/sms/received`, with or without a version in the path: send, list, read one."""

import hmac
import json
import re
import secrets
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.messagebox import Box, answered, control_routes
from simulators.messagehooks import DEFAULTS as WEBHOOK_DEFAULTS
from simulators.messagehooks import Courier, webhook_routes
from simulators.notifyre import inbox, notices, replies
from simulators.notifyre.notices import pascal
from simulators.notifyre.parts import parts

MAX_PARTS = 8
MAX_LIMIT = 1000
DEFAULTS: dict[str, Any] = {
    **WEBHOOK_DEFAULTS,
    **notices.DEFAULTS,
    "numbers": [],  # our registered senders; empty: any well-formed one passes
    "invalid_numbers": [],  # well-formed numbers that a 200 answer nevertheless names as invalid
    "per_second": 0,  # messages taken a second; more are answered 429. 0: no limit
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


def create_app(
    state_dir: str | Path | None, api_token: str, *, webhook: str = "", webhook_secret: str = ""
) -> Starlette:
    """`webhook` is told what became of texts and what people reply, signed with `webhook_secret`."""
    box = Box(state_dir, "notifyre", DEFAULTS | {"webhook": webhook})
    courier = Courier(box, notices.encode, lambda at, body: notices.signature(webhook_secret, at, body), most=1)

    def fault(status: int, options: dict[str, Any]) -> Response:
        return _refusal(box, status, STATUS_WORDS[status])

    def call(scope: str, handle: Callable[[Request, bytes], Response]) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            async def work() -> Response:
                token = request.headers.get("x-api-token", "").encode()
                if not hmac.compare_digest(token, api_token.encode()):
                    return fault(401, {})
                return handle(request, await request.body())

            return await answered(box, request, scope, work, fault)

        return endpoint

    send = call("send", lambda _, body: _send(box, courier, body))
    listing = call("read", lambda request, _: _list(box, request.query_params, "smsMessages", _sent_rows))
    one = call("read", lambda request, _: _one(box, request.path_params["sms_id"]))
    received = call("read", lambda request, _: _list(box, request.query_params, "smsReplies", _reply_rows))
    reply = call("read", lambda request, _: _reply(box, request.path_params["reply_id"]))

    async def receive(request: Request) -> Response:
        wish = await request.json()
        to, reply_id = wish.get("to", ""), wish.get("reply_id", "")
        return JSONResponse(replies.receive(box, courier, wish["from"], wish["text"], to=to, reply_id=reply_id))

    async def unknown(request: Request, exc: Exception) -> Response:
        return _refusal(box, 404, "Not found")

    app = Starlette(
        routes=[
            *inbox.routes(box, courier),
            *control_routes(box, forget=courier.forget),
            *webhook_routes(courier),
            Route("/_control/receive", receive, methods=["POST"]),
            *(
                route
                for prefix in ("", "/{version:int}")
                for route in (
                    Route(f"{prefix}/sms/send", send, methods=["POST"]),
                    Route(f"{prefix}/sms/send", listing, methods=["GET"]),
                    Route(f"{prefix}/sms/send/{{sms_id}}", one, methods=["GET"]),
                    Route(f"{prefix}/sms/received", received, methods=["GET"]),
                    Route(f"{prefix}/sms/received/{{reply_id}}", reply, methods=["GET"]),
                    Route(f"{prefix}/sms/received/{{reply_id}}/v2", reply, methods=["GET"]),
                )
            ),
        ],
        exception_handlers={404: unknown, 405: unknown},
    )
    app.state.box = box
    return app


def _send(box: Box, courier: Courier, raw: bytes) -> Response:
    limit = box.setting("per_second")
    if limit and sum(1 for message in box.messages() if message["at"] > box.now() - 1) >= limit:
        return _refusal(box, 429, STATUS_WORDS[429])
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
    now = int(box.now())
    sms_id, friendly = str(uuid.uuid4()), "SMS-" + secrets.token_hex(4).upper()
    message = {
        "to": [number for number in numbers if number not in invalid],
        "from": body.get("from") or "Shared number",
        "body": body["body"],
        "parts": parts(body["body"]),
        "friendly_id": friendly,
        "metadata": body.get("metadata") or {},
        "scheduled": body.get("scheduleddate"),
        "invalid": invalid,
        "created": now,
    }
    box.add(sms_id, message)
    for number in message["to"]:
        courier.tell(notices.sent(box, {"id": sms_id, **message}, number), str(body.get("callbackurl") or ""))
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


def _list(box: Box, query: Any, name: str, rows_between: Callable[[Box, int, int], list[Any]]) -> Response:
    """A page of rows; `rows_between` gives those of a span of unix seconds, newest first."""
    try:
        first, last = int(query["fromDate"]), int(query["toDate"])
        limit, skip = int(query.get("limit", 20)), int(query.get("skip", 0))
    except (KeyError, ValueError):
        return _refusal(box, 400, "Validation failed", ["fromDate and toDate are required, in unix seconds"])
    if query.get("sort", "desc") not in ("asc", "desc") or not 1 <= limit <= MAX_LIMIT or skip < 0:
        return _refusal(box, 400, "Validation failed", ["sort, limit or skip is out of range"])
    rows = rows_between(box, first, last)
    if query.get("sort", "desc") == "asc":
        rows.reverse()
    return _envelope(box, 200, True, "OK", {name: rows[skip : skip + limit], "total": len(rows)}, [])


def _sent_rows(box: Box, first: int, last: int) -> list[dict[str, Any]]:
    hidden = set() if box.setting("list_metadata") else {"metadata"}
    return [
        {name: value for name, value in notices.summary(message).items() if name not in hidden}
        | {"recipient": notices.recipient(box, message, number)}
        for message in box.messages()
        if first <= message["created"] <= last
        for number in message["to"]
    ]


def _reply_rows(box: Box, first: int, last: int) -> list[dict[str, Any]]:
    kept = box.messages(table="reply")
    return [replies.as_listed(reply) for reply in kept if first <= reply["receivedDateUtc"] <= last]


def _one(box: Box, sms_id: str) -> Response:
    message = box.message(sms_id)
    if message is None:
        return _refusal(box, 404, "Not found")
    recipients = [notices.recipient(box, message, number) for number in message["to"]]
    return _envelope(box, 200, True, "OK", {**notices.summary(message), "recipients": recipients}, [])


def _reply(box: Box, reply_id: str) -> Response:
    reply = box.message(reply_id, table="reply")
    if reply is None:
        return _refusal(box, 404, "Not found")
    return _envelope(box, 200, True, "OK", replies.as_listed(reply), [])


def _refusal(box: Box, status: int, message: str, errors: list[str] | None = None) -> Response:
    return _envelope(box, status, False, message, None, errors or [])


def _envelope(box: Box, status: int, success: bool, message: str, payload: Any, errors: list[str]) -> Response:
    body = {"success": success, "statusCode": status, "message": message, "payload": payload, "errors": errors}
    return JSONResponse(pascal(body) if box.setting("pascal_case") else body, status)
