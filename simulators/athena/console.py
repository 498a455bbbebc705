"""The console page: what the practice's staff would see in the real system, plus the calls and the fault switches."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

import orjson
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.athena import appointments, patients
from simulators.athena.faults import KINDS
from simulators.athena.rows import notes_of
from simulators.athena.slots import lay_ahead
from simulators.athena.state import World
from simulators.athena.wire import Params
from simulators.common import Html, html, link, page, table

MENU = [
    ("/", "Calendar"),
    ("/console/appointments", "Appointments"),
    ("/console/calls", "Calls"),
    ("/console/faults", "Faults"),
]
STATUS = {"o": "open", "f": "booked", "x": "cancelled", "2": "checked in", "3": "checked out", "4": "charge entered"}
ROWS, DAYS = 50, 14
OPERATIONS = (
    "book", "appointment", "open_slots", "bestmatch", "create_patient", "patient", "update_booked", "booked", "cancel",
    "departments", "providers", "reasons", "ping", "token",
)  # fmt: skip


def shown(title: str, *parts: str) -> Response:
    return HTMLResponse(page(title, "".join(parts), MENU), headers={"cache-control": "no-store"})


def provider_name(world: World, number: int | None) -> str:
    if not number:
        return ""
    doc = world.providers.get(number, {})
    suffix = f", {doc['providertypeid']}" if doc.get("providertypeid") else ""
    return f"{doc.get('firstname', '')} {doc.get('lastname', '')}".strip() + f"{suffix} ({number})"


def patient_name(world: World, number: int | None) -> str:
    doc = patients.load(world, number) if number else None
    return f"{doc['firstname']} {doc['lastname']}" if doc else ""


def department_name(world: World, number: int) -> str:
    return f"{world.departments.get(number, {}).get('name', 'department')} ({number})"


def pager(path: str, values: dict[str, Any], offset: int, total: int) -> str:
    last = min(offset + ROWS, total)
    parts = [Html(f"<span class='muted'>{min(offset + 1, total)}-{last} of {total}</span>")]
    if offset:
        parts.append(link(f"{path}?{urlencode(values | {'offset': max(offset - ROWS, 0)})}", "newer"))
    if last < total:
        parts.append(link(f"{path}?{urlencode(values | {'offset': offset + ROWS})}", "older"))
    return "<p>" + " ".join(parts) + "</p>"


def offset_of(request: Request) -> int:
    value = request.query_params.get("offset", "0")
    return int(value) if value.isdigit() else 0


def day_of(text: str | None, otherwise: date) -> date:
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return otherwise


async def calendar(request: Request) -> Response:
    """Two weeks of every department: open and booked visits per day."""
    world: World = request.app.state.world
    lay_ahead(world)
    start = day_of(request.query_params.get("from"), world.now().date())
    days = [start + timedelta(days=number) for number in range(DAYS)]
    counts: dict[tuple[int, str], dict[str, int]] = defaultdict(dict)
    for row in world.db.execute(
        "SELECT departmentid, date, status, count(*) AS n FROM appointment"
        " WHERE date BETWEEN ? AND ? AND consumed_by IS NULL GROUP BY 1, 2, 3",
        [days[0].isoformat(), days[-1].isoformat()],
    ):
        counts[row["departmentid"], row["date"]][row["status"]] = row["n"]
    rows = []
    for number in world.departments:
        cells: list[object] = [department_name(world, number)]
        for day in days:
            found = counts[number, day.isoformat()]
            booked = sum(found.get(status, 0) for status in ("f", "2", "3", "4"))
            text = Html(f"{found.get('o', 0)}" + (f"<br><b class='good'>{booked} booked</b>" if booked else ""))
            cells.append(link(f"/console/day?date={day}&department={number}", text) if found else "")
        rows.append(cells)
    around = " ".join(
        link(f"/?from={start + timedelta(days=step)}", text) for step, text in ((-DAYS, "earlier"), (DAYS, "later"))
    )
    intro = (
        f"<p class='muted'>A simulator of athenahealth, practice {html(world.settings.practice_id)}. Open times per day"
        f" and department; now {html(world.now().isoformat(timespec='minutes'))}. {around}</p>"
    )
    return shown(
        "Athena simulator",
        intro,
        table(["Department", *(f"{day:%a %d %b}" for day in days)], rows),
        "<h2>Latest appointments</h2>",
        appointment_table(world, latest(world, 10, 0)),
    )


def latest(world: World, limit: int, offset: int) -> list[Any]:
    return world.db.execute(
        "SELECT * FROM appointment WHERE status <> 'o' ORDER BY"
        " substr(lastmodified, 7, 4) || substr(lastmodified, 1, 5) || substr(lastmodified, 11) DESC, id DESC"
        " LIMIT ? OFFSET ?",
        [limit, offset],
    ).fetchall()


def appointment_table(world: World, rows: list[Any]) -> str:
    if not rows:
        return "<p>No appointment yet.</p>"
    return table(
        ["Appointment", "When", "Patient", "Provider", "Supervising provider", "Department", "State", "Note"],
        [
            (
                link(f"/console/appointments/{row['id']}", row["id"]),
                f"{row['date']} {row['starttime']}, {row['duration']} min",
                patient_name(world, row["patientid"]),
                provider_name(world, row["renderingproviderid"] or row["providerid"]),
                provider_name(world, row["supervisingproviderid"]) or "none",
                department_name(world, row["departmentid"]),
                STATUS[row["status"]],
                "; ".join(note["text"] for note in notes_of(world, row["id"])[:1]),
            )
            for row in rows
        ],
    )


async def appointment_list(request: Request) -> Response:
    world: World = request.app.state.world
    offset = offset_of(request)
    total = world.db.execute("SELECT count(*) FROM appointment WHERE status <> 'o'").fetchone()[0]
    rows = latest(world, ROWS, offset)
    return shown("Appointments", pager("/console/appointments", {}, offset, total), appointment_table(world, rows))


async def day(request: Request) -> Response:
    """One department's day, hour by hour."""
    world: World = request.app.state.world
    when = day_of(request.query_params.get("date"), world.now().date())
    wanted = request.query_params.get("department", "")
    number = int(wanted) if wanted.isdigit() else 0
    rows = world.db.execute(
        "SELECT * FROM appointment WHERE date = ? AND departmentid = ? AND consumed_by IS NULL"
        " ORDER BY starttime, providerid",
        [when.isoformat(), number],
    ).fetchall()
    offset = offset_of(request)
    lines = [
        (
            row["starttime"],
            f"{row['duration']} min",
            provider_name(world, row["renderingproviderid"] or row["providerid"]),
            world.types[row["appointmenttypeid"]]["name"],
            Html(f"<b class='good'>{html(STATUS[row['status']])}</b>") if row["status"] != "o" else "open",
            patient_name(world, row["patientid"]),
            link(f"/console/appointments/{row['id']}", row["id"]),
        )
        for row in rows[offset : offset + ROWS]
    ]
    heads = ["Start", "Length", "Provider", "Type", "State", "Patient", "Id"]
    values = {"date": when.isoformat(), "department": number}
    title = f"{department_name(world, number)}, {when:%A %d %B %Y}"
    return shown(title, pager("/console/day", values, offset, len(rows)), table(heads, lines))


