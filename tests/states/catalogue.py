"""Every state of the patient's pages, by name, and the walks that lead through them.

A walk calls `see(name)` at each state it passes; whoever runs it decides what to do there: a picture, axe, nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tests.states import booking, embedding, managing, paying
from tests.states.walk import See, Walk

STATES: dict[str, str] = paying.STATES | booking.STATES | managing.STATES | embedding.STATES
"""Name of a picture: what it shows. In the order of the index."""


@dataclass(frozen=True)
class Course:
    """One walk of the catalogue, with a browser page and a patient of its own."""

    name: str
    run: Callable[[Walk, See], None]
    states: frozenset[str]


def courses() -> list[Course]:
    """All of them, in the order of the pages."""
    return [
        Course(walk.__name__, walk, frozenset(states))
        for module in (paying, booking, managing, embedding)
        for walk, states in module.WALKS.items()
    ]
