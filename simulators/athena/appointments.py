"""The life of an appointment: book, correct, cancel; and how it reads."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from simulators.athena import insurances, openings, patients, slots
from simulators.athena.changes import tell
from simulators.athena.rows import booked_row, notes_of, single_row
from simulators.athena.wire import Refusal, missing

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World

PARTNER = "API (Simulated Partner (MDP Partner))"
API_USER = "API-20417"
FRONT_DESK = "frontdesk1"
CANCELLED_FROM_API, RESCHEDULED_FROM_API = -5, -4
PATIENT_CANCELLED, NO_SHOW, PATIENT_RESCHEDULED = 41, 43, 44
CANCEL_REASONS = {
    CANCELLED_FROM_API: "CANCELLED FROM API",
    RESCHEDULED_FROM_API: "RESCHEDULED FROM API",
    PATIENT_CANCELLED: "PATIENT CANCELED APPOINTMENT",
    42: "PROVIDER UNAVAILABLE",
    NO_SHOW: "NO SHOW",
    PATIENT_RESCHEDULED: "PATIENT RESCHEDULED",
}


def taken() -> Refusal:
    """One body for: booked by anyone, frozen, deleted, never existed, not web-schedulable."""
    return Refusal(
        409,
        "That appointment time was already booked or not available for booking.",
        detailedmessage=(
            "The appointment ID is already booked or is not marked as being available to be scheduled via the API."
        ),
    )


def fetch(world: World, number: int) -> Any:
    return world.db.execute("SELECT * FROM appointment WHERE id = ?", [number]).fetchone()


def existing(world: World, number: int) -> Any:
    """The row, for whoever reads or cancels it; a slot merged into another booking is no longer there."""
    row = fetch(world, number)
    if row is None or row["consumed_by"]:
        raise Refusal(404, "The appointment is not available.")
    return row


def add_note(world: World, number: int, text: str, by: str, *, on_schedule: bool = False) -> int:
    cursor = world.db.execute(
        "INSERT INTO note (appointmentid, text, created, createdby, displayonschedule) VALUES (?, ?, ?, ?, ?)",
        [number, text, world.eastern(), by, on_schedule],
    )
    return int(cursor.lastrowid or 0)


def book(call: Call) -> Any:
    """Not idempotent: the same call again is refused as taken. A patient's other visits are not looked at."""
    params, world = call.params, call.world
    params.need("patientid")
    patient, reason, kind = (params.integer(name) for name in ("patientid", "reasonid", "appointmenttypeid"))
    if reason is None and kind is None:
        raise Refusal(
            400, "Additional fields are required.", detailedmessage="An appointment type or reason must be provided."
        )
    if patients.load(world, patient or 0) is None:
        raise Refusal(400, "Invalid patient.", detailedmessage="The patient ID does not exist.")
    if reason is not None and not world.knows_reason(reason):
        raise Refusal(400, "Invalid reason.", detailedmessage="The reason ID does not exist.")
    if kind is not None and kind not in world.types:
        raise Refusal(400, "Invalid appointment type.", detailedmessage="The appointment type ID does not exist.")
    number = call.args["appointmentid"]
    take(
        world, number, patient or 0, reason, kind,
        by=API_USER, any_permission=params.flag("ignoreschedulablepermission"), urgent=params.flag("urgentyn"),
    )  # fmt: skip
    tell(world, "ScheduleAppointment", number)
    text, reported = f"{PARTNER} appointment created.", params.text("bookingnote")
    add_note(world, number, text + (f"  Reported reason for booking: {reported}" if reported else ""), API_USER)
    confirm(world, number, wanted=not params.flag("donotsendconfirmationemail"))
    return [single_row(world, fetch(world, number))]


def confirm(world: World, number: int, *, wanted: bool) -> None:
    """The vendor mails a confirmation of its own unless the caller said that it does so itself."""
    world.db.execute("INSERT OR REPLACE INTO confirmation (appointmentid, mailed) VALUES (?, ?)", [number, wanted])


