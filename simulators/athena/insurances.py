"""Insurance: the packages a practice knows, the policies on a chart, those chosen for a visit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from simulators.athena.changes import tell
from simulators.athena.wire import Refusal, invalid, read_day, us_day

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World

SELF_PAY = 0
HOLDER = ("insurancepolicyholderfirstname", "insurancepolicyholderlastname", "insurancepolicyholdersex")
PLAIN = (
    *HOLDER, "insuranceidnumber", "policynumber", "insurancepolicyholdermiddlename", "insurancepolicyholdersuffix",
    "insurancepolicyholderaddress1", "insurancepolicyholderaddress2", "insurancepolicyholdercity",
    "insurancepolicyholderstate", "insurancepolicyholderzip", "insurancephone",
)  # fmt: skip
DAYS = ("insurancepolicyholderdob", "issuedate", "expirationdate")
RELATIONS = {1: "Self", 2: "Spouse", 3: "Child", 4: "Other", 12: "Other entity"}
OTHER_ENTITY, NOT_A_PERSON = 12, 2
HIGHEST_SEQUENCE = 3
NOT_BOOKED = "Appointment ID is not a booked appointment"
NONE_ACTIVE = "No insurance package is active at the sequence number given."


def package(world: World, number: int) -> dict[str, Any] | None:
    """A package; a practice that was seeded without any takes every id."""
    if number == SELF_PAY:
        return {"name": "*SELF PAY*", "insurancetype": "Personal Payment (Cash - No Insurance)"}
    if not world.packages and number > 0:
        return {"name": f"PACKAGE {number}", "insurancetype": "Commercial"}
    return world.packages.get(number)


def search(call: Call) -> Any:
    """GET /insurancepackages: packages whose name or affiliation holds the words; the member id changes nothing."""
    call.params.need("insuranceplanname", "memberid")
    wanted = (call.params.text("insuranceplanname") or "").lower()
    rows = [
        {
            "insurancepackageid": number,
            "insuranceplanname": doc.get("displayname") or doc["name"],
            "affiliations": doc.get("affiliations", []),
            "addresslist": doc.get("addresslist", []),
        }
        for number, doc in call.world.packages.items()
        if any(wanted in text.lower() for text in (doc["name"], *doc.get("affiliations", [])))
    ]
    return call.page("insurances", rows)


def rows(world: World, patient: int, *, cancelled: bool = False) -> list[dict[str, Any]]:
    """A chart's policies in the vendor's shape, the active ones by sequence number."""
    found = world.db.execute(
        "SELECT * FROM policy WHERE patientid = ? ORDER BY cancelled IS NOT NULL, sequencenumber, id", [patient]
    ).fetchall()
    return [shape(world, row) for row in found if cancelled or row["cancelled"] is None]


def shape(world: World, row: Any) -> dict[str, Any]:
    doc = orjson.loads(row["doc"])
    known = package(world, doc["insurancepackageid"]) or {"name": "", "insurancetype": ""}
    relation = doc.get("relationshiptoinsuredid", 1)
    names = (doc.get("insurancepolicyholderfirstname"), doc.get("insurancepolicyholderlastname"))
    shown = {
        "insuranceid": str(row["id"]),
        "sequencenumber": row["sequencenumber"],
        "insuranceplanname": known["name"],
        "insuranceplandisplayname": known.get("displayname") or known["name"],
        "insurancetype": known["insurancetype"],
        "insurancephone": known.get("phone"),
        "relationshiptoinsuredid": relation,
        "relationshiptoinsured": RELATIONS.get(relation, "Other"),
        "insuredentitytypeid": doc.get("insuredentitytypeid", 1),
        "insurancepolicyholder": " ".join(name for name in names if name).upper(),
        "insurancepolicyholdercountrycode": "USA",
        "insurancepolicyholdercountryiso3166": "US",
        "eligibilitystatus": "Unverified",
        "cancelled": row["cancelled"],
        **doc,
    }
    return {name: value for name, value in shown.items() if value not in (None, "")}


def of_patient(call: Call) -> Any:
    patient = chart(call)
    return call.page("insurances", rows(call.world, patient, cancelled=call.params.flag("showcancelled")))


def chart(call: Call) -> int:
    """The patient of the path. Refuses an unknown one."""
    number = call.args["patientid"]
    if call.world.db.execute("SELECT 1 FROM patient WHERE id = ?", [number]).fetchone() is None:
        raise Refusal(404, "The patient ID does not exist.")
    return number


def active_at(world: World, patient: int, sequence: int) -> Any:
    return world.db.execute(
        "SELECT * FROM policy WHERE patientid = ? AND sequencenumber = ? AND cancelled IS NULL", [patient, sequence]
    ).fetchone()


def add(call: Call) -> Any:
    """Not idempotent: a repeated call meets its own policy as a conflict."""
    params, world, patient = call.params, call.world, chart(call)
    params.need("insurancepackageid", "sequencenumber")
    if params.text("departmentid") is None:
        raise Refusal(400, "departmentid is required")
    number, sequence = params.integer("insurancepackageid") or 0, params.integer("sequencenumber") or 0
    if package(world, number) is None:
        raise invalid("insurancepackageid")
    if not 1 <= sequence <= HIGHEST_SEQUENCE:
        raise invalid("sequencenumber")
    if number != SELF_PAY:
        params.need(*HOLDER)
    doc = policy_fields(call) | {"insurancepackageid": number}
    if active_at(world, patient, sequence) is not None:
        raise Refusal(409, "An existing insurance package exists. Use PUT to update or DELETE to deactivate.")
    if sequence > 1 and active_at(world, patient, 1) is None:
        raise Refusal(400, "Secondary insurance without primary.")
    cursor = world.db.execute(
        "INSERT INTO policy (patientid, sequencenumber, doc) VALUES (?, ?, ?)", [patient, sequence, orjson.dumps(doc)]
    )
    tell(world, "UpdatePatient", patient)
    row = world.db.execute("SELECT * FROM policy WHERE id = ?", [cursor.lastrowid]).fetchone()
    return [shape(world, row)]


def policy_fields(call: Call) -> dict[str, Any]:
    """What was sent of a policy, checked."""
    params = call.params
    doc: dict[str, Any] = {name: text for name in PLAIN if (text := params.text(name))}
    for name in DAYS:
        value = params.text(name)
        if value:
            doc[name] = us_day(read_day(value))
    if doc.get("insurancepolicyholdersex") not in (None, "M", "F"):
        raise invalid("insurancepolicyholdersex")
    doc["relationshiptoinsuredid"] = params.integer("relationshiptoinsuredid") or 1
    doc["insuredentitytypeid"] = params.integer("insuredentitytypeid") or 1
    if doc["relationshiptoinsuredid"] == OTHER_ENTITY and doc["insuredentitytypeid"] != NOT_A_PERSON:
        raise invalid("insuredentitytypeid")
    return doc


def remove(call: Call) -> Any:
    """DELETE by sequence number or by id: the policy stays on the chart, cancelled."""
    world, patient = call.world, chart(call)
    number = call.args.get("insuranceid")
    if number is None:
        call.params.need("sequencenumber")
        row = active_at(world, patient, call.params.integer("sequencenumber") or 0)
    else:
        row = world.db.execute(
            "SELECT * FROM policy WHERE id = ? AND patientid = ? AND cancelled IS NULL", [number, patient]
        ).fetchone()
    if row is None:
        raise Refusal(404, NONE_ACTIVE)
    today = us_day(world.now().date())
    world.db.execute("UPDATE policy SET cancelled = ? WHERE id = ?", [today, row["id"]])
    tell(world, "UpdatePatient", patient)
    return {"success": True, "message": ""}


def booked(call: Call) -> Any:
    """The visit. Refuses what is not booked (an open slot, a cancelled visit, an unknown id)."""
    row = call.world.db.execute("SELECT * FROM appointment WHERE id = ?", [call.args["appointmentid"]]).fetchone()
    if row is None or row["status"] in ("o", "x"):
        raise Refusal(400, NOT_BOOKED)
    return row


def visit_rows(world: World, number: int, patient: int) -> list[dict[str, Any]]:
    """The policies of a visit: those chosen for it, else the chart's primary and secondary."""
    active = rows(world, patient)
    chosen = world.db.execute("SELECT * FROM chosen_policy WHERE appointmentid = ?", [number]).fetchone()
    if chosen is None:
        return [row for row in active if row["sequencenumber"] <= 2]
    wanted = [str(chosen[name]) for name in ("primaryinsuranceid", "secondaryinsuranceid") if chosen[name]]
    return [row for number in wanted for row in active if row["insuranceid"] == number]


def of_appointment(call: Call) -> Any:
    row = booked(call)
    return call.page("insurances", visit_rows(call.world, row["id"], row["patientid"]))


def choose(call: Call) -> Any:
    world, row = call.world, booked(call)
    names = ("primaryinsuranceid", "secondaryinsuranceid")
    wanted = [call.params.integer(name) for name in names]
    known = {one["insuranceid"] for one in rows(world, row["patientid"])}
    wrong = [
        name for name, number in zip(names, wanted, strict=True) if number is not None and str(number) not in known
    ]
    if wrong:
        raise invalid(*wrong)
    world.db.execute("INSERT OR REPLACE INTO chosen_policy VALUES (?, ?, ?)", [row["id"], *wanted])
    tell(world, "UpdateAppointment", row["id"])
    return {"success": True}
