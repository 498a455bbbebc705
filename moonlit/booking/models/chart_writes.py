"""What is to be written to the patient's chart once the visit is booked (rules 4.11-4.13)."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.booking.models.appointment import Appointment
from moonlit.platform.columns import columns


class ChartWrite(models.Model):
    """One write with its tries. A failure leaves the visit booked and ends in a task, never in silence."""

    class Kind(models.TextChoices):
        INSURANCE = "insurance"
        PRIVACY = "privacy"
        DETAILS = "details"
        """Sex and address that were told after the booking."""
        NOTE = "note"
        """The patient's own words, as a note of the visit."""

    class State(models.TextChoices):
        TO_WRITE = "to_write"
        WRITTEN = "written"
        """Written and, where the EHR can be asked, read back."""
        STOPPED = "stopped"
        """Staff must act first: `problem` says why."""
        NOT_NEEDED = "not_needed"
        """The visit is no longer booked."""

    id = models.BigAutoField(primary_key=True)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="chart_writes")
    kind = models.CharField(max_length=9, choices=Kind)
    state = models.CharField(max_length=10, choices=State, default=State.TO_WRITE)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    """When it is tried next; null when nothing is to be done by the program."""
    problem = models.CharField(max_length=40, blank=True)
    """Stable code of what stopped the last try."""
    written_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id appointment_id kind state attempts next_at problem written_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "kind"], name="chartwrite_once"),
            models.CheckConstraint(
                condition=Q(kind__in=["insurance", "privacy", "details", "note"]), name="chartwrite_kind_known"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["to_write", "written", "stopped", "not_needed"]), name="chartwrite_state_known"
            ),
            models.CheckConstraint(
                condition=~Q(state="to_write") | Q(next_at__isnull=False), name="chartwrite_to_write_has_time"
            ),
        ]
        indexes = [models.Index(fields=["next_at"], name="chartwrite_due", condition=Q(state="to_write"))]
