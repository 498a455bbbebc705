"""Keeping the mirror of open slots in step with the EHR (rules 5), with the fewest calls the API allows.

One call asks for all providers and reasons of a department between two days. The next two weeks, where nearly every
booking happens and staff change most, are asked for often; the whole horizon now and then.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q

from moonlit.availability.queries import agreeing_locations
from moonlit.availability.services import Answer, MirrorResult, mirror, mirror_failed, record_department_zone
from moonlit.domain.zones import local_date
from moonlit.ehr.port import EhrError, Throttled, get_ehr
from moonlit.platform.db import try_advisory_lock
from moonlit.platform.log import get_logger
from moonlit.practice.models import Location, Provider, ProviderVisitType, VisitType
from moonlit.sync.models import SyncWindow

log = get_logger(__name__)

NEAR_DAYS = 14
EVERY = {SyncWindow.Kind.NEAR: timedelta(minutes=2), SyncWindow.Kind.WHOLE: timedelta(minutes=30)}
FIRST_RETRY = timedelta(seconds=15)
FAR_AT_MOST_EVERY = timedelta(minutes=5)
"""Beyond the near days, however often the EHR says that something changed."""
ZONE_DIFFERS = "zone_mismatch"

Clock = Callable[[], datetime]
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Refreshed:
    windows: int
    failed: int
    mirrored: MirrorResult


def refresh_all(*, clock: Clock, progress: Progress = lambda _line: None) -> Refreshed | None:
    """Refresh everything now: zones, then the whole horizon of each department. None: another run is under way."""
    with try_advisory_lock("sync") as mine:
        if not mine:
            return None
        _check_zones(clock)
        return _run([row for row in _windows(clock()) if row.kind == SyncWindow.Kind.WHOLE], clock, progress)


def refresh_due(*, clock: Clock) -> Refreshed | None:
    """Refresh the windows that are due. None: another process is at it."""
    with try_advisory_lock("sync") as mine:
        if not mine:
            return None
        now = clock()
        rows = _windows(now)
        due = {row.pk for row in rows if row.next_at <= now}
        agreed = agreeing_locations()
        if any(row.pk in due and (_is_whole(row) or row.location_id not in agreed) for row in rows):
            _check_zones(clock)
        recovered = agreeing_locations() - agreed
        wanted = [row for row in rows if row.pk in due or row.location_id in recovered]
        # The whole horizon holds the near days too: asking for both would be one call too many.
        whole = {row.location_id for row in wanted if _is_whole(row)}
        wanted = [row for row in wanted if _is_whole(row) or row.location_id not in whole]
        return _run(wanted, clock, lambda _line: None)


def slots_changed(location: Location, days: Collection[date], *, now: datetime) -> None:
    """The EHR says that open time of these local days is not what it was: read it with the next turn."""
    today = local_date(now, location.time_zone)
    far = any(day > today + timedelta(days=NEAR_DAYS) for day in days)
    windows = SyncWindow.objects.filter(location=location)
    if any(today <= day <= today + timedelta(days=NEAR_DAYS) for day in days):
        windows.filter(kind=SyncWindow.Kind.NEAR, next_at__gt=now).update(next_at=now)
    if far:
        # A template that is rolled out tells of itself for minutes: the long call is made now and then, not each time.
        window = windows.filter(kind=SyncWindow.Kind.WHOLE).first()
        if window is not None:
            soon = max(now, (window.succeeded_at or now) + FAR_AT_MOST_EVERY)
            windows.filter(pk=window.pk, next_at__gt=soon).update(next_at=soon)


def _is_whole(row: SyncWindow) -> bool:
    return row.kind == SyncWindow.Kind.WHOLE


def _windows(now: datetime) -> list[SyncWindow]:
    """The windows of every mapped department, made when a department is new; the whole horizon first."""
    locations = Location.objects.filter(ehr_department_id__isnull=False)
    known = set(SyncWindow.objects.values_list("location_id", "kind"))
    SyncWindow.objects.bulk_create(
        [
            SyncWindow(location=location, kind=kind, next_at=now)
            for location in locations
            for kind in SyncWindow.Kind.values
            if (location.pk, kind) not in known
        ],
        ignore_conflicts=True,
    )
    rows = SyncWindow.objects.select_related("location").filter(location__in=locations)
    return sorted(rows, key=lambda row: (not _is_whole(row), row.location_id))


def _run(rows: list[SyncWindow], clock: Clock, progress: Progress) -> Refreshed:
    total, failed = MirrorResult(), 0
    agreeing = agreeing_locations()
    for row in rows:
        result = _refresh(row, clock) if row.location_id in agreeing else _put_off(row, clock)
        if result is None:
            failed += 1
            progress(f"{row.location.name}: {row.error}")
        else:
            total += result
            counts = f"{result.added} added, {result.changed} changed, {result.removed} removed"
            progress(f"{row.location.name}: {counts}")
    return Refreshed(len(rows), failed, total)


def _refresh(row: SyncWindow, clock: Clock) -> MirrorResult | None:
    location, asked_at = row.location, clock()
    # Put off first: a row that makes us stumble must not keep the others waiting when we are back.
    _again_at(row, asked_at + _backoff(row), attempted_at=asked_at)
    providers, reasons = _mapped(location)
    try:
        result = MirrorResult()
        if providers and reasons:
            answer = _ask(row, providers, reasons, asked_at)
            result = mirror(answer, providers, now=clock())
    except EhrError as fault:
        _failed(row, providers, fault, clock())
        return None
    now = clock()
    done = {
        "failures": 0,
        "error": "",
        "attempted_at": now,
        "succeeded_at": now,
        "added": result.added,
        "changed": result.changed,
        "removed": result.removed,
    }
    _again_at(row, now + EVERY[SyncWindow.Kind(row.kind)], **done)
    if _is_whole(row):
        near = SyncWindow.objects.filter(location=location, kind=SyncWindow.Kind.NEAR)
        near.update(**done, next_at=now + EVERY[SyncWindow.Kind.NEAR])
    log.info("sync_done", location=location.code, window=row.kind, added=result.added, removed=result.removed)
    return result


def _ask(row: SyncWindow, providers: list[Provider], reasons: list[str], asked_at: datetime) -> Answer:
    location = row.location
    first, last = _days(row.kind, location, asked_at)
    found = get_ehr().open_slots(
        department_id=location.ehr_department_id or "",
        time_zone=location.time_zone,
        provider_ids=[provider.calendar_source_id or "" for provider in providers],
        reason_ids=reasons,
        first_day=first,
        last_day=last,
    )
    return Answer(
        location=location,
        first_day=first,
        last_day=last,
        slots=found.slots,
        asked_at=asked_at,
        whole_horizon=_is_whole(row),
        in_gap=len(found.in_gap),
    )


def _failed(row: SyncWindow, providers: list[Provider], fault: EhrError, now: datetime) -> None:
    wait = _backoff(row)
    if isinstance(fault, Throttled):
        wait = max(wait, timedelta(seconds=fault.retry_after))
    error = type(fault).__name__
    _again_at(row, now + wait, failures=row.failures + 1, error=error, attempted_at=now)
    mirror_failed(row.location, providers, error=error, now=now)
    log.warning("sync_failed", location=row.location.code, window=row.kind, error=error)


def _put_off(row: SyncWindow, clock: Clock) -> None:
    """Times read by a clock that is not the department's would be wrong: not asked for until the clocks agree."""
    now = clock()
    _again_at(row, now + EVERY[SyncWindow.Kind.NEAR], error=ZONE_DIFFERS, attempted_at=now)


