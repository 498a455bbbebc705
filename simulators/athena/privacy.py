"""The privacy check boxes of a chart, with the vendor's trap: no box named true marks all three, and none comes off."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from simulators.athena import patients
from simulators.athena.insurances import chart
from simulators.athena.wire import invalid, missing, us_day

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World

BOXES = ("privacynotice", "patientsignature", "insuredsignature")
"""The notice; release of billing information; assignment of benefits."""
LONGEST_NAME = 100


def on_file(world: World, patient: int) -> dict[str, Any]:
    """The day each box was marked (MM/DD/YYYY), and who signed last."""
    row = world.db.execute("SELECT doc FROM privacy WHERE patientid = ?", [patient]).fetchone()
    return orjson.loads(row["doc"]) if row else {}


def verify(call: Call) -> Any:
    params, world, patient = call.params, call.world, chart(call)
    params.need("departmentid")
    signed = ("signaturename", "signaturedatetime")
    absent = [name for name in signed if params.text(name) is None]
    if len(absent) == 1:
        raise missing(*absent)
    name, at = params.text("signaturename"), params.moment("signaturedatetime")
    if name and len(name) > LONGEST_NAME:
        raise invalid("signaturename")
    marked = [box for box in BOXES if params.flag(box)] or list(BOXES)
    day = us_day(world.local_now(params.integer("departmentid") or 0).date())
    doc = on_file(world, patient) | dict.fromkeys(marked, day)
    if name and at:
        doc |= {"signaturename": name, "signaturedatetime": at.isoformat(" ")}
    world.db.execute("INSERT OR REPLACE INTO privacy VALUES (?, ?)", [patient, orjson.dumps(doc)])
    if all(box in doc for box in BOXES):
        patients.store(world, patient, (patients.load(world, patient) or {}) | {"privacyinformationverified": True})
    return [{"success": True, "patientid": patient}]


def read(call: Call) -> Any:
    patient = chart(call)
    call.params.need("departmentid")
    doc = on_file(call.world, patient)
    shown: dict[str, Any] = {"checkboxesconfigured": len(BOXES)}
    for box, day in (
        ("privacynotice", "privacynoticegivendate"),
        ("patientsignature", "patientsignatureeffectivedate"),
        ("insuredsignature", "insuredsignatureeffectivedate"),
    ):
        shown[box] = {f"is{box}onfile": box in doc} | ({day: doc[box]} if box in doc else {})
    return shown
