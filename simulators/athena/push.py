"""Event push: notifications signed and posted by a thread of their own, repeated until they are taken or dead."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from simulators.athena.bundles import Event, bundle

KEPT = 2_000
WAITING, HELD, DELIVERED, DEAD = "waiting", "held", "delivered", "dead"


@dataclass(frozen=True)
class Hook:
    """One receiver of one topic. `pauses` are the seconds before each further attempt, `limit` those of an answer."""

    id: str
    endpoint: str
    secret: str = field(repr=False)
    topic: str
    practice: str
    pauses: tuple[float, ...]
    limit: float


@dataclass
class Delivery:
    id: int
    hook: Hook
    events: list[Event]
    body: bytes = field(repr=False)
    state: str = WAITING
    due: float = 0.0
    attempts: int = 0
    status: int = 0  # of the last attempt; 0 without an answer in time

    def listed(self) -> dict[str, Any]:
        return {
            "id": self.id,
            "topic": self.hook.topic,
            "subscription": self.hook.id,
            "state": self.state,
            "attempts": self.attempts,
            "status": self.status,
            "events": [{"id": event.id, "kind": event.kind, "subject": str(event.number)} for event in self.events],
        }


def signature(secret: str, body: bytes) -> str:
    """What `X-Hub-Signature` carries: over the very bytes of the body."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def post(hook: Hook, body: bytes) -> int:
    """The receiver's status; 0 when there was none within the limit."""
    target = urlsplit(hook.endpoint)
    kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
    connection = kind(target.hostname or "", target.port, timeout=hook.limit)
    headers = {"Content-Type": "application/fhir+json", "X-Hub-Signature": signature(hook.secret, body)}
    began = time.monotonic()
    try:
        path = target.path or "/"
        connection.request("POST", f"{path}?{target.query}" if target.query else path, body, headers)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
    return status if time.monotonic() - began <= hook.limit else 0


class Pusher:
    """The deliveries and the thread that makes them; every method may be called from any thread."""

    def __init__(self) -> None:
        self.deliveries: list[Delivery] = []
        self.held = False
        self.numbers = itertools.count(1)
        self.changed = threading.Condition()
        self.thread: threading.Thread | None = None

    def send(self, hook: Hook, events: list[Event]) -> Delivery:
        """Posts the events as one notification as soon as may be, or keeps it while held."""
        with self.changed:
            delivery = Delivery(next(self.numbers), hook, events, bundle(hook.id, hook.topic, hook.practice, events))
            delivery.state = HELD if self.held else WAITING
            self.deliveries.append(delivery)
            old = len(self.deliveries) - KEPT
            self.deliveries = [
                one for place, one in enumerate(self.deliveries) if place >= old or one.state in (WAITING, HELD)
            ]
            if self.thread is None:
                self.thread = threading.Thread(target=self.run, name="push", daemon=True)
                self.thread.start()
            self.changed.notify()
        return delivery

    def hold(self) -> None:
        with self.changed:
            self.held = True

    def release(self, order: str = "arrival", batch: int = 1, copies: int = 1) -> int:
        """Sends what was held: in another order, several events of a receiver and topic together, or repeatedly.

        Returns the deliveries made. Raises ValueError for an unknown order.
        """
        orders: dict[str, Callable[[list[Delivery]], object]] = {
            "arrival": lambda _: None, "reversed": list.reverse, "shuffled": random.shuffle,
        }  # fmt: skip
        if order not in orders or batch < 1 or copies < 1:
            raise ValueError("order is arrival, reversed or shuffled; batch and copies are at least 1")
        with self.changed:
            self.held = False
            waiting = [one for one in self.deliveries if one.state == HELD]
            self.deliveries = [one for one in self.deliveries if one.state != HELD]
        orders[order](waiting)
        groups: dict[Hook, list[Event]] = {}
        for one in waiting:
            groups.setdefault(one.hook, []).extend(one.events)
        parts = [(one.hook, one.events) for one in waiting]
        if batch > 1:
            parts = [
                (hook, events[start : start + batch])
                for hook, events in groups.items()
                for start in range(0, len(events), batch)
            ]
        for hook, events in parts * copies:
            self.send(hook, events)
        return len(parts) * copies

    def repeat(self, ids: set[int] | None = None) -> int:
        """Sends again what was delivered or is dead, under the same event ids; all of it, or some by id."""
        with self.changed:
            chosen = [one for one in self.deliveries if one.state in (DELIVERED, DEAD)]
        chosen = [one for one in chosen if ids is None or one.id in ids]
        for one in chosen:
            self.send(one.hook, one.events)
        return len(chosen)

    def forget(self) -> int:
        with self.changed:
            count, self.deliveries, self.held = len(self.deliveries), [], False
        return count

    def listed(self) -> list[dict[str, Any]]:
        with self.changed:
            return [one.listed() for one in self.deliveries]

    def run(self) -> None:
        while True:
            with self.changed:
                delivery = self.next()
            status = post(delivery.hook, delivery.body)
            with self.changed:
                self.settle(delivery, status)

    def next(self) -> Delivery:
        """The delivery that is due first, waited for. The condition is held."""
        while True:
            waiting = [one for one in self.deliveries if one.state == WAITING]
            first = min(waiting, key=lambda one: one.due, default=None)
            pause = first.due - time.monotonic() if first else None
            if first is not None and pause is not None and pause <= 0:
                return first
            self.changed.wait(pause)

    def settle(self, delivery: Delivery, status: int) -> None:
        delivery.attempts += 1
        delivery.status = status
        pauses = delivery.hook.pauses
        if 200 <= status < 300:
            delivery.state = DELIVERED
        elif delivery.attempts > len(pauses):
            delivery.state = DEAD
        else:
            delivery.due = time.monotonic() + pauses[delivery.attempts - 1]
