"""The vendor's front door: token, gateway answers, the list of paths, and the way of one call through it."""

from __future__ import annotations

import asyncio
import contextlib
import random
import secrets
import time

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from simulators.athena import appointments, console, control, video
from simulators.athena.call import Call
from simulators.athena.faults import AFTER, FRONT_DESK, INSTEAD, failing
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
from simulators.athena.paths import FHIR, Handler, route
from simulators.athena.slots import lay_ahead
from simulators.athena.state import Settings, World
from simulators.athena.tokens import token
from simulators.athena.wire import Params, Refusal, Reply

REFERENCE = "bcdfghjklmnpqrstvwxz"
"""No digits: a test that greps a log for a patient's birth year must not find it here by chance."""


def admit(world: World, request: Request, practice: str, op: str) -> Reply | None:
    """Token, then practice; None when the call may go on."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    if not bearer:
        return BAD_AUTH if op == "ping" else BAD_TOKEN
    if scheme.lower() != "bearer" or not world.token_lives(bearer):
        return BAD_TOKEN
    if op.startswith("fhir_") or practice in (world.settings.practice_id, *world.knobs["contexts"]):
        return None
    return NO_PRACTICE if op == "ping" else NO_CONTEXT


def perform(call: Call, handler: Handler | None) -> Reply:
    """Runs the handler as one transaction, so that a refusal leaves nothing behind."""
    if handler is None:
        return UNKNOWN_PATH
    if call.fault and call.fault.kind in FRONT_DESK:
        with contextlib.suppress(Refusal), call.world.transaction():
            appointments.front_desk_first(call)
    try:
        with call.world.transaction():
            answer = handler(call)
    except Refusal as refusal:
        return Reply(refusal.body, refusal.status)
    return answer if isinstance(answer, Reply) else Reply(answer)


async def vendor(request: Request) -> Response:
    """GET/POST/PUT/DELETE /v1/{practice}/..., and /fhir/r4/..."""
    world: World = request.app.state.world
    began = time.perf_counter()
    practice, path = request.path_params.get("practice", ""), "/" + request.path_params["rest"]
    path = path if practice else FHIR + path
    body = await request.body()
    params = Params.read(request.url.query, body, request.headers.get("content-type", ""))
    op, handler, args = route(request.method, path)
    call = Call(world, request.method, request.url.path, op, params, args, body=body, headers=request.headers)
    reference = "rrt-" + "".join(secrets.choice(REFERENCE) for _ in range(20)) + "-sim-1"
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
            Route(FHIR + "/{rest:path}", vendor, methods=methods),
            *control.routes(),
            *console.routes(),
            *video.routes(),
            Route("/{rest:path}", not_routed, methods=methods),
        ]
    )
    app.state.world = world
    return app
