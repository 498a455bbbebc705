"""Answers that hold as long as the practice's facts do."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Concatenate, ParamSpec, TypeVar

from moonlit.domain.facts import Facts

Rest = ParamSpec("Rest")
Answer = TypeVar("Answer")
Function = Callable[Concatenate[Facts, Rest], Answer]


def per_facts(most: int) -> Callable[[Function[Rest, Answer]], Function[Rest, Answer]]:
    """Remember the last `most` answers of a function of the facts and hashable arguments.

    With new facts everything is forgotten, so that no old snapshot of the practice stays in memory.
    """

    def wrap(function: Function[Rest, Answer]) -> Function[Rest, Answer]:
        remembered = lru_cache(most)(function)
        latest: Facts | None = None

        @wraps(function)
        def answer(facts: Facts, *args: Rest.args, **kwargs: Rest.kwargs) -> Answer:
            nonlocal latest
            if facts is not latest:
                remembered.cache_clear()
                latest = facts
            return remembered(facts, *args, **kwargs)

        return answer

    return wrap
