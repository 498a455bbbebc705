"""Reading the audit log for one page of the staff. The log itself has a page of its own."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb


@dataclass(frozen=True, slots=True)
class Done:
    """Something that was done to a subject."""

    verb: str
    at: datetime
    actor_kind: str
    actor_id: str
    facts: dict[str, Any]


def done_to(subject: str, verbs: Collection[Verb], *, limit: int = 100) -> list[Done]:
    """What the log says was done to "kind:id" by these verbs, the latest `limit`, oldest first."""
    rows = AuditEvent.objects.filter(subject=subject, verb__in=verbs).order_by("-at", "-id")[:limit]
    return [Done(row.verb, row.at, row.actor_kind, row.actor_id, row.facts) for row in reversed(rows)]
