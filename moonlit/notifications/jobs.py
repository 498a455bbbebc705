"""Thin: an id in, a service call. Of one queue: codes first, then deliveries of the outbox, then other messages."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from moonlit.audit.actor import SYSTEM
from moonlit.notifications import services
from moonlit.platform import clock
from moonlit.platform.jobs import enqueue, job
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


@sweep(every_seconds=60)
def sweep_reminders(now: datetime) -> None:
    services.remind(now=now)


@sweep(every_seconds=30)
def sweep_waiting(now: datetime) -> None:
    services.tell_waiting(now=now)


@sweep(every_seconds=60)
def sweep_to_complete(now: datetime) -> None:
    services.tell_to_complete(now=now)


@sweep(every_seconds=60)
def sweep_alerts(now: datetime) -> None:
    services.alert_teams(now=now)


@job(queue="messages", priority=8)
def work_off_notices() -> None:
    services.work_off(now=clock.now())


@job(queue="messages")
def take_in_missed_replies() -> None:
    services.take_in_missed(now=clock.now())


@sweep(every_seconds=5)
def sweep_notices(now: datetime) -> None:
    if services.is_work(now=now):
        enqueue(work_off_notices)
    services.audit_refused(now=now)


@sweep(every_seconds=300)
def sweep_replies(now: datetime) -> None:  # noqa: ARG001  the job asks the vendor at its own time
    enqueue(take_in_missed_replies)
