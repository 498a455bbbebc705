"""What a change of the ground did to visits that were booked already (rules 4.14)."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

from moonlit.booking.models.appointment import Appointment
from moonlit.platform.columns import columns


class VisitReview(models.Model):
    """One visit whose decision is no longer what it was, with before and after, for staff to settle."""

    class Kind(models.TextChoices):
        PROPOSAL = "proposal"
        """Another way to bill a visit to come."""
        LOST = "lost"
        """A visit to come that nobody may hold, or be paid for, as it stands."""
        PAST = "past"
        """A visit already held that would be decided otherwise now; nothing about it is rewritten."""

    class State(models.TextChoices):
        OPEN = "open"
        APPLIED = "applied"
        DISMISSED = "dismissed"
        GONE = "gone"
        """The facts changed back, or the visit is no longer to be held."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="reviews")
    kind = models.CharField(max_length=8, choices=Kind)
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    before = models.JSONField()
    """payer, route, rendering, supervisor, claim_mode, as decided."""
    after = models.JSONField(null=True)
    """The same members by today's facts; null when there is no way."""
    reasons = ArrayField(models.CharField(max_length=40), default=list)
    found_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    """When staff asked the patient to call or to choose another time; once for each review."""
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=64, blank=True)

    column_classes: ClassVar = columns(
        operational="id appointment_id kind state before after reasons found_at told_at settled_at settled_by"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment"], condition=Q(state="open"), name="visitreview_one_open"),
            models.CheckConstraint(condition=Q(kind__in=["proposal", "lost", "past"]), name="visitreview_kind_known"),
            models.CheckConstraint(
                condition=Q(state__in=["open", "applied", "dismissed", "gone"]), name="visitreview_state_known"
            ),
        ]
        indexes = [models.Index(fields=["kind", "found_at"], name="visitreview_open", condition=Q(state="open"))]


class RedecisionRun(models.Model):
    """How far the present run over all visits has come. One row."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    facts_version = models.BigIntegerField()
    """The facts that this run judges by."""
    day = models.DateField()
    """The practice's local date on which it began."""
    past = models.BooleanField(default=False)
    """Whether visits already held are judged too: only when the facts have changed."""
    cursor = models.UUIDField(null=True)
    """The last visit judged."""
    done = models.BooleanField(default=False)

    column_classes: ClassVar = columns(operational="id facts_version day past cursor done")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="redecisionrun_one_row")]
