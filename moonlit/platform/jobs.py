"""Background jobs on PostgreSQL (Procrastinate): enqueued in the caller's transaction, run by the worker.

A job takes ids only: arguments lie in the queue's table unencrypted and appear in logs. It reads the row anew
and does nothing when the state has moved on, so running it twice is harmless. Jobs are not retried here; what
must happen in the end is found again by a sweep (`platform.sweeps`).
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from procrastinate.contrib.django import app
from procrastinate.tasks import Task

from moonlit.platform.env import env


def queues() -> dict[str, int]:
    """Each queue and how many of its jobs one worker process runs at a time."""
    most = env().worker_concurrency
    return {"booking": most, "messages": max(1, most // 2), "sync": 1, "default": 1}


def job(*, queue: str = "default", priority: int = 0) -> Callable[[Callable[..., None]], Task]:
    """Make a function a job. Within a queue the higher priority runs first, then the older."""

    def register(function: Callable[..., None]) -> Task:
        return app.task(queue=queue, priority=priority)(function)

    return register


def enqueue(task: Task, *, run_at: datetime | None = None, **ids: UUID | str | int) -> None:
    """Run the job after this transaction commits (never, if it rolls back), not before `run_at`.

    Raises TypeError for an argument that is not an id.
    """
    arguments: dict[str, Any] = {}
    for name, value in ids.items():
        if isinstance(value, bool) or not isinstance(value, UUID | str | int):
            raise TypeError(f"jobs take ids only; {name} is {type(value).__name__}")
        arguments[name] = str(value) if isinstance(value, UUID) else value
    task.configure(schedule_at=run_at).defer(**arguments)
