"""Text messages through Notifyre's `POST /sms/send`.

A 200 can hide a refused number, and there is no idempotency key: what was lost is found again in the list of sent
messages by our own id in its metadata. Member names come in camelCase or PascalCase and are read either way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

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
from moonlit.platform.http import AnswerLost, ConnectionNotMade, HttpAnswer, HttpFault, VendorClient

ROUTE = "/{version}/sms/send"
FIRST_WAIT = 60.0
"""Seconds to wait after a passing refusal; the vendor names no time."""
CLOCK_SKEW = timedelta(minutes=15)
"""The vendor stamps by its own clock; a message missed for that reason would be sent twice."""
PAGE = 100
MOST_PAGES = 20


@dataclass(frozen=True, slots=True)
class Notifyre:
    """`sender` is our registered number in E.164, empty for the vendor's shared one."""

    http: VendorClient = field(repr=False)
    version: str
    sender: str
    per_second: float = 1
    """No limit is published; an unproven number starts at one a second."""
    name: str = "notifyre"

    def send(self, message: Sms, *, now: datetime) -> Sent:  # noqa: ARG002  its refusals name no time to wait
        body = {
            "body": message.text,
            "recipients": [{"type": "mobile_number", "value": message.to}],
            "from": self.sender,
            "scheduledDate": None,
            "addUnsubscribeLink": False,
            "metadata": {"outbox_id": str(message.id)},
        }
        try:
            answer = self.http.send("POST", self._path(), route=ROUTE, json=body)
        except ConnectionNotMade:
            raise NotReached("connection_not_made") from None
        except AnswerLost:
            raise Unknown("answer_lost") from None
        return _outcome(answer)

    def look_up(self, message_id: UUID, to: str, *, since: datetime, now: datetime) -> Found:
        """Searches the messages of the time around `since` to `now` for our id. Raises NotReached."""
        try:
            for row in self._sent_between(since - CLOCK_SKEW, now + CLOCK_SKEW):
                if self._is(row, message_id, to):
                    return Found(Trace.SENT, str(row.get("id", "")))
        except HttpFault:
            raise NotReached("look_up_failed") from None
        return Found(Trace.ABSENT)

    def _path(self) -> str:
        return f"/{self.version}/sms/send" if self.version else "/sms/send"

    def _sent_between(self, first: datetime, last: datetime) -> Iterator[dict[str, Any]]:
        for page in range(MOST_PAGES):
            query = {
                "fromDate": int(first.timestamp()),
                "toDate": int(last.timestamp()),
                "sort": "desc",
                "limit": PAGE,
                "skip": page * PAGE,
            }
            rows = _read(self.http.send("GET", self._path(), route=ROUTE, query=query)).get("smsmessages")
            if not isinstance(rows, list):
                raise NotReached("look_up_unreadable")
            yield from (row for row in rows if isinstance(row, dict))
            if len(rows) < PAGE:
                return
        raise NotReached("look_up_too_long")

    def _is(self, row: dict[str, Any], message_id: UUID, to: str) -> bool:
        metadata = row.get("metadata")
        recipient = row.get("recipient")
        if metadata is None and isinstance(recipient, dict) and recipient.get("tonumber") == to and row.get("id"):
            one = self.http.send("GET", f"{self._path()}/{row['id']}", route=f"{ROUTE}/{{id}}")
            metadata = _read(one).get("metadata")
        return isinstance(metadata, dict) and metadata.get("outbox_id") == str(message_id)


def _outcome(answer: HttpAnswer) -> Sent:
    status, body = answer.status, _body(answer)
    if status in (401, 403) or 300 <= status < 400:
        raise ConfigurationRefused(f"vendor_{status}")
    if status == 429:
        raise Throttled("vendor_429", retry_after=FIRST_WAIT)
    if status != 408 and 400 <= status < 500:
        raise Rejected(f"vendor_{status}")
    if status >= 500 and body.get("success") is False:
        raise Throttled(f"vendor_{status}", retry_after=FIRST_WAIT)
    if not answer.ok or not isinstance(body.get("success"), bool):
        raise Unknown(f"vendor_{status}")
    if not body["success"]:
        raise Rejected("vendor_refused")
    payload = body.get("payload")
    if not isinstance(payload, dict):
        raise Unknown("no_payload")
    if payload.get("invalidtonumbers"):
        raise Rejected("number_refused")  # we write to one number: any refused one is ours
    if not payload.get("smsmessageid"):
        raise Unknown("no_message_id")
    return Sent(str(payload["smsmessageid"]))


def _read(answer: HttpAnswer) -> dict[str, Any]:
    payload = _body(answer).get("payload")
    if not answer.ok or not isinstance(payload, dict):
        raise NotReached("look_up_refused")
    return payload


def _body(answer: HttpAnswer) -> dict[str, Any]:
    """The answer with every member name in lower case, save inside metadata; empty when it is not a JSON object."""
    try:
        body = _lowered(answer.json())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _lowered(value: Any) -> Any:
    if isinstance(value, list):
        return [_lowered(item) for item in value]
    if isinstance(value, dict):
        return {name.lower(): item if name.lower() == "metadata" else _lowered(item) for name, item in value.items()}
    return value
