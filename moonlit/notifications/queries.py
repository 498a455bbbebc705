"""Reads of messages for staff: what became of each, never to whom or in which words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moonlit.notifications.models import Message


@dataclass(frozen=True, slots=True)
class MessageLine:
    id: UUID
    kind: str
    channel: str
    state: str
    error: str
    attempts: int
    vendor: str
    created_at: datetime
    next_at: datetime | None
    sent_at: datetime | None


def about(subject: UUID) -> list[MessageLine]:
    """The messages about one appointment or lead, oldest first."""
    return [_line(row) for row in Message.objects.filter(subject=str(subject)).order_by("created_at", "id")]


def failed_since(since: datetime, *, limit: int = 50) -> list[MessageLine]:
    """Messages promised since then that were given up, newest first."""
    rows = Message.objects.filter(state=Message.State.FAILED, created_at__gte=since).order_by("-created_at", "-id")
    return [_line(row) for row in rows[:limit]]


def _line(row: Message) -> MessageLine:
    return MessageLine(
        id=row.pk,
        kind=row.kind,
        channel=row.channel,
        state=row.state,
        error=row.error,
        attempts=row.attempts,
        vendor=row.vendor,
        created_at=row.created_at,
        next_at=row.next_at,
        sent_at=row.sent_at,
    )
