"""A pooled connection is checked at each request without asking the server, which would cost as much as an answer.

The pool's own check sends an empty statement. A connection nobody uses has nothing to read: when there is something,
the server has most likely said goodbye (a restart, a fail-over), and only then it is asked.
"""

from __future__ import annotations

from select import POLLIN, poll
from typing import Any

import psycopg
from django.db.backends.postgresql import base


class DatabaseWrapper(base.DatabaseWrapper):
    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """From the pool, passing over connections that have died there."""
        connection = super().get_new_connection(conn_params)
        while self.pool and not _lives(connection):
            connection.close()
            self.pool.putconn(connection)  # which replaces it
            connection = super().get_new_connection(conn_params)
        return connection


def _lives(connection: psycopg.Connection[Any]) -> bool:
    waiting = poll()
    waiting.register(connection.fileno(), POLLIN)
    if not waiting.poll(0):
        return True
    try:
        connection.execute("")
    except psycopg.OperationalError:
        return False
    return True
