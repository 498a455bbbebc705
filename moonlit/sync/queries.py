"""How old the mirror of the EHR's open times is."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from moonlit.availability.queries import PlaceFreshness, freshness_by_location
from moonlit.practice.models import Location
from moonlit.sync.models import SyncWindow

BEHIND_AFTER = {SyncWindow.Kind.NEAR: timedelta(minutes=10), SyncWindow.Kind.WHOLE: timedelta(hours=2)}
"""A window not refreshed for this long has missed several turns."""


@dataclass(frozen=True, slots=True)
class WindowState:
    kind: str
    succeeded_at: datetime | None
    attempted_at: datetime | None
    next_at: datetime
    failures: int
    """In a row, since the last success."""
    error: str
    added: int
    changed: int
    removed: int
    behind: bool


@dataclass(frozen=True, slots=True)
class LocationSync:
    name: str
    time_zone: str
    mapped: bool
    """False: no department of the EHR belongs to it, nothing is asked."""
    windows: tuple[WindowState, ...]
    """The near days first."""
    mirror: PlaceFreshness | None
    """None: never mirrored."""

    @property
    def withheld(self) -> bool:
        """Whether patients see no time here because the EHR's zone differs from ours (rules 13)."""
        return self.mapped and self.mirror is not None and self.mirror.zone_agrees is False

    @property
    def not_compared(self) -> bool:
        return self.mapped and (self.mirror is None or self.mirror.zone_agrees is None)

    @property
    def behind(self) -> bool:
        return self.mapped and (not self.windows or any(window.behind for window in self.windows))

    @property
    def needs_a_hand(self) -> bool:
        return self.withheld or self.not_compared or self.behind or bool(self.mirror and self.mirror.failing)


def oldest_success() -> datetime | None:
    """When the window that waits longest was last refreshed; None while one was never."""
    refreshed = list(SyncWindow.objects.values_list("succeeded_at", flat=True))
    return None if None in refreshed or not refreshed else min(refreshed)


def state_by_location(now: datetime) -> list[LocationSync]:
    """Every location with its windows and its mirror, by name."""
    mirrors = freshness_by_location()
    windows: dict[int, list[WindowState]] = {}
    for row in SyncWindow.objects.order_by("kind"):
        windows.setdefault(row.location_id, []).append(_window(row, now))
    return [
        LocationSync(
            name=row.name,
            time_zone=row.time_zone,
            mapped=row.ehr_department_id is not None,
            windows=tuple(windows.get(row.pk, ())),
            mirror=mirrors.get(row.pk),
        )
        for row in Location.objects.order_by("name", "pk")
    ]


def _window(row: SyncWindow, now: datetime) -> WindowState:
    limit = BEHIND_AFTER[SyncWindow.Kind(row.kind)]
    return WindowState(
        kind=row.kind,
        succeeded_at=row.succeeded_at,
        attempted_at=row.attempted_at,
        next_at=row.next_at,
        failures=row.failures,
        error=row.error,
        added=row.added,
        changed=row.changed,
        removed=row.removed,
        behind=row.succeeded_at is None or now - row.succeeded_at > limit,
    )
