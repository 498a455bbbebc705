"""Whether this process lives, and whether it can serve: database reachable and every migration applied.

The ages of worker and sync are told but do not make the answer fail: a web server without its worker still shows times
and takes bookings, which wait as pending.
"""

from datetime import datetime
from typing import Any

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, JsonResponse

from moonlit.platform import clock, heartbeat
from moonlit.platform.policy import public
from moonlit.sync.queries import feed_read_at, oldest_success

_migrated = False  # once true it stays true for this process: a later release migrates before it starts


@public
def live(_request: HttpRequest) -> JsonResponse:
    """The process answers."""
    return JsonResponse({"status": "ok"})


@public
def ready(_request: HttpRequest) -> JsonResponse:
    """200 when requests can be served, else 503; the body names each part and the ages in seconds (null: never)."""
    body: dict[str, Any] = {"database": False, "migrations": False}
    try:
        body["migrations"] = _is_migrated()
        body["database"] = True
        body |= _ages(clock.now())
    except DatabaseError:
        pass
    good = body["database"] and body["migrations"]
    return JsonResponse({"status": "ok" if good else "unavailable", **body}, status=200 if good else 503)


def _ages(now: datetime) -> dict[str, int | None]:
    ages = {
        "worker_age_seconds": heartbeat.last_heard(),
        "sync_age_seconds": oldest_success(),
        "feed_age_seconds": feed_read_at(),
    }
    return {name: int((now - at).total_seconds()) if at else None for name, at in ages.items()}


def _is_migrated() -> bool:
    global _migrated  # noqa: PLW0603 a fact about this process
    if not _migrated:
        executor = MigrationExecutor(connection)
        _migrated = not executor.migration_plan(executor.loader.graph.leaf_nodes())
    return _migrated
