"""What the two message vendors' simulators share: kept messages, call log, armed faults, control address.

Faults are armed one by one and used up in order, each by one request of its scope (`send` or `read`).
"""

import asyncio
import json
import sqlite3
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from simulators.common import open_database

SCHEMA = """
CREATE TABLE IF NOT EXISTS message
  (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, at REAL NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS reply
  (seq INTEGER PRIMARY KEY, id TEXT UNIQUE NOT NULL, at REAL NOT NULL, data TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS call
  (seq INTEGER PRIMARY KEY, at REAL NOT NULL, method TEXT, path TEXT, status INTEGER, fault TEXT);
CREATE TABLE IF NOT EXISTS fault
  (seq INTEGER PRIMARY KEY, scope TEXT NOT NULL, kind TEXT NOT NULL, options TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS setting (key TEXT PRIMARY KEY, value TEXT NOT NULL);
"""

STATUS_FAULTS = ("401", "403", "429", "500", "503")
"""Answered in the vendor's own error shape; nothing is accepted."""
COMMON: dict[str, Any] = {"clock_shift": 0}  # seconds the vendor's clock is ahead of this machine's
FAULTS = (*STATUS_FAULTS, "html", "hang", "reset", "accept_then_timeout", "accept_then_reset")
HANG_SECONDS = 60.0


class Box:
    """The state of one simulator, in one SQLite file."""

    def __init__(self, state_dir: str | Path | None, name: str, defaults: dict[str, Any]) -> None:
        self.db: sqlite3.Connection = open_database(state_dir, name, SCHEMA)
        self.defaults = COMMON | defaults

    def now(self) -> float:
        """Unix seconds by the vendor's clock."""
        return time.time() + float(self.setting("clock_shift"))

    def add(self, message_id: str, data: dict[str, Any], *, table: str = "message") -> None:
        """Keep a message (or a person's reply)."""
        values = (message_id, self.now(), json.dumps(data))
        self.db.execute(f"INSERT INTO {table} (id, at, data) VALUES (?, ?, ?)", values)  # noqa: S608 - ours

    def messages(self, *, table: str = "message") -> list[dict[str, Any]]:
        """Every kept message, newest first, with its `id` and `at` (unix seconds)."""
        rows = self.db.execute(f"SELECT id, at, data FROM {table} ORDER BY seq DESC")  # noqa: S608 - ours
        return [{"id": row["id"], "at": row["at"], **json.loads(row["data"])} for row in rows]

    def message(self, message_id: str, *, table: str = "message") -> dict[str, Any] | None:
        row = self.db.execute(f"SELECT id, at, data FROM {table} WHERE id = ?", (message_id,)).fetchone()  # noqa: S608
        return {"id": row["id"], "at": row["at"], **json.loads(row["data"])} if row else None

    def log_call(self, request: Request, status: int, fault: str | None) -> None:
        """Status 0 means that no whole answer was given."""
        self.db.execute(
            "INSERT INTO call (at, method, path, status, fault) VALUES (?, ?, ?, ?, ?)",
            (time.time(), request.method, request.url.path, status, fault),
        )

    def calls(self) -> list[dict[str, Any]]:
        return [dict(row) for row in self.db.execute("SELECT at, method, path, status, fault FROM call ORDER BY seq")]

    def arm(self, kind: str, *, scope: str = "send", times: int = 1, options: dict[str, Any] | None = None) -> None:
        rows = [(scope, kind, json.dumps(options or {}))] * times
        self.db.executemany("INSERT INTO fault (scope, kind, options) VALUES (?, ?, ?)", rows)

    def take_fault(self, scope: str) -> tuple[str, dict[str, Any]] | None:
        row = self.db.execute("SELECT * FROM fault WHERE scope = ? ORDER BY seq LIMIT 1", (scope,)).fetchone()
        if row is None:
            return None
        self.db.execute("DELETE FROM fault WHERE seq = ?", (row["seq"],))
        return row["kind"], json.loads(row["options"])

    def faults(self) -> list[dict[str, Any]]:
        rows = self.db.execute("SELECT scope, kind, options FROM fault ORDER BY seq")
        return [{"scope": row["scope"], "kind": row["kind"], "options": json.loads(row["options"])} for row in rows]

    def setting(self, key: str) -> Any:
        row = self.db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return json.loads(row["value"]) if row else self.defaults[key]

    def set(self, key: str, value: Any) -> None:
        self.db.execute("INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)", (key, json.dumps(value)))

    def clear(self, *tables: str) -> None:
        for table in tables:
            self.db.execute(f"DELETE FROM {table}")  # noqa: S608 - constant names from this module


