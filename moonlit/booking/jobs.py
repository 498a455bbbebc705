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


@job(queue="booking", priority=10)
def advance_change_of(appointment: str) -> None:
    services.advance_change(UUID(appointment), clock=clock.now)


@job(queue="booking", priority=5)
def write_supervision_of(appointment: str) -> None:
    services.write_supervision(UUID(appointment), clock=clock.now)


@job(queue="booking", priority=3)
def settle_freeze_of(slot: str) -> None:
    services.settle_freeze(slot, clock=clock.now)


@job(queue="booking", priority=5)
def write_to_chart_of(write: int) -> None:
    services.write_to_chart(write, clock=clock.now)


@job(queue="sync")
def read_contact_of(appointment: str) -> None:
    services.read_contact(UUID(appointment), clock=clock.now)


@job(queue="booking", priority=1)
def read_join_of(appointment: str) -> None:
    services.read_join(UUID(appointment), clock=clock.now)


@sweep(every_seconds=60)
def sweep_joins(now: datetime) -> None:
    services.sweep_joins(now)


@sweep(every_seconds=900)
def sweep_readiness(now: datetime) -> None:
    services.review_readiness(now=now)


@sweep(every_seconds=5)
def sweep_bookings(now: datetime) -> None:  # noqa: ARG001  remote calls take time: each step asks the clock anew
    services.sweep(clock=clock.now)


@sweep(every_seconds=10)
def sweep_decisions(now: datetime) -> None:
    services.redecide_next(now=now)


@sweep(every_seconds=3600)
def sweep_codes(now: datetime) -> None:
    services.purge_codes(now)


@sweep(every_seconds=15)
def sweep_holds(now: datetime) -> None:
    services.sweep_holds(now)


@sweep(every_seconds=15)
def sweep_freezes(now: datetime) -> None:  # noqa: ARG001  remote calls take time: each step asks the clock anew
    services.sweep_freezes(clock=clock.now)