def front_desk_first(call: Call) -> None:
    """The front desk is faster than the call: takes the slot it wants, cancels or checks in its visit (on order)."""
    world, number = call.world, call.args.get("appointmentid", 0)
    wanted = fetch(world, call.params.integer("newappointmentid") or number)
    if call.has_fault("slot_taken") and wanted is not None and wanted["status"] == "o":
        take(world, wanted["id"], stranger(world), None, wanted["appointmenttypeid"], by=FRONT_DESK)
        tell(world, "ScheduleAppointment", wanted["id"])
    row = fetch(world, number)
    if row is None or row["status"] != "f":
        return
    if call.has_fault("staff_cancelled"):
        end(world, row, PATIENT_CANCELLED, FRONT_DESK)
        tell(world, "CancelAppointment", number)
    if call.has_fault("staff_checked_in"):
        check_in(world, number)


def check_in(world: World, number: int) -> bool:
    stamp = [world.eastern(), FRONT_DESK]
    won = world.db.execute(
        "UPDATE appointment SET status = '2', lastmodified = ?, lastmodifiedby = ? WHERE id = ? AND status = 'f'",
        [*stamp, number],
    ).rowcount
    if won:
        tell(world, "CheckIn", number)
    return won == 1


def stranger(world: World) -> int:
    """The chart of whoever the front desk has on the line."""
    row = world.db.execute("SELECT id FROM patient WHERE firstname = 'walter' AND lastname = 'walkin'").fetchone()
    return (
        row["id"] if row else patients.insert(world, {"firstname": "Walter", "lastname": "Walkin", "dob": "1970-01-01"})
    )


def take(
    world: World, number: int, patient: int, reason: int | None, kind: int | None,
    *, by: str, any_permission: bool = False, urgent: bool = False,
) -> None:  # fmt: skip
    """Turns an open slot into a booked visit, or raises the refusal of a taken one. One caller can win."""
    slot = fetch(world, number)
    if slot is None or slot["status"] != "o" or slot["consumed_by"] or slot["frozen"]:
        raise taken()
    if not slot["schedulable"] and not any_permission:
        raise taken()
    booked, minutes = booked_as(world, slot, reason, kind)
    further = openings.chain_of(world, slot, minutes) if minutes > slot["duration"] else []
    if further is None:
        raise taken()
    stamp = world.eastern()
    won = world.db.execute(
        "UPDATE appointment SET status = 'f', patientid = ?, reasonid = ?, appointmenttypeid = ?, duration = ?,"
        " urgent = ?, scheduledby = ?, scheduleddatetime = ?, lastmodifiedby = ?, lastmodified = ?"
        " WHERE id = ? AND frozen = 0 AND status = 'o' AND consumed_by IS NULL",
        [patient, reason, booked, minutes, urgent, by, stamp, by, stamp, number],
    ).rowcount
    if won != 1:
        raise taken()
    world.db.executemany("UPDATE appointment SET consumed_by = ? WHERE id = ?", [(number, one) for one in further])


def booked_as(world: World, slot: Any, reason: int | None, kind: int | None) -> tuple[int, int]:
    """(appointment type, minutes) the visit gets. A slot of the very type keeps its own length."""
    if reason is not None:
        if not openings.fits_reason(world, reason, slot):
            raise taken()
        kind = world.reason_at(reason, slot["providerid"], slot["departmentid"])["appointmenttypeid"]  # type: ignore[index]
    if kind is None or kind == slot["appointmenttypeid"]:
        return slot["appointmenttypeid"], slot["duration"]
    generic = world.types[slot["appointmenttypeid"]].get("generic")
    if not generic and reason is None:
        raise taken()
    length = world.types[kind]["duration"]
    return kind, length if generic else slot["duration"]


