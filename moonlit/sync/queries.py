"""How old what we have from the EHR is: its open times, what its feed told, the last comparison."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Min

from moonlit.availability.queries import PlaceFreshness, freshness_by_location
from moonlit.practice.models import Location
from moonlit.sync.models import Comparison, Feed, Notice, SyncWindow

BEHIND_AFTER = {SyncWindow.Kind.NEAR: timedelta(minutes=10), SyncWindow.Kind.WHOLE: timedelta(hours=2)}
"""A window not refreshed for this long has missed several turns."""


FEED_BEHIND_AFTER = timedelta(minutes=5)
"""The feed is read every minute."""
PROOF_BEHIND_AFTER = timedelta(hours=48)
"""A department is compared every night."""


@dataclass(frozen=True, slots=True)
class FeedState:
    """How well we hear what changes in the EHR."""

    read_at: datetime | None
    """When the change feed was last read; None: never."""
    error: str
    waiting: int
    """Notices stored and not taken in yet."""
    oldest_waiting: datetime | None
    compared_at: datetime | None
    """When the department that waits longest was last compared with ours as a whole; None while one never was."""
    behind: bool


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


def feed_read_at() -> datetime | None:
    """When the change feed was last read; None: never."""
    return Feed.objects.filter(pk=1).values_list("read_at", flat=True).first()


def feed_state(now: datetime) -> FeedState:
    """What staff are told of the feed and of the nightly comparison."""
    feed = Feed.objects.filter(pk=1).first()
    waiting = Notice.objects.filter(applied_at=None).aggregate(number=Count("pk"), oldest=Min("received_at"))
    proofs = list(
        Comparison.objects.filter(location__ehr_department_id__isnull=False).values_list("succeeded_at", flat=True)
    )
    compared_at = None if None in proofs or not proofs else min(proofs)
    read_at = feed.read_at if feed else None
    late = read_at is None or now - read_at > FEED_BEHIND_AFTER
    unproven = compared_at is None or now - compared_at > PROOF_BEHIND_AFTER
    return FeedState(
        read_at=read_at,
        error=feed.error if feed else "",
        waiting=waiting["number"],
        oldest_waiting=waiting["oldest"],
        compared_at=compared_at,
        behind=late or unproven,
    )


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
