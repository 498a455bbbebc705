"""People we cannot serve yet, and asked to hear from us."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q

from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedJSON, EncryptedText


class Lead(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending"
        CONTACTED = "contacted"
        CONVERTED = "converted"
        CLOSED = "closed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    email = EncryptedText(null=True)
    phone = EncryptedText(null=True)
    """E.164"""
    preferred_name = EncryptedText(null=True)
    email_index = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    payer_code = models.CharField(max_length=40, blank=True)
    payer_name = EncryptedText(null=True)
    """As typed, when it is none of ours."""
    reason = models.CharField(max_length=40)
    effective_date = models.DateField(null=True)
    for_someone_else = models.BooleanField(default=False)
    criteria = EncryptedJSON(null=True)
    language = models.CharField(max_length=12, default="en")
    consent = models.JSONField(default=dict)
    """{email: bool, sms: bool, version}"""
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    follow_up_date = models.DateField(null=True)
    staff_notes = EncryptedText(null=True)
    appointment = models.UUIDField(null=True)
    """The visit it became."""
    created_at = models.DateTimeField()

    column_classes: ClassVar = columns(
        phi="email phone preferred_name payer_name criteria staff_notes",
        blind_index="email_index phone_index",
        operational="id payer_code reason effective_date for_someone_else language consent status assigned_to_id "
        "follow_up_date appointment created_at",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["pending", "contacted", "converted", "closed"]), name="lead_status_known"
            ),
            models.CheckConstraint(
                condition=Q(email_index__isnull=False) | Q(phone_index__isnull=False), name="lead_has_contact"
            ),
        ]
        indexes = [models.Index(fields=["status", "created_at"], name="lead_worklist")]
