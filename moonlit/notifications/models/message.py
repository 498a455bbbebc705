"""Messages, one row each: what was promised to whom over which channel, and what became of it, try by try."""

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

    class Audience(models.TextChoices):
        PATIENT = "patient"
        BOOKER = "booker"
        LEAD = "lead"
        STAFF = "staff"
        SENDER = "sender"
        """Whoever has just written to us: the answer to STOP, START, HELP or a free text."""

    class Delivery(models.TextChoices):
        NONE = ""
        """The vendor has said nothing yet."""
        PROCESSED = "processed"
        DEFERRED = "deferred"
        DELIVERED = "delivered"
        BLOCKED = "blocked"
        """Refused this once; the address may be written to again."""
        BOUNCED = "bounced"
        DROPPED = "dropped"
        UNDELIVERED = "undelivered"
        COMPLAINED = "complained"
        """Marked as spam."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    """Also the id the vendor carries back to us."""
    event = models.CharField(max_length=120)
    """What it tells: `topic:subject:version`, the `event` of its `Notice`."""
    kind = models.CharField(max_length=40)
    channel = models.CharField(max_length=5, choices=Channel)
    audience = models.CharField(max_length=7, choices=Audience, default=Audience.PATIENT)
    subject = models.CharField(max_length=64)
    """Id of the appointment, lead or reply it is about; of an alert, the team."""
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
    """Stable code of what stopped the last step, whatever the state."""
    delivery = models.CharField(max_length=11, choices=Delivery, blank=True, default=Delivery.NONE)
    """The last the vendor told us of its way; it only moves forward (`notifications.delivery`)."""
    delivery_at = models.DateTimeField(null=True)
    """The vendor's own time of that."""
    resends = models.PositiveSmallIntegerField(default=0)
    """How often staff had a given-up message sent again."""
    give_up_at = models.DateTimeField(null=True)
    """From then on it is not tried any more; null: a day after it was promised."""
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id event kind channel audience subject subject_version asked_code language state attempts next_at "
        "sending_at vendor vendor_id error delivery delivery_at resends give_up_at created_at sent_at",
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
            models.Index(fields=["recipient_index"], name="message_by_recipient"),
            models.Index(fields=["-created_at"], name="message_newest"),
            # Few rows, wherever they lie: lists of them must not look for them among everything ever sent.
            models.Index(
                fields=["-created_at"],
                name="message_given_up",
                # As `dead_letters.GIVEN_UP`.
                condition=Q(state="failed") | Q(state="sent", delivery="complained"),
            ),
            models.Index(fields=["-created_at"], name="message_withheld", condition=Q(state="suppressed")),
            models.Index(fields=["channel", "-sent_at"], name="message_last_sent", condition=Q(sent_at__isnull=False)),
        ]


class Attempt(models.Model):
    """One try to hand a message over, and how it ended."""

    class Outcome(models.TextChoices):
        UNDER_WAY = ""
        SENT = "sent"
        NOT_REACHED = "not_reached"
        THROTTLED = "throttled"
        REJECTED = "rejected"
        CONFIGURATION = "configuration"
        UNKNOWN = "unknown"
        """The answer was lost; looked up later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries")
    number = models.PositiveSmallIntegerField()
    vendor = models.CharField(max_length=20)
    vendor_id = models.CharField(max_length=120, blank=True)
    """The vendor's id of this sending, as far as it is known."""
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=13, choices=Outcome, blank=True, default=Outcome.UNDER_WAY)
    code = models.CharField(max_length=40, blank=True)

    column_classes: ClassVar = columns(
        operational="id message_id number vendor vendor_id began_at ended_at outcome code"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "number"], name="attempt_numbered")]


class Notice(models.Model):
    """One thing worth telling, and whom it was decided to tell: also when that was nobody."""

    class Outcome(models.TextChoices):
        PROMISED = "promised"
        """There is a message row for each recipient and channel."""
        STALE = "stale"
        """It was no longer true when its turn came."""
        NOT_OURS = "not_ours"
        """The EHR, or nobody, sends this kind (rules 6.2)."""
        NOBODY = "nobody"
        """No contact, no consent, or the person wants none of it."""
        TOO_LATE = "too_late"
        ENOUGH = "enough"
        """The contact has had as many of these as one may get for now."""

    event = models.CharField(max_length=120, primary_key=True)
    """`topic:subject:version`"""
    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=64)
    subject_version = models.PositiveIntegerField(default=0)
    visit_start = models.DateTimeField(null=True)
    """When the visit was to begin, as it is told: a reminder of one time is never repeated for another version."""
    outcome = models.CharField(max_length=8, choices=Outcome)
    why = models.CharField(max_length=20, blank=True)
    """Of anything but promised: a stable code, such as the owner of the kind, or why nobody could be told."""
    decided_at = models.DateTimeField()

    column_classes: ClassVar = columns(
        operational="event kind subject subject_version visit_start outcome why decided_at"
    )

    class Meta:
        indexes = [
            models.Index(fields=["subject"], name="notice_by_subject"),
            models.Index(fields=["visit_start"], name="notice_by_visit_start"),
            models.Index(
                fields=["-decided_at"],
                name="notice_untold",
                condition=Q(outcome__in=["nobody", "too_late", "enough"]),
            ),
        ]
