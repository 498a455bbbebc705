"""Nested data, as it was given and stored, as labelled lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.dateformat import format as formatted

from moonlit.dashboard.words import FIELD, VALUE, YES_NO, said


def lines(data: Mapping[str, Any], under: str = "") -> Iterator[tuple[str, str]]:
    """(label, value) of everything that was given, depth first; what was left empty has no line."""
    for key, value in data.items():
        label = said(key, FIELD)
        label = f"{under}, {label}" if under else label[:1].upper() + label[1:]
        entries = value if isinstance(value, list) else [value]
        for number, entry in enumerate(entries, start=1):
            numbered = f"{label} {number}" if len(entries) > 1 else label
            if isinstance(entry, Mapping):
                yield from lines(entry, numbered)
            elif isinstance(entry, bool):
                yield numbered, said(entry, YES_NO)
            elif key == "date_of_birth" and entry:
                yield numbered, formatted(date.fromisoformat(entry), "F j, Y")
            elif entry not in (None, ""):
                yield numbered, said(entry, VALUE[key]) if key in VALUE else str(entry)
