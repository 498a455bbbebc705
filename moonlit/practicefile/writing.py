"""Writing a difference, table by table, through the verb of the practice's facts."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from moonlit.practice.services import save_rows
from moonlit.practicefile.difference import Action, Change, Difference
from moonlit.practicefile.stored import ids_of
from moonlit.practicefile.tables import BY_NAME, TABLES, Table

Ids = Mapping[str, Mapping[Any, int]]
"""Table name -> natural value -> id."""


def write(difference: Difference, *, anchor: date, anchor_moved: bool, progress: Callable[[str], None]) -> None:
    """Write every change. Belongs inside `changing_facts`; raises IntegrityError for what the checks have missed."""
    ids: dict[str, Mapping[Any, int]] = {}
    for table in TABLES:
        changes = [each for each in difference.writes if each.table is table]
        if not changes:
            continue
        progress(f"{table.name}: {len(changes)}")
        for target in set(table.refs.values()):
            ids[target] = ids_of(BY_NAME[target])
        changed = sorted((each for each in changes if each.action is not Action.ADD), key=_start_last_first)
        if any(_moves_back(each) for each in changed):
            changed.reverse()
        save_rows(
            table.model,
            changed=[(each.id, {**_attributes(table, each.after, ids), "edited_at": None}) for each in changed],
            added=[_attributes(table, each.after, ids) for each in changes if each.action is Action.ADD]
            if table.name != "practice"
            else [{**each.after, "anchor": anchor} for each in changes if each.action is Action.ADD],
            handed_over=table.unique,
        )
    if anchor_moved:
        save_rows(BY_NAME["practice"].model, changed=[(1, {"anchor": anchor})])


def _start_last_first(change: Change) -> int:
    """When the anchor moves on, the latest period moves first, so that no two periods of one pair meet on the way."""
    starts = change.before.get(change.table.starts or "")
    return -starts.toordinal() if starts is not None else 0


def _moves_back(change: Change) -> bool:
    column = change.table.starts or ""
    before, after = change.before.get(column), change.after.get(column)
    return before is not None and after is not None and after < before


def _attributes(table: Table, values: Mapping[str, Any], ids: Ids) -> dict[str, Any]:
    """Natural values as the model's attributes, references as ids."""
    found = {}
    for column in table.columns:
        if column not in values:
            continue
        value = values[column]
        if (target := table.refs.get(column)) is not None:
            found[f"{column}_id"] = None if value is None else ids[target][value]
        else:
            found[column] = value
    return found
