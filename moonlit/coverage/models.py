"""Who pays for whom: payers, contracts, supervision. The contract is the only source of truth on money (rules 1.1)."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from moonlit.domain import reasons
from moonlit.platform.columns import columns
from moonlit.practice.models import MODALITIES, Provider, choice_constraint, period_constraint


class Payer(models.Model):
    class Type(models.TextChoices):
        COMMERCIAL = "commercial"
        MEDICAID = "medicaid"
        EXCHANGE = "exchange"
        MEDICARE = "medicare"
        MILITARY = "military"
        EAP = "eap"
        NETWORK_RENTAL = "network_rental"

    class PracticeStatus(models.TextChoices):
        APPROVED = "approved"
        IN_PROGRESS = "in_progress"
        DENIED = "denied"

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=120)
    type = models.CharField(max_length=20, choices=Type)
    state = models.CharField(max_length=2)
    practice_status = models.CharField(max_length=12, choices=PracticeStatus, default=PracticeStatus.APPROVED)
    aliases = ArrayField(models.CharField(max_length=80), default=list)
    plan_codes = ArrayField(models.CharField(max_length=80), default=list)
    requires_independent = models.BooleanField(default=False)
    eligibility_payer_ids = models.JSONField(default=dict)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id code name type state practice_status aliases plan_codes requires_independent "
        "eligibility_payer_ids edited_at"
    )

    class Meta:
        constraints = [
            choice_constraint("payer_type_known", "type", reasons.PayerType),
            choice_constraint("payer_practice_status_known", "practice_status", reasons.PayerStatus),
        ]


class GroupContract(models.Model):
    """A contract of the practice with a payer that covers everyone on its roster (rules 1.3)."""

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="group_contracts")
    starts = models.DateField()
    ends = models.DateField(null=True)
    roster_required = models.BooleanField(default=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id payer_id starts ends roster_required edited_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "starts"], name="groupcontract_natural_key"),
            period_constraint("groupcontract_ends_after_start"),
        ]


class RosterEntry(models.Model):
    group_contract = models.ForeignKey(GroupContract, on_delete=models.PROTECT, related_name="roster")
    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="rosters")
    roster_effective = models.DateField()
    ends = models.DateField(null=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id group_contract_id provider_id roster_effective ends edited_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["group_contract", "provider", "roster_effective"], name="rosterentry_natural_key"
            ),
            period_constraint("rosterentry_ends_after_start", starts="roster_effective"),
        ]


class SupervisedTerms(models.Model):
    """What a payer agreed to about supervised visits (rules 1.4)."""

    class ClaimMode(models.TextChoices):
        ATTENDING_RENDERING = "attending_rendering"
        TRAINEE_RENDERING = "trainee_rendering_attending_supervising"

    class Presence(models.TextChoices):
        SIGN_OFF = "sign_off"
        REACHABLE = "reachable"
        ON_SITE = "on_site"
        CO_VISIT = "co_visit"

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="supervised_terms")
    starts = models.DateField()
    ends = models.DateField(null=True)
    claim_mode = models.CharField(max_length=40, choices=ClaimMode)
    presence = models.CharField(max_length=12, choices=Presence)
    visit_types = ArrayField(models.CharField(max_length=40), null=True)
    """Visit type codes; None: all."""
    modalities = ArrayField(models.CharField(max_length=12), null=True)
    source = models.CharField(max_length=200)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id payer_id starts ends claim_mode presence visit_types modalities source edited_at"
    )

    class Meta:
        constraints = [
            choice_constraint("supervisedterms_claim_mode_known", "claim_mode", reasons.ClaimMode),
            choice_constraint("supervisedterms_presence_known", "presence", reasons.Presence),
            models.CheckConstraint(
                condition=Q(modalities__isnull=True) | Q(modalities__contained_by=MODALITIES),
                name="supervisedterms_modalities_known",
            ),
            models.UniqueConstraint(fields=["payer", "starts"], name="supervisedterms_natural_key"),
            period_constraint("supervisedterms_ends_after_start"),
        ]


class BenefitRoute(models.Model):
    """Where the behavioural benefit of a card really lies (rules 1.11)."""

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="benefit_routes")
    """The payer on the card."""
    plan = models.CharField(max_length=80, blank=True)
    employer = models.CharField(max_length=120, blank=True)
    county = models.CharField(max_length=60, blank=True)
    to = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="benefits_from")
    question = models.JSONField(null=True)
    card_hint = models.JSONField(null=True)
    starts = models.DateField(null=True)
    ends = models.DateField(null=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id payer_id plan employer county to_id question card_hint starts ends edited_at"
    )

    class Meta:
        constraints = [
            period_constraint("benefitroute_ends_after_start"),
            models.UniqueConstraint(
                fields=["payer", "plan", "employer", "county", "to", "starts"],
                name="benefitroute_natural_key",
                nulls_distinct=False,
            ),
        ]


class PackageMap(models.Model):
    """The only way insurance is written to a chart (rules 4.12)."""

    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="ehr_packages")
    plan = models.CharField(max_length=80, null=True)
    package_ids = ArrayField(models.CharField(max_length=40))
    confirmed_by = models.CharField(max_length=120, blank=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id payer_id plan package_ids confirmed_by edited_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["payer", "plan"], name="packagemap_natural_key", nulls_distinct=False)
        ]


class ProviderPayer(models.Model):
    """A contract between a provider and a payer. Periods of one pair never overlap (migration 0002 says so in SQL)."""

    class Status(models.TextChoices):
        ACTIVE = "active"
        CREDENTIALING_IN_PROGRESS = "credentialing_in_progress"
        INACTIVE = "inactive"

    provider = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="contracts")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, related_name="contracts")
    status = models.CharField(max_length=30, choices=Status)
    effective_date = models.DateField(null=True)
    end_date = models.DateField(null=True)
    confirmed_by = models.CharField(max_length=200, blank=True)
    confirmed_on = models.DateField(null=True)
    evidence = models.CharField(max_length=255, blank=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(
        operational="id provider_id payer_id status effective_date end_date confirmed_by confirmed_on evidence "
        "edited_at"
    )

    class Meta:
        constraints = [
            choice_constraint("providerpayer_status_known", "status", reasons.ContractStatus),
            models.UniqueConstraint(
                fields=["provider", "payer", "effective_date"],
                name="providerpayer_natural_key",
                nulls_distinct=False,
            ),
            period_constraint("providerpayer_ends_after_start", starts="effective_date", ends="end_date"),
        ]


class Supervision(models.Model):
    """Who supervises whom, for which payer (None: any), when (rules 1.4)."""

    supervisor = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="supervises")
    supervisee = models.ForeignKey(Provider, on_delete=models.PROTECT, related_name="supervised_by")
    payer = models.ForeignKey(Payer, on_delete=models.PROTECT, null=True, related_name="supervisions")
    starts = models.DateField()
    ends = models.DateField(null=True)
    edited_at = models.DateTimeField(null=True)

    column_classes: ClassVar = columns(operational="id supervisor_id supervisee_id payer_id starts ends edited_at")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["supervisor", "supervisee", "payer", "starts"],
                name="supervision_natural_key",
                nulls_distinct=False,
            ),
            models.CheckConstraint(condition=~Q(supervisor=F("supervisee")), name="supervision_not_of_oneself"),
            period_constraint("supervision_ends_after_start"),
        ]
