"""GET /appointments/open: which slots a search shows, and which slot a booking may take."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from simulators.athena.slots import minutes_of
from simulators.athena.wire import us_day

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World

EVERY_REASON = -1
WHOLE_DAY = 24 * 60
COLUMNS = (
    "id, date, starttime, duration, departmentid, providerid, appointmenttypeid, templateappointmenttypeid, reasonids"
)


@dataclass
class Search:
    """A search as sent. `stale` also shows what was taken or frozen since (a fault on order)."""

    departments: list[int]
    providers: list[int]
    reasons: list[int]
    type: int | None
    start: date | None
    end: date | None
    any_time: bool = False
    any_permission: bool = False
    frozen: bool = False
    stale: bool = False


def open_slots(call: Call) -> Any:
    """Neither a reason nor a type: nothing, and no error. A reason other than -1 needs a provider."""
    params = call.params
    params.need("departmentid")
    search = Search(
        departments=params.integers("departmentid"),
        providers=params.integers("providerid"),
        reasons=params.integers("reasonid"),
        type=params.integer("appointmenttypeid"),
        start=params.day("startdate"),
        end=params.day("enddate"),
        any_time=params.flag("bypassscheduletimechecks"),
        any_permission=params.flag("ignoreschedulablepermission"),
        frozen=params.flag("showfrozenslots"),
        stale=call.has_fault("stale_open"),
    )
    if search.reasons and search.reasons != [EVERY_REASON]:
        params.need("providerid")
    found = find(call.world, search) if search.reasons or search.type is not None else []
    answer = call.page("appointments", found)
    answer["appointments"] = [shape(call.world, *one) for one in answer["appointments"]]
    return answer


def find(world: World, search: Search) -> list[tuple[Any, list[int], int]]:
    """(slot, reasons it is shown for, minutes shown), ordered by department, then time."""
    found: list[tuple[Any, list[int], int]] = []
    for department in search.departments:
        if department not in world.departments:
            continue
        candidates = fetch(world, search, department)
        chains = adjacent(world, candidates)
        windows: dict[tuple[int, int], tuple[str, str]] = {}
        known: dict[tuple[int, int, str | None, int | None], list[int]] = {}
        for slot in candidates:
            key = (slot["providerid"], slot["appointmenttypeid"], slot["reasonids"], chains.get(slot["id"]))
            if key not in known:
                known[key] = fitting(world, search, slot, chains)
            shown = [number for number in known[key] if search.any_time or within(world, windows, number, slot)]
            if shown:
                by_type = search.type is not None and not search.reasons
                found.append((slot, shown, world.types[search.type]["duration"] if by_type else slot["duration"]))
    return found


def fetch(world: World, search: Search, department: int) -> list[Any]:
    """Open slots of one department between the dates, both included; default today and seven days on."""
    start = search.start or world.local_now(department).date()
    end = search.end or start + timedelta(days=7)
    clauses = ["departmentid = ?", "date BETWEEN ? AND ?"]
    values: list[Any] = [department, start.isoformat(), end.isoformat()]
    clauses.append("status IN ('o', 'f')" if search.stale else "status = 'o' AND consumed_by IS NULL")
    if not (search.frozen or search.stale):
        clauses.append("frozen = 0")
    if not search.any_permission:
        clauses.append("schedulable = 1")
    if search.providers:
        clauses.append(f"providerid IN ({','.join('?' * len(search.providers))})")
        values += search.providers
    statement = f"SELECT {COLUMNS} FROM appointment WHERE {' AND '.join(clauses)} ORDER BY date, starttime, id"  # noqa: S608
    return world.db.execute(statement, values).fetchall()


def adjacent(world: World, slots: list[Any]) -> dict[int, int]:
    """For each generic slot, how many minutes of generic slots follow one another from its start on."""
    lines: dict[tuple[int, str], list[Any]] = defaultdict(list)
    for slot in slots:
        if world.types[slot["appointmenttypeid"]].get("generic"):
            lines[slot["providerid"], slot["date"]].append(slot)
    found: dict[int, int] = {}
    for line in lines.values():
        following: dict[int, int] = {}
        for slot in reversed(line):
            begin = minutes_of(slot["starttime"])
            total = slot["duration"] + following.get(begin + slot["duration"], 0)
            following[begin] = max(total, following.get(begin, 0))
            found[slot["id"]] = total
    return found


def fitting(world: World, search: Search, slot: Any, chains: dict[int, int]) -> list[int]:
    """The reasons asked for that may book the slot; -1 when asked by -1 or by type."""
    if search.type is not None and not search.reasons:
        return [EVERY_REASON] if type_fits(world, search.type, slot, chains) else []
    if EVERY_REASON in search.reasons:
        return [EVERY_REASON]
    return [number for number in search.reasons if reason_fits(world, number, slot, chains)]


def type_fits(world: World, kind: int, slot: Any, chains: dict[int, int]) -> bool:
    """The slot is of this type, or generic and long enough, alone or with the generic slots that follow."""
    wanted = world.types.get(kind)
    if wanted is None:
        return False
    if slot["appointmenttypeid"] == kind:
        return True
    return not wanted.get("templatetypeonly") and wanted["duration"] <= chains.get(slot["id"], 0)


def fits_reason(world: World, number: int, slot: Any) -> bool:
    """Whether one slot by itself may be booked for the reason; a generic one counts as long enough."""
    generic = world.types[slot["appointmenttypeid"]].get("generic")
    return reason_fits(world, number, slot, {slot["id"]: WHOLE_DAY} if generic else {})


def reason_fits(world: World, number: int, slot: Any, chains: dict[int, int]) -> bool:
    """The practice set the reason up for this provider and department, and its type fits or the slot names it."""
    reason = world.reason_at(number, slot["providerid"], slot["departmentid"])
    if reason is None:
        return False
    if slot["reasonids"]:
        return str(number) in json.loads(slot["reasonids"])
    return type_fits(world, reason["appointmenttypeid"], slot, chains)


def within(world: World, windows: dict[tuple[int, int], tuple[str, str]], number: int, slot: Any) -> bool:
    """Not sooner than the reason's minimum hours, nor later than its maximum days; else the practice's own."""
    key = (number, slot["providerid"])
    if key not in windows:
        reason = world.reason_at(number, slot["providerid"], slot["departmentid"]) or {}
        hours = reason.get("schedulingminhours", world.knobs["min_hours"])
        days = reason.get("schedulingmaxdays", world.knobs["max_days"])
        now = world.now()
        zone = world.zone(slot["departmentid"])
        first = (now + timedelta(hours=hours)).astimezone(zone)
        last = now.astimezone(zone).date() + timedelta(days=days)
        windows[key] = (first.strftime("%Y-%m-%d %H:%M"), last.isoformat())
    first_start, last_day = windows[key]
    return first_start <= f"{slot['date']} {slot['starttime']}" and slot["date"] <= last_day


def shape(world: World, slot: Any, reasons: list[int], minutes: int) -> dict[str, Any]:
    kind = world.types[slot["templateappointmenttypeid"]]
    return {
        "date": us_day(slot["date"]),
        "appointmentid": slot["id"],
        "departmentid": slot["departmentid"],
        "localproviderid": slot["providerid"],
        "appointmenttype": kind["name"],
        "providerid": slot["providerid"],
        "starttime": slot["starttime"],
        "duration": minutes,
        "appointmenttypeid": slot["templateappointmenttypeid"],
        "reasonid": [str(number) for number in reasons],
        "patientappointmenttypename": kind["patientdisplayname"],
    }


def chain_of(world: World, slot: Any, minutes: int) -> list[int] | None:
    """The further generic slots a booking of `minutes` must take with this one; None when they are not free."""
    needed, at = minutes - slot["duration"], minutes_of(slot["starttime"]) + slot["duration"]
    taken: list[int] = []
    rows = world.db.execute(
        "SELECT * FROM appointment WHERE departmentid = ? AND providerid = ? AND date = ? AND status = 'o'"
        " AND consumed_by IS NULL AND frozen = 0 ORDER BY starttime",
        [slot["departmentid"], slot["providerid"], slot["date"]],
    ).fetchall()
    following = {
        minutes_of(row["starttime"]): row for row in rows if world.types[row["appointmenttypeid"]].get("generic")
    }
    while needed > 0:
        row = following.get(at)
        if row is None:
            return None
        taken.append(row["id"])
        needed -= row["duration"]
        at += row["duration"]
    return taken
