"""What loading a file would do to the database, row by row, before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from moonlit.practicefile.rows import FileRow, FlagWish, Key
from moonlit.practicefile.stored import Stored, StoredRow
from moonlit.practicefile.tables import BY_NAME, TABLES, Table

_A_DAY = timedelta(days=1)


class Action(StrEnum):
    ADD = "add"
    CHANGE = "change"
    END = "end"
    KEEP = "keep"
    """Edited by staff since the last load and different from the file."""
    LEAVE = "leave"
    """Not in the file, and `--prune` has no way to end it."""


@dataclass(frozen=True, slots=True)
class Change:
    action: Action
    table: Table
    key: Key
    id: int | None = None
    before: Mapping[str, Any] = field(default_factory=dict)
    after: Mapping[str, Any] = field(default_factory=dict)
    """Of an added row every value, of any other only what differs."""


@dataclass(frozen=True, slots=True)
class Planned:
    """A row as it would be after the load; `row` is what the file says about it, if anything."""

    key: Key
    values: Mapping[str, Any]
    row: FileRow | None


@dataclass(slots=True)
class Difference:
    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    planned: dict[str, list[Planned]] = field(default_factory=lambda: defaultdict(list))
    """Table name -> every row as it would be."""

    @property
    def writes(self) -> list[Change]:
        return [each for each in self.changes if each.action not in (Action.KEEP, Action.LEAVE)]


@dataclass(frozen=True, slots=True)
class Options:
    today: date
    """The practice's local day."""
    prune: bool = False
    force: bool = False


def compare(
    rows: Iterable[FileRow],
    earlier_keys: Iterable[Key | None],
    wishes: Iterable[FlagWish],
    stored: Stored,
    options: Options,
) -> Difference:
    """The difference of a file's rows and the database.

    `earlier_keys` are the rows' keys under the anchor stored so far: when the anchor moves, a row with a relative date
    in its key moves with it instead of being there twice. Rows without a readable key are passed over.
    """
    difference = Difference()
    by_table: dict[str, list[tuple[FileRow, Key | None]]] = defaultdict(list)
    for row, earlier in zip(rows, earlier_keys, strict=True):
        by_table[row.table.name].append((row, earlier))
    for table in TABLES:
        if table.name == "flag":
            _compare_flags(difference, wishes, stored, options, {row.key for row, _ in by_table["provider"]})
        else:
            _compare_table(difference, table, by_table[table.name], stored[table.name], options)
    return difference


def _compare_table(
    difference: Difference,
    table: Table,
    rows: list[tuple[FileRow, Key | None]],
    stored: Mapping[Key, StoredRow],
    options: Options,
) -> None:
    met: set[int] = set()
    for row, earlier in rows:
        if (key := row.key) is None:
            continue
        found = stored.get(earlier) if earlier is not None else None
        found = found or stored.get(key)
        if found is None or found.id in met:
            difference.changes.append(Change(Action.ADD, table, key, after=row.values))
            difference.planned[table.name].append(Planned(key, row.values, row))
            continue
        met.add(found.id)
        _settle(difference, table, Planned(key, found.values | row.values, row), found, Action.CHANGE, options)
    for key, found in stored.items():
        if found.id not in met:
            ended = _ended(table, found, options.today) if options.prune else {}
            if ended is None:
                difference.changes.append(Change(Action.LEAVE, table, key, found.id))
            _settle(difference, table, Planned(key, found.values | (ended or {}), None), found, Action.END, options)


def _settle(
    difference: Difference, table: Table, wanted: Planned, found: StoredRow, action: Action, options: Options
) -> None:
    """Note how a stored row becomes the wanted one, unless staff edited it and nobody forces it."""
    after = {column: value for column, value in wanted.values.items() if value != found.values[column]}
    before = {column: found.values[column] for column in after}
    kept = bool(after) and found.edited_at is not None and not options.force
    if not after:
        difference.unchanged += wanted.row is not None
    else:
        change = Action.KEEP if kept else action
        difference.changes.append(Change(change, table, wanted.key, found.id, before, after))
    stays = Planned(tuple(found.values[part] for part in table.key), found.values, wanted.row)
    difference.planned[table.name].append(stays if kept else wanted)


def _ended(table: Table, found: StoredRow, today: date) -> dict[str, Any] | None:
    """What ends a row the file no longer has, from today on; None for a row that has no end.

    A row that has not begun ends the day before it begins: it never held.
    """
    if table.name == "visit type":
        return {"public": False}
    if table.ends is None:
        return None if table.name != "practice" else {}
    starts = found.values[table.starts] if table.starts else None
    ends = found.values[table.ends]
    last = max(today, starts or today) - _A_DAY
    if table.name == "vendor" and ends is None:
        return {}
    ended: dict[str, Any] = {} if ends is not None and ends <= last else {table.ends: last}
    if table.name == "contract" and (starts is None or found.values["status"] == "credentialing_in_progress"):
        ended["status"] = "inactive"
    return ended


def _compare_flags(
    difference: Difference,
    wishes: Iterable[FlagWish],
    stored: Stored,
    options: Options,
    in_file: set[Key | None],
) -> None:
    """`true` is a period open from today, `false` the end of it; a provider pruned from the file loses every flag."""
    table = BY_NAME["flag"]
    periods: dict[tuple[str, str], list[StoredRow]] = defaultdict(list)
    for row in stored["flag"].values():
        periods[row.values["provider"], row.values["flag"]].append(row)
    wanted = {(wish.provider, wish.flag): wish.holds for wish in wishes}
    for provider, flag in periods:
        if options.prune and (provider,) not in in_file:
            wanted[provider, flag] = False
    for (provider, flag), holds in wanted.items():
        rows = sorted(periods[provider, flag], key=lambda row: row.values["starts"])
        target = _opened(rows, options.today) if holds else _closed(rows, options.today)
        edited = any(row.edited_at is not None for row in rows) and not options.force
        difference.unchanged += not target
        for row, values in target:
            key = (provider, flag, values.get("starts", row.values["starts"] if row else None))
            if row is None:
                after = {"provider": provider, "flag": flag, **values}
                action = Action.KEEP if edited else Action.ADD
                difference.changes.append(Change(action, table, key, None, {}, after))
            else:
                action = Action.KEEP if edited else Action.CHANGE if holds else Action.END
                before = {"ends": row.values["ends"]}
                difference.changes.append(Change(action, table, key, row.id, before, values))


def _opened(rows: list[StoredRow], today: date) -> list[tuple[StoredRow | None, dict[str, Any]]]:
    later = next((row.values["starts"] for row in rows if row.values["starts"] > today and not _withdrawn(row)), None)
    ends = None if later is None else later - _A_DAY
    running = next((row for row in rows if row.values["starts"] <= today <= (row.values["ends"] or date.max)), None)
    again = running or next((row for row in rows if row.values["starts"] == today), None)
    if again is None:
        return [(None, {"starts": today, "ends": ends})]
    return [] if again.values["ends"] == ends else [(again, {"ends": ends})]


def _withdrawn(row: StoredRow) -> bool:
    return row.values["ends"] is not None and row.values["ends"] < row.values["starts"]


def _closed(rows: list[StoredRow], today: date) -> list[tuple[StoredRow | None, dict[str, Any]]]:
    closed = []
    for row in rows:
        last = max(today, row.values["starts"]) - _A_DAY
        if row.values["ends"] is None or row.values["ends"] > last:
            closed.append((row, {"ends": last}))
    return closed
