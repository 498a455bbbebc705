"""The practice, its places, its people and what each may do when. Periods are plain dates, both ends inclusive."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from moonlit.domain import reasons
from moonlit.platform.columns import columns

MODALITIES = [str(each) for each in reasons.Modality]
DOCUMENT_KINDS = (
    "terms",
    "treatment",
    "privacy_notice",
    "telehealth",
    "financial_policy",
    "assignment_of_benefits",
    "sms",
    "email",
)
FLAGS = ("bookable", "accepts_new_patients", "can_bill_independently")
_A_DAY = timedelta(days=1)


def period_constraint(name: str, starts: str = "starts", ends: str = "ends") -> models.CheckConstraint:
    """An end is not before its start; the day before the start marks a period withdrawn before it began."""
    open_or_after = Q(**{f"{ends}__isnull": True}) | Q(**{f"{ends}__gte": F(starts) - _A_DAY})
    return models.CheckConstraint(condition=open_or_after, name=name)


def choice_constraint(name: str, column: str, words: Iterable[str]) -> models.CheckConstraint:
    """The database refuses a word the code does not know."""
    return models.CheckConstraint(condition=Q(**{f"{column}__in": [str(word) for word in words]}), name=name)


class FactsVersion(models.Model):
    """One row, bumped in every transaction that changes practice or coverage data; caches compare it."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    version = models.BigIntegerField(default=1)

    column_classes: ClassVar = columns(operational="id version")

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="factsversion_one_row")]


class Practice(models.Model):
    """One row: the practice itself."""

    id = models.SmallIntegerField(primary_key=True, default=1)
    name = models.CharField(max_length=120)
    message_name = models.CharField(max_length=40)
    """The neutral name used in every message (rules 6.1)."""
    time_zone = models.CharField(max_length=64)
    phone = models.CharField(max_length=20)
    states = ArrayField(models.CharField(max_length=2), default=list)
    home_state = models.CharField(max_length=2)
    embed_origins = ArrayField(models.CharField(max_length=255), default=list)
    minors_policy = models.JSONField(null=True)
    office_hours = models.JSONField(default=dict)
    """{"mon": [["09:00", "17:00"]], ...} in the practice's zone."""
    staff_emails = models.JSONField(default=dict)
    message_from = models.CharField(max_length=254, blank=True)
    message_owners = models.JSONField(default=dict)
    published_languages = models.JSONField(default=dict)
    lead_threshold_days = models.PositiveSmallIntegerField(default=30)
    new_patient_runway_days = models.PositiveSmallIntegerField(default=0)
    remote_interpreter_on_demand = models.BooleanField(default=False)
    change_notice_hours = models.PositiveSmallIntegerField(default=24)
    anchor = models.DateField()
    """The day of the first load; relative dates in the practice file count from it."""
    edited_at = models.DateTimeField(null=True)
    """Set when staff edit a row after a load; a later load keeps it unless forced."""

    column_classes: ClassVar = columns(
        operational="id name message_name time_zone phone states home_state embed_origins minors_policy office_hours "
        "staff_emails message_from message_owners published_languages lead_threshold_days new_patient_runway_days "
        "remote_interpreter_on_demand change_notice_hours anchor edited_at"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="practice_one_row")]


class Location(models.Model):
    """A place of visits: a clinic, or the video room of the practice. A slot's modality is its location's kind."""

    class Kind(models.TextChoices):
        TELEHEALTH = "telehealth"
        CLINIC = "clinic"

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=12, choices=Kind)
    ehr_department_id = models.CharField(max_length=40, null=True, unique=True)
    time_zone = models.CharField(max_length=64)
    line1 = models.CharField(max_length=120, blank=True)
    city = models.CharField(max_length=60, blank=True)
    state = models.CharField(max_length=2, blank=True)
    zip = models.CharField(max_length=10, blank=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id code name kind ehr_department_id time_zone line1 city state zip edited_at"
    )

    class Meta:
        constraints = [
            choice_constraint("location_kind_known", "kind", reasons.LocationKind),
        ]


