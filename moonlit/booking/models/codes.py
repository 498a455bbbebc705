"""What proves that whoever holds a link also reads the contact on file: a code, and the session it opens."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.booking.models.links import ManageLink
from moonlit.platform.columns import columns


class OneTimeCode(models.Model):
    """A code asked for through one link. It has no value until a message about to leave mints one (rules 4.10)."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    link = models.ForeignKey(ManageLink, on_delete=models.CASCADE, related_name="codes")
    channel = models.CharField(max_length=5, choices=Channel)
    asked_at = models.DateTimeField()
    code_hash = models.BinaryField(null=True)
    """Keyed: six digits under a plain hash could be tried out by whoever reads the table."""
    expires_at = models.DateTimeField(null=True)
    tries = models.PositiveSmallIntegerField(default=0)
    """Guesses so far, right or wrong; a code minted anew for the same request keeps them."""
    ended_at = models.DateTimeField(null=True)
    """Used, or replaced by a newer one."""

    column_classes: ClassVar = columns(
        operational="id link_id channel asked_at expires_at tries ended_at", secret="code_hash"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["link"], condition=Q(ended_at=None), name="onetimecode_one_live_per_link"),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms"]), name="onetimecode_channel_known"),
            models.CheckConstraint(
                condition=Q(code_hash=None, expires_at=None) | Q(code_hash__isnull=False, expires_at__isnull=False),
                name="onetimecode_minted_expires",
            ),
        ]


class ManageSession(models.Model):
    """Twenty minutes in which the holder of a link may see and change the visit; it ends with the link."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    link = models.ForeignKey(ManageLink, on_delete=models.CASCADE, related_name="sessions")
    token_hash = models.BinaryField(unique=True)
    contact_index = models.BinaryField(null=True)
    """Blind index of the contact the code went to: all that the holder has proven to be his."""
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    column_classes: ClassVar = columns(
        operational="id link_id created_at expires_at", secret="token_hash", blind_index="contact_index"
    )
