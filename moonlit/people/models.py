"""Patients, insurances, consents, contacts: the only app with patient tables. Personal columns are encrypted."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.platform.columns import columns
from moonlit.platform.crypto.fields import EncryptedJSON, EncryptedText


class Patient(models.Model):
    """A person as he described himself. Two bookings of one person are two rows until the identity is proven."""

    class Identity(models.TextChoices):
        UNCHECKED = "unchecked"
        """The EHR has not been asked yet."""
        MATCHED = "matched"
        CREATED = "created"
        UNVERIFIED = "unverified"
        """The EHR handed back an existing chart: nothing of it is shown or overwritten (rules 4.8)."""
        REVIEW = "review"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    first_name = EncryptedText()
    last_name = EncryptedText()
    preferred_name = EncryptedText(null=True)
    date_of_birth = EncryptedText()
    """ISO date."""
    sex = EncryptedText(null=True)
    email = EncryptedText(null=True)
    phone = EncryptedText(null=True)
    """E.164"""
    state = EncryptedText(null=True)
    address = EncryptedJSON(null=True)
    """{line1, city, state, zip}"""
    language = models.CharField(max_length=12, default="en")
    interpreter_needed = models.BooleanField(default=False)
    name_dob_index = models.BinaryField(null=True)
    email_index = models.BinaryField(null=True)
    phone_index = models.BinaryField(null=True)
    ehr_patient_id = EncryptedText(null=True)
    ehr_patient_index = models.BinaryField(null=True)
    identity = models.CharField(max_length=10, choices=Identity, default=Identity.UNCHECKED)
    created_at = models.DateTimeField()

    column_classes: ClassVar = columns(
        phi="first_name last_name preferred_name date_of_birth sex email phone state address ehr_patient_id",
        blind_index="name_dob_index email_index phone_index ehr_patient_index",
        operational="id language interpreter_needed identity created_at",
    )

    class Meta:
        indexes = [
            models.Index(fields=["name_dob_index"], name="patient_by_name_dob"),
            models.Index(fields=["email_index"], name="patient_by_email"),
            models.Index(fields=["phone_index"], name="patient_by_phone"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(identity__in=["unchecked", "matched", "created", "unverified", "review"]),
                name="patient_identity_known",
            )
        ]


class Insurance(models.Model):
    """One policy named at a booking; 1 is primary, Medicaid always last (rules 4.12)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="insurances")
    appointment = models.UUIDField(db_index=True)
    sequence = models.PositiveSmallIntegerField()
    payer_code = models.CharField(max_length=40)
    plan = EncryptedText(null=True)
    member_id = EncryptedText(null=True)
    member_id_index = models.BinaryField(null=True)
    group_number = EncryptedText(null=True)
    relationship = models.CharField(max_length=10)
    subscriber = EncryptedJSON(null=True)
    """{first_name, last_name, date_of_birth, sex} when the patient is not the subscriber."""

    column_classes: ClassVar = columns(
        phi="plan member_id group_number subscriber",
        blind_index="member_id_index",
        operational="id patient_id appointment sequence payer_code relationship",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "sequence"], name="insurance_sequence_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1, sequence__lte=3), name="insurance_one_to_three"),
            models.CheckConstraint(
                condition=Q(relationship__in=["self", "spouse", "child", "other"]), name="insurance_relationship_known"
            ),
        ]


class RoiContact(models.Model):
    """Somebody who may be told, within a scope. An unsigned row releases nothing (rules 4.11)."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="roi_contacts")
    appointment = models.UUIDField(db_index=True)
    name = EncryptedText()
    relationship = EncryptedText(null=True)
    organization = EncryptedText(null=True)
    email = EncryptedText(null=True)
    phone = EncryptedText(null=True)
    scope = models.CharField(max_length=40)
    granted_at = models.DateTimeField()
    expires_on = models.DateField(null=True)
    revoked_at = models.DateTimeField(null=True)
    signed_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        phi="name relationship organization email phone",
        operational="id patient_id appointment scope granted_at expires_on revoked_at signed_at",
    )


class Consent(models.Model):
    """What was agreed to, in which version, by whom. Only the patient or a recorded representative can give one."""

    class State(models.TextChoices):
        GIVEN = "given"
        TO_BE_SIGNED = "to_be_signed"
        REFUSED = "refused"
        REVOKED = "revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="consents")
    appointment = models.UUIDField(db_index=True)
    kind = models.CharField(max_length=40)
    version = models.CharField(max_length=40, blank=True)
    state = models.CharField(max_length=12, choices=State)
    source = models.CharField(max_length=20)
    """widget | api | staff"""
    decided_at = models.DateTimeField()

    column_classes: ClassVar = columns(operational="id patient_id appointment kind version state source decided_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "kind"], name="consent_kind_once"),
            models.CheckConstraint(
                condition=Q(state__in=["given", "to_be_signed", "refused", "revoked"]), name="consent_state_known"
            ),
        ]


class Booker(models.Model):
    """Who booked, when it was not the patient (rules 4.11)."""

    class Kind(models.TextChoices):
        PARENT = "parent"
        GUARDIAN = "guardian"
        CASE_MANAGER = "case_manager"
        OTHER = "other"

    class MessagesTo(models.TextChoices):
        PATIENT = "patient"
        BOOKER = "booker"
        BOTH = "both"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="bookers")
    appointment = models.UUIDField(unique=True)
    kind = models.CharField(max_length=12, choices=Kind)
    name = EncryptedText()
    email = EncryptedText(null=True)
    phone = EncryptedText(null=True)
    organization = EncryptedText(null=True)
    messages_to = models.CharField(max_length=7, choices=MessagesTo)

    column_classes: ClassVar = columns(
        phi="name email phone organization", operational="id patient_id appointment kind messages_to"
    )
