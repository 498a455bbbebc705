"""What is told about a change: the poll feed's queue (one waiting row a record) and the event push.

Guessed, because nothing public tells: a move is announced as Appointment.reschedule of the old id and of the new one; a
merge as Patient.merge of both charts, while the feed shows the surviving one only; slots laid from the practice's own
weekly template are not announced, those that reopen or are added by hand are; until a subscription takes effect a read
is refused like one without.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import orjson

from simulators.athena.bundles import Event

if TYPE_CHECKING:
    from simulators.athena.state import World

EVENTS = {
    "appointment": (
        "ScheduleAppointment", "CheckIn", "CheckOut", "UpdateAppointment", "CancelAppointment", "FreezeAppointment",
        "UnfreezeAppointment", "DeleteAppointment", "AddAppointmentSlot",
    ),
    "patient": ("AddPatient", "DeletePatient", "UpdatePatient", "MergePatient", "UpdatePatientCustomField"),
}  # fmt: skip
OPTIONAL = {"includeremindercall": "UpdateReminderCall", "includesuggestedoverbooking": "UpdateSuggestedOverbooking"}
TOPICS = {
    "ScheduleAppointment": "Appointment.schedule",
    "CheckIn": "Appointment.check-in",
    "CheckOut": "Appointment.check-out",
    "UpdateAppointment": "Appointment.update",
    "CancelAppointment": "Appointment.cancel",
    "FreezeAppointment": "Appointment.freeze",
    "UnfreezeAppointment": "Appointment.unfreeze",
    "AddPatient": "Patient.create",
    "DeletePatient": "Patient.delete",
    "UpdatePatient": "Patient.update",
    "MergePatient": "Patient.merge",
}
RESCHEDULE = "Appointment.reschedule"
PUSHED = (*TOPICS.values(), RESCHEDULE)


def tell(world: World, event: str, number: int, *, topic: str | None = None, push_only: bool = False) -> None:
    """Queues the record for the feed where its event is subscribed to, and the push for after the transaction."""
    kind = "patient" if event in EVENTS["patient"] else "appointment"
    row = record(world, kind, number)
    if not push_only and wants(world, kind, event, row["departmentid"]):
        enqueue(world, kind, number)
    pushed = topic or TOPICS.get(event)
    if pushed:
        at = world.now().strftime("%Y-%m-%dT%H:%M:%SZ")
        world.news.append(Event(pushed, kind, number, at, row["departmentid"], row["patientid"]))


def record(world: World, kind: str, number: int) -> dict[str, int | None]:
    if kind == "appointment":
        row = world.db.execute("SELECT departmentid, patientid FROM appointment WHERE id = ?", [number]).fetchone()
        return {"departmentid": row["departmentid"], "patientid": row["patientid"]}
    row = world.db.execute("SELECT doc FROM patient WHERE id = ?", [number]).fetchone()
    department = str(orjson.loads(row["doc"]).get("departmentid") or "") if row else ""
    return {"departmentid": int(department) if department.isdigit() else None, "patientid": number}


def enqueue(world: World, kind: str, number: int) -> None:
    """Several changes of one record are one waiting row: the feed tells states, not events."""
    world.db.execute(
        "INSERT INTO feed (kind, subject, queued) VALUES (?, ?, ?)"
        " ON CONFLICT (kind, subject) WHERE read IS NULL DO UPDATE SET queued = excluded.queued",
        [kind, number, world.eastern_sortable()],
    )


def subscription(world: World, kind: str) -> dict[str, Any] | None:
    """{"events", "departmentids", "effective"} as last asked for; None without."""
    found: dict[str, Any] | None = world.kept(f"{kind}_subscription")
    return found if found and found["events"] else None


def effective(world: World, kind: str) -> bool:
    found = subscription(world, kind)
    return found is not None and datetime.fromisoformat(found["effective"]) <= world.now()


def wants(world: World, kind: str, event: str, department: int | None) -> bool:
    found = subscription(world, kind)
    if found is None or not effective(world, kind) or event not in found["events"]:
        return False
    return not found["departmentids"] or department is None or department in found["departmentids"]


def subscribe(world: World, kind: str, events: list[str], departments: list[int]) -> None:
    """Adds the events; the departments replace those of before. One that is on already keeps its beginning."""
    before = subscription(world, kind) or {"events": [], "effective": None}
    begins = world.now() + timedelta(seconds=world.knobs["subscription_delay_seconds"])
    known = [*EVENTS[kind], *OPTIONAL.values()]
    wanted = [name for name in known if name in events or name in before["events"]]
    starts = before["effective"] or begins.isoformat()
    world.keep(f"{kind}_subscription", {"events": wanted, "departmentids": departments, "effective": starts})


def unsubscribe(world: World, kind: str, events: list[str]) -> None:
    """Takes the events away, or all of them; with the last one what waits is gone too."""
    before = subscription(world, kind)
    if before is None:
        return
    left = [name for name in before["events"] if events and name not in events]
    world.keep(f"{kind}_subscription", before | {"events": left})
    if not left:
        world.db.execute("DELETE FROM feed WHERE kind = ?", [kind])