class Cut(Response):
    """Announces more bytes than it sends and drops the connection: the client reads a broken answer."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4096")]})
        await send({"type": "http.response.body", "body": b"{", "more_body": True})


async def hang(request: Request, seconds: float) -> Response:
    """Says nothing until the client goes away or the time is over, then breaks off."""
    end = time.monotonic() + seconds
    while time.monotonic() < end and not await request.is_disconnected():  # noqa: ASYNC110 - nothing signals it
        await asyncio.sleep(0.02)
    return Cut()


async def answered(
    box: Box,
    request: Request,
    scope: str,
    handle: Callable[[], Awaitable[Response]],
    refuse: Callable[[int, dict[str, Any]], Response],
) -> Response:
    """Handles one vendor call, or lets the next armed fault have it; every call is logged."""
    await request.body()  # read it whole first: a later look for a disconnect must not eat it
    fault = box.take_fault(scope)
    if fault is None:
        response = await handle()
        box.log_call(request, response.status_code, None)
        return response
    kind, options = fault
    response = None
    if kind in STATUS_FAULTS:
        response = refuse(int(kind), options)
    elif kind == "html":
        page = "<html><body><h1>Bad Gateway</h1></body></html>"
        response = Response(page, options.get("status", 502), media_type="text/html")
    elif kind.startswith("accept_then"):
        accepted = await handle()
        response = accepted if accepted.status_code >= 400 else None
    if response is not None:
        box.log_call(request, response.status_code, kind)
        return response
    box.log_call(request, 0, kind)
    if kind in ("hang", "accept_then_timeout"):
        return await hang(request, float(options.get("seconds", HANG_SECONDS)))
    return Cut()


def control_routes(box: Box, *, forget: Callable[[], None]) -> list[Route]:
    """The address for tests and demos; the vendors have nothing like it. `forget` drops what is not in the box."""

    async def health(request: Request) -> Response:
        return JSONResponse({"ok": True, "messages": box.db.execute("SELECT count(*) FROM message").fetchone()[0]})

    async def messages(request: Request) -> Response:
        to = request.query_params.get("to")
        return JSONResponse({"messages": [m for m in box.messages() if to is None or to in m["to"]]})

    async def calls(request: Request) -> Response:
        return JSONResponse({"calls": box.calls()})

    async def faults(request: Request) -> Response:
        if request.method == "DELETE":
            box.clear("fault")
        elif request.method == "POST":
            wish = await request.json()
            kind, scope = str(wish.pop("kind", "")), wish.pop("scope", "send")
            if kind not in FAULTS or scope not in ("send", "read"):
                return JSONResponse({"error": "kind or scope unknown", "kinds": FAULTS}, 400)
            box.arm(kind, scope=scope, times=int(wish.pop("times", 1)), options=wish)
        return JSONResponse({"faults": box.faults()})

    async def settings(request: Request) -> Response:
        if request.method == "PUT":
            wish = await request.json()
            if unknown := sorted(set(wish) - set(box.defaults)):
                return JSONResponse({"error": "unknown setting", "names": unknown}, 400)
            for key, value in wish.items():
                box.set(key, value)
        return JSONResponse({key: box.setting(key) for key in box.defaults})

    async def reset(request: Request) -> Response:
        box.clear("message", "reply", "call", "fault", "setting")
        forget()
        return JSONResponse({"ok": True})

    return [
        Route("/_control/health", health),
        Route("/_control/messages", messages),
        Route("/_control/calls", calls),
        Route("/_control/faults", faults, methods=["GET", "POST", "DELETE"]),
        Route("/_control/settings", settings, methods=["GET", "PUT"]),
        Route("/_control/reset", reset, methods=["POST"]),
    ]
