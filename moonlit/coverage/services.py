"""Verbs about contracts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Q

from moonlit.audit.actor import Actor
from moonlit.coverage.models import ProviderPayer
from moonlit.domain.business_time import end_of_business_day
from moonlit.practice.office import office
from moonlit.practice.queries import today
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.models import Task
from moonlit.worklist.services import close_task, open_task

_UNDATED = Q(effective_date__isnull=True)
_UNCONFIRMED = Q(effective_date__isnull=False) & (Q(confirmed_by="") | Q(confirmed_on__isnull=True))


def review_contracts(*, actor: Actor, now: datetime) -> None:
    """Open a task for each active contract that covers nothing because its start is missing or unconfirmed, and close
    those whose contract has been put right (rules 1.1). Load, edit and the nightly check call it, no public read does.
    """
    with transaction.atomic():
        active = ProviderPayer.objects.filter(
            Q(end_date__isnull=True) | Q(end_date__gte=today(now)), status=ProviderPayer.Status.ACTIVE
        )
        wanted = {
            (kind, f"contract:{contract}")
            for kind, condition in ((TaskKind.START_DATE_MISSING, _UNDATED), (TaskKind.START_UNCONFIRMED, _UNCONFIRMED))
            for contract in active.filter(condition).values_list("pk", flat=True)
        }
        kinds = [TaskKind.START_DATE_MISSING, TaskKind.START_UNCONFIRMED]
        open_now = set(Task.objects.filter(kind__in=kinds, state=Task.State.OPEN).values_list("kind", "subject"))
        due = end_of_business_day(now, office()) if wanted - open_now else None
        for kind, subject in sorted(wanted - open_now):
            open_task(kind, subject=subject, team=Team.CREDENTIALING, due=due, visit_date=None, actor=actor, now=now)
        for kind, subject in sorted(open_now - wanted):
            close_task(TaskKind(kind), subject=subject, outcome=TaskOutcome.CONDITION_GONE, actor=actor, now=now)