def still_booked(call: Call) -> Any:
    """The visit of the path, to be cancelled or moved. Refuses an open slot, a checked-in or cancelled visit, and one
    of another patient.
    """
    row = existing(call.world, call.args["appointmentid"])
    if row["status"] == "o":
        raise Refusal(400, insurances.NOT_BOOKED)
    if row["status"] != "f":
        raise Refusal(
            404,
            "This appointment has already been checked in.",
            detailedmessage="The appointment is either already canceled or checked in.",
        )
    if call.params.integer("patientid") != row["patientid"]:
        raise Refusal(400, "Invalid patient.", detailedmessage="The patient is not the one of this appointment.")
    return row


def cancel(call: Call) -> Any:
    """Answers with nothing but the new status; a second one is refused."""
    params, world = call.params, call.world
    params.need("patientid")
    row = still_booked(call)
    end(world, row, params.integer("appointmentcancelreasonid") or CANCELLED_FROM_API, API_USER)
    tell(world, "CancelAppointment", row["id"])
    reported = params.text("cancellationreason") or ""
    add_note(world, row["id"], f"API appointment cancellation. Reported reason: {reported}", API_USER)
    return {"status": "x"}


def end(world: World, row: Any, reason: int, by: str, *, rescheduled_to: int | None = None) -> int | None:
    """Cancels a booked visit; its time is offered again under a new id. A no-show's time is not.

    Returns that id. Refuses a visit that is not booked any more.
    """
    stamp, offered = world.eastern(), reason != NO_SHOW
    name = CANCEL_REASONS.get(reason, "OTHER")
    won = world.db.execute(
        "UPDATE appointment SET status = 'x', cancelreasonid = ?, cancelreasonname = ?, cancelreasonnoshow = ?,"
        " cancelreasonslotavailable = ?, cancelledby = ?, cancelleddatetime = ?, lastmodifiedby = ?, lastmodified = ?,"
        " rescheduledappointmentid = ? WHERE id = ? AND status = 'f'",
        [reason, name, reason == NO_SHOW, offered, by, stamp, by, stamp, rescheduled_to, row["id"]],
    ).rowcount
    if won != 1:
        raise Refusal(409, "not a booked appointment")
    return slots.reopen(world, row) if offered else None


def correct(call: Call) -> Any:
    """PUT /appointments/booked/{id}: `1`, or on a bad value a bare sentence, both with status 200.

    `providerid` is the new rendering provider, `schedulingproviderid` the one whose calendar it is on.
    """
    params, world = call.params, call.world
    row = fetch(world, call.args["appointmentid"])
    if row is None or row["status"] != "f":
        raise Refusal(400, insurances.NOT_BOOKED)
    targets = {
        "providerid": ("renderingproviderid", world.providers),
        "schedulingproviderid": ("providerid", world.providers),
        "supervisingproviderid": ("supervisingproviderid", world.providers),
        "appointmenttypeid": ("appointmenttypeid", world.types),
        "departmentid": ("departmentid", world.departments),
    }
    changes: dict[str, int] = {}
    for name, (column, those) in targets.items():
        value = params.text(name)
        if value is None:
            continue
        if not value.isdigit() or int(value) not in those:
            return f"Invalid {name.upper()} input"
        changes[column] = int(value)
    for column, number in changes.items():
        world.db.execute(f"UPDATE appointment SET {column} = ? WHERE id = ?", [number, row["id"]])  # noqa: S608
    world.db.execute(
        "UPDATE appointment SET lastmodified = ?, lastmodifiedby = ? WHERE id = ?",
        [world.eastern(), API_USER, row["id"]],
    )
    tell(world, "UpdateAppointment", row["id"])
    return 1


def read(call: Call) -> Any:
    """Open slots can be read too: status o and no patient."""
    row = existing(call.world, call.args["appointmentid"])
    shown = single_row(call.world, row)
    if row["patientid"] and call.params.flag("showcopay", default=True):
        shown["copay"] = 0
    return [with_details(call, shown, row)]


