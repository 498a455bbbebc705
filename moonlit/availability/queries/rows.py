"""The calendars as a process keeps them, and how what changed is applied to them."""

from __future__ import annotations

import base64
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

from moonlit.domain.calendars import Calendar
from moonlit.domain.grid import EPOCH
from moonlit.domain.starts import Starts


class Row(NamedTuple):
    """One provider's calendar and its starts, counted from the snapshot's first day."""

    calendar: Calendar
    starts: Starts


class Hold(NamedTuple):
    start: int
    """Minutes since the calendars' epoch."""
    end: int
    day: date
    new_patient: bool


class Freshness(NamedTuple):
    as_of: datetime | None
    near_as_of: datetime | None
    near_to: date | None
    """The days asked for again since `as_of`, when there are any."""
    failed: bool

    def up_to(self, last: date) -> datetime | None:
        """How old the data for the days up to `last` is; None: it was never asked for."""
        return self.near_as_of if self.near_to is not None and last <= self.near_to else self.as_of


Calendars = Mapping[int, Mapping[int, Mapping[int, Row]]]
"""Visit type -> location -> provider -> row."""
Counts = Mapping[tuple[int, str], Mapping[date, int]]
"""(provider, kind) -> first day of the period -> count."""
Fresh = Mapping[int, Mapping[int, Freshness]]
"""Location -> provider -> freshness."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """All calendars as of one statement. Never changed: what follows is built beside it. It equals only itself."""

    first_day: int
    """The day every row counts from: yesterday, UTC, when it was begun."""
    rows: Calendars = field(default_factory=dict)
    caps: Counts = field(default_factory=dict)
    freshness: Fresh = field(default_factory=dict)
    zones: Mapping[int, str] = field(default_factory=dict)
    """Location -> our zone, where the EHR's clock has been found the same."""
    holds: Mapping[int, tuple[Hold, ...]] = field(default_factory=dict)


def applied(kept: Snapshot, changed: list[Any], standing: list[Any]) -> Snapshot:
    """The snapshot with changed rows, counters and freshness, and the zones and holds as they now are.

    The very same one when nothing differs: a transaction that stays open anywhere on the server, another database's
    too, makes every look read again what was stamped after it began.
    """
    rows, caps, fresh = changed
    zones, holds = standing
    live: dict[int, list[Hold]] = defaultdict(list)
    for provider, start, end, day, new_patient in holds or ():
        live[provider].append(Hold(_minute(start), _minute(end), date.fromisoformat(day), new_patient))
    now = Snapshot(
        first_day=kept.first_day,
        rows=_with_rows(kept, rows) if rows else kept.rows,
        caps=_with_counts(kept.caps, caps) if caps else kept.caps,
        freshness=_with_freshness(kept.freshness, fresh) if fresh else kept.freshness,
        zones=dict(zones or ()),
        holds={provider: tuple(each) for provider, each in live.items()},
    )
    return kept if _content(now) == _content(kept) else now


def _content(snapshot: Snapshot) -> tuple[Any, ...]:
    return snapshot.rows, snapshot.caps, snapshot.freshness, snapshot.zones, snapshot.holds


def _with_rows(kept: Snapshot, rows: list[Any]) -> Calendars:
    """Copies what it touches and no more: other threads still read the older snapshot."""
    fresh: dict[tuple[int, int], dict[int, Row]] = defaultdict(dict)
    for visit_type, location, provider, first_day, minutes, bits, odd in rows:
        calendar = Calendar.from_row(first_day, minutes, base64.b64decode(bits), odd).based(kept.first_day)
        fresh[visit_type, location][provider] = Row(calendar, calendar.offered())
    result = {visit_type: dict(by_place) for visit_type, by_place in kept.rows.items()}
    for (visit_type, location), by_provider in fresh.items():
        by_place = result.setdefault(visit_type, {})
        by_place[location] = {**by_place.get(location, {}), **by_provider}
    return result


def _with_counts(kept: Counts, caps: list[Any]) -> Counts:
    result = dict(kept)
    for provider, kind, starts, count in caps:
        key = (provider, kind)
        result[key] = {**result.get(key, {}), date.fromisoformat(starts): count}
    return result


def _with_freshness(kept: Fresh, rows: list[Any]) -> Fresh:
    result = {location: dict(by_provider) for location, by_provider in kept.items()}
    for location, provider, as_of, near_as_of, near_to, failed in rows:
        result.setdefault(location, {})[provider] = Freshness(
            _instant(as_of), _instant(near_as_of), date.fromisoformat(near_to) if near_to else None, failed
        )
    return result


def _instant(epoch_seconds: float | None) -> datetime | None:
    return None if epoch_seconds is None else datetime.fromtimestamp(epoch_seconds, UTC)


def _minute(epoch_seconds: float) -> int:
    return int(epoch_seconds - EPOCH.timestamp()) // 60
