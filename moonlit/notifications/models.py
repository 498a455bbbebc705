"""Messages, one row each: what was promised to whom over which channel, and what became of it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedText


class Message(models.Model):
    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        """Committed before the vendor is called; a row stuck here is looked up, never blindly repeated."""
        SENT = "sent"
        FAILED = "failed"
        SUPPRESSED = "suppressed"
        """Not sent on purpose: no consent, or the version it speaks of died."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    """Also the id the vendor carries back to us."""
    event = models.CharField(max_length=120)
    """What it tells: `topic:subject:version`."""
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=5, choices=Channel)
    subject = models.CharField(max_length=64)
    """Id of the appointment or lead it is about."""
    subject_version = models.PositiveIntegerField(default=0)
    asked_code = models.UUIDField(null=True)
    """The request whose code it carries; the code itself is nowhere."""
    recipient = EncryptedText()
    recipient_index = models.BinaryField()
    language = models.CharField(max_length=12, default="en")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    sending_at = models.DateTimeField(null=True)
    vendor = models.CharField(max_length=20, blank=True)
    vendor_id = models.CharField(max_length=120, blank=True)
    error = models.CharField(max_length=40, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id event kind channel subject subject_version asked_code language state attempts next_at "
        "sending_at vendor vendor_id error created_at sent_at",
        phi="recipient",
        blind_index="recipient_index",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["event", "channel", "recipient_index"], name="message_once"),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "failed", "suppressed"]), name="message_state_known"
            ),
        ]
        indexes = [
            models.Index(fields=["next_at"], name="message_due", condition=Q(state__in=["queued", "sending"])),
            models.Index(fields=["subject"], name="message_by_subject"),
        ]
