"""From records of the file to natural rows of the tables, each member keeping its line and path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from moonlit.practice.models import FLAGS
from moonlit.practicefile.reading import Record
from moonlit.practicefile.tables import BY_NAME, Table

Key = tuple[Any, ...]


@dataclass(slots=True)
class FileRow:
    """A row as the file says it should be. Values that could not be read are missing."""

    table: Table
    values: dict[str, Any]
    record: Record
    members: Mapping[str, str] = field(default_factory=dict)
    """Column -> member of the file, where the names differ."""

    @property
    def key(self) -> Key | None:
        """None while a part of it is at fault."""
        values = self.values
        if any(
            part not in values or (isinstance(values[part], tuple) and None in values[part]) for part in self.table.key
        ):
            return None
        return tuple(values[part] for part in self.table.key)

    def place(self, column: str) -> tuple[int, str]:
        """Line and path of what the file says about a column."""
        member = self.members.get(column, column)
        return self.record.line_at(member), self.record.path_to(member)


@dataclass(frozen=True, slots=True)
class FlagWish:
    """`bookable: true` means: from today, open; false: from today no longer."""

    provider: str
    flag: str
    holds: bool
    line: int


_OPTIONAL_TEXT = {"plan": "", "employer": "", "county": ""}


def rows_of(file: Record) -> Iterator[FileRow]:
    """Every row the file describes, in file order; the dated flags are `flag_wishes`."""
    if (practice := file.values.get("practice")) is not None:
        yield FileRow(BY_NAME["practice"], {"id": 1, **practice.values}, practice)
    for record in file.values.get("locations", []):
        yield _location(record)
    yield from _plain(file, "closures", "closure")
    yield from _plain(file, "visit_types", "visit type")
    for record in file.values.get("providers", []):
        yield from _provider(record)
    yield from _plain(file, "documents", "document")
    yield from _plain(file, "vendors", "vendor")
    for record in file.values.get("payers", []):
        yield from _payer(record)
    for record in file.values.get("contracts", []):
        yield _contract(record)
    yield from _plain(file, "supervisions", "supervision")


def flag_wishes(file: Record) -> Iterator[FlagWish]:
    """The flags a file names; one it does not name is left alone."""
    for record in file.values.get("providers", []):
        for flag in FLAGS:
            if (holds := record.values.get(flag)) is not None and "npi" in record.values:
                yield FlagWish(record.values["npi"], flag, holds, record.line_at(flag))


def _plain(file: Record, section: str, table: str) -> Iterator[FileRow]:
    for record in file.values.get(section, []):
        yield FileRow(BY_NAME[table], dict(record.values), record)


def _location(record: Record) -> FileRow:
    values = dict(record.values)
    address = values.pop("address", None)
    parts = {} if address is None else address.values
    values.update({name: parts.get(name, "") for name in ("line1", "city", "state", "zip")})
    return FileRow(BY_NAME["location"], values, record, dict.fromkeys(("line1", "city", "state", "zip"), "address"))


def _provider(record: Record) -> Iterator[FileRow]:
    values = dict(record.values)
    parts = {
        "engagement": values.pop("engagements", []),
        "absence": values.pop("absences", []),
        "license": values.pop("licenses", []),
        "language": values.pop("language_proficiencies", []),
        "provider visit type": values.pop("visit_types", []),
    }
    for flag in FLAGS:
        values.pop(flag, None)
    if (name := values.pop("name", None)) is not None:
        values |= {f"{part}_name": name.values[part] for part in ("first", "last") if part in name.values} | {
            "credentials": name.values.get("credentials", "")
        }
    yield FileRow(BY_NAME["provider"], values, record)
    for table, records in parts.items():
        yield from _owned(table, records, "provider", values.get("npi"))


def _owned(table: str, records: list[Record], owner: str, code: Any) -> Iterator[FileRow]:
    for record in records:
        own = {owner: code} if code is not None else {}
        yield FileRow(BY_NAME[table], own | record.values, record)


def _payer(record: Record) -> Iterator[FileRow]:
    values = dict(record.values)
    group = values.pop("group_contract", None)
    parts = {
        "supervised terms": values.pop("supervised_terms", []),
        "benefit route": values.pop("benefit_routes", []),
        "EHR package": values.pop("ehr_packages", []),
    }
    code = values.get("code")
    yield FileRow(BY_NAME["payer"], values, record)
    if group is not None:
        roster = group.values.get("roster", [])
        own = {name: value for name, value in group.values.items() if name != "roster"}
        yield FileRow(BY_NAME["group contract"], ({"payer": code} if code else {}) | own, group)
        for entry in roster:
            yield _roster(entry, (code, group.values.get("starts")))
    for table, records in parts.items():
        for row in _owned(table, records, "payer", code):
            if table == "benefit route":
                row.values |= {name: row.values.get(name) or "" for name in _OPTIONAL_TEXT}
            yield row


def _roster(record: Record, group: tuple[str | None, Any]) -> FileRow:
    values = dict(record.values)
    if "starts" in values:
        values["roster_effective"] = values.pop("starts")
    return FileRow(BY_NAME["roster"], {"group_contract": group} | values, record, {"roster_effective": "starts"})


def _contract(record: Record) -> FileRow:
    values = dict(record.values)
    for member, column in (("starts", "effective_date"), ("ends", "end_date")):
        if member in values:
            values[column] = values.pop(member)
    values |= {name: values[name] or "" for name in ("confirmed_by", "evidence") if name in values}
    return FileRow(BY_NAME["contract"], values, record, {"effective_date": "starts", "end_date": "ends"})
