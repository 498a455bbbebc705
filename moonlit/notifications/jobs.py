"""Thin: an id in, a service call. Messages wait behind codes and outbox deliveries of the same queue."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from moonlit.audit.actor import SYSTEM
from moonlit.notifications import services
from moonlit.platform import clock
from moonlit.platform.jobs import job
from moonlit.platform.sweeps import sweep


@job(queue="messages", priority=5)
def push_message(message: str) -> None:
    services.push(UUID(message), actor=SYSTEM, now=clock.now())


@sweep(every_seconds=15)
def sweep_messages(now: datetime) -> None:
    services.sweep(now=now)
