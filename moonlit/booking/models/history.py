"""What an appointment went through, and what was true when it was decided. Append-only."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from moonlit.booking.models.appointment import Appointment
from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedJSON


class AppointmentState(models.Model):
    """Every state a visit went through, append-only: the timeline staff read."""

    id = models.BigAutoField(primary_key=True)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="history")
    state = models.CharField(max_length=15)
    problem = models.CharField(max_length=40, blank=True)
    actor_kind = models.CharField(max_length=10)
    actor_id = models.CharField(max_length=64)
    at = models.DateTimeField()

    column_classes: ClassVar = columns(operational="id appointment_id state problem actor_kind actor_id at")

    class Meta:
        indexes = [models.Index(fields=["appointment", "at"], name="appointmentstate_timeline")]


class AppointmentDecision(models.Model):
    """What was true when the visit was decided; one per version, none overwritten (rules 4.14)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="decisions")
    version = models.PositiveIntegerField()
    decided_at = models.DateTimeField()
    snapshot = EncryptedJSON()
    """Route, rendering, supervisor, claim mode, payers, place of service, state, documents, patient, insurances."""

    column_classes: ClassVar = columns(operational="id appointment_id version decided_at", phi="snapshot")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "version"], name="appointmentdecision_version_once")
        ]
