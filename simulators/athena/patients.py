"""Charts: the search for an existing one, creating, reading, changing."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

import orjson

from simulators.athena import insurances
from simulators.athena.changes import tell
from simulators.athena.wire import Params, Refusal, invalid, missing, read_day, us_day

if TYPE_CHECKING:
    from simulators.athena.call import Call
    from simulators.athena.state import World

PHONES = ("homephone", "mobilephone", "workphone", "contacthomephone", "contactmobilephone", "guarantorphone")
CONTACTS = ("email", "guarantoremail", "ssn", "homephone", "mobilephone", "workphone", "zip")
LIMITS = {
    "firstname": 20, "middlename": 20, "preferredname": 20, "altfirstname": 20, "lastname": 30, "suffix": 10,
    "address1": 100, "address2": 100, "city": 30, "state": 10, "zip": 10, "ssn": 13, "email": 50, "contactname": 50,
}  # fmt: skip
PLAIN = (
    "sex", "language6392code", "race", "ethnicitycode", "maritalstatus", "notes", "contactpreference",
    "contactrelationship", "guarantorfirstname", "guarantorlastname", "guarantordob", "guarantoremail",
    "guarantorrelationshiptopatient", "guarantoraddress1", "guarantorcity", "guarantorstate", "guarantorzip",
    "primaryproviderid", "primarydepartmentid", "departmentid",
)  # fmt: skip
FLAGS = (
    "consenttotext", "consenttocall",
    *(f"contactpreference_{what}_{how}" for what in ("appointment", "billing", "lab", "announcement")
      for how in ("email", "sms", "phone")),
)  # fmt: skip
NANP = re.compile(r"[2-9]\d{2}[2-9]\d{6}")
BEST, GOOD, AUTOMATIC = 16, 23, 26
EARLIEST_BIRTH = date(1890, 1, 1)


def ten_digits(value: str) -> str | None:
    """The ten digits of a North American number, or None."""
    digits = re.sub(r"\D", "", value)
    digits = digits[1:] if len(digits) == 11 and digits[0] == "1" else digits
    return digits if NANP.fullmatch(digits) else None


def birth(world: World, value: str) -> str:
    """ISO date of birth. Refuses a date that is none, lies ahead or is older than any person."""
    try:
        born = read_day(value)
    except Refusal:
        raise Refusal(400, "Improper DOB.") from None
    if not EARLIEST_BIRTH <= born <= world.now().date():
        raise Refusal(400, "Improper DOB.")
    return born.isoformat()


def fields_of(world: World, params: Params) -> dict[str, Any]:
    """The fields sent that a chart has, checked against the vendor's limits. An empty value clears."""
    doc: dict[str, Any] = {}
    for name, most in LIMITS.items():
        if name in params:
            value = params.text(name) or ""
            if len(value) > most:
                if world.knobs["long_fields"] == "reject":
                    raise invalid(name, why=f"{name.upper()} may have at most {most} characters.")
                value = value[:most]
            doc[name] = value
    for name in PHONES:
        value = params.text(name)
        if value is not None:
            doc[name] = ten_digits(value)
            if doc[name] is None:
                raise invalid(name, why=f"{name.upper()} must be a 10-digit phone number.")
    if doc.get("email") and doc["email"] != "declined" and not re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", doc["email"]):
        raise invalid("email")
    doc |= {name: params.text(name) or "" for name in PLAIN if name in params}
    doc |= {name: params.flag(name) for name in FLAGS if name in params}
    if doc.get("sex") not in (None, "", "M", "F"):
        raise invalid("sex")
    return doc


def load(world: World, number: int) -> dict[str, Any] | None:
    row = world.db.execute("SELECT doc FROM patient WHERE id = ?", [number]).fetchone()
    return orjson.loads(row["doc"]) if row else None


def insert(world: World, doc: dict[str, Any]) -> int:
    """A new chart; `doc` has an ISO `dob`."""
    doc = doc | {"registrationdate": us_day(world.now().date())}
    cursor = world.db.execute(
        "INSERT INTO patient (firstname, lastname, dob, doc) VALUES (?, ?, ?, ?)",
        [doc["firstname"].lower(), doc["lastname"].lower(), doc["dob"], orjson.dumps(doc)],
    )
    tell(world, "AddPatient", int(cursor.lastrowid or 0))
    return int(cursor.lastrowid or 0)


def row_of(number: int, doc: dict[str, Any], *, full_ssn: bool = False) -> dict[str, Any]:
    """A chart in the vendor's shape; the social security number is masked."""
    department = doc.get("departmentid") or "1"
    row = {
        "patientid": str(number),
        "departmentid": department,
        "primarydepartmentid": doc.get("primarydepartmentid") or department,
        "status": "active",
        "countrycode": "USA",
        "countrycode3166": "US",
        "guarantorcountrycode": "USA",
        "guarantorcountrycode3166": "US",
        "guarantorrelationshiptopatient": "1",
        "guarantoraddresssameaspatient": False,
        "consenttotext": False,
        "portaltermsonfile": False,
        "portalaccessgiven": False,
        "privacyinformationverified": False,
        "patientphoto": False,
        "driverslicense": False,
        "homebound": False,
        "hasmobile": bool(doc.get("mobilephone")),
        "emailexists": bool(doc.get("email")),
        "balances": [{"balance": 0, "cleanbalance": True, "departmentlist": department, "providergroupid": 1}],
        **{name: value for name, value in doc.items() if value not in ("", None)},
        "dob": us_day(doc["dob"]),
    }
    if "ssn" in row and not full_ssn:
        row["ssn"] = f"*****{row['ssn'][-4:]}"
    return row


