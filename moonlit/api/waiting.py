"""`Prefer: wait=6`: hold the answer back until the worker has heard from the EHR, a few seconds at most.

Waiting patients must never stop the site: of the threads of a process at most one waits, and while it waits it holds
no connection of the database.
"""

from __future__ import annotations

import re
import threading
import time

from django.db import DatabaseError, connection
from django.http import HttpRequest

from moonlit.booking.queries import PublicStatus, status_by_token
from moonlit.platform import clock

LONGEST_WAIT = 6.0
"""Seconds (interface.md)."""
LOOK_EVERY = 0.05
_WAIT = re.compile(r"(?:^|[,;\s])wait\s*=\s*(\d{1,3})(?=$|[,;\s])", re.IGNORECASE | re.ASCII)
_one_waiter = threading.Semaphore(1)


def wanted_wait(request: HttpRequest) -> float:
    """Seconds the caller is ready to wait (RFC 7240), cut to the longest we do; 0 when it did not ask."""
    found = _WAIT.search(request.headers.get("Prefer", ""))
    return min(float(found.group(1)), LONGEST_WAIT) if found else 0.0


def final_status(status_token: str, seconds: float) -> PublicStatus | None:
    """The status once nothing is under way; None when it was not in time, somebody else waits, or we cannot look."""
    if not seconds or not _one_waiter.acquire(blocking=False):
        return None
    try:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = status_by_token(status_token, clock.now())
            if found is not None and found.state != "pending" and not found.change:
                return found
            pause()
    except DatabaseError:
        pass  # the request itself is stored and must be told so
    finally:
        _one_waiter.release()
    return None


def pause() -> None:
    """Between two looks."""
    connection.close()
    time.sleep(LOOK_EVERY)
