"""The simulator's world: what it keeps, its settings, its clock, the practice's catalogue."""

from __future__ import annotations

import secrets
import sqlite3
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson

from simulators.athena.faults import Faults
from simulators.common import open_database

EASTERN = ZoneInfo("America/New_York")
FIRST_APPOINTMENT = 1_200_000
CALLS_KEPT = 5_000
BOOKABLE = "status = 'o' AND consumed_by IS NULL"

SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS catalogue (kind TEXT, id INTEGER, doc BLOB NOT NULL, PRIMARY KEY (kind, id));
CREATE TABLE IF NOT EXISTS reason (
  reasonid INTEGER, providerid INTEGER, departmentid INTEGER, doc BLOB NOT NULL,
  PRIMARY KEY (reasonid, providerid, departmentid)); -- 0 = every one
CREATE TABLE IF NOT EXISTS schedule (id TEXT PRIMARY KEY, doc BLOB NOT NULL, laid_from TEXT, laid_until TEXT);
CREATE TABLE IF NOT EXISTS patient (
  id INTEGER PRIMARY KEY AUTOINCREMENT, firstname TEXT, lastname TEXT, dob TEXT, doc BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS patient_dob ON patient (dob);
CREATE TABLE IF NOT EXISTS appointment (
  id INTEGER PRIMARY KEY AUTOINCREMENT, date TEXT NOT NULL, starttime TEXT NOT NULL, duration INTEGER NOT NULL,
  departmentid INTEGER NOT NULL, providerid INTEGER NOT NULL, appointmenttypeid INTEGER NOT NULL,
  templateappointmentid INTEGER, templateappointmenttypeid INTEGER NOT NULL, slot_minutes INTEGER NOT NULL,
  status TEXT NOT NULL DEFAULT 'o', schedulable INTEGER NOT NULL DEFAULT 1, frozen INTEGER NOT NULL DEFAULT 0,
  reasonids TEXT, schedule TEXT, consumed_by INTEGER,
  patientid INTEGER, reasonid INTEGER, renderingproviderid INTEGER, supervisingproviderid INTEGER, urgent INTEGER,
  scheduledby TEXT, scheduleddatetime TEXT, lastmodifiedby TEXT, lastmodified TEXT,
  cancelreasonid INTEGER, cancelreasonname TEXT, cancelreasonnoshow INTEGER, cancelreasonslotavailable INTEGER,
  cancelledby TEXT, cancelleddatetime TEXT, rescheduledappointmentid INTEGER);
CREATE INDEX IF NOT EXISTS appointment_open ON appointment (departmentid, providerid, date) WHERE status = 'o';
CREATE INDEX IF NOT EXISTS appointment_taken ON appointment (date) WHERE status <> 'o';
CREATE INDEX IF NOT EXISTS appointment_patient ON appointment (patientid) WHERE patientid IS NOT NULL;
CREATE INDEX IF NOT EXISTS appointment_schedule ON appointment (schedule, date);
CREATE TABLE IF NOT EXISTS note (
  id INTEGER PRIMARY KEY AUTOINCREMENT, appointmentid INTEGER NOT NULL, text TEXT NOT NULL, created TEXT NOT NULL,
  createdby TEXT NOT NULL, displayonschedule INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS note_appointment ON note (appointmentid);
CREATE TABLE IF NOT EXISTS token (token TEXT PRIMARY KEY, expires REAL NOT NULL);
CREATE TABLE IF NOT EXISTS used (day TEXT PRIMARY KEY, calls INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS call (id INTEGER PRIMARY KEY AUTOINCREMENT, op TEXT, status INTEGER, doc BLOB NOT NULL);
"""
TABLES = ("kept", "catalogue", "reason", "schedule", "patient", "appointment", "note", "token", "used", "call")

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
}


@dataclass(frozen=True)
class Settings:
    """What a simulator is started with. `knobs` override the defaults and what was kept."""

    client_id: str
    client_secret: str = field(repr=False)
    practice_id: str = "195900"
    state_dir: str | None = None
    knobs: dict[str, Any] = field(default_factory=dict)


class World:
    """State in one SQLite file (or memory), the small catalogue also in dicts. Used by one thread."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.db: sqlite3.Connection = open_database(settings.state_dir, "athena", SCHEMA)
        self.faults = Faults()
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
        self.reasons: dict[tuple[int, int, int], dict[str, Any]] = {
            (row["reasonid"], row["providerid"], row["departmentid"]): orjson.loads(row["doc"])
            for row in self.db.execute("SELECT * FROM reason ORDER BY reasonid, providerid, departmentid")
        }
        frozen = self.kept("clock")
        self.frozen_at = datetime.fromisoformat(frozen) if frozen else None

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

    def new_token(self) -> str:
        token = secrets.token_urlsafe(32)
        expires = self.now() + timedelta(seconds=self.knobs["token_seconds"])
        self.db.execute("INSERT INTO token VALUES (?, ?)", [token, expires.timestamp()])
        return token

    def token_lives(self, token: str) -> bool:
        row = self.db.execute("SELECT expires FROM token WHERE token = ?", [token]).fetchone()
        return row is not None and row[0] > self.now().timestamp()

    def forget(self, tables: tuple[str, ...]) -> None:
        """Empties the tables; ids start again."""
        for name in tables:
            self.db.execute(f"DELETE FROM {name}")  # noqa: S608 - names from TABLES only
            self.db.execute("DELETE FROM sqlite_sequence WHERE name = ?", [name])
        self.faults = Faults()
        self.laid_on = None
        self.tokens_asked = ("", 0)
        self.load()
