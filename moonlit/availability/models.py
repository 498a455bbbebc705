"""The mirror of the EHR's open time, what occupies a provider, and the calendars reads are answered from."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value

from moonlit.platform.columns import columns
from moonlit.practice.models import Location, Provider, VisitType


class Slot(models.Model):
    """One open slot of the EHR as last seen. For display; the EHR is the truth at commit (rules 5)."""

    class State(models.TextChoices):
        OPEN = "open"
        GONE = "gone"

    ehr_slot_id = models.CharField(max_length=40, unique=True)
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    start = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField()
    ehr_reason_ids = ArrayField(models.CharField(max_length=40), default=list)
    ehr_type_id = models.CharField(max_length=40, blank=True)
    repeated_hour = models.BooleanField(default=False)
    """The wall clock shows this start twice that night; shown with a flag to staff (rules 3.2)."""
    state = models.CharField(max_length=5, choices=State, default=State.OPEN)
    seen_at = models.DateTimeField()

    column_classes: ClassVar = columns(
        operational="id ehr_slot_id provider_id location_id start minutes ehr_reason_ids ehr_type_id repeated_hour "
        "state seen_at"
    )

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(state__in=["open", "gone"]), name="slot_state_known")]
        indexes = [
            models.Index(fields=["provider", "start"], name="slot_open_by_provider", condition=Q(state="open")),
            models.Index(fields=["location", "start"], name="slot_open_by_location", condition=Q(state="open")),
        ]

    def serves(self, ehr_reason_id: str | None, ehr_type_id: str | None) -> bool:
        """Whether the slot maps to a visit with this reason, or, where no reason is given, this type (rules 3.2)."""
        return serves(self.ehr_reason_ids, self.ehr_type_id, ehr_reason_id=ehr_reason_id, ehr_type_id=ehr_type_id)


def serves(slot_reasons: list[str], slot_type: str, *, ehr_reason_id: str | None, ehr_type_id: str | None) -> bool:
    """Whether a slot's reasons or type map to a visit type's, for its provider and place (rules 3.2)."""
    return (ehr_reason_id in slot_reasons) or (bool(ehr_type_id) and ehr_type_id == slot_type)


class Occupancy(models.Model):
    """Time of one provider taken by one appointment, ours or imported (rules 3.3 and 4.1)."""

    class Origin(models.TextChoices):
        MOONLIT = "moonlit"
        EHR = "ehr"

    appointment = models.UUIDField(primary_key=True)
    """The booking row; no foreign key, booking stands above this package."""
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    slot_id = models.CharField(max_length=40, null=True)
    """The EHR's slot id."""
    during = DateTimeRangeField()
    local_date = models.DateField()
    """Date of service in the location's zone; caps count by it."""
    new_patient = models.BooleanField()
    expires_at = models.DateTimeField(null=True)
    origin = models.CharField(max_length=7, choices=Origin)
    live = models.BooleanField(default=True)

    column_classes: ClassVar = columns(
        operational="appointment provider_id location_id slot_id during local_date new_patient expires_at origin live"
    )

    class Meta:
        constraints = [
            # The provider as a one-element range: built-in types only, no extension is needed.
            ExclusionConstraint(
                name="occupancy_one_body",
                expressions=[
                    (
                        Func(F("provider"), F("provider"), Value("[]"), function="int8range"),
                        RangeOperators.OVERLAPS,
                    ),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(live=True, origin="moonlit"),
            ),
            models.UniqueConstraint(
                fields=["slot_id"],
                name="occupancy_slot_once",
                condition=Q(live=True, origin="moonlit", slot_id__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["provider", "local_date"], name="occupancy_live_by_day", condition=Q(live=True)),
            models.Index(
                fields=["expires_at"], name="occupancy_holds", condition=Q(live=True, expires_at__isnull=False)
            ),
        ]


class ProviderCalendar(models.Model):
    """Free starts of one provider at one location for one visit type: a bit per five minutes of UTC from `first_day`.

    EHR-open time less occupancy that does not expire. The column `changed` (xid8, set by trigger) lets readers ask
    for what changed since their snapshot.
    """

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    visit_type = models.ForeignKey(VisitType, on_delete=models.PROTECT)
    first_day = models.PositiveIntegerField()
    """Days since domain.calendars.EPOCH_DAY."""
    slot_minutes = models.PositiveSmallIntegerField()
    """Length of the slots in `bits`; slots of another length stand in `odd_starts`."""
    bits = models.BinaryField()
    odd_starts = ArrayField(models.IntegerField(), default=list)
    """Start and length in minutes, flattened (domain.calendars.pack_odd)."""

    column_classes: ClassVar = columns(
        operational="id provider_id location_id visit_type_id first_day slot_minutes bits odd_starts"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "location", "visit_type"], name="providercalendar_natural_key")
        ]


class CapCount(models.Model):
    """Visits that count against a cap: new patients of a week (from Monday), all visits of a day; local dates."""

    class Kind(models.TextChoices):
        WEEK_NEW = "week_new"
        DAY = "day"

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    kind = models.CharField(max_length=8, choices=Kind)
    starts = models.DateField()
    count = models.IntegerField(default=0)

    column_classes: ClassVar = columns(operational="id provider_id kind starts count")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["provider", "kind", "starts"], name="capcount_natural_key"),
            models.CheckConstraint(condition=Q(count__gte=0), name="capcount_not_negative"),
        ]


class MirrorState(models.Model):
    """How fresh the mirror of one provider at one location is, and what went wrong last."""

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT)
    location = models.ForeignKey(Location, on_delete=models.PROTECT)
    as_of = models.DateTimeField(null=True)
    """When the EHR's answer for the whole horizon, which the mirror holds, was asked for."""
    near_as_of = models.DateTimeField(null=True)
    near_to = models.DateField(null=True)
    """When the days up to and including `near_to` were asked for again since."""
    facts_version = models.BigIntegerField(null=True)
    """Version of the practice's facts the calendars were built with; another one means to build them anew."""
    attempted_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=60, blank=True)
    covered_to = models.DateField(null=True)
    open_slots = models.PositiveIntegerField(default=0)
    too_short = models.PositiveIntegerField(default=0)
    """Slots shorter than every visit the provider offers there (rules 3.2)."""
    in_gap = models.PositiveIntegerField(default=0)
    """Slots dropped because their wall-clock time does not exist."""

    column_classes: ClassVar = columns(
        operational="id provider_id location_id as_of near_as_of near_to facts_version attempted_at error covered_to "
        "open_slots too_short in_gap"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["provider", "location"], name="mirrorstate_natural_key")]


class DepartmentZone(models.Model):
    """The zone the EHR gives for a location's department; while it differs from ours times are withheld (rules 13)."""

    location = models.OneToOneField(Location, on_delete=models.PROTECT, primary_key=True)
    time_zone = models.CharField(max_length=64)
    """Our zone of the location when they were compared, by which the slots were read."""
    ehr_time_zone = models.CharField(max_length=64, blank=True)
    agrees = models.BooleanField()
    checked_at = models.DateTimeField()

    column_classes: ClassVar = columns(operational="location_id time_zone ehr_time_zone agrees checked_at")
