"""The simulator's world: what it keeps, its settings, its clock, the practice's catalogue."""

from __future__ import annotations

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from simulators.athena.bundles import Event
from simulators.athena.faults import Faults
from simulators.athena.push import Hook, Pusher
from simulators.athena.tables import SCHEMA
from simulators.common import open_database

EASTERN = ZoneInfo("America/New_York")
FIRST_APPOINTMENT = 1_200_000
CALLS_KEPT = 5_000
BOOKABLE = "status = 'o' AND consumed_by IS NULL"

DEFAULT_KNOBS: dict[str, Any] = {
    "quirks": "mixed",  # mixed | strings | proper
    "latency_ms": [0, 0],
    "day_quota": 50_000,
    "token_limit": 5,  # a minute
    "token_seconds": 3600,
    "min_hours": 24,
    "max_days": 90,
    "echo_supervisor": True,  # whether a read shows what PUT /appointments/booked stored: not documented
    "long_fields": "reject",  # reject | truncate
    "contexts": [],  # further practice ids this key may see
    "reschedule_moves": False,  # whether notes, policies and providers go along to the new time: not documented
    "subscription_delay_seconds": 0,  # until a subscription to changes takes effect; preview: 10-15 minutes
    "webhook": "",  # every notification also goes here, signed with webhook_secret, without a subscription
    "webhook_secret": "",
    "push_retry_seconds": [0.2, 0.5, 1, 3, 10, 30, 60],  # pauses before the next attempt; then it is dead
    "push_limit_seconds": 2.0,  # an answer later than this is none
}
SECRET_KNOBS = {"webhook_secret"}


@dataclass(frozen=True)
class Settings:
    """What a simulator is started with. `knobs` override the defaults and what was kept."""

    client_id: str
    client_secret: str = field(repr=False)
    practice_id: str = "195900"
    state_dir: str | None = None
    knobs: dict[str, Any] = field(default_factory=dict)


