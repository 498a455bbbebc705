"""What the console's pages are made of."""

from __future__ import annotations

from datetime import date
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from simulators.athena import patients
from simulators.athena.state import World
from simulators.common import Html, link, page

MENU = [
    ("/", "Calendar"),
    ("/console/appointments", "Appointments"),
    ("/console/notices", "Notices"),
    ("/console/calls", "Calls"),
    ("/console/faults", "Faults"),
]
STATUS = {"o": "open", "f": "booked", "x": "cancelled", "2": "checked in", "3": "checked out", "4": "charge entered"}
ROWS, DAYS = 50, 14


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
