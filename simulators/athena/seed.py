"""Bringing a practice in: departments, providers, types, reasons and weekly schedules, again and again if need be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson

from simulators.athena.slots import lay_ahead, put_schedule

if TYPE_CHECKING:
    from simulators.athena.state import World

FIRST_MADE_TYPE = 9001
LISTS = {"departments", "providers", "types", "packages", "reasons", "schedules", "days"}


def number(value: object) -> int:
    """Ids are whole numbers, sent as number or text. Raises ValueError."""
    text = str(value)
    if not text.isdigit():
        raise ValueError(f"an id must be a whole number, not {text!r}")
    return int(text)


def sow(world: World, doc: dict[str, Any]) -> dict[str, int]:
    """Upserts everything by id, all or nothing, then lays the slots. Raises ValueError or KeyError for a bad file."""
    if set(doc) - LISTS:
        raise ValueError(f"unknown member: {', '.join(sorted(set(doc) - LISTS))}")
    try:
        with world.transaction():
            for row in doc.get("departments", []):
                put(world, "department", world.departments, row)
            for row in doc.get("providers", []):
                put(world, "provider", world.providers, row)
            for row in doc.get("types", []):
                put(world, "type", world.types, with_type_defaults(row))
            for row in doc.get("packages", []):
                put(world, "package", world.packages, {"insurancetype": "Commercial"} | row | {"name": row["name"]})
            for row in doc.get("reasons", []):
                put_reason(world, row)
            if "days" in doc:
                world.keep("days", number(doc["days"]))
            for row in doc.get("schedules", []):
                put_schedule(world, row)
    finally:
        world.load()
    counts = {name: len(doc.get(name, [])) for name in ("departments", "providers", "types", "reasons", "schedules")}
    return counts | {"slots_added": lay_ahead(world, force=True)}


def put(world: World, kind: str, those: dict[int, dict[str, Any]], row: dict[str, Any]) -> None:
    key = number(row["id"])
    those[key] = {name: value for name, value in row.items() if name != "id"}
    world.db.execute("INSERT OR REPLACE INTO catalogue VALUES (?, ?, ?)", [kind, key, orjson.dumps(those[key])])


def with_type_defaults(row: dict[str, Any]) -> dict[str, Any]:
    name = row["name"]
    defaults = {
        "shortname": "".join(word[0] for word in name.split())[:4].upper(),
        "patientdisplayname": name,
        "generic": False,
        "patient": True,
        "templatetypeonly": False,
    }
    return defaults | row | {"duration": number(row["duration"])}


def put_reason(world: World, row: dict[str, Any]) -> None:
    """One reason for one provider and department (null: every one), with the type it maps to."""
    key = (number(row["id"]), number(row.get("providerid") or 0), number(row.get("departmentid") or 0))
    doc = {name: value for name, value in row.items() if value is not None}
    doc["appointmenttypeid"] = type_for(world, row)
    doc.setdefault("reasontype", "all")
    if doc["reasontype"] not in ("new", "existing", "all"):
        raise ValueError(f"reasontype must be new, existing or all, not {doc['reasontype']!r}")
    world.reasons[key] = doc
    world.db.execute("INSERT OR REPLACE INTO reason VALUES (?, ?, ?, ?)", [*key, orjson.dumps(doc)])


def type_for(world: World, row: dict[str, Any]) -> int:
    """The named type, else the one of the reason's name and length, made when there is none."""
    wanted = {"name": row["name"], "duration": row.get("minutes") or 30}
    if row.get("appointmenttypeid"):
        key = number(row["appointmenttypeid"])
        if key not in world.types:
            put(world, "type", world.types, with_type_defaults(wanted | {"id": key}))
        return key
    for key, kind in world.types.items():
        if kind["name"] == wanted["name"] and kind["duration"] == wanted["duration"]:
            return key
    key = max([FIRST_MADE_TYPE - 1, *world.types]) + 1
    put(world, "type", world.types, with_type_defaults(wanted | {"id": key}))
    return key
