"""Free times as a page lists them, and what a press on one of them sends back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django.http import HttpRequest

from moonlit.availability.queries import FreeStart
from moonlit.widget import words


def day_of_times(day: date, slots: tuple[FreeStart, ...]) -> dict[str, Any]:
    """One day with a label for each of its times."""
    labels = words.slot_labels([slot.start for slot in slots])
    return {
        "key": day.isoformat(),
        "name": words.day_words(day),
        "times": [{"value": sent(slot.start), "label": label} for slot, label in zip(slots, labels, strict=True)],
    }


def sent(start: datetime) -> str:
    """A start as the value of a button."""
    return start.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def instant(text: str) -> datetime | None:
    """The start that was pressed; None for anything else."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return None
    return at.astimezone(UTC) if at.tzinfo is not None else None


def first_day(request: HttpRequest) -> date | None:
    """Where `?from=` says that the list begins."""
    try:
        return date.fromisoformat(request.GET.get("from", ""))
    except ValueError:
        return None
