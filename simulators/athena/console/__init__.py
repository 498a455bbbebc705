"""The console page: what the practice's staff would see in the real system, plus notices, calls and fault switches."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from simulators.athena import appointments, insurances, patients
from simulators.athena.console import desk, notices, upkeep
from simulators.athena.console.parts import (
    DAYS,
    MENU,
    ROWS,
    STATUS,
    day_of,
    department_name,
    offset_of,
    pager,
    patient_name,
    provider_name,
    shown,
)
from simulators.athena.rows import confirmation_of, notes_of
from simulators.athena.slots import lay_ahead
from simulators.athena.state import World
from simulators.common import Html, html, link, page, table


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
        ("Moved to", moved_to(row)),
        ("Insurance", policies(world, row)),
        ("The vendor's own confirmation", confirmation_of(world, row["id"])),
        ("Offered", "no, frozen" if row["frozen"] and row["status"] == "o" else ""),
    ]
    listed = "".join(f"<dt>{html(name)}</dt><dd>{html(value)}</dd>" for name, value in facts if value)
    notes = "".join(f"<pre>{html(note['text'])}</pre>" for note in notes_of(world, row["id"])) or "<p>No note.</p>"
    head = (
        f"<div class='card'><p class='big'>{row['date']} at {row['starttime']}, {row['duration']} minutes"
        f" <span class='{'bad' if row['status'] == 'x' else 'good'}'>{html(STATUS[row['status']])}</span></p>"
        f"<p>Provider seen: <b class='big'>{html(seen_by)}</b></p><p>Supervising provider:"
        f" <b class='big'>{html(provider_name(world, row['supervisingproviderid']) or 'none')}</b></p></div>"
    )
    forms = desk.forms(row, request.query_params.get("problem", ""))
    return shown(f"Appointment {row['id']}", head, f"<dl>{listed}</dl>", forms, "<h2>Notes</h2>", notes)


def moved_to(row: Any) -> Html | str:
    number = row["rescheduledappointmentid"]
    return link(f"/console/appointments/{number}", number) if number else ""


def policies(world: World, row: Any) -> str:
    if not row["patientid"]:
        return ""
    found = insurances.visit_rows(world, row["id"], row["patientid"])
    return "; ".join(f"{one['sequencenumber']}: {one['insuranceplandisplayname']}" for one in found)


def routes() -> list[Route]:
    return [
        Route("/", calendar),
        Route("/console/day", day),
        Route("/console/appointments", appointment_list),
        Route("/console/appointments/{number:int}", appointment),
        Route("/console/appointments/{number:int}/act", desk.act, methods=["POST"]),
        Route("/console/notices", notices.notices, methods=["GET", "POST"]),
        Route("/console/calls", upkeep.calls),
        Route("/console/faults", upkeep.faults, methods=["GET", "POST"]),
    ]
