"""What is asked of the EHR when: one row per department and window."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.platform.columns import columns
from moonlit.practice.models import Location


class SyncWindow(models.Model):
    """Days of one department whose open slots are refreshed together: near ones often, the whole horizon rarely."""

    class Kind(models.TextChoices):
        NEAR = "near"
        WHOLE = "whole"

    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    kind = models.CharField(max_length=5, choices=Kind)
    next_at = models.DateTimeField()
    attempted_at = models.DateTimeField(null=True)
    succeeded_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    """In a row, since the last success."""
    error = models.CharField(max_length=60, blank=True)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    removed = models.PositiveIntegerField(default=0)
    """Counts of the last success."""

    column_classes: ClassVar = columns(
        operational="id location_id kind next_at attempted_at succeeded_at failures error added changed removed"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["location", "kind"], name="syncwindow_natural_key"),
            models.CheckConstraint(condition=Q(kind__in=["near", "whole"]), name="syncwindow_kind_known"),
        ]
