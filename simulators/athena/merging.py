"""Two charts become one, as staff do it. Only the survivor is there afterwards.

Guessed, because nothing public tells: the merged id answers 404 everywhere; the visits change their patient id; a
policy moves where the survivor has none at that sequence number, else it is cancelled; privacy boxes add up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import orjson

from simulators.athena import patients, privacy
from simulators.athena.changes import tell
from simulators.athena.wire import Refusal, us_day

if TYPE_CHECKING:
    from simulators.athena.state import World


def merge(world: World, gone: int, survivor: int) -> None:
    """Merges the chart `gone` into `survivor`. Refuses an unknown one and a chart into itself."""
    doc, kept = patients.load(world, gone), patients.load(world, survivor)
    if doc is None or kept is None or gone == survivor:
        raise Refusal(409, "two different charts that exist are needed")
    db, today = world.db, us_day(world.now().date())
    visits = [row["id"] for row in db.execute("SELECT id FROM appointment WHERE patientid = ?", [gone]).fetchall()]
    db.execute("UPDATE appointment SET patientid = ? WHERE patientid = ?", [survivor, gone])
    db.execute(
        "UPDATE policy SET cancelled = ? WHERE patientid = ? AND cancelled IS NULL AND sequencenumber IN"
        " (SELECT sequencenumber FROM policy WHERE patientid = ? AND cancelled IS NULL)",
        [today, gone, survivor],
    )
    db.execute("UPDATE policy SET patientid = ? WHERE patientid = ?", [survivor, gone])
    boxes = privacy.on_file(world, gone) | privacy.on_file(world, survivor)
    if boxes:
        db.execute("INSERT OR REPLACE INTO privacy VALUES (?, ?)", [survivor, orjson.dumps(boxes)])
    db.execute("DELETE FROM privacy WHERE patientid = ?", [gone])
    db.execute("DELETE FROM patient WHERE id = ?", [gone])
    db.execute("UPDATE merged SET survivor = ? WHERE survivor = ?", [survivor, gone])
    db.execute("INSERT INTO merged VALUES (?, ?, ?)", [gone, survivor, orjson.dumps(doc)])
    for number in visits:
        tell(world, "UpdateAppointment", number)
    tell(world, "MergePatient", survivor)
    tell(world, "MergePatient", gone, push_only=True)
