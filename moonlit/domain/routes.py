"""Who pays, and in whose name: the direct and the supervised route (rules 1.1, 1.3 - 1.6).

A route on a day answers with the people on the claim or with findings; the windows of a route are the days on which
contracts, terms, supervision and the supervisor's licence allow it, before anything about the provider himself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from moonlit.domain.criteria import Ask
from moonlit.domain.facts import (
    ContractFacts,
    Facts,
    GroupContractFacts,
    PayerFacts,
    ProviderFacts,
    SupervisedTermsFacts,
    SupervisionFacts,
)
from moonlit.domain.periods import ALWAYS, NEVER, Period, Windows, covers, intersect, join
from moonlit.domain.reasons import (
    ClaimMode,
    ContractStatus,
    DataQuality,
    PayerStatus,
    Presence,
    Reason,
    Route,
)
from moonlit.domain.standing import (
    Finding,
    last_end,
    license_findings,
    mapping_findings,
    next_start,
    presence_findings,
)


@dataclass(frozen=True, slots=True)
class Way:
    """One way to be paid for a visit, with the people the claim names."""

    route: Route
    reason: Reason
    rendering: int
    supervisor: int | None = None
    claim_mode: ClaimMode | None = None
    presence: Presence | None = None
    warnings: tuple[DataQuality, ...] = ()


def way_on(facts: Facts, ask: Ask, provider: ProviderFacts, day: date) -> Way | list[Finding]:
    """The route of one provider on one day: direct beats supervised (rules 1.5); else every reason there is none."""
    if ask.payer is None:
        return Way(Route.SELF_PAY, Reason.SELF_PAY, rendering=provider.id)
    payer = facts.payers.get(ask.payer)
    if payer is None:
        return [Finding(Reason.NO_CONTRACT)]
    if payer.practice_status is PayerStatus.IN_PROGRESS:
        return [Finding(Reason.CREDENTIALING_IN_PROGRESS)]
    if payer.practice_status is PayerStatus.DENIED:
        return [Finding(Reason.PAYER_NOT_CONTRACTED)]
    reason = _direct_reason(facts, payer, provider, day)
    if reason is not None:
        return Way(Route.DIRECT, reason, rendering=provider.id)
    supervised = _supervised_way(facts, ask, payer, provider, day)
    if isinstance(supervised, Way):
        return supervised
    return [*_direct_findings(facts, payer, provider, day), *supervised]


def route_windows(facts: Facts, ask: Ask, provider: int) -> Windows:
    """The days on which the provider has a route for this payer: direct and supervised together, joined (rules 2)."""
    if ask.payer is None:
        return ALWAYS
    payer = facts.payers.get(ask.payer)
    seen = facts.providers.get(provider)
    if payer is None or seen is None or payer.practice_status is not PayerStatus.APPROVED:
        return NEVER
    return join((*direct_windows(facts, payer, seen), *_supervised_windows(facts, ask, payer, seen)))


def direct_windows(facts: Facts, payer: PayerFacts, provider: ProviderFacts) -> Windows:
    """The days covered by the provider's own contract or by the payer's group contract (rules 1.3)."""
    if payer.practice_status is not PayerStatus.APPROVED:
        return NEVER
    return join((*_own_windows(facts, payer, provider), *_group_windows(payer, provider)))


def _own_windows(facts: Facts, payer: PayerFacts, provider: ProviderFacts) -> Windows:
    rows = facts.contracts_of(provider.id, payer.code)
    covered = join(window for row in rows if (window := row.window) is not None)
    return intersect(covered, provider.can_bill_independently) if payer.requires_independent else covered


def _group_windows(payer: PayerFacts, provider: ProviderFacts) -> Windows:
    return join(
        window
        for group in payer.group_contracts
        if group.starts is not None
        for window in intersect(
            (Period(group.starts, group.ends),),
            group.roster.get(provider.id, NEVER) if group.roster_required else ALWAYS,
            provider.can_bill_independently,
        )
    )


def _direct_reason(facts: Facts, payer: PayerFacts, provider: ProviderFacts, day: date) -> Reason | None:
    """The direct windows asked for one day; `decide` asks it often, so no window is built."""
    independent = not provider.is_trainee_on(day)
    if independent or not payer.requires_independent:
        for row in facts.contracts_of(provider.id, payer.code):
            window = row.window
            if window is not None and window.covers(day):
                return Reason.DIRECT
    if independent and any(_group_covers(group, provider, day) for group in payer.group_contracts):
        return Reason.GROUP
    return None


def _group_covers(group: GroupContractFacts, provider: ProviderFacts, day: date) -> bool:
    if group.starts is None or not Period(group.starts, group.ends).covers(day):
        return False
    return not group.roster_required or covers(group.roster.get(provider.id, NEVER), day)


def _direct_findings(facts: Facts, payer: PayerFacts, provider: ProviderFacts, day: date) -> Iterator[Finding]:
    rows = facts.contracts_of(provider.id, payer.code)
    if not rows and not payer.group_contracts:
        yield Finding(Reason.NO_CONTRACT, provider.id)
    for row in rows:
        yield from _contract_findings(row, day)
    for group in payer.group_contracts:
        yield from _group_findings(group, provider, day)
    if provider.is_trainee_on(day) and (payer.requires_independent or payer.group_contracts):
        yield Finding(Reason.PAYER_REQUIRES_INDEPENDENT, provider.id)


def _contract_findings(row: ContractFacts, day: date) -> Iterator[Finding]:
    if row.status is ContractStatus.CREDENTIALING_IN_PROGRESS:
        # Its date, if any, is a projection and never shown as a promise (rules 1.10).
        yield Finding(Reason.CREDENTIALING_IN_PROGRESS, row.provider)
        return
    if row.status is ContractStatus.INACTIVE:
        yield Finding(Reason.CONTRACT_INACTIVE, row.provider)
        return
    if row.starts is None:
        yield Finding(Reason.START_DATE_MISSING, row.provider)
    elif day < row.starts:
        yield Finding(Reason.CONTRACT_NOT_STARTED, row.provider, row.starts)
    if row.ends is not None and row.ends < day:
        yield Finding(Reason.CONTRACT_ENDED, row.provider, row.ends)
    if not row.is_confirmed:
        yield Finding(Reason.START_UNCONFIRMED, row.provider)


def _group_findings(group: GroupContractFacts, provider: ProviderFacts, day: date) -> Iterator[Finding]:
    if group.starts is None:
        yield Finding(Reason.START_DATE_MISSING)
    elif day < group.starts:
        yield Finding(Reason.CONTRACT_NOT_STARTED, on=group.starts)
    if group.ends is not None and group.ends < day:
        yield Finding(Reason.CONTRACT_ENDED, on=group.ends)
    roster = group.roster.get(provider.id, NEVER)
    if group.roster_required and not covers(roster, day):
        yield Finding(Reason.NOT_ON_ROSTER, provider.id, next_start(roster, day))


def _supervised_windows(facts: Facts, ask: Ask, payer: PayerFacts, provider: ProviderFacts) -> Windows:
    """Terms ∩ supervision ∩ the supervisor's contract ∩ the supervisor's licence (rules 1.4)."""
    terms = join(row.during for row in payer.supervised_terms if row.allow(ask.visit_type, ask.modality))
    return join(
        window
        for row in facts.supervisions_of(provider.id, payer.code)
        if (supervisor := facts.providers.get(row.supervisor)) is not None
        for window in intersect(
            terms,
            (row.during,),
            direct_windows(facts, payer, supervisor),
            supervisor.licenses.get(ask.place_state, NEVER),
        )
    )


def _supervised_way(
    facts: Facts, ask: Ask, payer: PayerFacts, provider: ProviderFacts, day: date
) -> Way | list[Finding]:
    rows = facts.supervisions_of(provider.id, payer.code)
    if not rows and not provider.is_trainee_on(day):
        return []  # Nobody thought of supervising this provider: no reason to speak of it.
    found: list[Finding] = []
    terms = _terms_on(payer, ask, day)
    if terms is None:
        coming = next_start((row.during for row in payer.supervised_terms), day)
        found.append(Finding(Reason.SUPERVISED_TERMS_MISSING, on=coming))
    live = [row for row in rows if row.during.covers(day)]
    if not live:
        found += _supervision_findings(rows, provider, day)
    valid: list[SupervisionFacts] = []
    for row in sorted(live, key=_preference):
        against = list(_supervisor_findings(facts, ask, payer, row, day))
        found += against
        if not against:
            valid.append(row)
    if terms is None or not valid:
        return list(dict.fromkeys(found))
    return _supervised(provider, payer, valid, terms, day)


def _supervised(
    provider: ProviderFacts,
    payer: PayerFacts,
    valid: list[SupervisionFacts],
    terms: SupervisedTermsFacts,
    day: date,
) -> Way:
    supervisor = valid[0].supervisor
    attending_renders = terms.claim_mode is ClaimMode.ATTENDING_RENDERING
    warnings: list[DataQuality] = []
    if len({row.supervisor for row in valid}) > 1:
        warnings.append(DataQuality.SEVERAL_SUPERVISORS)
    if payer.requires_independent and not attending_renders and provider.is_trainee_on(day):
        warnings.append(DataQuality.TRAINEE_RENDERS)
    return Way(
        Route.SUPERVISED,
        Reason.SUPERVISED,
        rendering=supervisor if attending_renders else provider.id,
        supervisor=supervisor,
        claim_mode=terms.claim_mode,
        presence=terms.presence,
        warnings=tuple(warnings),
    )


def _terms_on(payer: PayerFacts, ask: Ask, day: date) -> SupervisedTermsFacts | None:
    """The terms for this visit on the day; where they overlap, the newest."""
    fitting = [
        row for row in payer.supervised_terms if row.during.covers(day) and row.allow(ask.visit_type, ask.modality)
    ]
    return max(fitting, key=lambda row: row.during.first, default=None)


def _preference(row: SupervisionFacts) -> tuple[bool, int, int]:
    """Payer-specific before any payer, then the latest start, then the lowest id (rules 1.5)."""
    return row.payer is None, -row.during.first.toordinal(), row.supervisor


def _supervision_findings(rows: tuple[SupervisionFacts, ...], provider: ProviderFacts, day: date) -> Iterator[Finding]:
    if not rows:
        yield Finding(Reason.NO_SUPERVISION, provider.id)
    coming = next_start((row.during for row in rows), day)
    if coming is not None:
        yield Finding(Reason.SUPERVISION_NOT_STARTED, provider.id, coming)
    gone = last_end((row.during for row in rows), day)
    if gone is not None:
        yield Finding(Reason.SUPERVISION_ENDED, provider.id, gone)


def _supervisor_findings(
    facts: Facts, ask: Ask, payer: PayerFacts, row: SupervisionFacts, day: date
) -> Iterator[Finding]:
    """He must be engaged, present, EHR-mapped, licensed and directly covered; he need not be bookable (rules 1.4)."""
    supervisor = facts.providers.get(row.supervisor)
    if supervisor is None or _direct_reason(facts, payer, supervisor, day) is None:
        yield Finding(Reason.SUPERVISOR_NOT_COVERED, row.supervisor)
    if supervisor is None:
        return
    yield from presence_findings(supervisor, day)
    yield from license_findings(supervisor, ask.place_state, day)
    yield from mapping_findings(supervisor)
    if _is_over_cap(facts, supervisor, row.supervisee, day):
        yield Finding(Reason.SUPERVISION_CAP, supervisor.id, day)


def _is_over_cap(facts: Facts, supervisor: ProviderFacts, supervisee: int, day: date) -> bool:
    """`max_supervisees` keeps those supervised longest; whoever came later than the limit waits (rules 1.5)."""
    if supervisor.max_supervisees is None:
        return False
    since: dict[int, date] = {}
    for row in facts.supervisees_of(supervisor.id):
        if row.during.covers(day):
            since[row.supervisee] = min(row.during.first, since.get(row.supervisee, date.max))
    seniority = sorted(since, key=lambda each: (since[each], each))
    return supervisee in seniority[supervisor.max_supervisees :]
