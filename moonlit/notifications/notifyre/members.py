"""Notifyre's JSON comes in camelCase or PascalCase and is read either way."""

from __future__ import annotations

from typing import Any


def lowered(value: Any) -> Any:
    """The same with every member name in lower case, save inside metadata."""
    if isinstance(value, list):
        return [lowered(item) for item in value]
    if isinstance(value, dict):
        return {name.lower(): item if name.lower() == "metadata" else lowered(item) for name, item in value.items()}
    return value
