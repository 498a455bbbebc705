"""The coverage decision (rules 1): may this provider see the patient, under this payer, on this day, and why (not).

`decide` is the one function that eligibility, availability, booking, moving and the staff's "explain" page call.
It is pure: everything it knows is in `Facts` and `Ask`, and it judges the date of service, never today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from moonlit.domain.criteria import Ask
from moonlit.domain.facts import Facts, LocationFacts, ProviderFacts, ServiceFacts
from moonlit.domain.periods import NEVER, Windows, covers, join, window_on
from moonlit.domain.reasons import ClaimMode, DataQuality, Modality, Presence, Reason, Route
from moonlit.domain.routes import Way, route_windows, way_on
from moonlit.domain.standing import Finding, license_findings, mapping_findings, presence_findings

AGE_OF_MAJORITY = 18
AGE_OF_MAJORITY_BY_STATE = {"AL": 19, "NE": 19, "MS": 21}


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer with its reasons: one reason on success, every reason there is on refusal."""

    ok: bool
    reasons: tuple[Finding, ...]
    payer: str | None = None
    """The payer it was decided for (the one that carries the behavioural benefit); None is self-pay."""
    route: Route | None = None
    rendering: int | None = None
    """The rendering provider on the claim."""
    supervisor: int | None = None
    claim_mode: ClaimMode | None = None
    presence: Presence | None = None
    with_interpreter: bool = False
    warnings: tuple[DataQuality, ...] = ()

    @property
    def codes(self) -> tuple[Reason, ...]:
        """The reasons without whom and when, each once."""
        return tuple(dict.fromkeys(finding.reason for finding in self.reasons))


def decide(facts: Facts, ask: Ask, provider: int, day: date) -> Decision:
    """Rules 1, whole, for one provider and one date of service."""
    seen = facts.providers.get(provider)
    if seen is None:
        return Decision(ok=False, payer=ask.payer, reasons=(Finding(Reason.PROVIDER_NOT_ENGAGED, provider),))
    way = way_on(facts, ask, seen, day)
    against = [
        *([] if isinstance(way, Way) else way),
        *presence_findings(seen, day),
        *license_findings(seen, ask.place_state, day),
        *mapping_findings(seen),
        *_flag_findings(facts, ask, seen, day),
        *_service_findings(facts, ask, seen, day),
        *_language_findings(ask, seen, day),
    ]
    if isinstance(way, Way) and not against:
        against = list(_runway_findings(facts, ask, seen, day))
    if against or not isinstance(way, Way):
        return Decision(ok=False, payer=ask.payer, reasons=tuple(dict.fromkeys(against)))
    return Decision(
        ok=True,
        payer=ask.payer,
        reasons=(Finding(way.reason, seen.id),),
        route=way.route,
        rendering=way.rendering,
        supervisor=way.supervisor,
        claim_mode=way.claim_mode,
        presence=way.presence,
        with_interpreter=ask.with_interpreter,
        warnings=way.warnings,
    )


def service_on(facts: Facts, ask: Ask, provider: int, day: date) -> ServiceFacts | None:
    """The ProviderVisitType row that serves the ask at its location on the day (minutes, EHR reason, price).

    A row for the location beats a row for any location; among them the one whose ages fit (rules 1.8, 1.9).
    """
    rows = _live_services(facts, ask, provider, ask.location, day)
    return next((row for row in rows if _serves_age(row, ask.age.on(day))), None)


def is_minor(facts: Facts, age: int, place_state: str) -> bool:
    """Whether the patient may not be booked because the practice has no minors policy yet (rules 1.9)."""
    if facts.practice.minors_policy_published:
        return False
    return age < AGE_OF_MAJORITY_BY_STATE.get(place_state, AGE_OF_MAJORITY)


def same_language(one: str, other: str) -> bool:
    """`es-MX` and `es` are one language to speak."""
    return one.partition("-")[0].lower() == other.partition("-")[0].lower()


