"""Appointments in the vendor's shapes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.athena.wire import us_day

if TYPE_CHECKING:
    from simulators.athena.state import World


def common(world: World, row: Any) -> dict[str, Any]:
    kind = world.types[row["appointmenttypeid"]]
    shown = {
        "date": us_day(row["date"]),
        "appointmentid": str(row["id"]),
        "starttime": row["starttime"],
        "departmentid": str(row["departmentid"]),
        "appointmentstatus": row["status"],
        "duration": row["duration"],
        "appointmenttypeid": str(row["appointmenttypeid"]),
        "appointmenttype": kind["name"],
        "providerid": str(row["providerid"]),
        "chargeentrynotrequired": False,
        "patientappointmenttypename": kind["patientdisplayname"],
    }
    if row["patientid"]:
        shown["patientid"] = str(row["patientid"])
    if row["urgent"]:
        shown["urgent"] = True
    if row["status"] == "x":
        shown |= {
            "cancelreasonid": str(row["cancelreasonid"]),
            "cancelreasonname": row["cancelreasonname"],
            "cancelreasonnoshow": bool(row["cancelreasonnoshow"]),
            "cancelreasonslotavailable": bool(row["cancelreasonslotavailable"]),
            "cancelledby": row["cancelledby"],
            "cancelleddatetime": row["cancelleddatetime"],
        }
    if row["rescheduledappointmentid"]:
        shown["rescheduledappointmentid"] = str(row["rescheduledappointmentid"])
    return shown


def single_row(world: World, row: Any) -> dict[str, Any]:
    """One appointment read alone, or the answer to a booking. An absent provider is "" or 0, as recorded."""
    shown = common(world, row)
    if row["status"] == "o":
        return shown
    supervisor = row["supervisingproviderid"] if world.knobs["echo_supervisor"] else None
    return shown | {
        "renderingproviderid": str(row["renderingproviderid"] or ""),
        "referringproviderid": "",
        "supervisingproviderid": supervisor or 0,
    }


def changed_row(world: World, row: Any) -> dict[str, Any]:
    """A row of the change feed: as in the booked list; an open slot has neither patient nor who wrote it when."""
    return with_template(world, row) if row["status"] == "o" else booked_row(world, row)


def with_template(world: World, row: Any) -> dict[str, Any]:
    return common(world, row) | {
        "templateappointmentid": str(row["templateappointmentid"] or row["id"]),
        "templateappointmenttypeid": str(row["templateappointmenttypeid"]),
        "hl7providerid": row["providerid"],
        "coordinatorenterprise": False,
    }


def booked_row(world: World, row: Any) -> dict[str, Any]:
    """A row of the booked list."""
    shown = with_template(world, row) | {
        "scheduledby": row["scheduledby"],
        "scheduleddatetime": row["scheduleddatetime"],
        "lastmodifiedby": row["lastmodifiedby"],
        "lastmodified": row["lastmodified"],
        "copay": 0,
    }
    if row["renderingproviderid"]:
        shown["renderingproviderid"] = row["renderingproviderid"]
    if row["supervisingproviderid"] and world.knobs["echo_supervisor"]:
        shown["supervisingproviderid"] = row["supervisingproviderid"]
    texts = [
        {"id": note["id"], "text": note["text"], "displayonschedule": bool(note["displayonschedule"])}
        for note in notes_of(world, row["id"])
    ]
    return shown | {"appointmentnotes": texts} if texts else shown


def notes_of(world: World, number: int) -> list[Any]:
    return world.db.execute("SELECT * FROM note WHERE appointmentid = ? ORDER BY id", [number]).fetchall()


def plain_row(world: World, row: Any) -> dict[str, Any]:
    """An appointment for the control address and the console: every column, ids as text, dates ISO."""
    shown: dict[str, Any] = {
        name: str(row[name]) if row[name] is not None and (name == "id" or name.endswith("id")) else row[name]
        for name in row.keys()  # noqa: SIM118 - sqlite3.Row iterates over values
        if name not in {"slot_minutes", "schedule"}
    }
    shown["templateappointmentid"] = str(row["templateappointmentid"] or row["id"])
    for name in ("frozen", "schedulable", "urgent"):
        shown[name] = bool(row[name])
    shown["notes"] = [{"id": str(note["id"]), "text": note["text"]} for note in notes_of(world, row["id"])]
    shown["confirmation"] = confirmation_of(world, row["id"])
    return shown


def confirmation_of(world: World, number: int) -> str:
    """What became of the vendor's own confirmation: mailed | suppressed | "" for a visit not booked by the API."""
    row = world.db.execute("SELECT mailed FROM confirmation WHERE appointmentid = ?", [number]).fetchone()
    return ("mailed" if row["mailed"] else "suppressed") if row else ""
