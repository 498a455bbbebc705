"""What the simulator tells others by itself: the change feed's queue and the pushes."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simulators.athena import changes
from simulators.athena.console.parts import ROWS, offset_of, pager, shown
from simulators.athena.control.notices import queue
from simulators.athena.push import DELIVERED, Pusher
from simulators.athena.state import World
from simulators.athena.wire import Params
from simulators.common import Html, html, table

ACTS: dict[str, tuple[str, Callable[[Pusher], object]]] = {
    "hold": ("Hold back from now on", Pusher.hold),
    "release": ("Send what is held", Pusher.release),
    "reversed": ("Send it, last first", lambda pusher: pusher.release("reversed")),
    "batch": ("Send it ten at a time", lambda pusher: pusher.release(batch=10)),
    "repeat": ("Send everything again", Pusher.repeat),
}


async def notices(request: Request) -> Response:
    world: World = request.app.state.world
    if request.method == "POST":
        form = Params.read("", await request.body(), "application/x-www-form-urlencoded")
        wanted = ACTS.get(form.text("act") or "")
        if wanted:
            wanted[1](world.pusher)
        return RedirectResponse("/console/notices", 303)
    feeds = []
    for kind in changes.EVENTS:
        found = queue(world, kind)
        state = "subscribed" if found["subscription"] else "nobody has subscribed"
        feeds.append((f"{kind}s", state, len(found["waiting"]), len(found["read"])))
    sent = world.pusher.listed()[::-1]
    offset = offset_of(request)
    lines = [
        (
            row["id"],
            row["topic"],
            ", ".join(f"{event['kind']} {event['subject']}" for event in row["events"]),
            Html(f"<b class='{'good' if row['state'] == DELIVERED else 'bad'}'>{html(row['state'])}</b>"),
            row["attempts"],
            row["status"] or "none",
        )
        for row in sent[offset : offset + ROWS]
    ]
    buttons = "".join(f"<button name='act' value='{name}'>{html(words)}</button>" for name, (words, _) in ACTS.items())
    to = world.knobs["webhook"] or "nobody but those who subscribed"
    return shown(
        "Notices",
        "<h2>Change feed</h2>",
        table(["Records", "State", "Waiting to be read", "Read"], feeds),
        "<h2>Pushes</h2>",
        f"<p>To {html(to)}.{' Held back now.' if world.pusher.held else ''}</p>",
        f"<form class='row card' method='post'>{buttons}</form>",
        pager("/console/notices", {}, offset, len(sent)),
        table(["Push", "Topic", "About", "State", "Attempts", "Last status"], lines),
    )