def _flag_findings(facts: Facts, ask: Ask, provider: ProviderFacts, day: date) -> Iterator[Finding]:
    if not covers(provider.bookable, day):
        yield Finding(Reason.NOT_BOOKABLE, provider.id)
    visit_type = facts.visit_types.get(ask.visit_type)
    if visit_type is None:
        yield Finding(Reason.SERVICE_NOT_OFFERED, provider.id)
        return
    if visit_type.new_patient and not covers(provider.accepts_new_patients, day):
        yield Finding(Reason.NOT_ACCEPTING_NEW, provider.id)
    if ask.modality not in visit_type.modalities or ask.modality not in provider.modalities:
        yield Finding(Reason.MODALITY_NOT_OFFERED, provider.id)


def _service_findings(facts: Facts, ask: Ask, provider: ProviderFacts, day: date) -> Iterator[Finding]:
    """One place of the ask must serve it; otherwise what stands against each of them."""
    if is_minor(facts, ask.age.on(day), ask.place_state):
        yield Finding(Reason.AGE_NOT_SERVED, provider.id)
    places = candidate_places(facts, ask)
    found = [list(_place_findings(facts, ask, provider, place, day)) for place in places]
    if not places:
        yield Finding(Reason.LOCATION_NOT_OFFERED, provider.id)
    elif all(found):
        yield from (finding for findings in found for finding in findings)


def candidate_places(facts: Facts, ask: Ask) -> tuple[LocationFacts, ...]:
    """The location of the ask, or, for a video visit without one, every telehealth location."""
    if ask.location is not None:
        place = facts.locations.get(ask.location)
        return () if place is None else (place,)
    if ask.modality is not Modality.TELEHEALTH:
        return ()
    return tuple(place for place in facts.locations.values() if place.modality is Modality.TELEHEALTH)


def _place_findings(
    facts: Facts, ask: Ask, provider: ProviderFacts, place: LocationFacts, day: date
) -> Iterator[Finding]:
    if place.modality is not ask.modality or (provider.locations is not None and place.code not in provider.locations):
        yield Finding(Reason.LOCATION_NOT_OFFERED, provider.id)
    if not place.ehr_department_id:
        yield Finding(Reason.EHR_UNMAPPED)
    for closure in facts.practice.closures:
        if closure.location in (None, place.code) and closure.during.covers(day):
            yield Finding(Reason.CLOSED, on=day)
    rows = _live_services(facts, ask, provider.id, place.code, day)
    if not rows:
        yield Finding(Reason.SERVICE_NOT_OFFERED, provider.id)
        return
    row = next((row for row in rows if _serves_age(row, ask.age.on(day))), None)
    if row is None:
        yield Finding(Reason.AGE_NOT_SERVED, provider.id)
    elif not row.ehr_reason_id:
        yield Finding(Reason.EHR_UNMAPPED, provider.id)


def _live_services(facts: Facts, ask: Ask, provider: int, location: str | None, day: date) -> tuple[ServiceFacts, ...]:
    live = [row for row in facts.services_of(provider, ask.visit_type) if row.during.covers(day)]
    here = tuple(row for row in live if location is not None and row.location == location)
    return here or tuple(row for row in live if row.location is None)


def _serves_age(row: ServiceFacts, age: int) -> bool:
    return (row.min_age is None or row.min_age <= age) and (row.max_age is None or age <= row.max_age)


def _language_findings(ask: Ask, provider: ProviderFacts, day: date) -> Iterator[Finding]:
    """Only a verified proficiency counts; for English nobody is asked for one (rules 1.14)."""
    if ask.with_interpreter or same_language(ask.language, "en"):
        return
    for language, verified_on in provider.verified_languages.items():
        if same_language(language, ask.language) and verified_on <= day:
            return
    yield Finding(Reason.LANGUAGE_NOT_SPOKEN, provider.id)


def _runway_findings(facts: Facts, ask: Ask, provider: ProviderFacts, day: date) -> Iterator[Finding]:
    """No first visit with somebody who is about to leave, lose the route or the licence (rules 1.15); 0 is off."""
    runway = facts.practice.new_patient_runway_days
    if runway <= 0 or not facts.visit_types[ask.visit_type].new_patient:
        return
    until = day + timedelta(days=runway)
    held: tuple[Windows, ...] = (
        join(provider.engagements),
        route_windows(facts, ask, provider.id),
        join(provider.licenses.get(ask.place_state, NEVER)),
    )
    for windows in held:
        window = window_on(windows, day)
        if window is not None and window.ends is not None and window.ends <= until:
            yield Finding(Reason.ENDS_SOON, provider.id, window.ends)
