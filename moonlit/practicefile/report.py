"""A difference in words, one line per row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from moonlit.practicefile.difference import Action, Change, Difference

_SIGNS = {Action.ADD: "+", Action.CHANGE: "~", Action.END: "-", Action.KEEP: "=", Action.LEAVE: "."}


def lines(difference: Difference) -> Iterator[str]:
    """Every row that would not stay as it is, in the order it is written; rows without a change are only counted."""
    for change in difference.changes:
        yield f"{_SIGNS[change.action]} {_label(change)}{_detail(change)}"


def counts(difference: Difference) -> dict[str, int]:
    """Rows by what happens to them."""
    found = Counter(change.action for change in difference.changes)
    return {str(action): found[action] for action in Action} | {"unchanged": difference.unchanged}


def summary(difference: Difference) -> str:
    words = {"add": "added", "change": "changed", "end": "ended", "keep": "kept as staff edited them", "leave": "left"}
    found = counts(difference)
    told = [f"{found[word]} {said}" for word, said in words.items() if found[word] or word in ("add", "change")]
    return f"{', '.join(told)}, {found['unchanged']} unchanged"


def _label(change: Change) -> str:
    if change.table.name == "practice":
        return "practice"
    return f"{change.table.name} {' / '.join(_word(part) for part in change.key if part != '')}"


def _detail(change: Change) -> str:
    if change.action is Action.LEAVE:
        return ": not in the file; it has no end to set, so it stays"
    if change.action is Action.ADD:
        return ""
    after = ", ".join(f"{name} {_word(change.before.get(name))} -> {_word(new)}" for name, new in change.after.items())
    return f": {after}" + (
        " (not written: staff edited it; --force overwrites)" if change.action is Action.KEEP else ""
    )


def _word(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, tuple):
        return " ".join(_word(part) for part in value)
    return f'"{value}"' if isinstance(value, str) and (" " in value or not value) else str(value)
