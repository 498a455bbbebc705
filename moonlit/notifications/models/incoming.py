"""What comes back: the vendors' delivery notices, people's replies, and the contacts that want no more."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.notifications.models.message import Message
from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedText


class VendorNotice(models.Model):
    """One event of a vendor's webhook, kept before it is worked on, once however often it comes."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    vendor = models.CharField(max_length=20)
    notice_id = models.CharField(max_length=200)
    """The vendor's id of the event, or what tells two of its events apart."""
    name = models.CharField(max_length=40)
    """The vendor's word for it, known to us or not."""
    message_id = models.UUIDField(null=True)
    """Our id, as carried back; it may name no message of ours."""
    vendor_id = models.CharField(max_length=120, blank=True)
    delivery = models.CharField(max_length=11, blank=True)
    """One of `Message.Delivery`, as the adapter understood the word; empty: it says nothing of the message's way."""
    code = models.CharField(max_length=40, blank=True)
    """Why, as a constant word of ours."""
    told_at = models.DateTimeField()
    """The vendor's own time."""
    received_at = models.DateTimeField()
    next_at = models.DateTimeField(null=True)
    """When it is worked on (again); null once that is done."""
    tries = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=20, blank=True)
    """applied | late | ignored | unknown_message | given_up; empty until it is worked on."""

    column_classes: ClassVar = columns(
        operational="id vendor notice_id name message_id vendor_id delivery code told_at received_at next_at tries "
        "outcome"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "notice_id"], name="vendornotice_once")]
        indexes = [
            models.Index(fields=["next_at"], name="vendornotice_due", condition=Q(next_at__isnull=False)),
            models.Index(fields=["message_id", "told_at"], name="vendornotice_by_message"),
        ]


class Reply(models.Model):
    """A text message somebody sent to our number. What it says may be about their health."""

    class Meaning(models.TextChoices):
        STOP = "stop"
        START = "start"
        HELP = "help"
        FREE = "free"
        """None of the words; for staff to read."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    vendor = models.CharField(max_length=20)
    reply_id = models.CharField(max_length=120)
    sender = EncryptedText()
    """E.164"""
    sender_index = models.BinaryField()
    text = EncryptedText()
    meaning = models.CharField(max_length=5, choices=Meaning)
    said_at = models.DateTimeField()
    """The vendor's own time."""
    received_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    read_by = models.CharField(max_length=64, blank=True)

    column_classes: ClassVar = columns(
        phi="sender text",
        blind_index="sender_index",
        operational="id vendor reply_id meaning said_at received_at read_at read_by",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "reply_id"], name="reply_once"),
            models.CheckConstraint(
                condition=Q(meaning__in=["stop", "start", "help", "free"]), name="reply_meaning_known"
            ),
        ]
        indexes = [
            models.Index(fields=["-received_at"], name="reply_newest"),
            models.Index(fields=["sender_index"], name="reply_by_sender"),
        ]


class StoppedContact(models.Model):
    """A number or address that nothing is sent to, for everyone who uses it (rules 6.4), until `ended_at`."""

    class Reason(models.TextChoices):
        STOP_WORD = "stop_word"
        BOUNCED = "bounced"
        COMPLAINED = "complained"
        UNREACHABLE = "unreachable"
        """A landline, or a number that is no more."""
        STAFF = "staff"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    channel = models.CharField(max_length=5, choices=Message.Channel)
    contact = EncryptedText()
    contact_index = models.BinaryField()
    reason = models.CharField(max_length=12, choices=Reason)
    wording = models.CharField(max_length=40, blank=True)
    """The word they used, in the form we compare; empty when it was none."""
    since = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, blank=True)
    """start_word, or the id of the staff user who lifted it."""

    column_classes: ClassVar = columns(
        phi="contact",
        blind_index="contact_index",
        operational="id channel reason wording since ended_at ended_by",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "contact_index"], condition=Q(ended_at__isnull=True), name="stoppedcontact_one_open"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=["stop_word", "bounced", "complained", "unreachable", "staff"]),
                name="stoppedcontact_reason_known",
            ),
        ]


class RefusedWebhook(models.Model):
    """How many calls were refused for a reason since that was last audited: whoever forges them fills no table."""

    vendor = models.CharField(max_length=20)
    code = models.CharField(max_length=40)
    unaudited = models.PositiveIntegerField(default=0)
    audited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id vendor code unaudited audited_at")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["vendor", "code"], name="refusedwebhook_once")]
