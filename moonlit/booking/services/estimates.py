"""The good-faith estimate of a self-pay visit: a task with its due date; closing it records that it was sent (4.15)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import State
from moonlit.domain.business_time import end_of_business_day, estimate_due
from moonlit.domain.zones import day_start, local_date
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, Team
from moonlit.worklist.services import open_task


def open_estimate(appointment_id: UUID, *, now: datetime) -> None:
    """Ask billing for the estimate of a self-pay visit that has just been booked or moved here.

    Counted in business days from the day it was asked for; fewer than three ahead, none is due unless the patient asks.
    A repeated call changes nothing.
    """
    row = Appointment.objects.filter(pk=appointment_id, self_pay=True, state=State.BOOKED.value).first()
    if row is None:
        return
    hours = office()
    due = estimate_due(local_date(row.created_at, hours.zone), visit_date(row), hours)
    if due is None:
        return
    open_task(
        TaskKind.GOOD_FAITH_ESTIMATE,
        subject=f"appointment:{row.pk}",
        team=Team.BILLING,
        due=end_of_business_day(day_start(due, hours.zone), hours),
        visit_date=visit_date(row),
        actor=SYSTEM,
        now=now,
    )
