"""The merged calendar as the interface writes it, made without a datetime per start: this is the hot path."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from functools import lru_cache
from typing import Any

import orjson

from moonlit.availability.queries.free import FreeTime, free_time
from moonlit.availability.queries.merged import counts, wall_of
from moonlit.availability.queries.named import Lengths, by_provider
from moonlit.availability.queries.snapshot import Look
from moonlit.domain import starts
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts


def listing(
    look: Look,
    criteria: Criteria,
    *,
    first_day: date,
    last_day: date,
    provider_ids: Iterable[int] | None = None,
    names: bool = True,
) -> bytes:
    """What `merged` says, as the JSON document of GET /availability. Raises Refused as `merged` does.

    Encoded once for as long as nothing it is made from has changed, which every look finds out anew.
    """
    wanted = None if provider_ids is None else tuple(sorted(set(provider_ids)))
    return _document(look, criteria, first_day, last_day, wanted, names)


@lru_cache(maxsize=64)
def _document(
    look: Look, criteria: Criteria, first: date, last: date, provider_ids: tuple[int, ...] | None, names: bool
) -> bytes:
    free = free_time(look, criteria, first=first, last=last, provider_ids=provider_ids)
    days = _named(look.facts, criteria, free) if names else _counted(free)
    return orjson.dumps({"time_zone": free.time_zone, "as_of": _utc(free.as_of), "partial": free.partial, "days": days})


def _counted(free: FreeTime) -> list[dict[str, Any]]:
    return [{"date": day.isoformat(), "count": count} for day, count in counts(free)]


def _named(facts: Facts, criteria: Criteria, free: FreeTime) -> list[dict[str, Any]]:
    if not free.pairs:
        return []
    clock, lengths = wall_of(free), Lengths(facts, criteria, free)
    ids = {pair.provider: str(pair.provider) for pair in free.pairs}
    same, text = lengths.everybody, clock.text
    days: list[dict[str, Any]] = []
    slots: list[dict[str, Any]] = []
    index, ends = -1, -1
    for minute, providers in starts.name(by_provider(free)):
        if minute >= ends:
            index = clock.day_index(minute)
            ends, slots = clock.edges[index + 1], []
            days.append({"date": clock.heads[index], "count": 0, "slots": slots})
        length = same or lengths.longest(providers, clock.dates[index])
        slots.append(
            {"start": text(minute), "end": text(minute + length), "providers": [ids[each] for each in providers]}
        )
    for day in days:
        day["count"] = len(day["slots"])
    return days


def _utc(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None
