"""The vendor's front door: token, gateway answers, the list of paths, and the way of one call through it."""

from __future__ import annotations

import asyncio
import random
import re
import secrets
import time
from collections.abc import Callable
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.athena import appointments, catalog, console, control, openings, patients
from simulators.athena.call import Call
from simulators.athena.faults import AFTER, INSTEAD, failing
from simulators.athena.gateway import (
    BAD_AUTH,
    BAD_TOKEN,
    NO_CONTEXT,
    NO_PRACTICE,
    NOT_ROUTED,
    OVER_LIMIT,
    UNKNOWN_PATH,
    dropped,
    to_response,
)
from simulators.athena.slots import lay_ahead
from simulators.athena.state import Settings, World
from simulators.athena.tokens import token
from simulators.athena.wire import Params, Refusal, Reply

Handler = Callable[[Call], Any]
PATHS: list[tuple[str, str, str, Handler]] = [
    ("GET", "/ping", "ping", catalog.ping),
    ("GET", "/departments", "departments", catalog.departments),
    ("GET", "/departments/{departmentid}", "department", catalog.department),
    ("GET", "/providers", "providers", catalog.providers),
    ("GET", "/providers/{providerid}", "provider", catalog.provider),
    ("GET", "/appointmenttypes", "types", catalog.types),
    ("GET", "/appointmenttypes/{appointmenttypeid}", "type", catalog.type_),
    ("GET", "/patientappointmentreasons", "reasons", catalog.reasons),
    ("GET", "/patientappointmentreasons/newpatient", "reasons", catalog.reasons_new),
    ("GET", "/patientappointmentreasons/existingpatient", "reasons", catalog.reasons_existing),
    ("GET", "/appointments/open", "open_slots", openings.open_slots),
    ("GET", "/appointments/booked", "booked", appointments.booked),
    ("GET", "/appointments/booked/multipledepartment", "booked", appointments.booked),
    ("PUT", "/appointments/booked/{appointmentid}", "update_booked", appointments.correct),
    ("GET", "/appointments/{appointmentid}", "appointment", appointments.read),
    ("PUT", "/appointments/{appointmentid}", "book", appointments.book),
    ("PUT", "/appointments/{appointmentid}/cancel", "cancel", appointments.cancel),
    ("GET", "/appointments/{appointmentid}/notes", "notes", appointments.notes),
    ("POST", "/appointments/{appointmentid}/notes", "add_note", appointments.write_note),
    ("GET", "/patients", "patients", patients.search),
    ("POST", "/patients", "create_patient", patients.create),
    ("GET", "/patients/enhancedbestmatch", "bestmatch", patients.bestmatch),
    ("GET", "/patients/{patientid}", "patient", patients.read),
    ("PUT", "/patients/{patientid}", "update_patient", patients.update),
    ("GET", "/patients/{patientid}/appointments", "patient_appointments", appointments.of_patient),
]
ROUTES = [
    (method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>\\d{1,15})", path)), op, handler)
    for method, path, op, handler in PATHS
]


def route(method: str, path: str) -> tuple[str, Handler | None, dict[str, int]]:
    for known, pattern, op, handler in ROUTES:
        found = pattern.fullmatch(path) if known == method else None
        if found:
            return op, handler, {name: int(value) for name, value in found.groupdict().items()}
    return "unknown", None, {}


