"""Opening and closing tasks (rules 7)."""

from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.models import Task


def open_task(
    kind: TaskKind,
    *,
    subject: str,
    team: Team,
    due: datetime | None,
    visit_date: date | None,
    note: str = "",
    assignee: UUID | None = None,
    actor: Actor,
    now: datetime,
) -> Task:
    """The open task of this kind about this subject, made now unless there is one (which stays as it is).

    `subject` is "kind:id"; `due` is an instant in business time, computed by the caller; `note` may hold PHI.
    """
    with transaction.atomic():
        existing = Task.objects.filter(kind=kind, subject=subject, state=Task.State.OPEN).first()
        if existing is not None:
            return existing
        try:
            with transaction.atomic():
                task = Task.objects.create(
                    kind=kind,
                    subject=subject,
                    team=team,
                    due=due,
                    visit_date=visit_date,
                    note=note,
                    assignee_id=assignee,
                    opened_at=now,
                )
        except IntegrityError:  # another process opened it in between
            return Task.objects.get(kind=kind, subject=subject, state=Task.State.OPEN)
        record(Verb.TASK_OPENED, actor=actor, subject=f"task:{task.pk}", facts={"kind": kind, "about": subject})
        return task


def give_task(kind: TaskKind, *, subject: str, to: UUID | None) -> None:
    """Make it the task of who now has its subject, or of nobody. The caller's change of the subject is audited."""
    Task.objects.filter(kind=kind, subject=subject, state=Task.State.OPEN).update(assignee_id=to)


def bring_forward(kind: TaskKind, *, subject: str, due: datetime) -> None:
    """More has come to the open task, and it is urgent: due at `due`, unless it was due before."""
    Task.objects.filter(kind=kind, subject=subject, state=Task.State.OPEN, due__gt=due).update(due=due)


def close_task(kind: TaskKind, *, subject: str, outcome: TaskOutcome, actor: Actor, now: datetime) -> bool:
    """Close the open task of this kind about this subject. False when there is none: closing twice is harmless."""
    return _close(Q(kind=kind, subject=subject), outcome, actor=actor, now=now)


def close_one(task_id: UUID, *, outcome: TaskOutcome, actor: Actor, now: datetime) -> bool:
    """Close the very task somebody looked at, never a newer one of the same kind and subject. False: it is not open."""
    return _close(Q(pk=task_id), outcome, actor=actor, now=now)


def _close(which: Q, outcome: TaskOutcome, *, actor: Actor, now: datetime) -> bool:
    with transaction.atomic():
        task = Task.objects.filter(which, state=Task.State.OPEN).only("kind", "subject").first()
        if task is None:
            return False
        closed = Task.objects.filter(pk=task.pk, state=Task.State.OPEN).update(
            state=Task.State.CLOSED,
            outcome=outcome,
            closed_at=now,
        )
        if closed:
            record(
                Verb.TASK_CLOSED,
                actor=actor,
                subject=f"task:{task.pk}",
                facts={"kind": task.kind, "about": task.subject, "outcome": outcome},
            )
        return bool(closed)
