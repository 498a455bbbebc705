"""What the people at the practice do in their own screens: book, cancel, move, check in, freeze, merge, reassign."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from simulators.athena import appointments, merging, moves, patients, slots
from simulators.athena.changes import tell
from simulators.athena.control.shown import with_patient
from simulators.athena.state import World
from simulators.athena.wire import Refusal, read_day

BEFORE = {"2": "f", "3": "2", "4": "3"}
"""Checked in, checked out, charge entered: each follows the one before."""
PROVIDERS = ("providerid", "renderingproviderid", "supervisingproviderid")


def known(world: World, doc: Any, name: str = "appointmentid") -> Any:
    row = appointments.fetch(world, int(doc[name]))
    if row is None:
        raise Refusal(404, "no such appointment")
    return row


def visit(world: World, number: int) -> dict[str, Any]:
    return with_patient(world, appointments.fetch(world, number))


def book(world: World, doc: Any) -> Any:
    """The front desk may also take a slot that is not open to the web."""
    slot = known(world, doc, "slotid")
    given = doc.get("patient")
    number = (
        patients.insert(world, given | {"dob": read_day(given["dob"]).isoformat()}) if given else doc.get("patientid")
    )
    number = int(number or appointments.stranger(world))
    if patients.load(world, number) is None:
        raise Refusal(400, "no such patient")
    reason = int(doc["reasonid"]) if doc.get("reasonid") else None
    kind = None if reason else slot["appointmenttypeid"]
    appointments.take(world, slot["id"], number, reason, kind, by=appointments.FRONT_DESK, any_permission=True)
    tell(world, "ScheduleAppointment", slot["id"])
    return visit(world, slot["id"])


def cancel(world: World, doc: Any) -> Any:
    """`no_show` is the reason that keeps the time closed; else `reasonid`, or that the patient cancelled."""
    row = known(world, doc)
    reason = appointments.NO_SHOW if doc.get("no_show") else int(doc.get("reasonid", appointments.PATIENT_CANCELLED))
    reopened = appointments.end(world, row, reason, appointments.FRONT_DESK)
    if doc.get("reason"):
        appointments.add_note(world, row["id"], str(doc["reason"]), appointments.FRONT_DESK)
    tell(world, "CancelAppointment", row["id"])
    return {"appointment": visit(world, row["id"]), "reopened": str(reopened) if reopened else None}


def move(world: World, doc: Any) -> Any:
    """To another open slot, of any provider: the visit there is a new one."""
    row, number = known(world, doc), int(doc["slotid"])
    why = appointments.PATIENT_RESCHEDULED
    moves.move(world, row, number, None, by=appointments.FRONT_DESK, why=why, any_permission=True)
    return {"old": visit(world, row["id"]), "new": visit(world, number)}


def status(world: World, doc: Any) -> Any:
    row, wanted = known(world, doc), str(doc["status"])
    if row["status"] != BEFORE[wanted]:
        raise Refusal(409, f"the appointment is not in state {BEFORE[wanted]}")
    world.db.execute(
        "UPDATE appointment SET status = ?, lastmodified = ?, lastmodifiedby = ? WHERE id = ?",
        [wanted, world.eastern(), appointments.FRONT_DESK, row["id"]],
    )
    tell(world, {"2": "CheckIn", "3": "CheckOut", "4": "UpdateAppointment"}[wanted], row["id"])
    return visit(world, row["id"])


def check_in(world: World, doc: Any) -> Any:
    return status(world, doc | {"status": "2"})


def check_out(world: World, doc: Any) -> Any:
    return status(world, doc | {"status": "3"})


def freeze(world: World, doc: Any) -> Any:
    """Again is no mistake here, unlike at the vendor's own call."""
    row = known(world, doc, "slotid")
    if row["status"] != "o" or row["consumed_by"]:
        raise Refusal(409, "not an open slot")
    slots.freeze(world, row["id"], wanted=bool(doc.get("freeze", True)))
    return {"ok": True}


def merge(world: World, doc: Any) -> Any:
    """The chart `patientid` goes, `into` lives on."""
    merging.merge(world, int(doc["patientid"]), int(doc["into"]))
    return {"patientid": str(doc["into"])}


def providers(world: World, doc: Any) -> Any:
    """Another provider on the calendar, seeing the patient, or supervising; null takes the latter two away."""
    row = known(world, doc)
    if row["status"] == "o":
        raise Refusal(409, "not a visit")
    for name in PROVIDERS:
        if name in doc:
            number = int(doc[name]) if doc[name] else None
            if number not in world.providers and (number or name == "providerid"):
                raise Refusal(400, "no such provider")
            world.db.execute(f"UPDATE appointment SET {name} = ? WHERE id = ?", [number, row["id"]])  # noqa: S608
    world.db.execute(
        "UPDATE appointment SET lastmodified = ?, lastmodifiedby = ? WHERE id = ?",
        [world.eastern(), appointments.FRONT_DESK, row["id"]],
    )
    tell(world, "UpdateAppointment", row["id"])
    return visit(world, row["id"])


ACTS: dict[str, Callable[[World, Any], Any]] = {
    "book": book,
    "cancel": cancel,
    "move": move,
    "status": status,
    "checkin": check_in,
    "checkout": check_out,
    "freeze": freeze,
    "merge": merge,
    "providers": providers,
}


def act(name: str) -> Callable[[World, Request, Any], Any]:
    """The control address's handler of one act: all of it or nothing."""

    def handler(world: World, request: Request, doc: Any) -> Any:
        with world.transaction():
            return ACTS[name](world, doc)

    return handler