async def appointment(request: Request) -> Response:
    world: World = request.app.state.world
    row = appointments.fetch(world, request.path_params["number"])
    if row is None:
        return HTMLResponse(page("No such appointment", "<p>There is no appointment with this id.</p>", MENU), 404)
    chart = patients.load(world, row["patientid"]) if row["patientid"] else None
    seen_by = provider_name(world, row["renderingproviderid"] or row["providerid"])
    facts: list[tuple[str, object]] = [
        ("Patient", patient_name(world, row["patientid"]) or "none"),
        ("Born", chart["dob"] if chart else ""),
        (
            "Contact",
            " ".join(str(chart.get(name) or "") for name in ("email", "mobilephone", "homephone")) if chart else "",
        ),
        ("Scheduled with", provider_name(world, row["providerid"])),
        ("Rendering provider", provider_name(world, row["renderingproviderid"]) or "the scheduled one"),
        ("Department", department_name(world, row["departmentid"])),
        ("Type", f"{world.types[row['appointmenttypeid']]['name']} ({row['appointmenttypeid']})"),
        ("Reason", row["reasonid"] or ""),
        ("Scheduled", f"{row['scheduleddatetime'] or ''} {row['scheduledby'] or ''}"),
        ("Cancelled", f"{row['cancelleddatetime']} {row['cancelreasonname']}" if row["status"] == "x" else ""),
    ]
    listed = "".join(f"<dt>{html(name)}</dt><dd>{html(value)}</dd>" for name, value in facts if value)
    notes = "".join(f"<pre>{html(note['text'])}</pre>" for note in notes_of(world, row["id"])) or "<p>No note.</p>"
    head = (
        f"<div class='card'><p class='big'>{row['date']} at {row['starttime']}, {row['duration']} minutes"
        f" <span class='{'bad' if row['status'] == 'x' else 'good'}'>{html(STATUS[row['status']])}</span></p>"
        f"<p>Provider seen: <b class='big'>{html(seen_by)}</b></p><p>Supervising provider:"
        f" <b class='big'>{html(provider_name(world, row['supervisingproviderid']) or 'none')}</b></p></div>"
    )
    return shown(f"Appointment {row['id']}", head, f"<dl>{listed}</dl>", "<h2>Notes</h2>", notes)


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


def routes() -> list[Route]:
    return [
        Route("/", calendar),
        Route("/console/day", day),
        Route("/console/appointments", appointment_list),
        Route("/console/appointments/{number:int}", appointment),
        Route("/console/calls", calls),
        Route("/console/faults", faults, methods=["GET", "POST"]),
    ]
