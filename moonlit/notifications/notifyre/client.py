"""Text messages through Notifyre's `POST /sms/send`.

A 200 can hide a refused number, and there is no idempotency key: what was lost is found again in the list of sent
messages by our own id in its metadata. Member names come in camelCase or PascalCase and are read either way.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from moonlit.notifications.notifyre import webhook
from moonlit.notifications.notifyre.members import lowered
from moonlit.notifications.port import (
    ConfigurationRefused,
    DeliveryTold,
    Found,
    NotReached,
    Rejected,
    Sent,
    Sms,
    TextReceived,
    Throttled,
    Trace,
    Unknown,
    UnreadableNotice,
)
from moonlit.platform.http import AnswerLost, ConnectionNotMade, HttpAnswer, HttpFault, VendorClient
from moonlit.platform.log import get_logger

log = get_logger(__name__)

ROUTE = "/{version}/sms/send"
REPLIES = "/{version}/sms/received"
FIRST_WAIT = 60.0
"""Seconds to wait after a passing refusal; the vendor names no time."""
CLOCK_SKEW = timedelta(minutes=15)
"""The vendor stamps by its own clock; a message missed for that reason would be sent twice."""
PAGE = 100
MOST_PAGES = 20
MOST_LOOKED_INTO = 20
"""Messages of a list that are read one by one in a look-up."""
_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}|[0-9]{3,11}")
"""E.164, or a short code that has written to us."""
_NO_DIGIT = re.compile(r"[^0-9]")
_PATH_PART = re.compile(r"[A-Za-z0-9_-]{1,120}")


@dataclass(frozen=True, slots=True)
class Notifyre:
    """`sender` is our registered number in E.164, empty for the vendor's shared one. `secrets` prove webhooks, which
    come to `callback` when there are any.
    """

    http: VendorClient = field(repr=False)
    version: str
    sender: str
    secrets: tuple[str, ...] = field(default=(), repr=False)
    callback: str = ""
    per_second: float = 1
    """No limit is published; an unproven number starts at one a second."""
    name: str = "notifyre"

    def send(self, message: Sms, *, now: datetime) -> Sent:  # noqa: ARG002  its refusals name no time to wait
        if not _NUMBER.fullmatch(message.to):
            raise Rejected("recipient_unfit")
        if not message.text.strip():
            raise Rejected("blank")
        body: dict[str, Any] = {
            "body": message.text,
            "recipients": [{"type": "mobile_number", "value": message.to}],
            "from": self.sender,
            "scheduledDate": None,
            "addUnsubscribeLink": False,
            "metadata": {"outbox_id": str(message.id)},
        }
        if self.secrets and self.callback:
            body |= {"callbackUrl": self.callback, "callbackFormat": "notifyre"}
        try:
            answer = self.http.send("POST", self._path(), route=ROUTE, json=body)
        except ConnectionNotMade:
            raise NotReached("connection_not_made") from None
        except AnswerLost:
            raise Unknown("answer_lost") from None
        return _outcome(answer)

    def look_up(self, message_id: UUID, to: str, *, since: datetime, now: datetime) -> Found:
        """Searches the messages of the time around `since` to `now` for our id. It is absent only when every one of
        them is known to be another. Raises NotReached.
        """
        unclear = looked_into = 0
        try:
            for row in self._sent_between(since - CLOCK_SKEW, now + CLOCK_SKEW):
                ours = _outbox_id(row)
                if not ours and _may_be_to(row, to):
                    looked_into += 1
                    ours = self._id_of_one(row) if looked_into <= MOST_LOOKED_INTO else ""
                    unclear += not ours
                if ours == str(message_id):
                    return Found(Trace.SENT, str(row.get("id") or ""))
        except HttpFault:
            raise NotReached("look_up_failed") from None
        return Found(Trace.CANNOT_TELL if unclear else Trace.ABSENT)

    def parse_webhook(
        self, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> list[DeliveryTold | TextReceived]:
        webhook.prove([secret.encode() for secret in self.secrets], headers, body, now=now)
        return webhook.read(body)

    def replies_since(self, since: datetime, *, now: datetime) -> list[TextReceived]:
        """What was read before the list broke off, or went on for too long, is kept: it is the newest."""
        found: list[TextReceived] = []
        try:
            for row in self._listed(self._path("received"), REPLIES, "smsreplies", since, now + CLOCK_SKEW):
                try:
                    found.append(webhook.text_received(row, now))
                except UnreadableNotice as fault:
                    log.warning("reply_left_out", vendor=self.name, code=fault.code)
        except (HttpFault, NotReached) as fault:
            code = fault.code if isinstance(fault, NotReached) else "replies_failed"
            if not found:
                raise NotReached(code) from None
            log.error("replies_cut_short", vendor=self.name, code=code)
        return found

    def _path(self, what: str = "send") -> str:
        return f"/{self.version}/sms/{what}" if self.version else f"/sms/{what}"

    def _sent_between(self, first: datetime, last: datetime) -> Iterator[dict[str, Any]]:
        return self._listed(self._path(), ROUTE, "smsmessages", first, last)

    def _listed(self, path: str, route: str, name: str, first: datetime, last: datetime) -> Iterator[dict[str, Any]]:
        """Every row of a list, newest first. Raises NotReached, HttpFault."""
        for page in range(MOST_PAGES):
            query = {
                "fromDate": int(first.timestamp()),
                "toDate": int(last.timestamp()),
                "sort": "desc",
                "limit": PAGE,
                "skip": page * PAGE,
            }
            rows = _read(self.http.send("GET", path, route=route, query=query)).get(name)
            if not isinstance(rows, list):
                raise NotReached("look_up_unreadable")
            yield from (row if isinstance(row, dict) else {} for row in rows)
            if len(rows) < PAGE:
                return
        raise NotReached("look_up_too_long")

    def _id_of_one(self, row: dict[str, Any]) -> str:
        """Our id in a message read by itself; "" when there is none. Raises NotReached, HttpFault."""
        if not _PATH_PART.fullmatch(str(row.get("id") or "")):
            return ""
        one = self.http.send("GET", f"{self._path()}/{row['id']}", route=f"{ROUTE}/{{id}}")
        return _outbox_id(_read(one))


def _outbox_id(message: dict[str, Any]) -> str:
    """Our id that the message carries, in lower case; "" when none can be read."""
    metadata = message.get("metadata")
    named = {str(name).lower(): value for name, value in metadata.items()} if isinstance(metadata, dict) else {}
    found = named.get("outbox_id")
    return found.strip().lower() if isinstance(found, str) else ""


def _may_be_to(row: dict[str, Any], to: str) -> bool:
    """Whether a row of the list is to this number, or does not say to which one: only digits are compared, and the
    country's own may be missing.
    """
    holders = [row, row.get("recipient"), *_each(row.get("recipients"))]
    values = [each.get(name) for each in holders if isinstance(each, dict) for name in ("tonumber", "value")]
    numbers = [digits for value in values if (digits := _NO_DIGIT.sub("", value if isinstance(value, str) else ""))]
    own = _NO_DIGIT.sub("", to)
    return not numbers or any(own.endswith(number) or number.endswith(own) for number in numbers)


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


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
        body = lowered(answer.json())
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}
