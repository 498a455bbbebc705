"""For tests: run what is queued here and now, on this thread's connection (inside the test's transaction)."""

import json
from datetime import datetime

from django.db import connection
from procrastinate.contrib.django import app

from moonlit.platform import clock

_NEXT = """
    SELECT id, task_name, args FROM procrastinate_jobs
    WHERE status = 'todo' AND (scheduled_at IS NULL OR scheduled_at <= %s)
    ORDER BY priority DESC, id LIMIT 1 FOR UPDATE SKIP LOCKED
"""
MOST = 1000  # jobs; more than that is a job that enqueues itself for ever


def run_pending(now: datetime | None = None) -> int:
    """Run every job that is due, and those they enqueue, until none is left. Returns how many ran.

    The first error is raised as it is. `now` decides only which jobs are due; a job reads `clock.now()` itself.
    """
    for ran in range(MOST):
        with connection.cursor() as cursor:
            cursor.execute(_NEXT, [now or clock.now()])
            row = cursor.fetchone()
            if row is None:
                return ran
            job_id, name, arguments = row
            cursor.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)", [job_id])
        app.tasks[name](**(arguments if isinstance(arguments, dict) else json.loads(arguments)))
    raise AssertionError(f"still jobs left after {MOST}")
