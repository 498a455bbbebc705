"""Thin: an id in, a service call."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from moonlit.booking import services
from moonlit.platform import clock
from moonlit.platform.jobs import job
from moonlit.platform.sweeps import sweep


@job(queue="booking", priority=10)
def advance_booking(appointment: str) -> None:
    services.advance(UUID(appointment), clock=clock.now)


@job(queue="booking", priority=5)
def write_supervision_of(appointment: str) -> None:
    services.write_supervision(UUID(appointment), clock=clock.now)


@sweep(every_seconds=5)
def sweep_bookings(now: datetime) -> None:  # noqa: ARG001  remote calls take time: each step asks the clock anew
    services.sweep(clock=clock.now)
