"""The task for a follow-up date that has come (rules 7)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.zones import local_date
from moonlit.leads.models import Lead
from moonlit.leads.services.state import WAITING
from moonlit.practice.models import Practice
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

BATCH = 200


def open_follow_ups(*, now: datetime) -> int:
    """Open the task of each waiting lead whose follow-up date has come, once a date; how many were opened.

    It is the front desk's, or the assignee's. One that staff have closed does not come back until the date is set anew.
    """
    zone = Practice.objects.values_list("time_zone", flat=True).filter(pk=1).first()
    if zone is None:
        return 0
    due = Lead.objects.filter(status__in=WAITING, follow_up_told=False, follow_up_date__lte=local_date(now, zone))
    found = list(due.order_by("follow_up_date", "pk").values_list("pk", "follow_up_date")[:BATCH])
    opened = 0
    for lead_id, day in found:
        with transaction.atomic():
            row = due.filter(pk=lead_id, follow_up_date=day)
            if not row.update(follow_up_told=True):
                continue
            assignee = Lead.objects.values_list("assigned_to_id", flat=True).get(pk=lead_id)
            open_task(
                TaskKind.LEAD_FOLLOW_UP,
                subject=about(lead_id),
                team=Team.FRONT_DESK,
                assignee=assignee,
                due=end_of_business_day(now, office()),
                visit_date=None,
                actor=SYSTEM,
                now=now,
            )
            opened += 1
    return opened


def close_follow_up(lead_id: UUID, *, outcome: TaskOutcome, actor: Actor, now: datetime) -> None:
    """Its condition is gone. Must run inside the transaction of what made it so."""
    close_task(TaskKind.LEAD_FOLLOW_UP, subject=about(lead_id), outcome=outcome, actor=actor, now=now)


def about(lead_id: UUID) -> str:
    """The subject of a lead's tasks and audit rows."""
    return f"lead:{lead_id}"
