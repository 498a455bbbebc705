"""The snapshot the coverage decision reads, one per version of the facts, shared by the threads of a process."""

from __future__ import annotations

from collections import defaultdict

from moonlit.coverage.models import (
    BenefitRoute,
    GroupContract,
    Payer,
    ProviderPayer,
    RosterEntry,
    SupervisedTerms,
    Supervision,
)
from moonlit.domain.facts import (
    BenefitRouteFacts,
    ContractFacts,
    Facts,
    GroupContractFacts,
    PayerFacts,
    SupervisedTermsFacts,
    SupervisionFacts,
)
from moonlit.domain.periods import Period, Windows, join
from moonlit.domain.reasons import ClaimMode, ContractStatus, Modality, PayerStatus, PayerType, Presence
from moonlit.practice.queries import location_facts, period, practice_facts, provider_facts, visit_type_facts
from moonlit.practice.versions import Versioned, facts_version

__all__ = ["facts", "facts_version"]


def facts(version: int | None = None) -> Facts:
    """Everything the decision may look at, as of now. Kept until the facts change; the check costs one small query,

    which `version` spares a caller who has just read it.
    """
    return _facts.get(version)


def _build() -> Facts:
    return Facts(
        practice=practice_facts(),
        providers=provider_facts(),
        payers=_payers(),
        visit_types=visit_type_facts(),
        locations=location_facts(),
        contracts=_contracts(),
        supervisions=_supervisions(),
    )


def _payers() -> dict[str, PayerFacts]:
    groups, terms, routes = _group_contracts(), _terms(), _routes()
    return {
        row.code: PayerFacts(
            id=row.pk,
            code=row.code,
            name=row.name,
            type=PayerType(row.type),
            state=row.state,
            practice_status=PayerStatus(row.practice_status),
            requires_independent=row.requires_independent,
            group_contracts=tuple(groups.get(row.pk, ())),
            supervised_terms=tuple(terms.get(row.pk, ())),
            benefit_routes=tuple(routes.get(row.pk, ())),
        )
        for row in Payer.objects.order_by("pk")
    }


def _group_contracts() -> dict[int, list[GroupContractFacts]]:
    listed: dict[tuple[int, int], list[Period]] = defaultdict(list)
    for group, provider, starts, ends in RosterEntry.objects.values_list(
        "group_contract_id", "provider_id", "roster_effective", "ends"
    ):
        if (during := period(starts, ends)) is not None:
            listed[group, provider].append(during)
    rosters: dict[int, dict[int, Windows]] = defaultdict(dict)
    for (group, provider), periods in listed.items():
        rosters[group][provider] = join(periods)
    found: dict[int, list[GroupContractFacts]] = defaultdict(list)
    for row in GroupContract.objects.order_by("pk"):
        if period(row.starts, row.ends) is not None:
            roster = rosters.get(row.pk, {})
            found[row.payer_id].append(GroupContractFacts(row.starts, row.ends, row.roster_required, roster))
    return found


def _terms() -> dict[int, list[SupervisedTermsFacts]]:
    found: dict[int, list[SupervisedTermsFacts]] = defaultdict(list)
    for row in SupervisedTerms.objects.order_by("pk"):
        if (during := period(row.starts, row.ends)) is not None:
            found[row.payer_id].append(
                SupervisedTermsFacts(
                    during=during,
                    claim_mode=ClaimMode(row.claim_mode),
                    presence=Presence(row.presence),
                    visit_types=None if row.visit_types is None else frozenset(row.visit_types),
                    modalities=None if row.modalities is None else frozenset(map(Modality, row.modalities)),
                )
            )
    return found


def _routes() -> dict[int, list[BenefitRouteFacts]]:
    found: dict[int, list[BenefitRouteFacts]] = defaultdict(list)
    for row in BenefitRoute.objects.select_related("to").order_by("pk"):
        if (during := period(row.starts, row.ends)) is not None:
            found[row.payer_id].append(
                BenefitRouteFacts(
                    to=row.to.code,
                    plan=row.plan or None,
                    employer=row.employer or None,
                    county=row.county or None,
                    question=row.question or {},
                    card_hint=row.card_hint or {},
                    during=during,
                )
            )
    return found


def _contracts() -> tuple[ContractFacts, ...]:
    rows = ProviderPayer.objects.order_by("pk").values_list(
        "provider_id", "payer__code", "status", "effective_date", "end_date", "confirmed_by", "confirmed_on"
    )
    return tuple(
        ContractFacts(provider, payer, ContractStatus(status), starts, ends, by, on)
        for provider, payer, status, starts, ends, by, on in rows
        if period(starts, ends) is not None
    )


def _supervisions() -> tuple[SupervisionFacts, ...]:
    rows = Supervision.objects.order_by("pk").values_list(
        "supervisor_id", "supervisee_id", "payer__code", "starts", "ends"
    )
    return tuple(
        SupervisionFacts(supervisor, supervisee, payer, during)
        for supervisor, supervisee, payer, starts, ends in rows
        if (during := period(starts, ends)) is not None
    )


_facts = Versioned(_build)
