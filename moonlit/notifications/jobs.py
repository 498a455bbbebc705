"""Thin: an id in, a service call. Of one queue: codes first, then deliveries of the outbox, then other messages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from moonlit.audit.actor import SYSTEM
from moonlit.notifications import services
from moonlit.platform import clock
from moonlit.platform.jobs import job
from moonlit.platform.sweeps import sweep


@job(queue="messages", priority=20)
def push_code(message: str) -> None:
    services.push(UUID(message), actor=SYSTEM, now=clock.now())


@job(queue="messages", priority=5)
def push_message(message: str) -> None:
    services.push(UUID(message), actor=SYSTEM, now=clock.now())


@sweep(every_seconds=15)
def sweep_messages(now: datetime) -> None:
    services.sweep(now=now)
