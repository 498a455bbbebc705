"""Thin: a service call. What no job does, the sync loop finds within seconds."""

from __future__ import annotations

from datetime import datetime

from moonlit.platform import clock
from moonlit.platform.jobs import job
from moonlit.platform.sweeps import sweep
from moonlit.sync import services


@job(queue="booking", priority=3)
def take_in_notices() -> None:
    services.take_in_due(clock=clock.now)


@sweep(every_seconds=3600)
def sweep_notices(now: datetime) -> None:
    services.forget_applied(now)