def admit(world: World, request: Request, practice: str, op: str) -> Reply | None:
    """Token, then practice; None when the call may go on."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if not bearer:
        return BAD_AUTH if op == "ping" else BAD_TOKEN
    if scheme.lower() != "bearer" or not world.token_lives(bearer):
        return BAD_TOKEN
    if practice in (world.settings.practice_id, *world.knobs["contexts"]):
        return None
    return NO_PRACTICE if op == "ping" else NO_CONTEXT


def perform(call: Call, handler: Handler | None) -> Reply:
    """Runs the handler as one transaction, so that a refusal leaves nothing behind."""
    if handler is None:
        return UNKNOWN_PATH
    if call.has_fault("slot_taken"):
        appointments.front_desk_takes(call)
    call.world.db.execute("BEGIN")
    try:
        answer = handler(call)
    except BaseException as error:
        call.world.db.execute("ROLLBACK")
        if isinstance(error, Refusal):
            return Reply(error.body, error.status)
        raise
    call.world.db.execute("COMMIT")
    return Reply(answer)


async def vendor(request: Request) -> Response:
    """GET/POST/PUT/DELETE /v1/{practice}/..."""
    world: World = request.app.state.world
    began = time.perf_counter()
    practice, path = request.path_params["practice"], "/" + request.path_params["rest"]
    body = await request.body()
    params = Params.read(request.url.query, body, request.headers.get("content-type", ""))
    op, handler, args = route(request.method, path)
    call = Call(world, request.method, request.url.path, op, params, args)
    reference = f"rrt-{secrets.randbelow(10**19)}-sim-{secrets.randbelow(10**6)}-1"
    lay_ahead(world)
    low, high = world.knobs["latency_ms"]
    if high:
        await asyncio.sleep(random.uniform(low, high) / 1000)  # noqa: S311 - a delay, no secret
    headers = {"x-request-id": reference}
    refused = admit(world, request, practice, op)
    if refused is None:
        call.fault = world.faults.take(op, request.method, path, params.flat())
        if call.fault and call.fault.kind == "slow":
            await asyncio.sleep(call.fault.seconds or 10)
        if call.has_fault("quota"):
            world.exhaust_day()
        left = world.spend()
        headers |= {"x-ratelimit-limit": str(world.knobs["day_quota"]), "x-ratelimit-remaining": str(max(left, 0))}
        refused = OVER_LIMIT if left < 0 else None
    response, status = answer(call, handler, refused, request)
    response.headers.update(headers)
    note = {
        "at": world.now().isoformat(timespec="milliseconds"),
        "method": request.method,
        "path": request.url.path,
        "query": Params.read(request.url.query, b"", "").flat(),
        "form": Params.read("", body, request.headers.get("content-type", "")).flat(),
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "fault": call.fault.kind if call.fault else None,
        "requestid": reference,
    }
    world.log_call(op, status, note)
    return response


def answer(call: Call, handler: Handler | None, refused: Reply | None, request: Request) -> tuple[Response, int]:
    """The response and the status for the log: 0 where the client gets none."""
    fault, quirks = call.fault, call.world.knobs["quirks"]
    if refused is None and fault is not None and fault.kind in (*AFTER, *INSTEAD):
        if fault.kind in AFTER:
            perform(call, handler)
        if fault.kind in ("hang", "reset", "commit_then_timeout", "commit_then_reset"):
            return dropped(fault), 0
        if fault.kind == "401":
            bearer = request.headers["authorization"].partition(" ")[2]
            call.world.db.execute("DELETE FROM token WHERE token = ?", [bearer])
        refused = BAD_TOKEN if fault.kind == "401" else failing(fault, call.op)
    reply = refused or perform(call, handler)
    return to_response(reply, quirks), reply.status


async def not_routed(request: Request) -> Response:
    return to_response(NOT_ROUTED)


def create_app(settings: Settings) -> Starlette:
    """The simulator as an ASGI application; its state opens with it."""
    world = World(settings)
    lay_ahead(world)
    methods = ["GET", "POST", "PUT", "DELETE", "PATCH"]
    app = Starlette(
        routes=[
            Route("/oauth2/v1/token", token, methods=["POST"]),
            Route("/v1/{practice}/{rest:path}", vendor, methods=methods),
            *control.routes(),
            *console.routes(),
            Route("/{rest:path}", not_routed, methods=methods),
        ]
    )
    app.state.world = world
    return app
