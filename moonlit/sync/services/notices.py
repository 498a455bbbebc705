"""Working off what the EHR told us: each record once, a stumbling one later, the others regardless."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from moonlit.booking.services import Outcome, knows_chart, look_at
from moonlit.domain.ehr_states import Do
from moonlit.domain.zones import local_date
from moonlit.ehr.port import NotReached, Retry, Throttled
from moonlit.platform.log import get_logger
from moonlit.practice.models import Location
from moonlit.sync.models import Notice
from moonlit.sync.services.slots import slots_changed
from moonlit.sync.services.take_in import Shown, follow_chart, take_in, take_in_by_id

log = get_logger(__name__)

Clock = Callable[[], datetime]

BATCH = 500
MOST_ROUNDS = 20
FIRST_RETRY = timedelta(seconds=30)
LAST_RETRY = timedelta(hours=1)
NO_ANSWER = timedelta(seconds=15)
"""While the EHR does not answer nothing is wrong with the notice."""
WAITS = (timedelta(seconds=15), timedelta(minutes=15))
"""How long a notice waits for a booking or change of ours, shortest and longest; the older it is, the longer."""


@dataclass(frozen=True, slots=True)
class TakenIn:
    applied: int
    failed: int


class _Silent(Exception):  # noqa: N818  the EHR does not answer: nothing more can be taken in now
    pass


def work_off(*, clock: Clock, fresh: Sequence[Shown]) -> TakenIn:
    """Take in every notice that is due. `fresh` are records just read, newest last; all others are read anew.

    Run by one process at a time. Notices about one record are one: what counts is the record as it is now.
    """
    shown = {each.found.id: each for each in fresh}
    applied = _apply_quiet(list(shown.values()), clock) if shown else 0
    failed = 0
    for _ in range(MOST_ROUNDS):
        due = list(Notice.objects.filter(applied_at=None, next_at__lte=clock()).order_by("received_at", "id")[:BATCH])
        if not due:
            break
        try:
            for notices in _by_record(due):
                done = _work_off(notices, shown.pop(notices[0].appointment_id, None), clock)
                applied, failed = applied + len(notices) * done, failed + (not done)
        except _Silent:
            failed += 1
            break
    return TakenIn(applied, failed)


def _apply_quiet(fresh: Sequence[Shown], clock: Clock) -> int:
    """Most rows of a feed are open times, or what we know already: they are done together."""
    done: list[str] = []
    opened: dict[str, set[datetime]] = defaultdict(set)
    for shown, look in zip(fresh, look_at([each.found for each in fresh]), strict=True):
        if look.judgement.do is Do.FRESHEN:
            opened[shown.found.department_id].add(shown.found.start)
        elif not look.quiet:
            continue
        done.append(shown.found.id)
    for location in Location.objects.filter(ehr_department_id__in=opened):
        starts = opened[location.ehr_department_id or ""]
        days: set[date] = {local_date(start, location.time_zone) for start in starts}
        slots_changed(location, days, now=clock())
    known = Notice.objects.filter(source=Notice.Source.FEED, applied_at=None, appointment_id__in=done)
    return known.update(applied_at=clock())


def _by_record(due: Iterable[Notice]) -> list[list[Notice]]:
    records: dict[str, list[Notice]] = defaultdict(list)
    for notice in due:
        records[notice.appointment_id or str(notice.pk)].append(notice)
    return list(records.values())


def _work_off(notices: list[Notice], shown: Shown | None, clock: Clock) -> bool:
    """Whether the notices are done, or wait for a good reason; raises _Silent when the EHR does not answer."""
    pks, tries = [notice.pk for notice in notices], max(notice.attempts for notice in notices)
    rows = Notice.objects.filter(pk__in=pks)
    # Put off first and committed: what kills this process must not be the next thing it does.
    rows.update(attempts=tries + 1, next_at=clock() + min(FIRST_RETRY * 2 ** min(tries, 20), LAST_RETRY))
    try:
        outcome = _take_in(notices[0], shown, clock)
    except (NotReached, Throttled, Retry) as fault:
        wait = max(NO_ANSWER, timedelta(seconds=fault.retry_after if isinstance(fault, Throttled) else 0))
        rows.update(attempts=tries, next_at=clock() + wait, error=type(fault).__name__)
        raise _Silent from None
    except Exception as fault:  # noqa: BLE001  one that stumbles must not keep the others waiting
        rows.update(error=type(fault).__name__[:60])
        log.error("notice_failed", error=type(fault).__name__, attempts=tries + 1, kind=notices[0].source)
        return False
    if outcome is Outcome.WAITING:
        age = clock() - min(notice.received_at for notice in notices)
        rows.update(attempts=tries, next_at=clock() + min(max(age, WAITS[0]), WAITS[1]))
        return True
    rows.update(applied_at=clock(), attempts=tries, error="")
    return True


def _take_in(notice: Notice, shown: Shown | None, clock: Clock) -> Outcome:
    if not notice.appointment_id:
        chart = str(notice.raw.get("record_id", ""))
        if knows_chart(chart):
            follow_chart(chart)
        return Outcome.UNCHANGED
    return take_in(shown, clock) if shown is not None else take_in_by_id(notice.appointment_id, clock)
