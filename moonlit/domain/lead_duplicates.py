"""When two leads are one (rules 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SAME_PERSON_WITHIN = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Left:
    """What is compared of a lead, besides its contact. Empty text: not given."""

    name: str
    payer_code: str
    payer_name: str
    """As typed: of a payer that is none of ours, or of a plan."""
    reason: str
    for_someone_else: bool
    at: datetime


def is_same_lead(earlier: Left, later: Left) -> bool:
    """Whether the later one, left with the same contact, is the earlier one again.

    Name, payer and reason agree within 24 hours and both were left for oneself: one case manager's address serves many
    people, so what is left for others is never merged.
    """
    return (
        not earlier.for_someone_else
        and not later.for_someone_else
        and later.at - earlier.at < SAME_PERSON_WITHIN
        and _words(earlier.name) == _words(later.name)
        and earlier.reason == later.reason
        and _same_payer(earlier, later)
    )


def _same_payer(earlier: Left, later: Left) -> bool:
    """The same code, where a name typed beside it only once adds to it; without a common code the same typed name."""
    names = _words(earlier.payer_name), _words(later.payer_name)
    if earlier.payer_code == later.payer_code:
        return names[0] == names[1] or (bool(earlier.payer_code) and not all(names))
    # Staff have since found the payer that was typed: the code is theirs, the name is still the person's.
    return not (earlier.payer_code and later.payer_code) and names[0] == names[1] != ""


def _words(text: str) -> str:
    return " ".join(text.casefold().split())
