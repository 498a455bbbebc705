"""Several things at once, each on a thread and a connection of its own."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from django.db import connection, connections


def at_once(*tasks: Callable[[], Any]) -> list[Any]:
    """Run the tasks, all released together; their results, or what they raised."""
    start = Barrier(len(tasks))

    def run(task: Callable[[], Any]) -> Any:
        try:
            connection.ensure_connection()
            start.wait(30)
            return task()
        except Exception as fault:  # noqa: BLE001  looked at by the test
            return fault
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(run, tasks))