def score(wanted: dict[str, str], doc: dict[str, Any]) -> int:
    """Name and birth date alone make a good match (23); one more detail an automatic one (26)."""
    points = 9 if wanted["dob"] == doc["dob"] else 0
    first, last = wanted["firstname"].lower(), wanted["lastname"].lower()
    points += 8 if last == doc["lastname"].lower() else 0
    known = [str(doc.get(name) or "").lower() for name in ("firstname", "preferredname")]
    points += 6 if first in known else 3 if known[0][:3] == first[:3] else 0
    for name, worth in (("email", 3), ("ssn", 6), ("zip", 2), ("address1", 2)):
        given = wanted.get(name)
        points += worth if given and given.lower() == str(doc.get(name) or "").lower() else 0
    numbers = {wanted[name] for name in ("homephone", "mobilephone", "workphone", "anyphone") if wanted.get(name)}
    points += 3 if numbers & {doc.get(name) for name in PHONES[:3]} else 0
    return points


def matches(world: World, wanted: dict[str, str]) -> list[tuple[int, int, dict[str, Any]]]:
    """(score, id, chart) of everyone with the birth date or the whole name, best first."""
    rows = world.db.execute(
        "SELECT id, doc FROM patient WHERE dob = ? OR (firstname = ? AND lastname = ?)",
        [wanted["dob"], wanted["firstname"].lower(), wanted["lastname"].lower()],
    ).fetchall()
    found = [(row["id"], orjson.loads(row["doc"])) for row in rows]
    return sorted(((score(wanted, doc), number, doc) for number, doc in found), key=lambda one: (-one[0], one[1]))


def bestmatch(call: Call) -> Any:
    """A bare array: the one sure match, or with returnbestmatches the best five of at least 16."""
    params, world = call.params, call.world
    params.need("firstname", "lastname", "dob")
    wanted = {name: text for name in params.values if (text := params.text(name))}
    wanted["dob"] = read_day(wanted["dob"]).isoformat()
    for name in ("homephone", "mobilephone", "workphone", "anyphone"):
        if name in wanted:
            wanted[name] = ten_digits(wanted[name]) or ""
    least = max(params.integer("minscore") or 0, BEST)
    several = params.flag("returnbestmatches")
    found = [one for one in matches(world, wanted) if one[0] >= (least if several else max(least, GOOD))]
    return [row_of(number, doc) | {"score": points} for points, number, doc in found[: 5 if several else 1]]


def create(call: Call) -> Any:
    """Searches first: a chart that surely is this person's is returned as it is, unchanged."""
    params, world = call.params, call.world
    absent = [name for name in ("lastname", "dob", "firstname", "departmentid") if params.text(name) is None]
    if absent:
        raise Refusal(400, "Additional fields are required.", invalidfields=[], missingfields=absent)
    born = birth(world, params.text("dob") or "")
    if not any(params.text(name) for name in CONTACTS):
        raise missing(*CONTACTS)
    if params.integer("departmentid") not in world.departments:
        raise invalid("departmentid")
    doc = fields_of(world, params) | {"dob": born}
    found = matches(world, {name: value for name, value in doc.items() if isinstance(value, str)})
    if found and found[0][0] >= AUTOMATIC:
        warning = {"errormessage": "The patient already exists."} if params.flag("showerrormessage") else {}
        return [{"patientid": str(found[0][1])} | warning]
    return [{"patientid": str(insert(world, doc))}]


def update(call: Call) -> Any:
    world, number = call.world, call.args["patientid"]
    doc = known(world, number)
    doc |= fields_of(world, call.params)
    if call.params.text("dob"):
        doc["dob"] = birth(world, call.params.text("dob") or "")
    store(world, number, doc)
    return [{"patientid": str(number)}]


def store(world: World, number: int, doc: dict[str, Any]) -> None:
    world.db.execute(
        "UPDATE patient SET firstname = ?, lastname = ?, dob = ?, doc = ? WHERE id = ?",
        [doc["firstname"].lower(), doc["lastname"].lower(), doc["dob"], orjson.dumps(doc), number],
    )
    tell(world, "UpdatePatient", number)


def known(world: World, number: int) -> dict[str, Any]:
    doc = load(world, number)
    if doc is None:
        raise Refusal(404, "The patient ID does not exist.")
    return doc


def read(call: Call) -> Any:
    """A chart that was merged away is no longer there; the one that lives on names it when asked."""
    number = call.args["patientid"]
    return [shown(call, number, known(call.world, number))]


def shown(call: Call, number: int, doc: dict[str, Any]) -> dict[str, Any]:
    """A chart with what the call asks to see of it."""
    row = row_of(number, doc, full_ssn=call.params.flag("showfullssn"))
    if call.params.flag("showinsurance"):
        row["insurances"] = insurances.rows(call.world, number)
    if call.params.flag("showpreviouspatientids"):
        found = call.world.db.execute("SELECT id FROM merged WHERE survivor = ? ORDER BY id", [number])
        row["previouspatientids"] = [str(one["id"]) for one in found]
    return row


def search(call: Call) -> Any:
    """By name, birth date, department or phone; at least one is needed."""
    params = call.params
    names = ("firstname", "lastname", "dob", "departmentid", "homephone", "mobilephone", "workphone")
    wanted = {name: text.lower() for name in names if (text := params.text(name))}
    if not wanted:
        raise Refusal(400, "Additional fields are required.", detailedmessage="A search criterion must be provided.")
    if "dob" in wanted:
        wanted["dob"] = read_day(wanted["dob"]).isoformat()
    rows = []
    for row in call.world.db.execute("SELECT id, doc FROM patient ORDER BY id"):
        doc = orjson.loads(row["doc"])
        if all(str(doc.get(name) or "").lower().startswith(value) for name, value in wanted.items()):
            rows.append(row_of(row["id"], doc))
    return call.page("patients", rows)
