"""Where open slots come from: the practice's weekly schedules, laid out far enough ahead, and slots added by hand."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from simulators.athena.changes import tell

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World

DAYS_AHEAD = 100
NEW_SLOT = """INSERT INTO appointment (date, starttime, duration, slot_minutes, departmentid, providerid,
 appointmenttypeid, templateappointmenttypeid, schedulable, reasonids, schedule)
 VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"""


def minutes_of(clock: str) -> int:
    """Minutes since midnight of a clock such as 09:30. Raises ValueError for what is no time of day."""
    hours, minutes = clock.split(":")
    total = int(hours) * 60 + int(minutes)
    if not 0 <= total <= 24 * 60:
        raise ValueError(f"no time of day: {clock}")
    return total


def clock_of(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"


def lay_ahead(world: World, *, force: bool = False) -> int:
    """Extends every schedule to today + days, and back to today where the clock was set back.

    Cheap when the day has not changed. Returns the slots added.
    """
    today = world.now().date()
    if world.laid_on == today and not force:
        return 0
    world.laid_on = today
    until = today + timedelta(days=world.kept("days") or DAYS_AHEAD)
    with world.transaction():
        return lay_all(world, today, until)


def lay_all(world: World, today: date, until: date) -> int:
    added = 0
    for row in world.db.execute("SELECT * FROM schedule").fetchall():
        first, last = today, until
        stretches = [(today, until)]
        if row["laid_until"]:
            before, after = date.fromisoformat(row["laid_from"]), date.fromisoformat(row["laid_until"])
            stretches = [(today, before - timedelta(days=1)), (max(today, after + timedelta(days=1)), until)]
            first, last = min(today, before), max(until, after)
        for start, end in stretches:
            if start <= end:
                added += lay(world, row["id"], orjson.loads(row["doc"]), start, end)
        world.db.execute(
            "UPDATE schedule SET laid_from = ?, laid_until = ? WHERE id = ?",
            [first.isoformat(), last.isoformat(), row["id"]],
        )
    return added


def lay(world: World, schedule: str, doc: dict[str, Any], start: date, until: date) -> int:
    """Lays slots back to back inside each block, except over visits the provider already has."""
    provider, department = int(doc["providerid"]), int(doc["departmentid"])
    kind = slot_type(world, doc)
    reasons = json.dumps([str(number) for number in doc["reasonids"]]) if doc.get("reasonids") else None
    length, skipped = int(doc["minutes"]), set(doc.get("skip", ()))
    taken, schedulable = busy(world, provider, start), int(doc.get("schedulable", True))
    rows = []
    for offset in range((until - start).days + 1):
        day = start + timedelta(days=offset)
        iso = day.isoformat()
        if iso in skipped:
            continue
        for block in doc["blocks"]:
            if int(block["weekday"]) != day.weekday():
                continue
            begin, end = minutes_of(block["start"]), minutes_of(block["end"])
            rows += [
                (iso, clock_of(at), length, length, department, provider, kind, kind, schedulable, reasons, schedule)
                for at in range(begin, end - length + 1, length)
                if not any(at < busy_end and busy_start < at + length for busy_start, busy_end in taken.get(iso, ()))
            ]
    world.db.executemany(NEW_SLOT, rows)
    return len(rows)


def busy(world: World, provider: int, start: date) -> dict[str, list[tuple[int, int]]]:
    """The provider's visits from a day on, by date, as minutes of the day."""
    found: dict[str, list[tuple[int, int]]] = {}
    for row in world.db.execute(
        "SELECT date, starttime, duration FROM appointment"
        " WHERE status IN ('f', '2', '3', '4') AND providerid = ? AND date >= ?",
        [provider, start.isoformat()],
    ):
        begin = minutes_of(row["starttime"])
        found.setdefault(row["date"], []).append((begin, begin + row["duration"]))
    return found


def slot_type(world: World, doc: dict[str, Any]) -> int:
    """The slot's own type: the named one, else that of the first reason which may book it. Raises ValueError."""
    if doc.get("appointmenttypeid"):
        kind = int(doc["appointmenttypeid"])
    elif doc.get("reasonids"):
        reason = world.reason_at(int(doc["reasonids"][0]), int(doc["providerid"]), int(doc["departmentid"]))
        if reason is None:
            raise ValueError(f"reason {doc['reasonids'][0]} is not set up for this provider and department")
        kind = reason["appointmenttypeid"]
    else:
        raise ValueError("a slot needs appointmenttypeid or reasonids")
    if kind not in world.types:
        raise ValueError(f"unknown appointment type {kind}")
    return kind


