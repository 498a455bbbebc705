"""Sweeps: work found by looking at the rows, every few seconds, without any queue.

Whatever a lost job, a killed process or a full queue left behind is found again here. One process at a time
runs a sweep (advisory lock), so a sweep may assume it is alone but not that it ran recently.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from moonlit.platform.db import try_advisory_lock
from moonlit.platform.log import get_logger

log = get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Sweep:
    name: str
    every_seconds: float
    run: Callable[[datetime], None]


_sweeps: dict[str, Sweep] = {}


def sweep(*, every_seconds: float) -> Callable[[Callable[[datetime], None]], Callable[[datetime], None]]:
    """Have the worker call the function, with the instant, about every so many seconds.

    Keep it short: it enqueues jobs or changes a bounded number of rows; sweeps of a process run one after another.
    """

    def register(function: Callable[[datetime], None]) -> Callable[[datetime], None]:
        name = f"{function.__module__}.{function.__qualname__}"
        _sweeps[name] = Sweep(name, every_seconds, function)
        return function

    return register


def all_sweeps() -> list[Sweep]:
    """Every registered sweep, in order of name."""
    return sorted(_sweeps.values(), key=lambda each: each.name)


def run_sweep(each: Sweep, now: datetime) -> None:
    """Run one sweep unless another process is at it. Its errors are logged, never raised: the others must go on."""
    try:
        with try_advisory_lock("sweep", each.name) as mine:
            if mine:
                each.run(now)
    except Exception:  # a sweep that fails must not stop the sweeps
        log.exception("sweep_failed", job=each.name)
