"""The pages of the two message vendors' simulators: an inbox, one message, the calls."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.common import Html, html, link, page, table
from simulators.messagebox import Box
from simulators.messagehooks import TAKEN, Courier

MENU = (("/", "Inbox"), ("/calls", "Calls"), ("/webhooks", "Webhooks"))
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'",
}
ACTS: dict[str, tuple[str, Callable[[Courier], object]]] = {
    "hold": ("Hold back from now on", Courier.hold),
    "release": ("Send what is held", Courier.release),
    "reversed": ("Send it, last first", lambda courier: courier.release("reversed")),
    "repeat": ("Send everything again", Courier.repeat),
}

Message = dict[str, Any]


def page_routes(
    box: Box,
    courier: Courier,
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

    async def webhooks(request: Request) -> Response:
        if request.method == "POST":
            if wanted := ACTS.get((await form(request)).get("act", "")):
                wanted[1](courier)
            return RedirectResponse("/webhooks", 303)
        return _page("Webhooks", _webhooks(box, courier))

    return [
        Route("/", inbox),
        Route("/messages/{message_id}", message),
        Route("/calls", calls),
        Route("/webhooks", webhooks, methods=["GET", "POST"]),
    ]


def _webhooks(box: Box, courier: Courier) -> str:
    buttons = "".join(f"<button name='act' value='{name}'>{html(words)}</button>" for name, (words, _) in ACTS.items())
    rows = [
        (
            one["id"],
            ", ".join(str(notice.get("event") or notice.get("Event")) for notice in one["notices"]),
            Html(f"<b class='{'good' if one['state'] == TAKEN else 'bad'}'>{html(one['state'])}</b>"),
            one["attempts"],
            one["status"] or "none",
        )
        for one in reversed(courier.listed())
    ]
    to = box.setting("webhook") or "nobody"
    return (
        f"<p>To {html(to)}.{' Held back now.' if courier.held else ''}</p>"
        f"<form class='row card' method='post'>{buttons}</form>"
        + table(("Webhook", "Event", "State", "Attempts", "Last status"), rows)
    )


async def form(request: Request) -> dict[str, str]:
    """The fields of a posted form, the first value of each."""
    return {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}


def when(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")


def linked(text: str) -> Html:
    """The text as markup, its addresses clickable, so that a demo can follow the patient's link."""
    return Html("\n".join(" ".join(_word(word) for word in line.split(" ")) for line in text.splitlines()))


def _word(word: str) -> str:
    return link(word, word) if word.startswith(("http://", "https://")) else html(word)


def _page(title: str, body: str, status: int = 200) -> Response:
    return HTMLResponse(page(title, body, MENU), status, headers=HEADERS)
