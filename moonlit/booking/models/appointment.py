"""Appointments, each the memory of its own saga."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from moonlit.people.models import Patient
from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedJSON, EncryptedText
from moonlit.practice.models import Location, Provider, VisitType


class Appointment(models.Model):
    """One visit, from the first hold to its end. States are those of rules 4; `domain.booking` decides every step."""

    class State(models.TextChoices):
        HELD = "held"
        PENDING = "pending"
        SUBMITTING = "submitting"
        UNKNOWN = "unknown"
        BOOKED = "booked"
        CHECKED_IN = "checked_in"
        COMPLETED = "completed"
        CANCELLED = "cancelled"
        LATE_CANCELLED = "late_cancelled"
        MOVED = "moved"
        NO_SHOW = "no_show"
        LOST = "lost"
        FAILED = "failed"
        EXPIRED = "expired"
        RELEASED = "released"

    class Origin(models.TextChoices):
        MOONLIT = "moonlit"
        EHR = "ehr"

    class Change(models.TextChoices):
        NONE = ""
        CANCEL = "cancel"
        MOVE = "move"

    class SupervisionWrite(models.TextChoices):
        NOT_NEEDED = "not_needed"
        TO_WRITE = "to_write"
        WRITTEN = "written"
        FAILED = "failed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    state = models.CharField(max_length=15, choices=State)
    origin = models.CharField(max_length=7, choices=Origin, default=Origin.MOONLIT)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="appointments")
    """The clinician the patient sees."""
    rendering_provider = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, related_name="+")
    supervisor = models.ForeignKey(Provider, on_delete=models.PROTECT, null=True, related_name="+")
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, null=True)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, null=True, related_name="appointments")
    slot_ehr_id = models.CharField(max_length=40, null=True)
    """The EHR slot being won; after booking also `athena_appt_id`."""
    ehr_reason_id = models.CharField(max_length=40, blank=True)
    athena_appt_id = models.CharField(max_length=40, null=True, unique=True)
    start = models.DateTimeField()
    end = models.DateTimeField()
    time_zone = models.CharField(max_length=64)
    """Zone of the place of the visit."""
    any_provider = models.BooleanField(default=False)
    tried_providers = ArrayField(models.BigIntegerField(), default=list)
    route = models.CharField(max_length=12, blank=True)
    claim_mode = models.CharField(max_length=40, blank=True)
    payer_code = models.CharField(max_length=40, blank=True)
    payer_behavioral = models.CharField(max_length=40, blank=True)
    self_pay = models.BooleanField(default=False)
    place_of_service = models.CharField(max_length=2, blank=True)
    """10 at home, 02 elsewhere by video, 11 clinic."""
    place_state = models.CharField(max_length=2, blank=True)
    visit_language = models.CharField(max_length=12, default="en")
    flags = ArrayField(models.CharField(max_length=40), default=list)
    """overlap, behavioral_payer_unverified, payer_unknown, ..."""
    criteria = EncryptedJSON(null=True)
    """What was asked, as asked; a move decides again from it."""
    patient_note = EncryptedText(null=True)
    """What the patient wants us to know, as typed; the EHR gets it cleaned."""

    attempts = models.PositiveSmallIntegerField(default=0)
    puts = models.PositiveSmallIntegerField(default=0)
    """Puts that may have reached the EHR; three at most."""
    last_put_at = models.DateTimeField(null=True)
    next_look_at = models.DateTimeField(null=True)
    """When the machine takes the next step; null when there is none."""
    notice_limit_at = models.DateTimeField(null=True)
    """A pending row that reaches this instant fails: the visit would be too near."""
    withdrawn_at = models.DateTimeField(null=True)
    blocked = models.CharField(max_length=40, blank=True)
    """Why staff must act before the machine may go on: identity_review, ehr_limits, restricted."""
    problem = models.CharField(max_length=40, blank=True)
    """Stable code of what stopped the last step."""
    supervision_write = models.CharField(max_length=10, choices=SupervisionWrite, default=SupervisionWrite.NOT_NEEDED)
    supervision_attempts = models.PositiveSmallIntegerField(default=0)
    supervision_next_at = models.DateTimeField(null=True)
    alerted_at = models.DateTimeField(null=True)
    """When staff were told that the row is still pending (15 minutes)."""
    call_task_at = models.DateTimeField(null=True)
    """When the call task was opened (2 office hours)."""

    change = models.CharField(max_length=6, choices=Change, blank=True, default=Change.NONE)
    """A cancel or move under way on a visit that is still booked and live (rules 4)."""
    change_late = models.BooleanField(default=False)
    """Asked for inside the notice period: the visit ends as `late_cancelled`."""
    change_note = EncryptedText(null=True)
    """Why, in the words of whoever asked."""
    change_asked_at = models.DateTimeField(null=True)
    change_attempts = models.PositiveSmallIntegerField(default=0)
    change_last_put_at = models.DateTimeField(null=True)
    change_next_at = models.DateTimeField(null=True)
    """When the change takes its next step, or looks after the new visit it waits for; null when there is none."""
    change_problem = models.CharField(max_length=40, blank=True)
    moved_from = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="moves")
    """The visit this one replaces. A visit may have several: moves that came to nothing, and one that did not."""

    hold_extended = models.PositiveSmallIntegerField(default=0)
    """How often the patient asked to keep the time a little longer."""
    holder_index = models.BinaryField(null=True)
    """Blind index of the address a public hold came from (rules 4.2: twenty per address)."""

    ehr_patient_id = EncryptedText(null=True)
    """Imported visits: the chart in the EHR; ours is `patient.ehr_patient_id`."""
    ehr_patient_index = models.BinaryField(null=True)
    ehr_seen_at = models.DateTimeField(null=True)
    """When the EHR last told us the state of this visit."""
    contact_asked_at = models.DateTimeField(null=True)
    """Imported visits: when the chart was last asked whom to remind, answered or not."""
    contact_read_at = models.DateTimeField(null=True)
    """Imported visits: when the chart last answered that."""

    join_url = EncryptedText(null=True)
    """Where the patient joins the video. Opens without a login: a secret, kept until the visit is over."""
    join_for = models.DateTimeField(null=True)
    """The start that these columns are about: a visit moved in place has no link yet."""
    join_asked_at = models.DateTimeField(null=True)
    """When the EHR was last asked for the link, answered or not."""
    join_problem = models.CharField(max_length=40, blank=True)
    """Why there is no link: what the EHR said last."""
    join_given_up_at = models.DateTimeField(null=True)
    """When the front desk got the task instead."""

    client_ref = models.CharField(max_length=128, blank=True)
    expires_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)
    """Bumped when what was told to the patient changes; messages are bound to it."""
    created_at = models.DateTimeField()
    booked_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id state origin provider_id rendering_provider_id supervisor_id location_id visit_type_id "
        "patient_id slot_ehr_id ehr_reason_id athena_appt_id start end time_zone any_provider tried_providers route "
        "claim_mode payer_code payer_behavioral self_pay place_of_service place_state visit_language flags attempts "
        "puts last_put_at next_look_at notice_limit_at withdrawn_at blocked problem supervision_write "
        "supervision_attempts supervision_next_at alerted_at call_task_at client_ref expires_at version created_at "
        "booked_at change change_late change_asked_at change_attempts change_last_put_at change_next_at "
        "change_problem moved_from_id hold_extended ehr_seen_at contact_asked_at "
        "contact_read_at join_for join_asked_at join_problem join_given_up_at",
        phi="criteria patient_note change_note ehr_patient_id join_url",
        blind_index="holder_index ehr_patient_index",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(end__gt=F("start")), name="appointment_ends_after_start"),
            models.CheckConstraint(
                condition=Q(
                    state__in=[
                        "held",
                        "pending",
                        "submitting",
                        "unknown",
                        "booked",
                        "checked_in",
                        "completed",
                        "cancelled",
                        "late_cancelled",
                        "moved",
                        "no_show",
                        "lost",
                        "failed",
                        "expired",
                        "released",
                    ]
                ),
                name="appointment_state_known",
            ),
            models.CheckConstraint(
                condition=~Q(state="booked") | Q(athena_appt_id__isnull=False), name="appointment_booked_has_ehr_id"
            ),
            models.CheckConstraint(condition=Q(change__in=["", "cancel", "move"]), name="appointment_change_known"),
            models.CheckConstraint(
                condition=Q(change="") | Q(state__in=["booked", "checked_in"]), name="appointment_change_of_a_visit"
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | Q(expires_at__isnull=False), name="appointment_hold_expires"
            ),
            models.CheckConstraint(
                condition=Q(supervision_write__in=["not_needed", "to_write", "written", "failed"]),
                name="appointment_supervision_write_known",
            ),
        ]
        indexes = [
            models.Index(
                fields=["change_next_at"], name="appointment_change_due", condition=Q(change_next_at__isnull=False)
            ),
            models.Index(fields=["ehr_patient_index"], name="appointment_by_ehr_patient"),
            models.Index(fields=["client_ref"], name="appointment_held_by", condition=Q(state="held")),
            models.Index(
                fields=["next_look_at"],
                name="appointment_due",
                condition=Q(state__in=["pending", "submitting", "unknown"]),
            ),
            models.Index(
                fields=["supervision_next_at"],
                name="appointment_supervision_due",
                condition=Q(supervision_write="to_write"),
            ),
            models.Index(
                fields=["booked_at"], name="appointment_just_booked", condition=Q(state="booked", origin="moonlit")
            ),
            models.Index(fields=["start"], name="appointment_by_start"),
            models.Index(fields=["provider", "start"], name="appointment_by_provider"),
        ]
