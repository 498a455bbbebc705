"""The sweeper: finds what is due whether or not a queue still knows of it, and tells staff what takes too long."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services.advance import advance
from moonlit.booking.services.changes import advance_change, alert_on_changes
from moonlit.booking.services.chart_writes import write_to_chart
from moonlit.booking.services.state import visit_date
from moonlit.booking.services.supervision import write_supervision
from moonlit.domain.booking import ALERT_STAFF_AFTER, CALL_TASK_AFTER, OPEN
from moonlit.domain.business_time import add_business_time, end_of_business_day
from moonlit.platform.log import get_logger
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task

log = get_logger(__name__)

BATCH = 20
OVERDUE = timedelta(seconds=10)
"""The queue has this long to run a step on time; only then the sweep takes it."""
POISONED_WAITS = timedelta(minutes=1)
"""A row whose step raises steps back this long, or a batch of such rows would keep all others from their turn."""
UNDECIDED = [state.value for state in OPEN]


def sweep(*, clock: Callable[[], datetime]) -> None:
    """Advance every undecided booking and change that is due, write what is to be written, alert on old ones."""
    now = clock()
    due = Appointment.objects.filter(state__in=UNDECIDED, next_look_at__lte=now - OVERDUE).order_by("next_look_at")
    for appointment_id in list(due.values_list("pk", flat=True)[:BATCH]):
        if not _guarded(advance, appointment_id, clock):
            due.filter(pk=appointment_id).update(next_look_at=clock() + POISONED_WAITS)
    to_write = Appointment.objects.filter(
        supervision_write=Appointment.SupervisionWrite.TO_WRITE, supervision_next_at__lte=now - OVERDUE
    ).order_by("supervision_next_at")
    for appointment_id in list(to_write.values_list("pk", flat=True)[:BATCH]):
        if not _guarded(write_supervision, appointment_id, clock):
            to_write.filter(pk=appointment_id).update(supervision_next_at=clock() + POISONED_WAITS)
    changes = Appointment.objects.filter(change_next_at__lte=now - OVERDUE).order_by("change_next_at")
    for appointment_id in list(changes.values_list("pk", flat=True)[:BATCH]):
        if not _guarded(advance_change, appointment_id, clock):
            changes.filter(pk=appointment_id).update(change_next_at=clock() + POISONED_WAITS)
    writes = ChartWrite.objects.filter(state=ChartWrite.State.TO_WRITE, next_at__lte=now - OVERDUE).order_by("next_at")
    for write_id in list(writes.values_list("pk", flat=True)[:BATCH]):
        if not _guarded(write_to_chart, write_id, clock):
            writes.filter(pk=write_id).update(next_at=clock() + POISONED_WAITS)
    _alert(now)
    alert_on_changes(now)


def _guarded(step: Callable[..., None], appointment_id: object, clock: Callable[[], datetime]) -> bool:
    """Whether the step ended without an error."""
    try:
        step(appointment_id, clock=clock)
    except Exception as fault:  # noqa: BLE001  one poisoned row must not stop the others
        log.error("booking_sweep_failed", appointment=str(appointment_id), error=type(fault).__name__)
        return False
    return True


def _alert(now: datetime) -> None:
    """Staff are told after 15 minutes, and asked to call after two office hours (rules 4.5)."""
    undecided = Appointment.objects.filter(state__in=UNDECIDED, origin=Appointment.Origin.MOONLIT)
    old = undecided.filter(alerted_at=None, created_at__lte=now - ALERT_STAFF_AFTER)
    for row in old:
        with transaction.atomic():
            if Appointment.objects.filter(pk=row.pk, state__in=UNDECIDED, alerted_at=None).update(alerted_at=now):
                _task(TaskKind.BOOKING_STUCK, row, Team.TECHNICAL, due=now, now=now)
    waiting = undecided.filter(call_task_at=None, alerted_at__isnull=False)
    if not waiting:
        return
    hours = office()
    for row in waiting:
        if add_business_time(row.created_at, CALL_TASK_AFTER, hours) > now:
            continue
        with transaction.atomic():
            if Appointment.objects.filter(pk=row.pk, state__in=UNDECIDED, call_task_at=None).update(call_task_at=now):
                _task(TaskKind.PENDING_TOO_LONG, row, Team.FRONT_DESK, due=end_of_business_day(now, hours), now=now)


def _task(kind: TaskKind, row: Appointment, team: Team, *, due: datetime, now: datetime) -> None:
    open_task(
        kind,
        subject=f"appointment:{row.pk}",
        team=team,
        due=due,
        visit_date=visit_date(row),
        actor=SYSTEM,
        now=now,
    )
