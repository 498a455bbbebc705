"""The only place that reads the system clock; everything else is handed a `now`."""

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, aware, UTC."""
    return datetime.now(UTC)
