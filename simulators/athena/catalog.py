"""The practice's set-up as the vendor shows it: departments, providers, appointment types, reasons."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from simulators.athena.wire import Refusal

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World


def ping(call: Call) -> Any:
    return {"pong": "true"}


def hours(offset: timedelta | None) -> float | int:
    value = (offset or timedelta()).total_seconds() / 3600
    return int(value) if value.is_integer() else value


def department_row(world: World, number: int, doc: dict[str, Any]) -> dict[str, Any]:
    """`timezone` is the offset now, `timezoneoffset` that of standard time; the name may be absent."""
    zone = world.zone(number)
    year = world.now().year
    winter, summer = (hours(datetime(year, month, 1, tzinfo=zone).utcoffset()) for month in (1, 7))
    row = {
        "departmentid": str(number),
        "patientdepartmentname": doc.get("name", ""),
        "providergroupid": "1",
        "providergroupname": "Main group",
        "communicatorbrandid": "1",
        "chartsharinggroupid": "1",
        "clinicals": "ON",
        "servicedepartment": True,
        "ishospitaldepartment": False,
        "placeofservicefacility": False,
        "medicationhistoryconsent": False,
        "timezoneoffset": min(winter, summer),
        "timezone": hours(world.local_now(number).utcoffset()),
        "doesnotobservedst": winter == summer,
        **{name: value for name, value in doc.items() if name not in {"id", "hiddenzone", "telehealth"}},
    }
    return {name: value for name, value in row.items() if value is not None}


def with_zone_fault(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """A department whose zone the practice changed or lost (a fault on order)."""
    fault = call.fault
    if fault is None or fault.kind != "unknown_zone" or fault.departmentid not in (None, row["departmentid"]):
        return row
    row.pop("timezonename", None)
    return row | {"timezonename": fault.timezonename} if fault.timezonename else row


def departments(call: Call) -> Any:
    everyone = call.params.flag("showalldepartments")
    rows = [
        with_zone_fault(call, department_row(call.world, number, doc))
        for number, doc in call.world.departments.items()
        if everyone or not doc.get("hideinportal")
    ]
    return call.page("departments", rows)


def department(call: Call) -> Any:
    number = call.args["departmentid"]
    if number not in call.world.departments:
        raise Refusal(404, "The department ID is not valid.")
    return [with_zone_fault(call, department_row(call.world, number, call.world.departments[number]))]


def provider_row(world: World, number: int, doc: dict[str, Any]) -> dict[str, Any]:
    first, last = doc.get("firstname") or "", doc.get("lastname") or ""
    user = (first[:1] + last).lower().replace(" ", "").replace("-", "")
    suffix = f", {doc['providertypeid']}" if doc.get("providertypeid") else ""
    row: dict[str, Any] = {
        "providerid": number,
        "displayname": f"{first} {last}{suffix}".strip(),
        "schedulingname": user,
        "providerusername": user,
        "entitytype": "Person",
        "billable": True,
        "hideinportal": False,
        "createencounteroncheckin": True,
        "acceptingnewpatients": True,
        "providergrouplist": ["1"],
        **{name: value for name, value in doc.items() if name != "id"},
    }
    supervisor = doc.get("supervisingproviderid")
    if supervisor:
        row["supervisingproviderid"] = int(supervisor)
        above = world.providers.get(int(supervisor), {})
        row["supervisingproviderusername"] = (
            (above.get("firstname", "")[:1] + above.get("lastname", "")).lower().replace(" ", "").replace("-", "")
        )
    if doc.get("npi"):
        row["npi"] = int(doc["npi"])
    return {name: value for name, value in row.items() if value is not None}


def providers(call: Call) -> Any:
    name, kind = call.params.text("name"), call.params.text("providertype")
    rows = [provider_row(call.world, number, doc) for number, doc in call.world.providers.items()]
    if name:
        rows = [row for row in rows if name.lower() in row["displayname"].lower()]
    if kind:
        rows = [row for row in rows if row.get("providertypeid") == kind]
    return call.page("providers", rows)


def provider(call: Call) -> Any:
    number = call.args["providerid"]
    if number not in call.world.providers:
        raise Refusal(404, "The provider ID is not valid.")
    return [provider_row(call.world, number, call.world.providers[number])]


def type_row(number: int, doc: dict[str, Any]) -> dict[str, Any]:
    return {
        "appointmenttypeid": number,
        "name": doc["name"],
        "shortname": doc["shortname"],
        "patientdisplayname": doc["patientdisplayname"],
        "duration": doc["duration"],
        "generic": doc["generic"],
        "patient": doc["patient"],
        "templatetypeonly": doc["templatetypeonly"],
        "createencounteroncheckin": True,
    }


def types(call: Call) -> Any:
    """Types patients never see are hidden unless asked for."""
    flag = call.params.flag
    hidden = (
        (flag("hidegeneric"), "generic", True),
        (flag("hidenongeneric"), "generic", False),
        (flag("hidenonpatient", default=True), "patient", False),
        (flag("hidetemplatetypeonly"), "templatetypeonly", True),
    )
    rows = [
        type_row(number, doc)
        for number, doc in call.world.types.items()
        if not any(asked and doc[name] is value for asked, name, value in hidden)
    ]
    return call.page("appointmenttypes", rows)


def type_(call: Call) -> Any:
    number = call.args["appointmenttypeid"]
    if number not in call.world.types:
        raise Refusal(404, "The appointment type ID is not valid.")
    return [type_row(number, call.world.types[number])]


def reasons(call: Call, kinds: tuple[str, ...] = ("new", "existing", "all")) -> Any:
    """What a patient may choose with one provider in one department; both are required, one each."""
    call.params.need("departmentid", "providerid")
    provider_id, department_id = call.params.integer("providerid"), call.params.integer("departmentid")
    rows = []
    for number in sorted({key[0] for key in call.world.reasons}):
        doc = call.world.reason_at(number, provider_id or 0, department_id or 0)
        if doc is None or doc["reasontype"] not in kinds or provider_id not in call.world.providers:
            continue
        row = {
            "reasonid": number,
            "reason": doc["name"],
            "description": doc.get("description") or doc["name"],
            "reasontype": doc["reasontype"],
        }
        limits = {name: doc[name] for name in ("schedulingminhours", "schedulingmaxdays") if name in doc}
        rows.append(row | limits)
    return call.page("patientappointmentreasons", rows)


def reasons_new(call: Call) -> Any:
    return reasons(call, ("new", "all"))


def reasons_existing(call: Call) -> Any:
    return reasons(call, ("existing", "all"))
