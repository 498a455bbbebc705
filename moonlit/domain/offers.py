"""What may be offered and booked: the coverage decision, behind carve-outs and the effective-date gate (rules 2).

Availability and booking go through the same `offerable`, so what is shown can be booked and what is not shown cannot.
`offer_mask` is the same answer for a run of days; it asks only where the answer can change.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise

from moonlit.domain.carve_outs import Resolution, resolve
from moonlit.domain.changes import decision_change_days
from moonlit.domain.coverage import Decision, decide, same_language
from moonlit.domain.criteria import Ask, Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.periods import ALWAYS, ONE_DAY, Period, Windows, change_days, intersect, join, window_on
from moonlit.domain.reasons import Modality, Reason, Route
from moonlit.domain.routes import route_windows
from moonlit.domain.standing import Finding


@dataclass(frozen=True, slots=True)
class Offer:
    """One patient's criteria on one day of asking. Make it with `prepare`."""

    facts: Facts
    criteria: Criteria
    today: date
    with_interpreter: bool = False

    @property
    def gate(self) -> date:
        """The last day on which a route may start and still be offered: day 30 books, day 31 leads."""
        return self.today + timedelta(days=self.facts.practice.lead_threshold_days)

    @property
    def scan(self) -> Period:
        """The days on which a visit may lie: after the notice, within the horizon; both of the visit type."""
        visit_type = self.facts.visit_types[self.criteria.visit_type]
        first = self.today + timedelta(days=visit_type.min_notice_hours // 24)
        return Period(first, max(first, self.today + timedelta(days=visit_type.horizon_days)))

    def resolution(self, day: date) -> Resolution:
        """Which payers may carry the benefit on the day."""
        return resolve(self.facts, self.criteria, day)

    def ask(self, payer: str | None, location: str | None = None) -> Ask:
        """The question for one paying party. In person the place is the location's state, whatever was asked."""
        ask = self.criteria.ask(payer, location=location, with_interpreter=self.with_interpreter)
        place = self.facts.locations.get(ask.location or "")
        if ask.modality is Modality.IN_PERSON and place is not None and place.state:
            return replace(ask, place_state=place.state)
        return ask

    def asks(self, day: date, location: str | None = None) -> tuple[Ask, ...]:
        """One question for each party that may have to pay on the day."""
        if self.criteria.self_pay:
            return (self.ask(None, location),)
        return tuple(self.ask(target, location) for target in self.resolution(day).targets)


def prepare(facts: Facts, criteria: Criteria, today: date) -> Offer:
    """Settle what holds for all providers: whether the visit language needs a remote interpreter (rules 1.14).

    Raises KeyError for a visit type that does not exist.
    """
    offer = Offer(facts, criteria, today)
    if (
        same_language(criteria.visit_language, "en")
        or not facts.practice.remote_interpreter_on_demand
        or criteria.interpreter_accepted is False
        or any(is_offered(offer, provider) for provider in facts.offering(criteria.visit_type))
    ):
        return offer
    return replace(offer, with_interpreter=True)


def offerable(offer: Offer, provider: int, day: date, location: str | None = None) -> Decision:
    """Whether the visit may be offered and booked with this provider on this day, at the location of a slot.

    With several possible payers (rules 1.11) it must hold for each; the supervised answer is then the one to keep,
    because it puts the attending on the visit.
    """
    return _offerable(offer, offer_windows(offer, provider), provider, day, location)


def offer_windows(offer: Offer, provider: int) -> Windows:
    """The joined route windows of the provider, not yet gated (rules 2)."""
    if offer.criteria.self_pay:
        return ALWAYS
    found: list[Period] = []
    for span in _benefit_spans(offer):
        asks = offer.asks(span.first)
        found += intersect((span,), *(route_windows(offer.facts, ask, provider) for ask in asks))
    return join(found)


def offered_windows(offer: Offer, provider: int) -> Windows:
    """The windows that pass the gate and are not over yet."""
    return tuple(
        window
        for window in offer_windows(offer, provider)
        if window.first <= offer.gate and window.last >= offer.scan.first
    )


def offer_mask(offer: Offer, provider: int, first: date, days: int, location: str | None = None) -> int:
    """Bit i stands for `first` + i days: set exactly where `offerable` says yes."""
    windows = offer_windows(offer, provider)
    last = first + timedelta(days=days - 1)
    mask = 0
    for window in intersect(_gated(offer, windows), (Period(first, last),)):
        for start, after in _segments(window, _change_days(offer, provider, location)):
            if _offerable(offer, windows, provider, start, location).ok:
                length = (after - start).days
                mask |= ((1 << length) - 1) << (start - first).days
    return mask


def is_offered(offer: Offer, provider: int) -> bool:
    """Whether at least one day of the scan can be offered."""
    scan = offer.scan
    return offer_mask(offer, provider, scan.first, (scan.last - scan.first).days + 1) != 0


def _offerable(offer: Offer, windows: Windows, provider: int, day: date, location: str | None) -> Decision:
    decisions = [decide(offer.facts, ask, provider, day) for ask in offer.asks(day, location)]
    against = [finding for decision in decisions if not decision.ok for finding in decision.reasons]
    if offer.criteria.location is not None and location not in (None, offer.criteria.location):
        against.append(Finding(Reason.LOCATION_NOT_OFFERED, provider))
    window = window_on(windows, day)
    if window is not None and window.first > offer.gate:
        against.append(Finding(Reason.STARTS_AFTER_THRESHOLD, provider, window.first))
    if against:
        return Decision(ok=False, payer=decisions[0].payer, reasons=tuple(dict.fromkeys(against)))
    return next((each for each in decisions if each.route is Route.SUPERVISED), decisions[0])


def _gated(offer: Offer, windows: Windows) -> Windows:
    return tuple(window for window in windows if window.first <= offer.gate)


def _benefit_spans(offer: Offer) -> Iterator[Period]:
    """All time, cut where a benefit route of the card starts or ends."""
    payer = offer.facts.payers.get(offer.criteria.payer or "")
    cuts = sorted(set(change_days(row.during for row in payer.benefit_routes))) if payer else []
    for start, after in pairwise((None, *cuts, None)):
        yield Period(start, None if after is None else after - ONE_DAY)


def _change_days(offer: Offer, provider: int, location: str | None) -> set[date]:
    days = {span.first for span in _benefit_spans(offer)}
    for ask in {ask for day in days for ask in offer.asks(day, location)}:
        days |= decision_change_days(offer.facts, ask, provider)
    return days


def _segments(window: Period, cuts: set[date]) -> Iterator[tuple[date, date]]:
    """The window cut into runs of days with one answer: (first day, day after the last)."""
    inner = sorted(day for day in cuts if window.first < day <= window.last)
    yield from pairwise((window.first, *inner, window.last + ONE_DAY))
