"""What we have frozen in the EHR while somebody holds the time (an optional setting)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.booking.models.appointment import Appointment
from moonlit.platform.columns import columns


class SlotFreeze(models.Model):
    """One slot of the EHR that was frozen at least once. What is about to be sent is written here first."""

    class State(models.TextChoices):
        THAWED = "thawed"
        """Not frozen by us."""
        FREEZING = "freezing"
        """A freeze may be under way, or its answer was lost."""
        FROZEN = "frozen"
        THAWING = "thawing"

    slot_ehr_id = models.CharField(max_length=40, primary_key=True)
    hold = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="+")
    """For whom it is frozen: as long as this is a live hold, and no longer."""
    state = models.CharField(max_length=8, choices=State, default=State.THAWED)
    sure = models.BooleanField(default=False)
    """The EHR has confirmed our last freeze, so no earlier request can land late."""
    puts = models.PositiveSmallIntegerField(default=0)
    """Freezes that may have reached the EHR since the slot was last known not to be frozen by us."""
    attempts = models.PositiveSmallIntegerField(default=0)
    """Tries of the step that is under way."""
    sent_at = models.DateTimeField(null=True)
    """When a freeze was last sent."""
    next_at = models.DateTimeField(null=True)
    """When the next step is due; null when there is none."""

    column_classes: ClassVar = columns(operational="slot_ehr_id hold_id state sure puts attempts sent_at next_at")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["thawed", "freezing", "frozen", "thawing"]), name="slotfreeze_state_known"
            ),
            models.CheckConstraint(
                condition=Q(state="thawed") | Q(next_at__isnull=False), name="slotfreeze_is_never_forgotten"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="slotfreeze_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["hold"], name="slotfreeze_by_hold"),
        ]
