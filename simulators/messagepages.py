"""The pages of the two message vendors' simulators: an inbox, one message, the calls."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from simulators.common import Html, html, link, page, table
from simulators.messagebox import Box

MENU = (("/", "Inbox"), ("/calls", "Calls"))
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
}

Message = dict[str, Any]


def page_routes(
    box: Box,
    title: str,
    head: Callable[[Message], str],
    facts: Callable[[Message], Iterable[tuple[str, object]]],
    content: Callable[[Message], str],
) -> list[Route]:
    """`head` is a message's line in the inbox, `facts` its named values, `content` (markup) what was delivered."""

    async def inbox(request: Request) -> Response:
        rows = [
            (when(kept["at"]), ", ".join(kept["to"]) or "nobody", link(f"/messages/{kept['id']}", head(kept)))
            for kept in box.messages()
        ]
        body = table(("Accepted", "To", "Message"), rows) if rows else "<p>Nothing yet.</p>"
        return _page(title, body)

    async def message(request: Request) -> Response:
        kept = box.message(request.path_params["message_id"])
        if kept is None:
            return _page("No such message", "", 404)
        named = (("To", ", ".join(kept["to"])), ("Accepted", when(kept["at"])), *facts(kept))
        listed = "".join(f"<dt>{html(name)}</dt><dd>{html(value)}</dd>" for name, value in named)
        return _page(head(kept), f"<dl>{listed}</dl>{content(kept)}")

    async def calls(request: Request) -> Response:
        rows = [
            (when(call["at"]), call["method"], call["path"], call["status"] or "no answer", call["fault"])
            for call in reversed(box.calls())
        ]
        return _page("Calls", table(("At", "Method", "Path", "Answer", "Fault"), rows))

    return [Route("/", inbox), Route("/messages/{message_id}", message), Route("/calls", calls)]


def when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def linked(text: str) -> Html:
    """The text as markup, its addresses clickable, so that a demo can follow the patient's link."""
    return Html("\n".join(" ".join(_word(word) for word in line.split(" ")) for line in text.splitlines()))


def _word(word: str) -> str:
    return link(word, word) if word.startswith(("http://", "https://")) else html(word)


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(page(title, body, MENU), status, headers=HEADERS)
