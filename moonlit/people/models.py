"""Patients, insurances, consents, contacts: the only app with patient tables. Personal columns are encrypted."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q

from moonlit.people.topics import Topic
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
            models.Index(fields=["ehr_patient_index"], name="patient_by_chart"),
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

    class Verification(models.TextChoices):
        UNVERIFIED = "unverified"
        VERIFIED = "verified"
        """Somebody asked the payer: `verified_by`, `verified_on`."""
        FAILED = "failed"
        """The payer said no."""
        RECHECK_DUE = "recheck_due"

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
    verification = models.CharField(max_length=12, choices=Verification, default=Verification.UNVERIFIED)
    verified_by = models.CharField(max_length=64, blank=True)
    """Who said so last, right or wrong: a staff user's id; "" while nobody has."""
    verified_on = models.DateField(null=True)
    """The practice's local date of that check."""

    column_classes: ClassVar = columns(
        phi="plan member_id group_number subscriber",
        blind_index="member_id_index",
        operational="id patient_id appointment sequence payer_code relationship verification verified_by verified_on",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "sequence"], name="insurance_sequence_once"),
            models.CheckConstraint(condition=Q(sequence__gte=1, sequence__lte=3), name="insurance_one_to_three"),
            models.CheckConstraint(
                condition=Q(relationship__in=["self", "spouse", "child", "other"]), name="insurance_relationship_known"
            ),
            models.CheckConstraint(
                condition=Q(verification__in=["unverified", "verified", "failed", "recheck_due"]),
                name="insurance_verification_known",
            ),
            models.CheckConstraint(
                condition=~Q(verification="verified") | (~Q(verified_by="") & Q(verified_on__isnull=False)),
                name="insurance_verified_by_somebody",
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
    signer_name = EncryptedText(null=True)

    column_classes: ClassVar = columns(
        phi="name relationship organization email phone signer_name",
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
    """widget | api | staff | link | reply"""
    decided_at = models.DateTimeField()
    signer_name = EncryptedText(null=True)
    """Who gave it: the patient or a recorded representative. None while nobody has."""

    column_classes: ClassVar = columns(
        phi="signer_name", operational="id patient_id appointment kind version state source decided_at"
    )

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
    authority = EncryptedText(null=True)
    """What staff saw that lets this person act for the patient: "court order of May 2026". None: nothing."""
    authority_until = models.DateField(null=True)
    """Last day of that authority; None: no end is known."""
    authority_recorded_by = models.CharField(max_length=64, blank=True)
    authority_recorded_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        phi="name email phone organization authority",
        operational="id patient_id appointment kind messages_to authority_until authority_recorded_by "
        "authority_recorded_at",
    )


class AddedDetails(models.Model):
    """What was told about a visit's patient after the booking: one row each time, none overwritten (rules 4.13, 4.14).

    What counts now stands in `Patient` and `Insurance`; here is what came when, and from whom.
    """

    class By(models.TextChoices):
        PATIENT = "patient"
        BOOKER = "booker"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="added_details")
    appointment = models.UUIDField(db_index=True)
    version = models.PositiveSmallIntegerField()
    """1, 2, ... within the appointment."""
    given = EncryptedJSON()
    """What was new this time, as `AddedInput` names it."""
    by = models.CharField(max_length=7, choices=By)
    """Whose contact the code of the link went to."""
    added_at = models.DateTimeField()

    column_classes: ClassVar = columns(phi="given", operational="id patient_id appointment version by added_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["appointment", "version"], name="addeddetails_version_once"),
            models.CheckConstraint(condition=Q(by__in=["patient", "booker"]), name="addeddetails_by_known"),
        ]


