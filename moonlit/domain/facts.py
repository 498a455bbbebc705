"""The snapshot of the practice the coverage decision reads: plain, immutable, dated.

Providers are known by id, payers, visit types and locations by code. Every dated row is a `Period` of local days,
both ends inclusive. Flags are the windows in which they hold. Build one `Facts` per version of the practice's data
and share it; nothing in here is ever changed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property

from moonlit.domain.periods import ALWAYS, NEVER, OPEN, Period, Windows, covers
from moonlit.domain.reasons import (
    ClaimMode,
    ContractStatus,
    LocationKind,
    Modality,
    PayerStatus,
    PayerType,
    Presence,
    Profession,
)

BOTH_MODALITIES = frozenset(Modality)


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """One ProviderVisitType row: who performs what, where, for whom (rules 1.8)."""

    visit_type: str
    minutes: int
    location: str | None = None
    """A location's code, or None for any."""
    min_age: int | None = None
    max_age: int | None = None
    """Years on the day of the visit, both inclusive."""
    ehr_reason_id: str | None = None
    """Without it the visit cannot be booked into the EHR."""
    ehr_type_id: str | None = None
    self_pay_cents: int | None = None
    """This provider's own price; None is the visit type's."""
    during: Period = OPEN


@dataclass(frozen=True, slots=True)
class ProviderFacts:
    id: int
    npi: str
    name: str
    engagements: Windows = NEVER
    absences: Windows = NEVER
    bookable: Windows = ALWAYS
    accepts_new_patients: Windows = ALWAYS
    can_bill_independently: Windows = NEVER
    """Outside these windows the provider is a trainee (rules 1.3)."""
    licenses: Mapping[str, Windows] = field(default_factory=dict)
    """By state."""
    native_languages: frozenset[str] = frozenset()
    verified_languages: Mapping[str, date] = field(default_factory=dict)
    """Language code -> verified on. A native language counts only with an entry here (rules 1.14)."""
    interpreter_ok: bool = False
    modalities: frozenset[Modality] = BOTH_MODALITIES
    locations: frozenset[str] | None = None
    """Location codes; None is every location."""
    services: tuple[ServiceFacts, ...] = ()
    calendar_source_id: str | None = None
    """The EHR's provider id; None is unmapped."""
    max_supervisees: int | None = None
    weekly_new_patient_cap: int | None = None
    daily_cap: int | None = None
    profession: Profession = Profession.ATTENDING_PHYSICIAN
    credentials: str = ""

    def is_trainee_on(self, day: date) -> bool:
        return not covers(self.can_bill_independently, day)


@dataclass(frozen=True, slots=True)
class GroupContractFacts:
    """A payer's contract with the practice as a whole (rules 1.3). `starts` None covers nothing."""

    starts: date | None
    ends: date | None = None
    roster_required: bool = True
    roster: Mapping[int, Windows] = field(default_factory=dict)
    """Provider id -> windows on the roster."""


@dataclass(frozen=True, slots=True)
class SupervisedTermsFacts:
    """What a payer allows for visits with a supervised trainee (rules 1.4)."""

    during: Period
    claim_mode: ClaimMode
    presence: Presence = Presence.SIGN_OFF
    visit_types: frozenset[str] | None = None
    modalities: frozenset[Modality] | None = None
    """None is every visit type, every modality."""

    def allow(self, visit_type: str, modality: Modality) -> bool:
        return (self.visit_types is None or visit_type in self.visit_types) and (
            self.modalities is None or modality in self.modalities
        )


@dataclass(frozen=True, slots=True)
class BenefitRouteFacts:
    """A carve-out: for whom another payer carries the behavioural benefit (rules 1.11). None is any."""

    to: str
    """The code of the behavioural payer."""
    plan: str | None = None
    employer: str | None = None
    county: str | None = None
    question: Mapping[str, str] = field(default_factory=dict)
    """Language -> text; empty when there is nothing to ask."""
    card_hint: Mapping[str, str] = field(default_factory=dict)
    during: Period = OPEN


@dataclass(frozen=True, slots=True)
class PayerFacts:
    id: int
    code: str
    name: str
    type: PayerType = PayerType.COMMERCIAL
    state: str | None = None
    practice_status: PayerStatus = PayerStatus.APPROVED
    requires_independent: bool = False
    group_contracts: tuple[GroupContractFacts, ...] = ()
    supervised_terms: tuple[SupervisedTermsFacts, ...] = ()
    benefit_routes: tuple[BenefitRouteFacts, ...] = ()


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """One ProviderPayer row: the only source of truth about money (rules 1.1)."""

    provider: int
    payer: str
    status: ContractStatus
    starts: date | None = None
    ends: date | None = None
    confirmed_by: str = ""
    confirmed_on: date | None = None

    @property
    def is_confirmed(self) -> bool:
        return bool(self.confirmed_by) and self.confirmed_on is not None

    @property
    def window(self) -> Period | None:
        """The days it covers; None while it is not active, has no start or is unconfirmed (rules 1.1)."""
        if self.status is not ContractStatus.ACTIVE or self.starts is None or not self.is_confirmed:
            return None
        return Period(self.starts, self.ends)


