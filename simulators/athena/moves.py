"""Moving a visit: PUT /appointments/{id}/reschedule, and what the front desk does with the same end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from simulators.athena import appointments, openings
from simulators.athena.changes import RESCHEDULE, tell
from simulators.athena.rows import single_row
from simulators.athena.wire import Refusal

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World


def reschedule(call: Call) -> Any:
    """The new slot is taken first: where it is gone the visit stays as it was. Answers with a part of the new visit."""
    params, world = call.params, call.world
    params.need("newappointmentid", "patientid")
    old = appointments.still_booked(call)
    reason = params.integer("reasonid")
    if reason is not None and not world.knows_reason(reason):
        raise Refusal(400, "Invalid reason.", detailedmessage="The reason ID does not exist.")
    number = params.integer("newappointmentid") or 0
    why = params.integer("appointmentcancelreasonid") or appointments.RESCHEDULED_FROM_API
    any_permission = params.flag("ignoreschedulablepermission")
    move(world, old, number, reason, by=appointments.API_USER, why=why, any_permission=any_permission)
    reported = params.text("reschedulereason")
    if reported:
        text = f"API appointment reschedule. Reported reason: {reported}"
        appointments.add_note(world, old["id"], text, appointments.API_USER)
    new = appointments.fetch(world, number)
    shown = ("appointmentid", "departmentid", "appointmentstatus", "duration", "patientid", "appointmenttypeid")
    row = single_row(world, new)
    return [{name: row[name] for name in shown} | {"providerid": ""}]


def move(
    world: World, old: Any, number: int, reason: int | None, *, by: str, why: int, any_permission: bool = False
) -> None:
    """Books the new slot for the visit's patient and ends the old visit, which then names the new one.

    Without a reason of its own the visit keeps its reason, or where that does not fit the slot its appointment type.
    Refuses a slot that is not open as taken.
    """
    slot, kind = appointments.fetch(world, number), None
    if reason is None:
        reason = old["reasonid"]
        if slot is None or reason is None or not openings.fits_reason(world, reason, slot):
            reason, kind = None, old["appointmenttypeid"]
    appointments.take(world, number, old["patientid"], reason, kind, by=by, any_permission=any_permission)
    if reason is None:
        world.db.execute("UPDATE appointment SET reasonid = ? WHERE id = ?", [old["reasonid"], number])
    if world.knobs["reschedule_moves"]:
        bring_along(world, old, number)
    appointments.end(world, old, why, by, rescheduled_to=number)
    tell(world, "CancelAppointment", old["id"], topic=RESCHEDULE)
    tell(world, "ScheduleAppointment", number, topic=RESCHEDULE)


def bring_along(world: World, old: Any, number: int) -> None:
    """Notes, chosen policies and providers of the old visit (a setting)."""
    world.db.execute(
        "INSERT INTO note (appointmentid, text, created, createdby, displayonschedule)"
        " SELECT ?, text, created, createdby, displayonschedule FROM note WHERE appointmentid = ? ORDER BY id",
        [number, old["id"]],
    )
    world.db.execute(
        "INSERT OR REPLACE INTO chosen_policy SELECT ?, primaryinsuranceid, secondaryinsuranceid"
        " FROM chosen_policy WHERE appointmentid = ?",
        [number, old["id"]],
    )
    world.db.execute(
        "UPDATE appointment SET renderingproviderid = ?, supervisingproviderid = ? WHERE id = ?",
        [old["renderingproviderid"], old["supervisingproviderid"], number],
    )
