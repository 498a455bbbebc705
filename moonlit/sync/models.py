"""What is asked of the EHR when, and what it told us before we acted on it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedJSON
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


class Feed(models.Model):
    """The one subscription to the EHR's change feed: when it was read, and whether a reading got lost."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    next_at = models.DateTimeField()
    subscribed_at = models.DateTimeField(null=True)
    """When the subscription was last confirmed; null asks for it again."""
    reading_since = models.DateTimeField(null=True)
    """A reading that began then has not been stored: its rows were handed out and must be asked for again."""
    read_at = models.DateTimeField(null=True)
    """When the last reading that was stored began."""
    failures = models.PositiveSmallIntegerField(default=0)
    """In a row, since the last success."""
    error = models.CharField(max_length=60, blank=True)

    column_classes: ClassVar = columns(operational="id next_at subscribed_at reading_since read_at failures error")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="feed_is_one")]


class Notice(models.Model):
    """Something the EHR told us, stored before it is acted on: a row of the feed, or a notification of the push.

    A hint that a record may have changed, never an order: what counts is the record as it is read.
    """

    class Source(models.TextChoices):
        FEED = "feed"
        PUSH = "push"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    source = models.CharField(max_length=4, choices=Source)
    event_id = models.CharField(max_length=100, null=True, unique=True)
    """The push's own id of the event; the same in every repetition."""
    appointment_id = models.CharField(max_length=40, blank=True)
    """The EHR's id of the visit or open time; "" for a notice about a patient."""
    raw = EncryptedJSON()
    """The feed's row as it came, or {topic, record_id} of the push."""
    received_at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)
    next_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    """Tries that failed."""
    error = models.CharField(max_length=60, blank=True)

    column_classes: ClassVar = columns(
        operational="id source event_id appointment_id received_at applied_at next_at attempts error", phi="raw"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(source__in=["feed", "push"]), name="notice_source_known")]
        indexes = [
            models.Index(fields=["next_at"], name="notice_due", condition=Q(applied_at=None)),
            models.Index(fields=["applied_at"], name="notice_applied"),
        ]


class Comparison(models.Model):
    """The nightly proof of one department: every visit of the horizon read again and compared with ours."""

    location = models.OneToOneField(Location, on_delete=models.PROTECT, primary_key=True)
    next_at = models.DateTimeField()
    succeeded_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    """In a row, since the last success."""
    error = models.CharField(max_length=60, blank=True)
    visits = models.PositiveIntegerField(default=0)
    added = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    differing = models.PositiveIntegerField(default=0)
    """Counts of the last success."""

    column_classes: ClassVar = columns(
        operational="location_id next_at succeeded_at failures error visits added changed cancelled differing"
    )
