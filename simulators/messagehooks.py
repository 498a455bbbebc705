"""Webhooks of the two message vendors: signed at each attempt, posted by a thread of their own, repeated until taken.

What is told is a list of notices (JSON objects). The settings say where to, how soon, how often and in which order;
told back by `/_control/webhooks`, which also holds notices back, releases and repeats them.
"""

from __future__ import annotations

import http.client
import itertools
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.messagebox import Box

Notice = dict[str, Any]
DEFAULTS: dict[str, Any] = {
    "webhook": "",  # where notices go; empty: nowhere
    "webhook_delay": 0.0,  # seconds before the first attempt
    "webhook_copies": 1,  # how often each notice is told
    "webhook_order": "arrival",  # of the notices of one message: arrival, reversed or shuffled
    "webhook_pauses": [0.5, 2, 5, 15, 60],  # seconds before each further attempt; then the notice is dead
    "webhook_limit": 5.0,  # seconds an answer may take
}
KEPT = 2_000
WAITING, HELD, TAKEN, DEAD = "waiting", "held", "taken", "dead"
ORDERS: dict[str, Callable[[list[Any]], object]] = {
    "arrival": lambda _: None,
    "reversed": list.reverse,
    "shuffled": random.shuffle,
}


@dataclass
class Delivery:
    """One post to come, under way or done. `status` is that of the last attempt, 0 without an answer in time."""

    id: int
    address: str
    notices: list[Notice]
    pauses: tuple[float, ...]
    limit: float
    state: str = WAITING
    due: float = 0.0
    attempts: int = 0
    status: int = 0

    def listed(self) -> dict[str, Any]:
        names = ("id", "address", "notices", "state", "attempts", "status")
        return {name: getattr(self, name) for name in names}