class World:
    """State in one SQLite file (or memory), the small catalogue also in dicts. One change at a time (transaction)."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.db: sqlite3.Connection = open_database(settings.state_dir, "athena", SCHEMA)
        self.lock = threading.RLock()
        self.faults = Faults()
        self.pusher = Pusher()
        self.news: list[Event] = []
        self.laid_on: date | None = None
        self.tokens_asked: tuple[str, int] = ("", 0)
        self.load()
        if settings.knobs:
            self.set_knobs(settings.knobs)

    def load(self) -> None:
        """Reads the catalogue and settings from the database."""
        if not self.db.execute("SELECT 1 FROM sqlite_sequence WHERE name = 'appointment'").fetchone():
            self.db.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('appointment', ?)", [FIRST_APPOINTMENT])
        self.knobs = DEFAULT_KNOBS | (self.kept("knobs") or {})
        self.departments = self.catalogue("department")
        self.providers = self.catalogue("provider")
        self.types = self.catalogue("type")
        self.packages = self.catalogue("package")
        self.reasons: dict[tuple[int, int, int], dict[str, Any]] = {
            (row["reasonid"], row["providerid"], row["departmentid"]): orjson.loads(row["doc"])
            for row in self.db.execute("SELECT * FROM reason ORDER BY reasonid, providerid, departmentid")
        }
        frozen = self.kept("clock")
        self.frozen_at = datetime.fromisoformat(frozen) if frozen else None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, one at a time; what it changed is pushed once it is stored. Inside another: part of that."""
        with self.lock:
            if self.db.in_transaction:
                yield
                return
            self.db.execute("BEGIN")
            try:
                yield
            except BaseException:
                self.db.execute("ROLLBACK")
                self.news.clear()
                raise
            self.db.execute("COMMIT")
            news, self.news = self.news, []
            for event in news:
                for hook in self.hooks(event.topic):
                    self.pusher.send(hook, [event])

    def hooks(self, topic: str) -> list[Hook]:
        """Who is to be told of a topic: its subscriptions, and the address the simulator was started with."""
        rows = self.db.execute("SELECT * FROM hook WHERE topic = ? ORDER BY rowid", [topic]).fetchall()
        found = [(row["id"], row["endpoint"], row["secret"]) for row in rows]
        if self.knobs["webhook"]:
            found.append(("started-with", self.knobs["webhook"], self.knobs["webhook_secret"]))
        pauses, limit = tuple(self.knobs["push_retry_seconds"]), self.knobs["push_limit_seconds"]
        practice = self.settings.practice_id
        return [Hook(*one, topic=topic, practice=practice, pauses=pauses, limit=limit) for one in found]

    def catalogue(self, kind: str) -> dict[int, dict[str, Any]]:
        rows = self.db.execute("SELECT id, doc FROM catalogue WHERE kind = ? ORDER BY id", [kind])
        return {row["id"]: orjson.loads(row["doc"]) for row in rows}

    # settings and clock

    def kept(self, name: str) -> Any:
        row = self.db.execute("SELECT value FROM kept WHERE name = ?", [name]).fetchone()
        return orjson.loads(row[0]) if row else None

    def keep(self, name: str, value: object) -> None:
        self.db.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", [name, orjson.dumps(value)])

    def set_knobs(self, changes: dict[str, Any]) -> None:
        unknown = set(changes) - set(DEFAULT_KNOBS)
        if unknown:
            raise ValueError(f"unknown setting: {', '.join(sorted(unknown))}")
        self.knobs |= changes
        self.keep("knobs", self.knobs)

    def now(self) -> datetime:
        return self.frozen_at or datetime.now(UTC)

    def set_clock(self, moment: datetime | None) -> None:
        self.frozen_at = moment
        self.keep("clock", moment.isoformat() if moment else None)

    def eastern(self) -> str:
        """The present as the vendor stamps records: US Eastern, whatever the department."""
        return self.now().astimezone(EASTERN).strftime("%m/%d/%Y %H:%M:%S")

    def eastern_sortable(self) -> str:
        """The same, as the feed keeps it: 2026-03-02 10:00:00."""
        return self.now().astimezone(EASTERN).strftime("%Y-%m-%d %H:%M:%S")

    def zone(self, departmentid: int) -> tzinfo:
        """The zone a department's times are in, also where its row does not tell."""
        row = self.departments.get(departmentid, {})
        try:
            return ZoneInfo(row.get("timezonename") or row.get("hiddenzone") or "UTC")
        except (ZoneInfoNotFoundError, ValueError):
            return UTC

    def local_now(self, departmentid: int) -> datetime:
        return self.now().astimezone(self.zone(departmentid))

    # the catalogue

    def reason_at(self, reasonid: int, providerid: int, departmentid: int) -> dict[str, Any] | None:
        """The practice's set-up of a reason for one provider in one department; the most particular row wins."""
        for provider, department in ((providerid, departmentid), (providerid, 0), (0, departmentid), (0, 0)):
            row = self.reasons.get((reasonid, provider, department))
            if row:
                return row
        return None

    def knows_reason(self, reasonid: int) -> bool:
        return any(key[0] == reasonid for key in self.reasons)

    # usage and the log of calls

    def spend(self) -> int:
        """Counts a call against the day (GMT); returns how many are left, below zero when none was."""
        day = self.now().strftime("%Y-%m-%d")
        self.db.execute("INSERT INTO used VALUES (?, 1) ON CONFLICT (day) DO UPDATE SET calls = calls + 1", [day])
        return self.knobs["day_quota"] - self.db.execute("SELECT calls FROM used WHERE day = ?", [day]).fetchone()[0]

    def exhaust_day(self) -> None:
        day = self.now().strftime("%Y-%m-%d")
        self.db.execute("INSERT OR REPLACE INTO used VALUES (?, ?)", [day, self.knobs["day_quota"]])

    def log_call(self, op: str, status: int, doc: dict[str, Any]) -> None:
        cursor = self.db.execute("INSERT INTO call (op, status, doc) VALUES (?, ?, ?)", [op, status, orjson.dumps(doc)])
        if cursor.lastrowid and cursor.lastrowid % 500 == 0:
            self.db.execute("DELETE FROM call WHERE id <= ?", [cursor.lastrowid - CALLS_KEPT])

    def new_token(self, scope: str) -> str:
        token = secrets.token_urlsafe(32)
        self.db.execute("INSERT INTO granted VALUES (?, ?)", [token, scope])
        expires = self.now() + timedelta(seconds=self.knobs["token_seconds"])
        self.db.execute("INSERT INTO token VALUES (?, ?)", [token, expires.timestamp()])
        return token

    def token_lives(self, token: str) -> bool:
        row = self.db.execute("SELECT expires FROM token WHERE token = ?", [token]).fetchone()
        return row is not None and row[0] > self.now().timestamp()

    def token_allows(self, token: str, scope: str) -> bool:
        row = self.db.execute("SELECT scope FROM granted WHERE token = ?", [token]).fetchone()
        return row is not None and scope in row[0].split()

    def forget(self, tables: tuple[str, ...]) -> None:
        """Empties the tables; ids start again."""
        for name in tables:
            self.db.execute(f"DELETE FROM {name}")  # noqa: S608 - names from TABLES only
            self.db.execute("DELETE FROM sqlite_sequence WHERE name = ?", [name])
        self.faults = Faults()
        self.pusher.forget()
        self.laid_on = None
        self.tokens_asked = ("", 0)
        self.load()
