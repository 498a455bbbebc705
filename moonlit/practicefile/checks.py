"""What one row cannot see: references, duplicates, order of dates and ages, overlaps. Pure; it gives faults."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from moonlit.practicefile.difference import Planned
from moonlit.practicefile.faults import Fault, suggestion
from moonlit.practicefile.rows import FileRow, Key
from moonlit.practicefile.stored import Stored
from moonlit.practicefile.tables import BY_NAME

LONGEST_CLOSURE = 366
"""Days. A longer one is a slip of the pen in a year."""

_LISTS = {("provider", "locations"): "location", ("supervised terms", "visit_types"): "visit type"}
"""Columns that hold codes of other tables."""


def check(rows: list[FileRow], stored: Stored) -> list[Fault]:
    """Everything wrong with the rows of a file beside a database; they may refer to rows of either."""
    known = _known_codes(rows, stored)
    faults = list(_duplicates(rows))
    for row in rows:
        faults += _references(row, known)
        faults += _order(row)
        faults += _own_rules(row)
    if not stored["practice"] and not any(row.table.name == "practice" for row in rows):
        faults.append(Fault(1, "practice", "member_missing", "The first load needs the section practice."))
    return faults


def check_planned(planned: Mapping[str, list[Planned]]) -> list[Fault]:
    """What the rows of the file and of the database would do to each other."""
    faults = list(_overlapping_contracts(planned.get("contract", [])))
    for name in ("location", "provider"):
        faults += _shared(planned.get(name, []), BY_NAME[name].unique)
    return faults


def _known_codes(rows: list[FileRow], stored: Stored) -> dict[str, set[str]]:
    known = {name: {key[0] for key in stored[name]} for name in ("location", "visit type", "provider", "payer")}
    for row in rows:
        if row.table.name in known and row.key is not None:
            known[row.table.name].add(row.key[0])
    return known


def _fault(row: FileRow, column: str, code: str, sentence: str) -> Fault:
    line, path = row.place(column)
    return Fault(line, path, code, sentence)


def _duplicates(rows: list[FileRow]) -> Iterator[Fault]:
    first: dict[tuple[str, Key], FileRow] = {}
    for row in rows:
        if row.key is None:
            continue
        same = first.setdefault((row.table.name, row.key), row)
        if same is not row:
            column = row.table.key[-1] if row.table.name != "benefit route" else "to"
            sentence = f"This {row.table.name} is already on line {same.record.line}."
            yield _fault(row, column, "duplicate_row", sentence)


def _references(row: FileRow, known: Mapping[str, set[str]]) -> Iterator[Fault]:
    for column, table in row.table.refs.items():
        code = row.values.get(column)
        written = column in row.record.named or column in row.members
        if written and code is not None and table in known and code not in known[table]:
            yield _unknown(row, column, table, code, known[table])
    for (name, column), table in _LISTS.items():
        if row.table.name == name:
            for code in row.values.get(column) or []:
                if code not in known[table]:
                    yield _unknown(row, column, table, code, known[table])


def _unknown(row: FileRow, column: str, table: str, code: str, known: set[str]) -> Fault:
    sentence = f'There is no {table} "{code}".{suggestion(code, sorted(known))}'
    return _fault(row, column, f"unknown_{table.replace(' ', '_')}", sentence)


def _order(row: FileRow) -> Iterator[Fault]:
    table = row.table
    if table.starts and table.ends:
        starts, ends = row.values.get(table.starts), row.values.get(table.ends)
        if starts and ends and ends < starts:
            yield _fault(row, table.ends, "ends_before_starts", f"It ends on {ends}, before it starts on {starts}.")
    youngest, oldest = row.values.get("min_age"), row.values.get("max_age")
    if youngest is not None and oldest is not None and oldest < youngest:
        yield _fault(row, "max_age", "ages_reversed", f"The oldest age, {oldest}, is below the youngest, {youngest}.")


def _own_rules(row: FileRow) -> Iterator[Fault]:
    values = row.values
    match row.table.name:
        case "supervision":
            supervisor = values.get("supervisor")
            if supervisor is not None and supervisor == values.get("supervisee"):
                yield _fault(row, "supervisee", "supervises_oneself", "Nobody supervises oneself.")
        case "practice":
            states, home = values.get("states"), values.get("home_state")
            if states and home and home not in states:
                yield _fault(row, "home_state", "home_state_missing", f"{home} is not among the practice's states.")
        case "location":
            if values.get("kind") == "clinic" and not values.get("state") and "address" not in row.record.named:
                yield _fault(row, "code", "member_missing", "A clinic needs an address with its state (rules 1.7).")
        case "closure":
            starts, ends = values.get("starts"), values.get("ends")
            if starts and ends and (ends - starts).days > LONGEST_CLOSURE:
                yield _fault(row, "ends", "out_of_range", f"A closure lasts at most {LONGEST_CLOSURE} days.")


def _overlapping_contracts(planned: list[Planned]) -> Iterator[Fault]:
    pairs: dict[tuple[str, str], list[Planned]] = defaultdict(list)
    for contract in planned:
        if contract.values.get("effective_date") is not None and "end_date" in contract.values:
            pairs[contract.values["provider"], contract.values["payer"]].append(contract)
    for contracts in pairs.values():
        contracts.sort(key=lambda each: each.values["effective_date"])
        lasting = [each for each in contracts if _last(each) >= each.values["effective_date"]]
        for earlier, later in pairwise(lasting):
            if later.key != earlier.key and later.values["effective_date"] <= _last(earlier):
                yield from _overlap(earlier, later)


def _last(contract: Planned) -> date:
    return contract.values["end_date"] or date.max


def _overlap(earlier: Planned, later: Planned) -> Iterator[Fault]:
    here, other = (later, earlier) if later.row is not None else (earlier, later)
    if here.row is None:
        return
    starts, ends = other.values["effective_date"], other.values["end_date"]
    where = f"on line {other.row.record.line}" if other.row is not None else "already stored"
    until = f"to {ends}" if ends else "without an end"
    yield _fault(
        here.row,
        "effective_date",
        "contracts_overlap",
        f"It overlaps the contract of the same pair {where}, from {starts} {until}.",
    )


def _shared(planned: list[Planned], column: str) -> Iterator[Fault]:
    holders: dict[Any, Planned] = {}
    for each in sorted(planned, key=lambda each: each.row is not None):
        value = each.values.get(column)
        if value is None:
            continue
        holder = holders.setdefault(value, each)
        if holder is not each and each.row is not None:
            yield _fault(each.row, column, "ehr_id_shared", f'"{value}" already belongs to {holder.key[0]}.')


def all_faults(*several: Iterable[Fault]) -> list[Fault]:
    """In the order of the file, each once."""
    return sorted({fault for faults in several for fault in faults})
