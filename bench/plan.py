"""How PostgreSQL answers the one statement every read makes."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

from django.db import connection, transaction

_PARAMETERS = {"since": "$1", "at": "$2", "counted_from": "$3"}


def freshness_plan(now: datetime) -> list[str]:
    """EXPLAIN ANALYZE of what the function runs, with its settings, as a warm process asks: nothing has changed."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT prosrc FROM pg_proc WHERE proname = 'availability_changed_since'")
        (body,) = cursor.fetchone()
        select = body[body.index("SELECT") : body.index("INTO oldest_open")]
        for name, place in _PARAMETERS.items():
            select = re.sub(rf"\b{name}\b", place, select)
        cursor.execute("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
        (since,) = cursor.fetchone()
        cursor.execute("SET LOCAL plan_cache_mode TO force_generic_plan; SET LOCAL enable_seqscan TO off")
        cursor.execute(f"PREPARE freshness(xid8, timestamptz, date) AS {select}")
        cursor.execute(
            f"EXPLAIN (ANALYZE, BUFFERS) EXECUTE freshness('{since}', '{now.isoformat()}',"
            f" '{now.date() - timedelta(days=14)}')"
        )
        plan = [line for (line,) in cursor.fetchall()]
        cursor.execute("DEALLOCATE freshness")
    return plan