class Closure(models.Model):
    """Days a location (or, without one, the whole practice) is closed; they do not count as business days."""

    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True, related_name="closures")
    starts = models.DateField()
    ends = models.DateField()
    reason = models.CharField(max_length=120, blank=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id location_id starts ends reason edited_at")

    class Meta:
        constraints = [
            period_constraint("closure_ends_after_start"),
            models.UniqueConstraint(fields=["location", "starts"], name="closure_natural_key", nulls_distinct=False),
        ]


class VisitType(models.Model):
    code = models.SlugField(max_length=40, unique=True)
    name = models.JSONField()
    """{"en": ..., "es": ...}"""
    family = models.CharField(max_length=40)
    minutes = models.PositiveSmallIntegerField()
    new_patient = models.BooleanField()
    modalities = ArrayField(models.CharField(max_length=12))
    min_notice_hours = models.PositiveSmallIntegerField(default=24)
    horizon_days = models.PositiveSmallIntegerField(default=90)
    self_pay_cents = models.PositiveIntegerField(null=True)
    public = models.BooleanField(default=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id code name family minutes new_patient modalities min_notice_hours horizon_days self_pay_cents "
        "public edited_at"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0), name="visittype_minutes_positive"),
            models.CheckConstraint(condition=Q(modalities__contained_by=MODALITIES), name="visittype_modalities_known"),
        ]


class Provider(models.Model):
    """A clinician. Whether he may see or bill anybody is never read from here, only from contracts (rules 1.1)."""

    class Profession(models.TextChoices):
        ATTENDING_PHYSICIAN = "attending_physician"
        RESIDENT_PHYSICIAN = "resident_physician"
        PSYCHOLOGIST = "psychologist"
        CLINICAL_SOCIAL_WORKER = "clinical_social_worker"
        NURSE = "nurse"

    npi = models.CharField(max_length=10, unique=True)
    first_name = models.CharField(max_length=60)
    last_name = models.CharField(max_length=60)
    credentials = models.CharField(max_length=40, blank=True)
    profession = models.CharField(max_length=30, choices=Profession)
    native_languages = ArrayField(models.CharField(max_length=12), default=list)
    interpreter_ok = models.BooleanField(default=False)
    calendar_source_id = models.CharField(max_length=40, null=True, unique=True)
    """The provider's id in the EHR."""
    modalities = ArrayField(models.CharField(max_length=12), null=True)
    """None: every modality."""
    locations = ArrayField(models.CharField(max_length=40), null=True)
    """Location codes; None: every location."""
    weekly_new_patient_cap = models.PositiveSmallIntegerField(null=True)
    daily_cap = models.PositiveSmallIntegerField(null=True)
    max_supervisees = models.PositiveSmallIntegerField(null=True)
    about = models.JSONField(default=dict)
    photo = models.CharField(max_length=255, blank=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id npi first_name last_name credentials profession native_languages interpreter_ok "
        "calendar_source_id modalities locations weekly_new_patient_cap daily_cap max_supervisees about photo edited_at"
    )

    class Meta:
        constraints = [
            choice_constraint("provider_profession_known", "profession", reasons.Profession),
            models.CheckConstraint(
                condition=Q(modalities__isnull=True) | Q(modalities__contained_by=MODALITIES),
                name="provider_modalities_known",
            ),
        ]

    @property
    def display_name(self) -> str:
        name = f"{self.first_name} {self.last_name}"
        return f"{name}, {self.credentials}" if self.credentials else name


class ProviderPhoto(models.Model):
    """The picture on a clinician's card, ready to be sent. Replaced or removed as a whole."""

    provider = models.OneToOneField(Provider, on_delete=models.PROTECT, primary_key=True, related_name="shown_photo")
    name = models.CharField(max_length=64, db_index=True)
    """SHA-256 of the bytes: its address changes with the picture, so that caches may keep it for a year."""
    webp = models.BinaryField()

    column_classes: ClassVar = columns(operational="provider_id name", personal_staff="webp")