@dataclass(frozen=True, slots=True)
class SupervisionFacts:
    supervisor: int
    supervisee: int
    payer: str | None
    """None is any payer."""
    during: Period


@dataclass(frozen=True, slots=True)
class LocationFacts:
    code: str
    kind: LocationKind
    state: str | None
    """None for telehealth: there the patient's place counts."""
    time_zone: str
    ehr_department_id: str | None

    @property
    def modality(self) -> Modality:
        return Modality.TELEHEALTH if self.kind is LocationKind.TELEHEALTH else Modality.IN_PERSON


@dataclass(frozen=True, slots=True)
class VisitTypeFacts:
    code: str
    family: str
    minutes: int
    new_patient: bool
    modalities: frozenset[Modality] = BOTH_MODALITIES
    min_notice_hours: int = 24
    horizon_days: int = 90
    self_pay_cents: int | None = None
    public: bool = True


@dataclass(frozen=True, slots=True)
class ClosureFacts:
    location: str | None
    """None closes every location."""
    during: Period


@dataclass(frozen=True, slots=True)
class PracticeFacts:
    time_zone: str = "America/Denver"
    states: tuple[str, ...] = ("UT",)
    home_state: str = "UT"
    lead_threshold_days: int = 30
    new_patient_runway_days: int = 0
    minors_policy_published: bool = False
    remote_interpreter_on_demand: bool = False
    closures: tuple[ClosureFacts, ...] = ()


@dataclass(frozen=True, eq=False)
class Facts:
    """Everything the decision may look at, with the look-ups it needs. One snapshot equals only itself."""

    practice: PracticeFacts
    providers: Mapping[int, ProviderFacts]
    payers: Mapping[str, PayerFacts]
    visit_types: Mapping[str, VisitTypeFacts]
    locations: Mapping[str, LocationFacts]
    contracts: tuple[ContractFacts, ...] = ()
    supervisions: tuple[SupervisionFacts, ...] = ()

    def contracts_of(self, provider: int, payer: str) -> tuple[ContractFacts, ...]:
        return self._contracts_by_pair.get((provider, payer), ())

    def supervisions_of(self, supervisee: int, payer: str) -> tuple[SupervisionFacts, ...]:
        """The rows that may serve this payer: its own and those for any payer."""
        return tuple(row for row in self._by_supervisee.get(supervisee, ()) if row.payer in (None, payer))

    def supervisees_of(self, supervisor: int) -> tuple[SupervisionFacts, ...]:
        return self._by_supervisor.get(supervisor, ())

    def services_of(self, provider: int, visit_type: str) -> tuple[ServiceFacts, ...]:
        return self._services.get((provider, visit_type), ())

    def offering(self, visit_type: str) -> tuple[int, ...]:
        """Ids of the providers with a row for the visit type, in order."""
        return self._offering.get(visit_type, ())

    @cached_property
    def _contracts_by_pair(self) -> dict[tuple[int, str], tuple[ContractFacts, ...]]:
        found: dict[tuple[int, str], list[ContractFacts]] = defaultdict(list)
        for row in self.contracts:
            found[row.provider, row.payer].append(row)
        return {key: tuple(rows) for key, rows in found.items()}

    @cached_property
    def _by_supervisee(self) -> dict[int, tuple[SupervisionFacts, ...]]:
        found: dict[int, list[SupervisionFacts]] = defaultdict(list)
        for row in self.supervisions:
            found[row.supervisee].append(row)
        return {key: tuple(rows) for key, rows in found.items()}

    @cached_property
    def _by_supervisor(self) -> dict[int, tuple[SupervisionFacts, ...]]:
        found: dict[int, list[SupervisionFacts]] = defaultdict(list)
        for row in self.supervisions:
            found[row.supervisor].append(row)
        return {key: tuple(rows) for key, rows in found.items()}

    @cached_property
    def _services(self) -> dict[tuple[int, str], tuple[ServiceFacts, ...]]:
        found: dict[tuple[int, str], list[ServiceFacts]] = defaultdict(list)
        for provider in self.providers.values():
            for row in provider.services:
                found[provider.id, row.visit_type].append(row)
        return {key: tuple(rows) for key, rows in found.items()}

    @cached_property
    def _offering(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, set[int]] = defaultdict(set)
        for provider, visit_type in self._services:
            found[visit_type].add(provider)
        return {visit_type: tuple(sorted(ids)) for visit_type, ids in found.items()}