def put_schedule(world: World, doc: dict[str, Any]) -> bool:
    """Stores a schedule; a changed one loses its open slots from today on, to be laid anew. Raises ValueError."""
    kind = slot_type(world, doc)
    if int(doc["providerid"]) not in world.providers or int(doc["departmentid"]) not in world.departments:
        raise ValueError(f"schedule of an unknown provider or department: {doc['providerid']}, {doc['departmentid']}")
    if int(doc["minutes"]) <= 0:
        raise ValueError("minutes must be positive")
    for block in doc["blocks"]:
        minutes_of(block["start"])
        minutes_of(block["end"])
    name = str(doc.get("id") or f"{doc['providerid']}-{doc['departmentid']}-{kind}")
    packed = orjson.dumps(doc, option=orjson.OPT_SORT_KEYS)
    old = world.db.execute("SELECT doc FROM schedule WHERE id = ?", [name]).fetchone()
    if old and old["doc"] == packed:
        return False
    world.db.execute("INSERT OR REPLACE INTO schedule VALUES (?, ?, NULL, NULL)", [name, packed])
    world.db.execute(
        "DELETE FROM appointment WHERE schedule = ? AND status = 'o' AND consumed_by IS NULL AND date >= ?",
        [name, world.now().date().isoformat()],
    )
    return True


def add_slot(world: World, doc: dict[str, Any]) -> int:
    """One slot by hand (dates in the past and overlaps are accepted, as the vendor does). Raises ValueError."""
    kind = slot_type(world, doc)
    day = date.fromisoformat(doc["date"]).isoformat()
    begin = clock_of(minutes_of(doc["starttime"]))
    length = int(doc.get("minutes") or world.types[kind]["duration"])
    reasons = json.dumps([str(number) for number in doc["reasonids"]]) if doc.get("reasonids") else None
    cursor = world.db.execute(
        NEW_SLOT,
        [day, begin, length, length, int(doc["departmentid"]), int(doc["providerid"]), kind, kind,
         int(doc.get("schedulable", True)), reasons, None],
    )  # fmt: skip
    tell(world, "AddAppointmentSlot", int(cursor.lastrowid or 0))
    return int(cursor.lastrowid or 0)


def reopen(world: World, row: Any) -> int:
    """Offers the time of a cancelled visit again: a new id whose template is the original slot."""
    cursor = world.db.execute(
        """INSERT INTO appointment (date, starttime, duration, slot_minutes, departmentid, providerid,
           appointmenttypeid, templateappointmenttypeid, templateappointmentid, schedulable, reasonids, schedule)
           SELECT date, starttime, slot_minutes, slot_minutes, departmentid, providerid, templateappointmenttypeid,
           templateappointmenttypeid, coalesce(templateappointmentid, id), schedulable, reasonids, schedule
           FROM appointment WHERE id = ?""",
        [row["id"]],
    )
    world.db.execute("UPDATE appointment SET consumed_by = NULL WHERE consumed_by = ?", [row["id"]])
    tell(world, "AddAppointmentSlot", int(cursor.lastrowid or 0))
    return int(cursor.lastrowid or 0)


def freeze(world: World, number: int, *, wanted: bool) -> str:
    """Freezes or unfreezes an open slot; returns the vendor's sentence when there was nothing to do, else ""."""
    row = world.db.execute(
        "SELECT frozen FROM appointment WHERE id = ? AND status = 'o' AND consumed_by IS NULL", [number]
    ).fetchone()
    if row is None:
        return "The appointment is not available."
    if bool(row["frozen"]) is wanted:
        return f"Appointment is already {'frozen' if wanted else 'unfrozen'}."
    world.db.execute("UPDATE appointment SET frozen = ? WHERE id = ?", [wanted, number])
    tell(world, "FreezeAppointment" if wanted else "UnfreezeAppointment", number)
    return ""


def put_freeze(call: Call) -> Any:
    """PUT /appointments/{id}/freeze: status 200 whatever came of it."""
    call.params.need("freeze")
    sentence = freeze(call.world, call.args["appointmentid"], wanted=call.params.flag("freeze"))
    return {"success": not sentence, "errormessage": sentence}


def starts_at(row: Any) -> datetime:
    """The slot's start in its department's local time, without a zone, as on the wire."""
    return datetime.fromisoformat(f"{row['date']}T{row['starttime']}")
