"""What is on the list."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Count, F, Q

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.models import Task


@dataclass(frozen=True, slots=True)
class TaskRow:
    id: UUID
    kind: TaskKind
    subject: str
    team: Team
    due: datetime | None
    overdue: bool
    visit_date: date | None
    assignee: str
    """name, or empty"""
    note: str
    opened_at: datetime
    outcome: TaskOutcome | None
    """None while open."""
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class TeamLoad:
    """How much waits for one team."""

    team: Team
    open: int
    overdue: int


def open_tasks(
    *, actor: Actor, now: datetime, team: Team | None = None, limit: int = 200, offset: int = 0
) -> list[TaskRow]:
    """The open tasks, the soonest visit first, then the earliest due. Notes may name patients: the read is audited."""
    rows = Task.objects.filter(state=Task.State.OPEN).select_related("assignee")
    if team is not None:
        rows = rows.filter(team=team)
    rows = rows.order_by(F("visit_date").asc(nulls_last=True), F("due").asc(nulls_last=True), "opened_at", "id")
    with transaction.atomic():
        tasks = [_task(row, now) for row in rows[offset : offset + limit]]
        record(Verb.TASK_LISTED, actor=actor, subject=f"tasks:{team or 'all'}", facts={"count": len(tasks)})
    return tasks


def tasks_about(subject: str, *, actor: Actor, now: datetime) -> list[TaskRow]:
    """Every task there ever was about one subject, oldest first. Audited as the list is."""
    rows = Task.objects.filter(subject=subject).select_related("assignee").order_by("opened_at", "id")
    with transaction.atomic():
        tasks = [_task(row, now) for row in rows]
        record(Verb.TASK_LISTED, actor=actor, subject=subject, facts={"count": len(tasks)})
    return tasks


def open_subjects(kind: TaskKind) -> list[str]:
    """What the open tasks of one kind are about."""
    return list(Task.objects.filter(kind=kind, state=Task.State.OPEN).values_list("subject", flat=True))


def team_loads(now: datetime) -> list[TeamLoad]:
    """How many tasks are open, and how many of them overdue, for every team."""
    rows = (
        Task.objects.filter(state=Task.State.OPEN)
        .values("team")
        .annotate(open=Count("id"), overdue=Count("id", filter=Q(due__lt=now)))
    )
    found = {row["team"]: TeamLoad(Team(row["team"]), row["open"], row["overdue"]) for row in rows}
    return [found.get(team.value, TeamLoad(team, 0, 0)) for team in Team]


def _task(row: Task, now: datetime) -> TaskRow:
    is_open = row.state == Task.State.OPEN
    return TaskRow(
        id=row.pk,
        kind=TaskKind(row.kind),
        subject=row.subject,
        team=Team(row.team),
        due=row.due,
        overdue=is_open and row.due is not None and row.due < now,
        visit_date=row.visit_date,
        assignee=row.assignee.name if row.assignee else "",
        note=row.note,
        opened_at=row.opened_at,
        outcome=TaskOutcome(row.outcome) if row.outcome else None,
        closed_at=row.closed_at,
    )
