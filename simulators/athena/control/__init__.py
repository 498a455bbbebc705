"""The control address: set the scene, look inside, order faults, be the front desk. JSON in and out, no login."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.athena import appointments, insurances, patients, privacy
from simulators.athena.control import desk, notices
from simulators.athena.control.shown import with_patient
from simulators.athena.rows import plain_row
from simulators.athena.seed import sow
from simulators.athena.slots import add_slot, lay_ahead
from simulators.athena.state import BOOKABLE, SECRET_KNOBS, World
from simulators.athena.tables import TABLES
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
            with world.lock:
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
    return {name: "(set)" if name in SECRET_KNOBS and value else value for name, value in world.knobs.items()}


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


def appointment(world: World, request: Request, doc: Any) -> Any:
    row = appointments.fetch(world, int(request.path_params["number"]))
    if row is None:
        raise Refusal(404, "no such appointment")
    return with_patient(world, row)


def patient_list(world: World, request: Request, doc: Any) -> Any:
    if request.method == "POST":
        born = {"dob": read_day(doc["dob"]).isoformat()}
        with world.transaction():
            return {"patientid": str(patients.insert(world, doc | born))}
    limit, offset = bounds(request)
    total = world.db.execute("SELECT count(*) FROM patient").fetchone()[0]
    rows = world.db.execute("SELECT id, doc FROM patient ORDER BY id LIMIT ? OFFSET ?", [limit, offset]).fetchall()
    return {"total": total, "patients": [patients.row_of(row["id"], orjson.loads(row["doc"])) for row in rows]}


def patient(world: World, request: Request, doc: Any) -> Any:
    """Everything on one chart, for whoever checks what was written to it."""
    number = int(request.path_params["number"])
    chart = patients.load(world, number)
    if chart is None:
        raise Refusal(404, "no such chart")
    return patients.row_of(number, chart) | {
        "insurances": insurances.rows(world, number, cancelled=True),
        "privacy": privacy.on_file(world, number),
    }


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


def slot_list(world: World, request: Request, doc: Any) -> Any:
    if request.method == "POST":
        with world.transaction():
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
        ("patients/{number:int}", ["GET"], patient),
        ("calls", ["GET", "DELETE"], calls),
        ("faults", ["GET", "POST", "DELETE"], faults),
        ("faults/{number:int}", ["DELETE"], faults),
        *((f"staff/{name}", ["POST"], desk.act(name)) for name in desk.ACTS),
        ("feed", ["GET", "POST"], notices.feed),
        ("pushes", ["GET", "POST", "DELETE"], notices.pushes),
        ("pushes/release", ["POST"], notices.release),
        ("pushes/repeat", ["POST"], notices.repeat),
        ("slots", ["GET", "POST"], slot_list),
        ("slots/{number:int}", ["DELETE"], slot_gone),
    ]
    return [Route(f"/_control/{path}", controlled(act), methods=methods) for path, methods, act in table]
