"""What the vendor's gateway answers by itself, and answers that never arrive whole."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

from starlette.responses import Response

from simulators.athena.faults import Fault
from simulators.athena.wire import Reply, encode

BAD_TOKEN = Reply(
    {
        "error": "Invalid Access Token.",
        "detailedmessage": "The access token provided is not valid. Please verify the token is correct and provided as"
        " a bearer token in the authorization header.",
    },
    401,
    {
        "WWW-Authenticate": 'Bearer realm="null",error="invalid_token",error_description='
        '"keymanagement.service.invalid_access_token: Invalid Access Token"'
    },
)
BAD_AUTH = Reply({"error": "Incorrect permissions.", "detailedmessage": "Bad auth."}, 401)
NO_CONTEXT = Reply({"error": "You do not have access to this context"}, 403)
NO_PRACTICE = Reply({"error": "Invalid practice.", "detailedmessage": "The practice ID does not exist."}, 404)
UNKNOWN_PATH = Reply({"error": "Unknown API path"}, 404)
OVER_LIMIT = Reply(b"Too Many Requests", 429, media="text/plain")
NOT_ROUTED = Reply(b"Service not registered with API gateway.", 404, media="text/plain")


class Dropped(Response):
    """Waits (until the client gives up, or the seconds pass), then breaks the connection in the middle of an answer.

    The server offers no way to reset a connection before a byte is sent, so the break comes after the headers: the
    promised body is longer than what is written, and the connection closes.
    """

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self.seconds = seconds

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ARG002 - the ASGI signature
        async def gone() -> None:
            while (await receive())["type"] != "http.disconnect":
                pass

        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(gone(), self.seconds)
            return
        headers = [(b"content-type", b"application/json"), (b"content-length", b"4096")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"\n\n[{", "more_body": True})


def dropped(fault: Fault) -> Dropped:
    return Dropped(0.0 if fault.kind.endswith("reset") else fault.seconds or 60.0)


def to_response(reply: Reply, quirks: str = "mixed") -> Response:
    """JSON errors begin with two empty lines; text and HTML are sent as they are."""
    if isinstance(reply.body, bytes):
        return Response(reply.body, reply.status, reply.headers, media_type=reply.media)
    lead = b"\n\n" if reply.status >= 400 else b""
    return Response(lead + encode(reply.body, quirks), reply.status, reply.headers, media_type=reply.media)