class ProviderFlag(models.Model):
    """A dated truth about a provider; without a row covering the day the flag is false."""

    class Flag(models.TextChoices):
        BOOKABLE = "bookable"
        ACCEPTS_NEW_PATIENTS = "accepts_new_patients"
        CAN_BILL_INDEPENDENTLY = "can_bill_independently"

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="flags")
    flag = models.CharField(max_length=30, choices=Flag)
    starts = models.DateField()
    ends = models.DateField(null=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id provider_id flag starts ends edited_at")

    class Meta:
        constraints = [
            choice_constraint("providerflag_flag_known", "flag", FLAGS),
            models.UniqueConstraint(fields=["provider", "flag", "starts"], name="providerflag_natural_key"),
            period_constraint("providerflag_ends_after_start"),
        ]


class Engagement(models.Model):
    """When a clinician works for the practice."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="engagements")
    starts = models.DateField()
    ends = models.DateField(null=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id provider_id starts ends edited_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "starts"], name="engagement_natural_key"),
            period_constraint("engagement_ends_after_start"),
        ]


class Absence(models.Model):
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="absences")
    starts = models.DateField()
    ends = models.DateField()
    reason = models.CharField(max_length=120, blank=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id provider_id starts ends reason edited_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "starts"], name="absence_natural_key"),
            period_constraint("absence_ends_after_start"),
        ]


class License(models.Model):
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="licenses")
    state = models.CharField(max_length=2)
    number = models.CharField(max_length=40)
    starts = models.DateField()
    ends = models.DateField(null=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id provider_id state number starts ends edited_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "state", "starts"], name="license_natural_key"),
            period_constraint("license_ends_after_start"),
        ]


class LanguageProficiency(models.Model):
    """A verified proficiency; a native language counts only with one of these (rules 1.14)."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="language_proficiencies")
    language = models.CharField(max_length=12)
    verified_on = models.DateField()
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id provider_id language verified_on edited_at")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "language"], name="languageproficiency_natural_key")]


class ProviderVisitType(models.Model):
    """Who performs what, where, for whom (rules 1.8)."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="visit_types")
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT, related_name="providers")
    location = models.ForeignKey(Location, on_delete=models.PROTECT, null=True)
    """None: every location the provider works at."""
    minutes = models.PositiveSmallIntegerField()
    min_age = models.PositiveSmallIntegerField(null=True)
    max_age = models.PositiveSmallIntegerField(null=True)
    ehr_reason_id = models.CharField(max_length=40, null=True)
    """Required to book; without it the provider is `ehr_unmapped` for this visit."""
    ehr_type_id = models.CharField(max_length=40, null=True)
    self_pay_cents = models.PositiveIntegerField(null=True)
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id provider_id visit_type_id location_id minutes min_age max_age ehr_reason_id ehr_type_id "
        "self_pay_cents starts ends edited_at"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gt=0), name="providervisittype_minutes_positive"),
            models.CheckConstraint(
                condition=Q(min_age__isnull=True) | Q(max_age__isnull=True) | Q(max_age__gte=F("min_age")),
                name="providervisittype_ages_in_order",
            ),
            models.UniqueConstraint(
                fields=["provider", "visit_type", "location", "starts"],
                name="providervisittype_natural_key",
                nulls_distinct=False,
            ),
            period_constraint("providervisittype_ends_after_start"),
        ]


class Document(models.Model):
    """A text patients agree to; the version they saw is stored with their consent."""

    kind = models.CharField(max_length=40)
    version = models.CharField(max_length=40)
    url = models.CharField(max_length=255)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id kind version url edited_at")

    class Meta:
        constraints = [
            choice_constraint("document_kind_known", "kind", DOCUMENT_KINDS),
            models.UniqueConstraint(fields=["kind", "version"], name="document_natural_key"),
        ]


class Vendor(models.Model):
    """The vendor register: without a recorded BAA a vendor gets no date or time (rules 6.1)."""

    name = models.CharField(max_length=60, unique=True)
    baa_until = models.DateField(null=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id name baa_until edited_at")
