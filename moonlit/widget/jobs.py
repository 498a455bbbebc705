"""Thin: what the worker does about drafts."""

from __future__ import annotations

from datetime import datetime

from moonlit.platform.sweeps import sweep
from moonlit.widget import services


@sweep(every_seconds=60)
def sweep_drafts(now: datetime) -> None:
    services.purge(now)
