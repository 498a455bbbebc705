"""The texts in force: the last loaded version of each kind."""

from __future__ import annotations

from dataclasses import dataclass

from moonlit.practice.models import Document


@dataclass(frozen=True, slots=True)
class TextInForce:
    kind: str
    version: str
    url: str


def texts_in_force() -> dict[str, TextInForce]:
    """Kind -> the version patients are asked to agree to now."""
    return {row.kind: TextInForce(row.kind, row.version, row.url) for row in Document.objects.order_by("id")}


def documents_in_force() -> dict[str, str]:
    """Kind -> version, for checks and snapshots."""
    return {kind: text.version for kind, text in texts_in_force().items()}
