"""What to do about one insurance, given what stands on the chart (rules 4.12). Nothing on a chart is overwritten."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wanted:
    """A policy as the patient named it, with the packages of the EHR that are confirmed to mean it."""

    package_ids: tuple[str, ...]
    member_id: str
    sequence: int


@dataclass(frozen=True, slots=True)
class OnChart:
    package_id: str
    member_id: str
    sequence: int


class Todo(enum.Enum):
    NOTHING = enum.auto()
    """It stands there already, by our own write whose answer was lost, or by the front desk."""
    WRITE = enum.auto()
    STAFF = enum.auto()
    """Another policy, another member number or another order stands there: a person decides which is right."""


def todo(wanted: Wanted, chart: Iterable[OnChart]) -> Todo:
    """Compare one policy with the chart's active ones."""
    policies = list(chart)
    at_place = [policy for policy in policies if policy.sequence == wanted.sequence]
    if any(_same(wanted, policy) for policy in at_place):
        return Todo.NOTHING
    known = any(policy.package_id in wanted.package_ids for policy in policies)
    return Todo.STAFF if at_place or known else Todo.WRITE


def _same(wanted: Wanted, policy: OnChart) -> bool:
    return policy.package_id in wanted.package_ids and _plain(policy.member_id) == _plain(wanted.member_id)


def _plain(member_id: str) -> str:
    """Cards print the same number with and without dashes and spaces."""
    return "".join(letter for letter in member_id.casefold() if letter.isalnum())
