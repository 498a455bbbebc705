"""The change feed as it is polled: /appointments/changed, /patients/changed and their subscriptions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.athena import appointments, changes, patients
from simulators.athena.rows import changed_row
from simulators.athena.wire import Refusal, invalid, missing

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World

UNSUBSCRIBED = "Changed messages require setup (subscription) that has not been done."
PAGE = 1000


def asked_events(call: Call, kind: str) -> list[str]:
    """The one named, else every default one (and the two optional ones where asked). Refuses an unknown name."""
    extra = [event for name, event in changes.OPTIONAL.items() if kind == "appointment" and call.params.flag(name)]
    name = call.params.text("eventname")
    if name is None:
        return [*changes.EVENTS[kind], *extra]
    if name not in (*changes.EVENTS[kind], *changes.OPTIONAL.values()):
        raise invalid("eventname")
    return [name]


def subscribe(call: Call, kind: str) -> Any:
    changes.subscribe(call.world, kind, asked_events(call, kind), call.params.integers("departmentids"))
    return {"success": True}


def unsubscribe(call: Call, kind: str) -> Any:
    named = call.params.text("eventname")
    changes.unsubscribe(call.world, kind, asked_events(call, kind) if named else [])
    return {"success": True}


def subscribed(call: Call, kind: str) -> Any:
    """ACTIVE with all the default events, PARTIAL with some, INACTIVE without."""
    found = changes.subscription(call.world, kind)
    events = found["events"] if found else []
    whole = set(changes.EVENTS[kind]) <= set(events)
    return {
        "status": "ACTIVE" if whole else "PARTIAL" if events else "INACTIVE",
        "subscriptions": [{"eventname": name} for name in events],
    }


def possible_events(call: Call, kind: str) -> Any:
    names = changes.EVENTS[kind] + (tuple(changes.OPTIONAL.values()) if kind == "appointment" else ())
    return {"subscriptions": [{"eventname": name} for name in names]}


def queue(call: Call, kind: str) -> list[int]:
    """Ids of what waits, oldest first; with showprocessed* of what was read between two moments of Eastern time."""
    if not changes.effective(call.world, kind):
        raise Refusal(403, UNSUBSCRIBED)
    params, db = call.params, call.world.db
    first, last = params.moment("showprocessedstartdatetime"), params.moment("showprocessedenddatetime")
    if last and not first:
        raise missing("showprocessedstartdatetime")
    clause, values = "read IS NULL", []
    if first:
        clause, values = "read >= ? AND read <= ?", [str(first), str(last or "9999")]
    found = db.execute(
        f"SELECT subject FROM feed WHERE kind = ? AND {clause} GROUP BY subject ORDER BY min(id)",  # noqa: S608
        [kind, *values],
    )
    ids = [row["subject"] for row in found]
    return ids[::-1] if call.has_fault("feed_reversed") else ids


def hand_out(call: Call, kind: str, key: str, rows: dict[int, dict[str, Any]], gone: list[int]) -> dict[str, Any]:
    """One page of the rows; what is on it is not handed out again, nor what no longer exists."""
    answer = call.page(key, list(rows.items()), default=PAGE)
    page = answer[key]
    answer[key] = [row for _, row in page]
    stays = call.params.flag("leaveunprocessed") or call.has_fault("feed_repeated")
    if not stays and call.params.text("showprocessedstartdatetime") is None:
        stamp = call.world.eastern_sortable()
        call.world.db.executemany(
            "UPDATE feed SET read = ? WHERE kind = ? AND subject = ? AND read IS NULL",
            [(stamp, kind, number) for number in (*(number for number, _ in page), *gone)],
        )
    return answer


def appointments_changed(call: Call) -> Any:
    """Present states of what changed: booked and cancelled visits, and open slots (without a patient)."""
    world: World = call.world
    filters = {name: call.params.integers(name) for name in ("departmentid", "providerid", "patientid")}
    rows: dict[int, dict[str, Any]] = {}
    gone: list[int] = []
    for number in queue(call, "appointment"):
        row = appointments.fetch(world, number)
        if row is None or row["consumed_by"]:
            gone.append(number)
        elif all(not wanted or row[name] in wanted for name, wanted in filters.items()):
            rows[number] = appointments.with_details(call, changed_row(world, row), row)
    return hand_out(call, "appointment", "appointments", rows, gone)


def patients_changed(call: Call) -> Any:
    world: World = call.world
    wanted, departments = call.params.integers("patientid"), {str(n) for n in call.params.integers("departmentid")}
    rows: dict[int, dict[str, Any]] = {}
    gone: list[int] = []
    for number in queue(call, "patient"):
        doc = patients.load(world, number)
        if doc is None:
            gone.append(number)
            continue
        row = patients.shown(call, number, doc)
        if (not wanted or number in wanted) and (not departments or row["departmentid"] in departments):
            rows[number] = row
    return hand_out(call, "patient", "patients", rows, gone)