def _backoff(row: SyncWindow) -> timedelta:
    """15 s, 30 s, a minute ... and never later than its usual turn."""
    return min(FIRST_RETRY * 2 ** min(row.failures, 10), EVERY[SyncWindow.Kind(row.kind)])


def _again_at(row: SyncWindow, next_at: datetime, **columns: object) -> None:
    for name, value in {"next_at": next_at, **columns}.items():
        setattr(row, name, value)
    row.save(update_fields=["next_at", *columns])


def _check_zones(clock: Clock) -> None:
    """Compare every department's zone with ours; a mismatch withholds its times (rules 13)."""
    try:
        zones = {department.id: department.time_zone for department in get_ehr().departments()}
    except EhrError as fault:
        log.warning("sync_zones_failed", error=type(fault).__name__)
        return
    for location in Location.objects.filter(ehr_department_id__isnull=False):
        record_department_zone(location, zones.get(location.ehr_department_id or ""), now=clock())


def _mapped(location: Location) -> tuple[list[Provider], list[str]]:
    """The providers who see patients there and are known to the EHR, and the reasons their visits are booked by."""
    services = (
        ProviderVisitType.objects.filter(Q(location=location) | Q(location=None))
        .exclude(ehr_reason_id=None)
        .exclude(provider__calendar_source_id=None)
        .select_related("provider")
    )
    modality = "telehealth" if location.kind == Location.Kind.TELEHEALTH else "in_person"
    providers: dict[int, Provider] = {}
    reasons: set[str] = set()
    for service in services:
        provider = service.provider
        works_there = (provider.locations is None or location.code in provider.locations) and (
            provider.modalities is None or modality in provider.modalities
        )
        if works_there:
            providers[provider.pk] = provider
            reasons.add(service.ehr_reason_id or "")
    return [providers[key] for key in sorted(providers)], sorted(reasons)


def _days(kind: str, location: Location, now: datetime) -> tuple[date, date]:
    today = local_date(now, location.time_zone)
    if kind == SyncWindow.Kind.NEAR:
        return today, today + timedelta(days=NEAR_DAYS)
    horizon = max(VisitType.objects.values_list("horizon_days", flat=True), default=90)
    return today, today + timedelta(days=horizon)
