"""The nightly proof: every visit of the horizon read again and taken in by the same steps as the feed (rules 5)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from moonlit.booking.services import Look, Outcome, believed_booked, flag_again, look_at
from moonlit.domain.zones import day_start, first_instant, local_date
from moonlit.ehr.port import EhrAppointment, EhrError, NotReached, Retry, Throttled, get_ehr
from moonlit.platform.db import try_advisory_lock
from moonlit.platform.log import get_logger
from moonlit.practice.models import Location, VisitType
from moonlit.sync.mappings import check_mappings
from moonlit.sync.models import Comparison
from moonlit.sync.services.slots import Progress
from moonlit.sync.services.take_in import SYNC, Shown, take_in, take_in_by_id

log = get_logger(__name__)

Clock = Callable[[], datetime]

DAYS_BACK = 7
"""Visits held are charged and corrected for days."""
AT_NIGHT = time(3)
"""By the place's clock."""
FIRST_RETRY = timedelta(minutes=5)
LAST_RETRY = timedelta(hours=2)
CHUNK = 500


@dataclass(frozen=True, slots=True)
class Compared:
    visits: int = 0
    added: int = 0
    changed: int = 0
    cancelled: int = 0
    differing: int = 0
    """Given to staff, or still waiting for a write of ours."""
    failed: int = 0
    """Departments that could not be compared, and visits that could not be taken in."""

    def __add__(self, other: Compared) -> Compared:
        return Compared(
            self.visits + other.visits,
            self.added + other.added,
            self.changed + other.changed,
            self.cancelled + other.cancelled,
            self.differing + other.differing,
            self.failed + other.failed,
        )


_COUNTED = {
    Outcome.ADDED: "added",
    Outcome.CHANGED: "changed",
    Outcome.CANCELLED: "cancelled",
    Outcome.DIFFERS: "differing",
    Outcome.WAITING: "differing",
}


def compare_all(*, clock: Clock, progress: Progress = lambda _line: None) -> Compared | None:
    """Compare every department now. None: another run is under way."""
    with try_advisory_lock("sync") as mine:
        if not mine:
            return None
        total = Compared()
        for row in _comparisons(clock()):
            total += _compare(row, clock, progress)
        _ids_still_there(clock)
        return total


def compare_due(*, clock: Clock) -> Compared | None:
    """Compare one department that is due, so that everything else has its turn in between. None: as above."""
    with try_advisory_lock("sync") as mine:
        if not mine:
            return None
        now = clock()
        rows = _comparisons(now)
        row = next((row for row in rows if row.next_at <= now), None)
        if row is None:
            return Compared()
        done = _compare(row, clock, lambda _line: None)
        if row.location_id == min(each.location_id for each in rows):  # once a night
            _ids_still_there(clock)
        return done


def _ids_still_there(clock: Clock) -> None:
    """Whether the EHR still knows every id we book by (rules 3.7); while it does not answer nothing is said."""
    try:
        check_mappings(clock=clock)
    except EhrError as fault:
        log.warning("mappings_not_checked", error=type(fault).__name__)


def _comparisons(now: datetime) -> list[Comparison]:
    """Of every mapped department, due at once when it is new; the longest overdue first."""
    locations = Location.objects.filter(ehr_department_id__isnull=False)
    new = locations.exclude(pk__in=Comparison.objects.values("location_id"))
    Comparison.objects.bulk_create(
        [Comparison(location=location, next_at=now) for location in new], ignore_conflicts=True
    )
    rows = Comparison.objects.select_related("location").filter(location__in=locations)
    return list(rows.order_by("next_at", "location_id"))


def _compare(row: Comparison, clock: Clock, progress: Progress) -> Compared:
    location, now = row.location, clock()
    # Put off first: a department that makes us stumble must not keep the others waiting when we are back.
    _save(row, next_at=now + min(FIRST_RETRY * 2 ** min(row.failures, 10), LAST_RETRY))
    try:
        done = _department(location, clock)
    except EhrError as fault:
        error = type(fault).__name__
        _save(row, failures=min(row.failures + 1, 1000), error=error)
        log.warning("compare_failed", location=location.code, error=error)
        progress(f"{location.name}: visits not compared, {error}")
        return Compared(failed=1)
    _save(
        row,
        failures=0,
        error="",
        succeeded_at=clock(),
        next_at=_next_night(location, clock()),
        visits=done.visits,
        added=done.added,
        changed=done.changed,
        cancelled=done.cancelled,
        differing=done.differing,
    )
    progress(
        f"{location.name}: {done.visits} visits compared, {done.added} added, {done.changed} changed, "
        f"{done.cancelled} cancelled, {done.differing} differing"
    )
    log.info("compare_done", location=location.code, total=done.visits, added=done.added, changed=done.changed)
    return done


def _department(location: Location, clock: Clock) -> Compared:
    asked_at = clock()
    first, last = _days(location, asked_at)
    found = get_ehr().appointments_between(
        department_ids=[location.ehr_department_id or ""], first_day=first, last_day=last
    )
    counts: Counter[str] = Counter()
    for each, look in _looks(found):
        if not look.quiet:
            counts[_one(lambda each=each, look=look: take_in(Shown(each, asked_at), clock, look=look))] += 1
    begins, ends = day_start(first, location.time_zone), day_start(last + timedelta(days=1), location.time_zone)
    shown = {each.id for each in found}
    for ehr_id in believed_booked(location.pk, begins, ends, before=asked_at):
        if ehr_id not in shown:  # a list may leave one out: the record itself is asked
            counts[_one(lambda ehr_id=ehr_id: take_in_by_id(ehr_id, clock))] += 1
    flag_again(location.pk, actor=SYNC, now=clock())
    return Compared(
        visits=len(found),
        added=counts["added"],
        changed=counts["changed"],
        cancelled=counts["cancelled"],
        differing=counts["differing"],
        failed=counts["failed"],
    )


def _looks(found: Sequence[EhrAppointment]) -> Iterator[tuple[EhrAppointment, Look]]:
    for begin in range(0, len(found), CHUNK):
        part = found[begin : begin + CHUNK]
        yield from zip(part, look_at(part), strict=True)


def _one(step: Callable[[], Outcome]) -> str:
    try:
        return _COUNTED.get(step(), "")
    except (NotReached, Throttled, Retry):
        raise
    except Exception as fault:  # noqa: BLE001  one visit that stumbles must not keep the others from the proof
        log.error("compare_visit_failed", error=type(fault).__name__)
        return "failed"


def _days(location: Location, now: datetime) -> tuple[date, date]:
    today = local_date(now, location.time_zone)
    horizon = max(VisitType.objects.values_list("horizon_days", flat=True), default=90)
    return today - timedelta(days=DAYS_BACK), today + timedelta(days=horizon)


def _next_night(location: Location, now: datetime) -> datetime:
    today = local_date(now, location.time_zone)
    nights = (first_instant(today + timedelta(days=n), AT_NIGHT, location.time_zone) for n in (0, 1))
    return next(night for night in nights if night > now)


def _save(row: Comparison, **columns: object) -> None:
    for name, value in columns.items():
        setattr(row, name, value)
    row.save(update_fields=list(columns))