def with_details(call: Call, shown: dict[str, Any], row: Any) -> dict[str, Any]:
    """The row with the patient and the policies, where asked for."""
    world, patient = call.world, row["patientid"]
    if patient and call.params.flag("showpatientdetail"):
        shown["patient"] = patients.row_of(patient, patients.load(world, patient) or {})
    if patient and call.params.flag("showinsurance"):
        shown["insurances"] = insurances.visit_rows(world, row["id"], patient)
    return shown


def booked(call: Call) -> Any:
    """Everything that was ever booked between two dates, both included; cancelled ones on request."""
    params, world = call.params, call.world
    params.need("startdate", "enddate")
    clauses, values = (
        ["status <> 'o'", "date BETWEEN ? AND ?"],
        [str(params.day("startdate")), str(params.day("enddate"))],
    )
    filters = {name: params.integers(name) for name in ("departmentid", "providerid", "patientid", "appointmenttypeid")}
    clauses += [f"{name} IN ({','.join(map(str, numbers))})" for name, numbers in filters.items() if numbers]
    status = params.text("appointmentstatus")
    if status:
        clauses.append("status = ?")
        values.append(status)
    if not params.flag("showcancelled") and status != "x":
        clauses.append("status <> 'x'")
    rows = world.db.execute(
        f"SELECT * FROM appointment WHERE {' AND '.join(clauses)} ORDER BY date, starttime, id",  # noqa: S608
        values,
    ).fetchall()
    windows = [
        ("lastmodified", params.moment("startlastmodified"), params.moment("endlastmodified")),
        ("scheduleddatetime", params.day("scheduledstartdate"), end_of(params.day("scheduledenddate"))),
    ]
    if windows[0][2] and not windows[0][1]:
        raise missing("startlastmodified")
    found = [row for row in rows if all(within(row[name], first, last) for name, first, last in windows)]
    shown = [with_details(call, booked_row(world, row), row) for row in found]
    return call.page("appointments", shown, default=1000)


def end_of(day: date | None) -> str | None:
    return f"{day} 23:59:59" if day else None


def within(stamp: str, first: Any, last: Any) -> bool:
    """Whether a stamp of US Eastern time lies between two such moments."""
    if first is None:
        return True
    at = f"{stamp[6:10]}-{stamp[:2]}-{stamp[3:5]} {stamp[11:]}"
    return str(first) <= at and (last is None or at <= str(last))


def of_patient(call: Call) -> Any:
    """GET /patients/{id}/appointments: from today on, unless showpast; cancelled ones with showcancelled=Y."""
    world, number = call.world, call.args["patientid"]
    patients.known(world, number)
    params = call.params
    rows = world.db.execute(
        "SELECT * FROM appointment WHERE patientid = ? ORDER BY date, starttime", [number]
    ).fetchall()
    first, last = params.day("startdate"), params.day("enddate")
    shown = []
    for row in rows:
        today = world.local_now(row["departmentid"]).date().isoformat()
        if row["status"] == "x" and not params.flag("showcancelled"):
            continue
        if row["date"] < (str(first) if first else today) and not params.flag("showpast"):
            continue
        if last and row["date"] > str(last):
            continue
        shown.append(single_row(world, row) | {"copay": 0})
    return call.page("appointments", shown, default=1000)


def notes(call: Call) -> Any:
    row = existing(call.world, call.args["appointmentid"])
    rows = [
        {
            "noteid": str(one["id"]),
            "notetext": one["text"],
            "created": one["created"],
            "createdby": one["createdby"],
            "displayonschedule": bool(one["displayonschedule"]),
        }
        for one in notes_of(call.world, row["id"])
    ]
    return {"notes": rows, "totalcount": len(rows)}


def write_note(call: Call) -> Any:
    call.params.need("notetext")
    row = existing(call.world, call.args["appointmentid"])
    on_schedule = call.params.flag("displayonschedule")
    add_note(call.world, row["id"], call.params.text("notetext") or "", API_USER, on_schedule=on_schedule)
    tell(call.world, "UpdateAppointment", row["id"])
    return {"success": "true"}
