"""The effective-date rule: what a patient who picks a payer gets (rules 2).

The rows of the table are tried top to bottom and the first that fits wins. A payer never opens an empty calendar.
`no_times` is not decided here: it needs free time, which `availability` knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from moonlit.domain.carve_outs import Question
from moonlit.domain.coverage import is_minor, same_language
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import ContractFacts, Facts, ProviderFacts
from moonlit.domain.offers import Offer, is_offered, offer_mask, offer_windows, offerable, offered_windows, prepare
from moonlit.domain.periods import ONE_DAY, Period, Windows, intersect, window_on
from moonlit.domain.reasons import (
    ContractStatus,
    DataQuality,
    Flag,
    LeadReason,
    Outcome,
    PayerStatus,
    PayerType,
    Route,
)

PUBLIC_PROGRAMS = frozenset({PayerType.MEDICAID, PayerType.MEDICARE})
"""Who names one of these is never shown self-pay as a button (rules 1.13)."""


@dataclass(frozen=True, slots=True)
class OfferedProvider:
    """One provider the patient may choose; route and supervisor are those of the first day he can be offered."""

    provider: int
    route: Route
    supervisor: int | None
    windows: Windows
    with_interpreter: bool
    first_day: date


@dataclass(frozen=True, slots=True)
class Marker:
    """Data a person must put right. Load, edit and the nightly check make it a task, a public read never does."""

    kind: DataQuality
    provider: int | None
    payer: str | None


@dataclass(frozen=True, slots=True)
class EligibilityOutcome:
    outcome: Outcome
    lead_reason: LeadReason | None = None
    bookable_from: date | None = None
    """With `bookable_from` the day the calendar opens; with the lead over 30 days the day the route starts."""
    payer_behavioral: str | None = None
    """Code of the payer that carries the behavioural benefit, once it is known."""
    question: Question | None = None
    flags: tuple[Flag, ...] = ()
    self_pay_offered: bool = False
    providers: tuple[OfferedProvider, ...] = ()
    data_quality: tuple[Marker, ...] = ()


def outcome(facts: Facts, criteria: Criteria, today: date) -> EligibilityOutcome:
    """The table of rules 2, free time aside. `today` is the practice's local date.

    Raises KeyError for a visit type that does not exist.
    """
    offer = prepare(facts, criteria, today)
    self_pay = is_self_pay_offered(facts, criteria, today)
    if not criteria.self_pay and criteria.payer is None:
        return _lead(LeadReason.PAYER_UNLISTED, self_pay)
    if criteria.self_pay:
        if _named_public_program(offer):
            return _lead(LeadReason.PAYER_UNCLEAR, self_pay)
        return replace(_offered(offer) or _lead(_nobody_fits(offer), self_pay), self_pay_offered=self_pay)
    if criteria.payer not in facts.payers:
        return _lead(LeadReason.OUT_OF_NETWORK, self_pay)
    resolution = offer.resolution(offer.scan.first)
    answer = _offered(offer)
    if answer is None and not resolution.is_resolved:
        answer = _lead(LeadReason.PAYER_UNCLEAR, self_pay)
    if answer is None:
        answer = _waiting(offer, resolution.targets[0])
    unverified = () if resolution.is_resolved else (Flag.BEHAVIORAL_PAYER_UNVERIFIED,)
    return replace(
        answer,
        self_pay_offered=self_pay,
        question=resolution.question,
        payer_behavioral=resolution.targets[0] if resolution.is_resolved else None,
        flags=(*(unverified if answer.outcome is not Outcome.LEAD else ()), *answer.flags),
    )


def opening(facts: Facts, criteria: Criteria, today: date) -> tuple[Outcome, date | None]:
    """Outcome and `bookable_from` of rows 1 and 2 alone, else a lead: for lists of many payers.

    Stops at the first provider who can be seen without waiting. Raises KeyError as `outcome` does.
    """
    earliest: date | None = None
    for _, _, opens in _openings(prepare(facts, criteria, today)):
        if opens <= today:
            return Outcome.BOOKABLE, None
        earliest = opens if earliest is None else min(earliest, opens)
    return (Outcome.LEAD if earliest is None else Outcome.BOOKABLE_FROM), earliest


def is_self_pay_offered(facts: Facts, criteria: Criteria, today: date) -> bool:
    """Rules 1.13: where somebody can be seen that way, and never as a button beside Medicaid or Medicare."""
    if _named_public_program(Offer(facts, criteria, today)):
        return False
    offer = prepare(facts, replace(criteria, payer=None, self_pay=True), today)
    return any(is_offered(offer, provider) for provider in _candidates(offer))


def incomplete_contracts(facts: Facts) -> tuple[Marker, ...]:
    """Active contracts that cover nothing because the start is missing or unconfirmed (rules 1.1)."""
    return tuple(marker for row in facts.contracts for marker in _incomplete(row))


def _offered(offer: Offer) -> EligibilityOutcome | None:
    """Rows 1 and 2: somebody can be offered in the scan, without waiting or from a day within the threshold."""
    providers: list[OfferedProvider] = []
    markers: list[Marker] = []
    starts: list[date] = []
    for provider, first_day, opens in _openings(offer):
        decision = offerable(offer, provider, first_day)
        starts.append(opens)
        markers += [Marker(kind, provider, decision.payer) for kind in decision.warnings]
        route, windows = decision.route or Route.SELF_PAY, _shown_windows(offer, provider)
        providers.append(
            OfferedProvider(provider, route, decision.supervisor, windows, decision.with_interpreter, first_day)
        )
    if not providers:
        return None
    opens = min(starts)
    waits = opens > offer.today
    return EligibilityOutcome(
        Outcome.BOOKABLE_FROM if waits else Outcome.BOOKABLE,
        bookable_from=opens if waits else None,
        flags=(Flag.REMOTE_INTERPRETER,) if offer.with_interpreter else (),
        providers=tuple(sorted(providers, key=lambda each: (each.route is Route.SUPERVISED, each.provider))),
        data_quality=tuple(markers),
    )


def _openings(offer: Offer) -> Iterator[tuple[int, date, date]]:
    """Each provider who can be offered: id, first day in the scan, and the start of the route that day lies in."""
    scan = offer.scan
    for provider in _candidates(offer):
        mask = offer_mask(offer, provider, scan.first, (scan.last - scan.first).days + 1)
        if mask:
            first_day = scan.first + ONE_DAY * ((mask & -mask).bit_length() - 1)
            window = window_on(offer_windows(offer, provider), first_day)
            yield provider, first_day, window.first if window else first_day


def _waiting(offer: Offer, target: str) -> EligibilityOutcome:
    """The rows below: why the payer that carries the benefit opens no calendar."""
    facts = offer.facts
    status = facts.payers[target].practice_status if target in facts.payers else PayerStatus.DENIED
    if status is not PayerStatus.APPROVED:
        waits = status is PayerStatus.IN_PROGRESS
        return _lead(LeadReason.CREDENTIALING_IN_PROGRESS if waits else LeadReason.OUT_OF_NETWORK)
    if any(offered_windows(offer, provider) for provider in _candidates(offer)):
        return _lead(_nobody_fits(offer))
    later = min(_later_starts(offer), default=None)
    if later is not None:
        return replace(_lead(LeadReason.EFFECTIVE_DATE_OVER_30_DAYS), bookable_from=later)
    rows = [row for provider in _involved(offer, target) for row in facts.contracts_of(provider, target)]
    markers = tuple(marker for row in rows if not _is_over(row, offer.today) for marker in _incomplete(row))
    if markers:
        return replace(_lead(LeadReason.EFFECTIVE_DATE_UNKNOWN), data_quality=markers)
    if any(row.status is ContractStatus.CREDENTIALING_IN_PROGRESS for row in rows):
        return _lead(LeadReason.CREDENTIALING_IN_PROGRESS)
    if any(
        window.last >= offer.scan.first for provider in facts.providers for window in offer_windows(offer, provider)
    ):
        return _lead(_nobody_fits(offer))
    return _lead(LeadReason.OUT_OF_NETWORK)


def _nobody_fits(offer: Offer) -> LeadReason:
    """Routes exist, yet nobody fits state, modality, language and age."""
    criteria = offer.criteria
    if is_minor(offer.facts, criteria.age.on(offer.scan.last), offer.ask(None).place_state):
        return LeadReason.MINOR
    if not same_language(criteria.visit_language, "en"):
        in_english = replace(offer, criteria=replace(criteria, visit_language="en"))
        if any(is_offered(in_english, provider) for provider in _candidates(in_english)):
            return LeadReason.LANGUAGE_REQUEST
    return LeadReason.NO_PROVIDER_AVAILABLE


def _candidates(offer: Offer) -> Iterable[int]:
    """Those who offer the visit type, or the one provider the patient asked for."""
    offering = offer.facts.offering(offer.criteria.visit_type)
    chosen = offer.criteria.provider
    return offering if chosen is None else tuple(provider for provider in offering if provider == chosen)


def _shown_windows(offer: Offer, provider: int) -> Windows:
    """The days a patient is told: the route's windows; for self-pay, where no contract counts, the engagement's."""
    windows = offered_windows(offer, provider)
    if not offer.criteria.self_pay:
        return windows
    engagements = intersect(windows, offer.facts.providers[provider].engagements)
    return tuple(window for window in engagements if window.last >= offer.scan.first)


def _later_starts(offer: Offer) -> Iterator[date]:
    """Starts beyond the threshold of routes somebody will be there to take: engaged, bookable, with the visit type."""
    for provider in _candidates(offer):
        seen = offer.facts.providers[provider]
        services = [row.during for row in offer.facts.services_of(provider, offer.criteria.visit_type)]
        for window in offer_windows(offer, provider):
            if window.first > offer.gate and intersect((window,), seen.engagements, seen.bookable, services):
                yield window.first


def _involved(offer: Offer, target: str) -> tuple[int, ...]:
    """The candidates and, where the payer allows supervised visits, their supervisors; without those who have left."""
    facts, today = offer.facts, offer.today
    involved = dict.fromkeys(_candidates(offer))
    if any(terms.during.last >= today for terms in facts.payers[target].supervised_terms):
        for provider in tuple(involved):
            rows = facts.supervisions_of(provider, target)
            involved |= dict.fromkeys(row.supervisor for row in rows if row.during.last >= today)
    return tuple(each for each in involved if each in facts.providers and _stays(facts.providers[each], today))


def _stays(provider: ProviderFacts, today: date) -> bool:
    return bool(intersect(provider.engagements, (Period(today),)))


def _is_over(row: ContractFacts, today: date) -> bool:
    return row.ends is not None and row.ends < today


def _incomplete(row: ContractFacts) -> Iterator[Marker]:
    if row.status is not ContractStatus.ACTIVE:
        return
    if row.starts is None:
        yield Marker(DataQuality.START_DATE_MISSING, row.provider, row.payer)
    if not row.is_confirmed:
        yield Marker(DataQuality.START_UNCONFIRMED, row.provider, row.payer)


def _named_public_program(offer: Offer) -> bool:
    """Whether the card, or any payer that may stand behind it, is Medicaid or Medicare."""
    if offer.criteria.payer is None:
        return False
    named = (offer.criteria.payer, *offer.resolution(offer.today).targets)
    return any(payer.type in PUBLIC_PROGRAMS for code in named if (payer := offer.facts.payers.get(code)))


def _lead(reason: LeadReason, self_pay_offered: bool = False) -> EligibilityOutcome:
    return EligibilityOutcome(Outcome.LEAD, lead_reason=reason, self_pay_offered=self_pay_offered)
