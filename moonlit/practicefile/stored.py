"""What the database holds, as natural rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moonlit.practicefile.rows import Key
from moonlit.practicefile.tables import TABLES, Table


@dataclass(frozen=True, slots=True)
class StoredRow:
    id: int
    edited_at: datetime | None
    values: dict[str, Any]


Stored = Mapping[str, dict[Key, StoredRow]]
"""Table name -> natural key -> row."""


def read_stored() -> Stored:
    """Every row of every table, in one query per table."""
    return {table.name: _rows(table) for table in TABLES}


def ids_of(table: Table) -> dict[Any, int]:
    """Natural value, as another table's column holds it, -> id."""
    paths = [path for part in table.key for path in table.lookups(part)]
    rows = table.model.objects.values_list("pk", *paths)
    return {codes[0] if len(codes) == 1 else tuple(codes): pk for pk, *codes in rows}


def _rows(table: Table) -> dict[Key, StoredRow]:
    paths = {column: table.lookups(column) for column in table.columns}
    flat = [path for several in paths.values() for path in several]
    found = {}
    for pk, edited_at, *got in table.model.objects.values_list("pk", "edited_at", *flat):
        rest = iter(got)
        values = {
            column: next(rest) if len(several) == 1 else tuple(next(rest) for _ in several)
            for column, several in paths.items()
        }
        found[tuple(values[part] for part in table.key)] = StoredRow(pk, edited_at, values)
    return found