class MessagePreference(models.Model):
    """What a person said about messages of one topic over one channel. Rows are only added; the last one counts.

    It narrows what the booking permitted (`Consent` of kind sms and email), or permits a topic the booking did not ask
    for. Codes are outside it: they are asked for the moment they are sent.
    """

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"

    class Source(models.TextChoices):
        LINK = "link"
        """The page behind a visit's link."""
        STAFF = "staff"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="message_preferences")
    topic = models.CharField(max_length=11, choices=Topic)
    channel = models.CharField(max_length=5, choices=Channel)
    allowed = models.BooleanField()
    wording = models.CharField(max_length=40)
    """Version of the words that were shown, or said."""
    source = models.CharField(max_length=5, choices=Source)
    decided_at = models.DateTimeField()
    decided_by = models.CharField(max_length=64, blank=True)
    """patient | booker, or the id of a staff user."""
    contact_index = models.BinaryField(null=True)
    """Of the contact that whoever said so had proven: only about that one does it count in other records too."""

    column_classes: ClassVar = columns(
        blind_index="contact_index",
        operational="id patient_id topic channel allowed wording source decided_at decided_by",
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(topic__in=["visits", "reminders"]), name="messagepreference_topic_known"
            ),
            models.CheckConstraint(condition=Q(channel__in=["email", "sms"]), name="messagepreference_channel_known"),
        ]
        indexes = [models.Index(fields=["patient", "topic", "channel", "-decided_at"], name="messagepreference_latest")]


class ConfidentialContact(models.Model):
    """A person's request to be reached in one way only (45 CFR 164.522(b)). Honoured by every message until it ends."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        SMS = "sms"
        PHONE = "phone"
        """Staff call; nothing is sent."""
        NONE = "none"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="confidential_contacts")
    channel = models.CharField(max_length=5, choices=Channel)
    address = EncryptedText(null=True)
    """E-mail address or E.164 number to use instead of the one on file; None: the one on file."""
    address_index = models.BinaryField(null=True)
    no_voicemail = models.BooleanField(default=False)
    note = EncryptedText(null=True)
    set_by = models.CharField(max_length=64)
    set_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.CharField(max_length=64, blank=True)

    column_classes: ClassVar = columns(
        phi="address note",
        blind_index="address_index",
        operational="id patient_id channel no_voicemail set_by set_at ended_at ended_by",
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["patient"], condition=Q(ended_at__isnull=True), name="confidentialcontact_one_live"
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "sms", "phone", "none"]), name="confidentialcontact_channel_known"
            ),
        ]
        indexes = [
            models.Index(fields=["address_index"], name="confidentialcontact_by_address", condition=Q(ended_at=None))
        ]


class SchedulingRestriction(models.Model):
    """Somebody who may not book by himself (rules 4.9). Found by name and birth date, or by the chart in the EHR."""

    class Kind(models.TextChoices):
        DISCHARGED = "discharged"
        PHONE_ONLY = "phone_only"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    kind = models.CharField(max_length=10, choices=Kind)
    first_name = EncryptedText()
    last_name = EncryptedText()
    date_of_birth = EncryptedText()
    """ISO date."""
    name_dob_index = models.BinaryField()
    ehr_patient_id = EncryptedText(null=True)
    ehr_patient_index = models.BinaryField(null=True)
    starts = models.DateField()
    """Practice's local date, inclusive, as `ends`."""
    ends = models.DateField(null=True)
    """None: until staff end it."""
    reason = EncryptedText()
    added_by = models.CharField(max_length=64)
    added_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    """When staff took it back, whatever `ends` says."""

    column_classes: ClassVar = columns(
        phi="first_name last_name date_of_birth ehr_patient_id reason",
        blind_index="name_dob_index ehr_patient_index",
        operational="id kind starts ends added_by added_at ended_at",
    )

    class Meta:
        indexes = [
            models.Index(fields=["name_dob_index"], name="restriction_by_name_dob"),
            models.Index(fields=["ehr_patient_index"], name="restriction_by_chart"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(kind__in=["discharged", "phone_only"]), name="restriction_kind_known"),
        ]
