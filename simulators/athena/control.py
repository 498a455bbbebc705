"""The control address: set the scene, look inside, order faults, be the front desk. JSON in and out, no login."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.athena import appointments, patients
from simulators.athena.rows import plain_row
from simulators.athena.seed import sow
from simulators.athena.slots import add_slot, lay_ahead
from simulators.athena.state import BOOKABLE, TABLES, World
from simulators.athena.wire import Refusal, read_day, us_day

MOST = 1000


def done(body: object, status: int = 200) -> Response:
    return Response(orjson.dumps(body), status, media_type="application/json")


def controlled(act: Callable[[World, Request, Any], Any]) -> Callable[[Request], Awaitable[Response]]:
    """Reads the JSON body, answers with JSON; a bad request is a 4xx with a sentence."""

    async def endpoint(request: Request) -> Response:
        world: World = request.app.state.world
        body = await request.body()
        try:
            doc = orjson.loads(body) if body else {}
            lay_ahead(world)
            return done(act(world, request, doc))
        except Refusal as refusal:
            return done(refusal.body, refusal.status)
        except LookupError as error:
            return done({"error": f"not found or missing: {error}"}, 404 if request.method == "DELETE" else 400)
        except (ValueError, TypeError, AttributeError) as error:
            return done({"error": str(error)}, 400)

    return endpoint


def count(world: World, clause: str) -> int:
    return int(world.db.execute(f"SELECT count(*) FROM appointment WHERE {clause}").fetchone()[0])  # noqa: S608


def health(world: World, request: Request, doc: Any) -> Any:
    last = world.db.execute("SELECT max(date) FROM appointment WHERE status = 'o'").fetchone()[0]
    return {
        "ok": True,
        "practiceid": world.settings.practice_id,
        "now": world.now().isoformat(),
        "departments": len(world.departments),
        "providers": len(world.providers),
        "slots_open": count(world, BOOKABLE),
        "appointments": count(world, "status <> 'o'"),
        "slots_until": last,
    }


def seed(world: World, request: Request, doc: Any) -> Any:
    return sow(world, doc)


def reset(world: World, request: Request, doc: Any) -> Any:
    kept = {"catalogue", "reason", "schedule"} if doc.get("keep_seed") else set()
    days = world.kept("days") if kept else None
    world.forget(tuple(name for name in TABLES if name not in kept))
    if kept:
        world.db.execute("UPDATE schedule SET laid_from = NULL, laid_until = NULL")
    if days:
        world.keep("days", days)
    if world.settings.knobs:
        world.set_knobs(world.settings.knobs)
    lay_ahead(world, force=True)
    return {"ok": True}


def settings(world: World, request: Request, doc: Any) -> Any:
    if request.method == "POST":
        world.set_knobs(doc)
    return world.knobs


def clock(world: World, request: Request, doc: Any) -> Any:
    if "advance_seconds" in doc:
        world.set_clock(world.now() + timedelta(seconds=doc["advance_seconds"]))
    elif doc.get("now") is None:
        world.set_clock(None)
    else:
        moment = datetime.fromisoformat(doc["now"])
        if moment.tzinfo is None:
            raise ValueError("now needs an offset")
        world.set_clock(moment.astimezone(UTC))
    lay_ahead(world)
    return {"now": world.now().isoformat()}


def bounds(request: Request) -> tuple[int, int]:
    query = request.query_params
    return min(int(query.get("limit", 100)), MOST), max(int(query.get("offset", 0)), 0)


def appointment_list(world: World, request: Request, doc: Any) -> Any:
    query = request.query_params
    clauses, values = ["1 = 1"], []
    wanted = [part for part in query.get("status", "").split(",") if part]
    clauses.append(f"status IN ({','.join('?' * len(wanted))})" if wanted else "status <> 'o'")
    values += wanted
    for name in ("patientid", "providerid", "departmentid", "date"):
        if query.get(name):
            clauses.append(f"{name} = ?")
            values.append(query[name])
    where = " AND ".join(clauses)
    limit, offset = bounds(request)
    total = world.db.execute(f"SELECT count(*) FROM appointment WHERE {where}", values).fetchone()[0]  # noqa: S608
    rows = world.db.execute(
        f"SELECT * FROM appointment WHERE {where} ORDER BY date, starttime, id LIMIT ? OFFSET ?",  # noqa: S608
        [*values, limit, offset],
    ).fetchall()
    return {"total": total, "appointments": [with_patient(world, row) for row in rows]}


def with_patient(world: World, row: Any) -> dict[str, Any]:
    number = row["patientid"]
    return plain_row(world, row) | {"patient": (patients.load(world, number) | {"id": str(number)}) if number else None}  # type: ignore[operator]


def appointment(world: World, request: Request, doc: Any) -> Any:
    row = appointments.fetch(world, int(request.path_params["number"]))
    if row is None:
        raise Refusal(404, "no such appointment")
    return with_patient(world, row)


def patient_list(world: World, request: Request, doc: Any) -> Any:
    if request.method == "POST":
        born = {"dob": read_day(doc["dob"]).isoformat()}
        return {"patientid": str(patients.insert(world, doc | born))}
    limit, offset = bounds(request)
    total = world.db.execute("SELECT count(*) FROM patient").fetchone()[0]
    rows = world.db.execute("SELECT id, doc FROM patient ORDER BY id LIMIT ? OFFSET ?", [limit, offset]).fetchall()
    return {"total": total, "patients": [patients.row_of(row["id"], orjson.loads(row["doc"])) for row in rows]}


def calls(world: World, request: Request, doc: Any) -> Any:
    if request.method == "DELETE":
        return {"removed": world.db.execute("DELETE FROM call").rowcount}
    query = request.query_params
    clauses, values = ["id > ?"], [int(query.get("since_id", 0))]
    if query.get("op"):
        clauses.append("op = ?")
        values.append(query["op"])
    where = " AND ".join(clauses)
    limit, _ = bounds(request)
    total = world.db.execute(f"SELECT count(*) FROM call WHERE {where}", values).fetchone()[0]  # noqa: S608
    rows = world.db.execute(
        f"SELECT * FROM call WHERE {where} ORDER BY id DESC LIMIT ?",  # noqa: S608
        [*values, limit],
    ).fetchall()
    shown = [{"id": row["id"], "op": row["op"], "status": row["status"], **orjson.loads(row["doc"])} for row in rows]
    return {"total": total, "calls": shown[::-1]}


def faults(world: World, request: Request, doc: Any) -> Any:
    if request.method == "POST":
        return {"ids": [world.faults.add(one).id for one in (doc if isinstance(doc, list) else [doc])]}
    if request.method == "DELETE":
        number = request.path_params.get("number")
        return {"removed": world.faults.remove(int(number) if number else None)}
    return {"faults": world.faults.listed()}


def staff_book(world: World, request: Request, doc: Any) -> Any:
    """The front desk may also take a slot that is not open to the web."""
    slot = appointments.fetch(world, int(doc["slotid"]))
    if slot is None:
        raise Refusal(404, "no such slot")
    given = doc.get("patient")
    number = (
        patients.insert(world, given | {"dob": read_day(given["dob"]).isoformat()}) if given else doc.get("patientid")
    )
    number = int(number or appointments.stranger(world))
    if patients.load(world, number) is None:
        raise Refusal(400, "no such patient")
    reason = int(doc["reasonid"]) if doc.get("reasonid") else None
    kind = None if reason else slot["appointmenttypeid"]
    appointments.take(world, slot["id"], number, reason, kind, by=appointments.FRONT_DESK, any_permission=True)
    return with_patient(world, appointments.fetch(world, slot["id"]))


def staff_cancel(world: World, request: Request, doc: Any) -> Any:
    row = appointments.fetch(world, int(doc["appointmentid"]))
    if row is None or row["status"] != "f":
        raise Refusal(409, "not a booked appointment")
    reopened = appointments.end(world, row, int(doc.get("reasonid", 41)), appointments.FRONT_DESK)
    if doc.get("reason"):
        appointments.add_note(world, row["id"], str(doc["reason"]), appointments.FRONT_DESK)
    shown = with_patient(world, appointments.fetch(world, row["id"]))
    return {"appointment": shown, "reopened": str(reopened) if reopened else None}


def staff_status(world: World, request: Request, doc: Any) -> Any:
    """2 checked in, 3 checked out, 4 charge entered: each follows the one before."""
    before = {"2": "f", "3": "2", "4": "3"}[str(doc["status"])]
    stamp = [world.eastern(), appointments.FRONT_DESK]
    won = world.db.execute(
        "UPDATE appointment SET status = ?, lastmodified = ?, lastmodifiedby = ? WHERE id = ? AND status = ?",
        [str(doc["status"]), *stamp, int(doc["appointmentid"]), before],
    ).rowcount
    if not won:
        raise Refusal(409, f"the appointment is not in state {before}")
    return with_patient(world, appointments.fetch(world, int(doc["appointmentid"])))


def staff_freeze(world: World, request: Request, doc: Any) -> Any:
    won = world.db.execute(
        f"UPDATE appointment SET frozen = ? WHERE id = ? AND {BOOKABLE}",  # noqa: S608 - a constant
        [bool(doc.get("freeze", True)), int(doc["slotid"])],
    ).rowcount
    if not won:
        raise Refusal(409, "not an open slot")
    return {"ok": True}


def slot_list(world: World, request: Request, doc: Any) -> Any:
    if request.method == "POST":
        return {"ids": [str(add_slot(world, one)) for one in (doc if isinstance(doc, list) else [doc])]}
    query = request.query_params
    clauses, values = [BOOKABLE], []
    for name, clause in {
        "providerid": "providerid = ?", "departmentid": "departmentid = ?", "from": "date >= ?", "to": "date <= ?",
    }.items():  # fmt: skip
        if query.get(name):
            clauses.append(clause)
            values.append(date.fromisoformat(query[name]).isoformat() if name in ("from", "to") else query[name])
    where = " AND ".join(clauses)
    total = world.db.execute(f"SELECT count(*) FROM appointment WHERE {where}", values).fetchone()[0]  # noqa: S608
    rows = world.db.execute(
        f"SELECT * FROM appointment WHERE {where} ORDER BY date, starttime, id LIMIT ? OFFSET ?",  # noqa: S608
        [*values, *bounds(request)],
    ).fetchall()
    return {"total": total, "slots": [plain_row(world, row) | {"usdate": us_day(row["date"])} for row in rows]}


def slot_gone(world: World, request: Request, doc: Any) -> Any:
    number = int(request.path_params["number"])
    if not world.db.execute(f"DELETE FROM appointment WHERE id = ? AND {BOOKABLE}", [number]).rowcount:  # noqa: S608
        raise Refusal(404, "not an open slot")
    return {"ok": True}


def routes() -> list[Route]:
    table: list[tuple[str, list[str], Callable[[World, Request, Any], Any]]] = [
        ("health", ["GET"], health),
        ("seed", ["POST", "PUT"], seed),
        ("reset", ["POST"], reset),
        ("settings", ["GET", "POST"], settings),
        ("clock", ["POST"], clock),
        ("appointments", ["GET"], appointment_list),
        ("appointments/{number:int}", ["GET"], appointment),
        ("patients", ["GET", "POST"], patient_list),
        ("calls", ["GET", "DELETE"], calls),
        ("faults", ["GET", "POST", "DELETE"], faults),
        ("faults/{number:int}", ["DELETE"], faults),
        ("staff/book", ["POST"], staff_book),
        ("staff/cancel", ["POST"], staff_cancel),
        ("staff/status", ["POST"], staff_status),
        ("staff/freeze", ["POST"], staff_freeze),
        ("slots", ["GET", "POST"], slot_list),
        ("slots/{number:int}", ["DELETE"], slot_gone),
    ]
    return [Route(f"/_control/{path}", controlled(act), methods=methods) for path, methods, act in table]
