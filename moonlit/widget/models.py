"""What somebody has typed on the patient's pages, for as long as they are on them."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.platform.columns import DataClass, columns
from moonlit.platform.crypto.fields import EncryptedJSON, EncryptedText


class Draft(models.Model):
    """One way through the six steps, found by the token in the path and by nothing else: there is no cookie.

    Dead after 20 minutes idle, 2 hours in all, or when sent. A draft that never chose a time is not `identified`: its
    token shows steps 1 to 3 and nothing about a person.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token_hash = models.BinaryField(unique=True)
    identified = models.BooleanField(default=False)
    """Made by choosing a time; only such a draft has the pages about the person."""
    choices = EncryptedJSON(default=dict)
    """`journey.Choices`: steps 1 and 2."""
    start = models.DateTimeField(null=True)
    """The time chosen in step 3."""
    provider_id = models.BigIntegerField(null=True)
    """The clinician chosen in step 3; None is any."""
    hold = models.UUIDField(null=True)
    """By which the chosen time is kept for this draft, or was."""
    made_from = models.UUIDField(null=True)
    """The draft whose times led to this one: their holds are counted together."""
    answers = EncryptedJSON(default=dict)
    """Step 4, field by field as typed; emptied when the visit is booked."""
    led_on = models.BooleanField(default=False)
    """Another draft was made from this one by choosing a time."""
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    lead = models.UUIDField(null=True)
    """The lead whose own link began it: a visit booked with it is that lead's."""
    appointment = models.UUIDField(null=True)
    """What it became. Sent without one: a lead."""
    status_token = EncryptedText(null=True, data_class=DataClass.SECRET)
    """So that a second click or a reload finds the page of the first."""

    column_classes: ClassVar = columns(
        phi="choices answers",
        secret="token_hash status_token",
        operational="id identified start provider_id hold made_from led_on started_at seen_at sent_at lead appointment",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(identified=True) | Q(appointment__isnull=True), name="draft_booked_only_when_identified"
            )
        ]
        indexes = [
            models.Index(fields=["seen_at"], name="draft_by_age"),
            models.Index(fields=["appointment"], name="draft_by_visit", condition=Q(appointment__isnull=False)),
        ]