class Courier:
    """The deliveries and the thread that makes them; every method may be called from any thread.

    `encode` makes the body of notices told together (`most` at a time), `sign` the headers that prove it.
    """

    def __init__(
        self,
        box: Box,
        encode: Callable[[list[Notice]], bytes],
        sign: Callable[[int, bytes], dict[str, str]],
        *,
        most: int,
    ) -> None:
        self.box, self.encode, self.sign, self.most = box, encode, sign, most
        self.deliveries: list[Delivery] = []
        self.held = False
        self.numbers = itertools.count(1)
        self.changed = threading.Condition()
        self.thread: threading.Thread | None = None

    def tell(self, notices: list[Notice], address: str = "") -> None:
        """Tells each notice as the settings say; nothing when no address is known."""
        address = address or self.box.setting("webhook")
        if not address:
            return
        notices = list(notices)
        ORDERS[self.box.setting("webhook_order")](notices)
        for notice in notices * int(self.box.setting("webhook_copies")):
            self._put(address, [notice], delay=float(self.box.setting("webhook_delay")))

    def _put(self, address: str, notices: list[Notice], *, delay: float = 0.0) -> None:
        pauses = tuple(float(pause) for pause in self.box.setting("webhook_pauses"))
        limit = float(self.box.setting("webhook_limit"))
        with self.changed:
            delivery = Delivery(next(self.numbers), address, notices, pauses, limit, due=time.monotonic() + delay)
            delivery.state = HELD if self.held else WAITING
            self.deliveries.append(delivery)
            old = len(self.deliveries) - KEPT
            self.deliveries = [
                one for place, one in enumerate(self.deliveries) if place >= old or one.state in (WAITING, HELD)
            ]
            if self.thread is None:
                self.thread = threading.Thread(target=self._run, name="webhooks", daemon=True)
                self.thread.start()
            self.changed.notify()

    def hold(self) -> None:
        """Keep every further notice back until `release`."""
        with self.changed:
            self.held = True

    def release(self, order: str = "arrival", batch: int = 1, copies: int = 1) -> int:
        """Posts what was held, `batch` notices together where the vendor does so; the number of posts.

        Raises ValueError for an unknown order.
        """
        if order not in ORDERS or batch < 1 or copies < 1:
            raise ValueError("order is arrival, reversed or shuffled; batch and copies are at least 1")
        with self.changed:
            self.held = False
            waiting = [one for one in self.deliveries if one.state == HELD]
            self.deliveries = [one for one in self.deliveries if one.state != HELD]
        ORDERS[order](waiting)
        by_address: dict[str, list[Notice]] = {}
        for one in waiting:
            by_address.setdefault(one.address, []).extend(one.notices)
        size = min(batch, self.most)
        posts = [
            (address, notices[start : start + size])
            for address, notices in by_address.items()
            for start in range(0, len(notices), size)
        ]
        for address, notices in posts * copies:
            self._put(address, notices)
        return len(posts) * copies

    def repeat(self) -> int:
        """Posts again what was taken or is dead, word for word; the number of posts."""
        with self.changed:
            chosen = [one for one in self.deliveries if one.state in (TAKEN, DEAD)]
        for one in chosen:
            self._put(one.address, one.notices)
        return len(chosen)

    def forget(self) -> None:
        with self.changed:
            self.deliveries, self.held = [], False

    def listed(self) -> list[dict[str, Any]]:
        with self.changed:
            return [one.listed() for one in self.deliveries]

    def _run(self) -> None:
        while True:
            with self.changed:
                delivery = self._next()
            status = self._post(delivery)
            with self.changed:
                _settle(delivery, status)

    def _next(self) -> Delivery:
        """The delivery that is due first, waited for. The condition is held."""
        while True:
            waiting = [one for one in self.deliveries if one.state == WAITING]
            first = min(waiting, key=lambda one: one.due, default=None)
            pause = first.due - time.monotonic() if first else None
            if first is not None and pause is not None and pause <= 0:
                return first
            self.changed.wait(pause)

    def _post(self, delivery: Delivery) -> int:
        """The receiver's status; 0 when there was none within the limit. Stamp and signature are of this attempt."""
        target = urlsplit(delivery.address)
        kind = http.client.HTTPSConnection if target.scheme == "https" else http.client.HTTPConnection
        body = self.encode(delivery.notices)
        headers = {"Content-Type": "application/json", **self.sign(int(self.box.now()), body)}
        path = target.path or "/"
        connection = kind(target.hostname or "", target.port, timeout=delivery.limit)
        try:
            connection.request("POST", f"{path}?{target.query}" if target.query else path, body, headers)
            return connection.getresponse().status
        except (OSError, http.client.HTTPException):
            return 0
        finally:
            connection.close()


def _settle(delivery: Delivery, status: int) -> None:
    delivery.attempts += 1
    delivery.status = status
    if 200 <= status < 300:
        delivery.state = TAKEN
    elif delivery.attempts > len(delivery.pauses):
        delivery.state = DEAD
    else:
        delivery.due = time.monotonic() + delivery.pauses[delivery.attempts - 1]


def webhook_routes(courier: Courier) -> list[Route]:
    """The control address of the webhooks."""

    async def listing(request: Request) -> Response:
        if request.method == "DELETE":
            courier.forget()
        elif request.method == "POST" and (await request.json()).get("hold"):
            courier.hold()
        return JSONResponse({"held": courier.held, "webhooks": courier.listed()})

    async def release(request: Request) -> Response:
        wish = await request.json() if await request.body() else {}
        try:
            return JSONResponse({"sent": courier.release(**wish)})
        except (TypeError, ValueError) as fault:
            return JSONResponse({"error": str(fault)}, 400)

    async def repeat(request: Request) -> Response:
        return JSONResponse({"sent": courier.repeat()})

    return [
        Route("/_control/webhooks", listing, methods=["GET", "POST", "DELETE"]),
        Route("/_control/webhooks/release", release, methods=["POST"]),
        Route("/_control/webhooks/repeat", repeat, methods=["POST"]),
    ]
