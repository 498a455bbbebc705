"""The front desk's buttons on an appointment's page."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from simulators.athena.control.desk import ACTS
from simulators.athena.state import World
from simulators.athena.wire import Params, Refusal
from simulators.common import html

PLAIN = {
    "f": [("Cancel", "cancel", {}), ("No-show", "cancel", {"no_show": "1"}), ("Check in", "checkin", {})],
    "2": [("Check out", "checkout", {})],
    "o": [("Book for a walk-in", "book", {})],
}
FIELDS = {
    "f": [
        ("Move to the open slot", "move", "slotid"),
        ("Give the calendar to provider", "providers", "providerid"),
        ("Let another provider see the patient", "providers", "renderingproviderid"),
        ("Let a provider supervise", "providers", "supervisingproviderid"),
    ]
}
MERGE = ("Merge the patient's chart into chart", "merge", "into")


def forms(row: Any, problem: str) -> str:
    """Every act the appointment's state allows, each a small form."""
    state = row["status"]
    plain = list(PLAIN.get(state, []))
    if state == "o":
        plain.append(("Unfreeze", "freeze", {"freeze": ""}) if row["frozen"] else ("Freeze", "freeze", {"freeze": "1"}))
    fields = FIELDS.get(state, []) + ([MERGE] if row["patientid"] else [])
    action = f"/console/appointments/{row['id']}/act"
    parts = [f"<p class='bad'>{html(problem)}</p>"] if problem else []
    for words, act, more in plain:
        hidden = "".join(f"<input type='hidden' name='{name}' value='{value}'>" for name, value in more.items())
        parts.append(
            f"<form class='row' method='post' action='{action}'>{hidden}"
            f"<button name='act' value='{act}'>{html(words)}</button></form>"
        )
    for words, act, name in fields:
        parts.append(
            f"<form class='row' method='post' action='{action}'><label>{html(words)}<br>"
            f"<input name='{name}' inputmode='numeric' required></label>"
            f"<button name='act' value='{act}'>Do it</button></form>"
        )
    return f"<h2>Front desk</h2><div class='card'>{''.join(parts)}</div>" if parts else ""


async def act(request: Request) -> Response:
    """Does one act on the appointment of the page; what went wrong is said there."""
    world: World = request.app.state.world
    number = request.path_params["number"]
    form = Params.read("", await request.body(), "application/x-www-form-urlencoded")
    doc: dict[str, Any] = {name: form.text(name) for name in form.values if name != "act"}
    problem = ""
    try:
        doc |= {"appointmentid": number, "slotid": form.integer("slotid") or number}
        with world.transaction():
            if form.text("act") == "merge":
                row = world.db.execute("SELECT patientid FROM appointment WHERE id = ?", [number]).fetchone()
                doc["patientid"] = row["patientid"]
            ACTS[form.text("act") or ""](world, doc)
    except Refusal as refusal:
        problem = refusal.body["error"]
    except (LookupError, TypeError, ValueError):
        problem = "That could not be done."
    query = "?" + urlencode({"problem": problem}) if problem else ""
    return RedirectResponse(f"/console/appointments/{number}{query}", 303)
