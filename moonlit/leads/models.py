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

    class Closed(models.TextChoices):
        NOT_CLOSED = ""
        NOT_REACHED = "not_reached"
        NOT_INTERESTED = "not_interested"
        HELPED_OTHERWISE = "helped_otherwise"
        DUPLICATE = "duplicate"
        MISTAKE = "mistake"

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
    """{email: bool, sms: bool, version, source, at}: may we write, by which words, given where and when."""
    status = models.CharField(max_length=10, choices=Status, default=Status.PENDING)
    assigned_to = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    follow_up_date = models.DateField(null=True)
    appointment = models.UUIDField(null=True)
    """The visit it became."""
    closed_because = models.CharField(max_length=20, choices=Closed, blank=True, default=Closed.NOT_CLOSED)
    invitable_at = models.DateTimeField(null=True)
    """When times for what this person waits for were first found; null while there are none (again)."""
    opens_on = models.DateField(null=True)
    """The first day on which the insurance can be used here; set with `invitable_at`."""
    invited_at = models.DateTimeField(null=True)
    """When the one invitation was promised, by the program or by staff."""
    by_hand = models.BooleanField(default=False)
    """None of the free times suited: a person of ours looks for one, the program never invites."""
    follow_up_told = models.BooleanField(default=False)
    """The task for this follow-up date has been opened; what staff closed does not come back by itself."""
    version = models.PositiveIntegerField(default=1)
    """Bumped by each change; staff change only what they saw."""
    changed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField()

    column_classes: ClassVar = columns(
        phi="email phone preferred_name payer_name criteria",
        blind_index="email_index phone_index",
        operational="id payer_code reason effective_date for_someone_else language consent status assigned_to_id "
        "follow_up_date follow_up_told appointment closed_because invitable_at opens_on invited_at by_hand version "
        "changed_at created_at",
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
        indexes = [
            models.Index(fields=["status", "created_at"], name="lead_worklist"),
            models.Index(fields=["email_index"], name="lead_by_email"),
            models.Index(fields=["phone_index"], name="lead_by_phone"),
            models.Index(fields=["follow_up_date"], name="lead_follow_up", condition=Q(follow_up_date__isnull=False)),
        ]


class LeadNote(models.Model):
    """What staff wrote down about a lead. Rows are only added."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="notes")
    text = EncryptedText()
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    written_at = models.DateTimeField()

    column_classes: ClassVar = columns(phi="text", operational="id lead_id written_by_id written_at")


class LeadLink(models.Model):
    """A lead's own link to the booking pages: opens with the lead's insurance, and makes a visit booked through it the
    lead's. Only the hash of its token is kept.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="links")
    token_hash = models.BinaryField(unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id lead_id created_at expires_at revoked_at", secret="token_hash")


class LeadMatch(models.Model):
    """A visit booked by somebody with the contact of a waiting lead, not through the lead's link: staff say whether it
    is the same person (rules 8).
    """

    class State(models.TextChoices):
        OPEN = "open"
        CONFIRMED = "confirmed"
        REFUSED = "refused"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    lead = models.ForeignKey(Lead, on_delete=models.PROTECT, related_name="matches")
    appointment = models.UUIDField()
    state = models.CharField(max_length=9, choices=State, default=State.OPEN)
    found_at = models.DateTimeField()
    settled_at = models.DateTimeField(null=True)
    settled_by = models.CharField(max_length=64, blank=True)

    column_classes: ClassVar = columns(operational="id lead_id appointment state found_at settled_at settled_by")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["lead", "appointment"], name="leadmatch_once")]


class WaitingRun(models.Model):
    """One row: how far the waiting leads have been looked through, and by which facts (rules 2)."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    facts_version = models.BigIntegerField()
    started_at = models.DateTimeField()
    cursor = models.UUIDField(null=True)
    """The last lead of this run that was judged."""
    done = models.BooleanField(default=False)

    column_classes: ClassVar = columns(operational="id facts_version started_at cursor done")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="waitingrun_one_row")]
