"""The version of the practice's facts, and values that live as long as it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from threading import Lock
from typing import Generic, TypeVar

from moonlit.practice.models import FactsVersion

Value = TypeVar("Value")


_before_the_first = count(-1, -1)


def facts_version() -> int:
    """The version of practice and coverage data, in one cheap query.

    It differs after every change and no number ever comes twice, not even after a rollback. Before the first load it is
    a new negative number each time, so that nothing is kept.
    """
    version = FactsVersion.objects.values_list("version", flat=True).first()
    return next(_before_the_first) if version is None else version


@dataclass(frozen=True, slots=True)
class _Kept(Generic[Value]):
    version: int
    value: Value


class Versioned(Generic[Value]):
    """A value built from the facts and shared by the threads of a process until the facts change.

    Built between two readings of the version that agree, so that it never mixes two states of the data.
    """

    def __init__(self, build: Callable[[], Value]) -> None:
        self._build = build
        self._kept: _Kept[Value] | None = None
        self._lock = Lock()

    @property
    def last(self) -> Value | None:
        """The value this process built last, however old, without a query; None when it has built none."""
        return self._kept.value if self._kept else None

    def get(self, version: int | None = None) -> Value:
        """The value as of now; `version`: the one the caller has just read, which spares the query."""
        version = facts_version() if version is None else version
        if (kept := self._kept) is not None and kept.version == version:
            return kept.value
        with self._lock:
            if (kept := self._kept) is not None and kept.version == facts_version():
                return kept.value
            return self._rebuild()

    def _rebuild(self) -> Value:
        while True:
            before = facts_version()
            value = self._build()
            if before < 0:
                return value
            if facts_version() == before:
                self._kept = _Kept(before, value)
                return value
