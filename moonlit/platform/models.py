"""Tables of the platform: outbox, idempotency keys, rate buckets. They know nothing of the business."""

import uuid
from typing import ClassVar

from django.db import models

from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedBytes
from moonlit.platform.vendor_models import VendorBreaker, VendorBudget, VendorToken

__all__ = [
    "IdempotencyKey",
    "OutboxDelivery",
    "OutboxEvent",
    "RateBucket",
    "VendorBreaker",
    "VendorBudget",
    "VendorToken",
]


class OutboxEvent(models.Model):
    topic = models.CharField(max_length=80)
    subject = models.CharField(max_length=80)
    version = models.BigIntegerField()
    created_at = models.DateTimeField()

    column_classes: ClassVar = columns(operational="id topic subject version created_at")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["topic", "subject", "version"], name="outbox_event_once")]


class OutboxDelivery(models.Model):
    event = models.ForeignKey(OutboxEvent, on_delete=models.CASCADE, related_name="deliveries")
    consumer = models.CharField(max_length=80)
    done_at = models.DateTimeField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    next_at = models.DateTimeField()
    last_error_class = models.CharField(max_length=80, default="")

    column_classes: ClassVar = columns(operational="id event_id consumer done_at attempts next_at last_error_class")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["event", "consumer"], name="outbox_delivery_once")]
        indexes = [
            models.Index(fields=["next_at", "id"], condition=models.Q(done_at=None), name="outbox_delivery_due"),
        ]


class IdempotencyKey(models.Model):
    class State(models.TextChoices):
        IN_PROGRESS = "in_progress"
        DONE = "done"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    scope = models.BinaryField(max_length=32)
    key = models.BinaryField(max_length=32)
    body_hash = models.BinaryField(max_length=32)
    state = models.CharField(max_length=16, choices=State.choices, default=State.IN_PROGRESS)
    reserved_at = models.DateTimeField(db_index=True)
    status = models.PositiveSmallIntegerField(null=True)
    response = EncryptedBytes(null=True)

    column_classes: ClassVar = columns(
        operational="id state reserved_at status",
        blind_index="scope key body_hash",
        phi="response",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="idempotency_scope_key"),
            models.CheckConstraint(condition=models.Q(state__in=["in_progress", "done"]), name="idempotency_state"),
        ]


class RateBucket(models.Model):
    """A token bucket. The table is UNLOGGED: after a crash of the server every bucket is full again."""

    name = models.BinaryField(primary_key=True, max_length=32)
    tokens = models.FloatField()
    updated_at = models.DateTimeField(db_index=True)
    allowed = models.BooleanField()

    column_classes: ClassVar = columns(blind_index="name", operational="tokens updated_at allowed")
