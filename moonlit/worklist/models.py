"""The staff's tasks."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedText
from moonlit.staff.models import User
from moonlit.worklist.kinds import TaskOutcome, Team


class Task(models.Model):
    """Something a person must do about a subject; at most one open per (kind, subject)."""

    class State(models.TextChoices):
        OPEN = "open"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=40)  # a TaskKind; a new kind needs no migration
    subject = models.CharField(max_length=120)
    team = models.CharField(max_length=20, choices=Team.choices)
    due = models.DateTimeField(null=True)
    visit_date = models.DateField(null=True)
    assignee = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    outcome = models.CharField(max_length=20, choices=TaskOutcome.choices, null=True)
    note = EncryptedText(default="")
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    alerted_at = models.DateTimeField(null=True)
    """When the team was written to about it; null for a kind that can wait until somebody looks."""

    column_classes: ClassVar = columns(
        operational="id kind subject team due visit_date assignee_id state outcome opened_at closed_at alerted_at",
        phi="note",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "subject"], condition=Q(state="open"), name="task_one_open"),
            models.CheckConstraint(
                condition=Q(state="open", outcome=None, closed_at=None)
                | Q(state="closed", outcome__isnull=False, closed_at__isnull=False),
                name="task_closed_with_outcome",
            ),
            models.CheckConstraint(condition=Q(team__in=Team.values), name="task_team"),
        ]
        indexes = [
            models.Index(fields=["team", "visit_date", "due"], condition=Q(state="open"), name="task_open_by_team"),
            models.Index(fields=["subject"], name="task_subject"),
        ]
