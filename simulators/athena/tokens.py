"""POST /oauth2/v1/token: client credentials by HTTP Basic (or in the form), a few a minute."""

from __future__ import annotations

import base64
import binascii
import hmac
import time
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from simulators.athena.faults import failing
from simulators.athena.gateway import dropped, to_response
from simulators.athena.state import World
from simulators.athena.wire import Params, encode

MDP_SCOPE = "athena/service/Athenanet.MDP.*"
PUSH_SCOPES = {"system/SubscriptionTopic.read", "system/Subscription.read", "system/Subscription.write"}


def credentials(request: Request, params: Params) -> tuple[str, str]:
    scheme, _, value = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        try:
            name, _, secret = base64.b64decode(value).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            return "", ""
        return name, secret
    return params.text("client_id") or "", params.text("client_secret") or ""


def decide(world: World, request: Request, params: Params) -> tuple[int, dict[str, Any], dict[str, str]]:
    """(status, body, headers). The count of the minute is spent by every call."""
    minute = world.now().strftime("%Y-%m-%d %H:%M")
    asked = world.tokens_asked[1] + 1 if world.tokens_asked[0] == minute else 1
    world.tokens_asked = (minute, asked)
    limit = world.knobs["token_limit"]
    headers = {"x-ratelimit-limit": str(limit), "x-ratelimit-remaining": str(max(limit - asked, 0))}
    if asked > limit:
        return 429, {"error": "Too Many Requests"}, headers
    name, secret = credentials(request, params)
    settings = world.settings
    known = hmac.compare_digest(name.encode(), settings.client_id.encode())
    if not (hmac.compare_digest(secret.encode(), settings.client_secret.encode()) and known):
        body = {"error": "invalid_client", "error_description": "Client authentication failed."}
        return 401, body, headers | {"WWW-Authenticate": 'Basic realm="null"'}
    if params.text("grant_type") != "client_credentials":
        return 400, {"error": "unsupported_grant_type"}, headers
    scopes = (params.text("scope") or "").split()
    if not scopes or set(scopes) - {MDP_SCOPE} - PUSH_SCOPES:
        return 400, {"error": "invalid_scope"}, headers
    body = {
        "token_type": "Bearer",
        "expires_in": str(world.knobs["token_seconds"]),
        "access_token": world.new_token(" ".join(scopes)),
        "scope": " ".join(scopes),
    }
    return 200, body, headers


async def token(request: Request) -> Response:
    world: World = request.app.state.world
    began = time.perf_counter()
    params = Params.read(request.url.query, await request.body(), request.headers.get("content-type", ""))
    fault = world.faults.take("token", "POST", "/oauth2/v1/token", {})
    if fault is not None and fault.kind in ("hang", "reset"):
        response: Response = dropped(fault)
    elif fault is not None:
        response = to_response(failing(fault, "token"))
    else:
        status, answer, headers = decide(world, request, params)
        response = Response(encode(answer, "mixed"), status, headers, media_type="application/json")
    note = {
        "at": world.now().isoformat(timespec="milliseconds"),
        "method": "POST",
        "path": request.url.path,
        "query": {},
        "form": {name: value for name, value in params.flat().items() if name in {"grant_type", "scope"}},
        "ms": round((time.perf_counter() - began) * 1000, 1),
        "fault": fault.kind if fault else None,
        "requestid": None,
    }
    world.log_call("token", response.status_code, note)
    return response
