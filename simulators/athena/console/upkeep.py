"""The calls that were made, and the faults on order."""

from __future__ import annotations

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simulators.athena.console.parts import ROWS, offset_of, pager, shown
from simulators.athena.faults import KINDS
from simulators.athena.paths import OPERATIONS
from simulators.athena.state import World
from simulators.athena.wire import Params
from simulators.common import Html, html, table


async def calls(request: Request) -> Response:
    """What was asked of the simulator, newest first."""
    world: World = request.app.state.world
    offset = offset_of(request)
    total = world.db.execute("SELECT count(*) FROM call").fetchone()[0]
    found = world.db.execute("SELECT * FROM call ORDER BY id DESC LIMIT ? OFFSET ?", [ROWS, offset]).fetchall()
    lines = []
    for row in found:
        doc = orjson.loads(row["doc"])
        sent = " ".join(f"{name}={value}" for name, value in (doc["query"] | doc["form"]).items())
        status = Html(f"<b class='{'good' if 200 <= row['status'] < 300 else 'bad'}'>{row['status'] or 'none'}</b>")
        lines.append((doc["at"][:19], doc["method"], doc["path"], sent, status, f"{doc['ms']} ms", doc["fault"] or ""))
    heads = ["At", "Method", "Path", "Sent", "Status", "Time", "Fault"]
    return shown("Calls", pager("/console/calls", {}, offset, total), table(heads, lines))


async def faults(request: Request) -> Response:
    """Order a fault, or take it back."""
    world: World = request.app.state.world
    if request.method == "POST":
        form = Params.read("", await request.body(), "application/x-www-form-urlencoded")
        if form.text("remove"):
            world.faults.remove(form.integer("remove"))
        elif form.text("kind") in KINDS:
            seconds = form.text("seconds")
            world.faults.add(
                {
                    "kind": form.text("kind"),
                    "op": form.text("op"),
                    "times": form.integer("times") or None,
                    "seconds": float(seconds) if seconds and seconds.isdigit() else None,
                }
            )
        return RedirectResponse("/console/faults", 303)
    lines = [
        (
            fault["kind"],
            fault["op"] or f"{fault['method'] or ''} {fault['path'] or ''}".strip() or "every call",
            "for ever" if fault["times"] is None else fault["times"],
            fault["hits"],
            Html(f"<form method='post'><button name='remove' value='{fault['id']}'>Take back</button></form>"),
        )
        for fault in world.faults.listed()
    ]
    kinds = "".join(f"<option>{html(kind)}</option>" for kind in KINDS)
    operations = "".join(f"<option>{html(name)}</option>" for name in OPERATIONS)
    form = (
        "<form class='row card' method='post'>"
        f"<label>What happens<br><select name='kind'>{kinds}</select></label>"
        f"<label>To which call<br><select name='op'><option value=''>every call</option>{operations}</select></label>"
        "<label>How often (0 = for ever)<br><input name='times' type='number' min='0' value='1'></label>"
        "<label>Seconds (hang, slow)<br><input name='seconds' type='number' min='0'></label>"
        "<button>Order it</button></form>"
    )
    waiting = table(["Fault", "Call", "Times left", "Hits", ""], lines) if lines else "<p>No fault waits.</p>"
    return shown("Faults", form, "<h2>Waiting</h2>", waiting)
