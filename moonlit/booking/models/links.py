"""What proves that somebody may see or change one appointment."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from moonlit.booking.models.appointment import Appointment
from moonlit.platform.columns import columns


class ManageLink(models.Model):
    """A link to one appointment for one purpose; only the hash of its token is kept (rules 4.10)."""

    class Purpose(models.TextChoices):
        MANAGE = "manage"
        """What a message carries: alone it shows no more than the message said."""
        STATUS = "status"
        """Of the page of whoever asked for the visit or a change of it; no message carries it."""

    class Holder(models.TextChoices):
        UNKNOWN = ""
        """Whoever the answer of the booking was given to."""
        PATIENT = "patient"
        BOOKER = "booker"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="links")
    purpose = models.CharField(max_length=6, choices=Purpose)
    holder = models.CharField(max_length=7, choices=Holder, blank=True, default=Holder.UNKNOWN)
    """To whom the message with the link went: a code for the link goes to the same person."""
    token_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id appointment_id purpose holder created_at expires_at revoked_at",
        secret="token_hash",
    )
