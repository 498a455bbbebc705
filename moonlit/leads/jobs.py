"""What the Lead Service does by itself."""

from __future__ import annotations

from datetime import datetime

from moonlit.leads import services
from moonlit.platform.sweeps import sweep


@sweep(every_seconds=10)
def sweep_waiting_leads(now: datetime) -> None:
    services.judge_waiting(now=now)


@sweep(every_seconds=60)
def sweep_follow_ups(now: datetime) -> None:
    services.open_follow_ups(now=now)
