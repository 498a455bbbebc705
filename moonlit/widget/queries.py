"""What the patient's pages read: their draft, what its choices mean, and names for codes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from uuid import UUID

from django.db.models import Q

from moonlit.availability.queries import Candidate, Day, candidates, merged, next_free, outcome, whole_horizon
from moonlit.booking.queries import candidate_of_hold, status_by_token
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.criteria import Criteria
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import LeadReason, Modality, Outcome
from moonlit.eligibility.queries import check, default_visit_type
from moonlit.platform.tokens import token_hash
from moonlit.practice.models import Location, Provider, VisitType
from moonlit.widget.journey import Choices, Meaning, Standing, early_lead, modality_of, standing_of
from moonlit.widget.models import Draft

IDLE = timedelta(minutes=20)
LONGEST = timedelta(hours=2)
DAYS_A_PAGE = 5
NOT_BOOKED = "not_booked"


def living(now: datetime) -> Q:
    """The drafts that still answer."""
    return Q(seen_at__gt=now - IDLE, started_at__gt=now - LONGEST)


def draft_by_token(token: str, now: datetime) -> Draft | None:
    """The draft behind a path; None for an unknown, dead or finished one alike."""
    return Draft.objects.filter(living(now), token_hash=token_hash(token)).first()


def may_be_changed(draft: Draft, now: datetime) -> bool:
    """Whether the draft still takes answers: not once sent, unless the visit could not be booked (rules 4.6)."""
    if draft.sent_at is None:
        return True
    if not draft.status_token:
        return False
    status = status_by_token(draft.status_token, now)
    return status is not None and status.state == NOT_BOOKED


def standing(choices: Choices, now: datetime, *, hold: UUID | None = None) -> Standing:
    """What the choices so far mean. Before step 2 the best answer over every kind of visit, state and place counts.

    `hold` is the patient's own: when it is the last time there is, there still is one for him.
    """
    facts = current_facts()
    if not kinds_of_help(facts):  # a practice file without visits for somebody new
        reason: LeadReason | None = LeadReason.NO_PROVIDER_AVAILABLE
    elif not choices.answered:
        return _best(choices, facts, now)
    else:
        reason = early_lead(choices, facts.practice.states)
    if reason is not None:
        return Standing(Meaning.LEAD, reason, None, self_pay_offered=False, answer=None, criteria=None)
    criteria = criteria_of(choices, facts)
    answer = outcome(criteria, now)
    if answer.outcome is Outcome.NO_TIMES and hold is not None and candidate_of_hold(hold, criteria, now) is not None:
        answer = check(criteria, now)
    return standing_of(choices, answer, criteria)


def criteria_of(choices: Choices, facts: Facts) -> Criteria:
    """The criteria of the answers of steps 1 and 2."""
    place = facts.locations.get(choices.place)
    return Criteria(
        visit_type=choices.help if choices.help in facts.visit_types else default_visit_type(facts) or "",
        modality=modality_of(choices),
        place_state=choices.state if choices.by_video else (place.state if place else "") or "",
        location=None if choices.by_video else choices.place,
        payer=choices.payer or None,
        self_pay=choices.self_pay,
        visit_language=choices.language,
        benefit=choices.benefit or None,
    )


def kinds_of_help(facts: Facts) -> list[str]:
    """Codes of the visits somebody new may choose from, one a family, in the order of the practice file."""
    by_family: dict[str, str] = {}
    for code, each in facts.visit_types.items():
        if each.public and each.new_patient:
            by_family.setdefault(each.family, code)
    return list(by_family.values())


def _best(choices: Choices, facts: Facts, now: datetime) -> Standing:
    rank = {Outcome.BOOKABLE: 0, Outcome.BOOKABLE_FROM: 1}
    plain = replace(choices, language="en")
    found = []
    for visit_type in kinds_of_help(facts):
        in_video = [replace(plain, help=visit_type, state=state) for state in _states(facts)]
        in_clinics = [
            replace(plain, help=visit_type, place=place.code)
            for place in facts.locations.values()
            if place.modality is Modality.IN_PERSON
        ]
        for asked in (*in_video, *in_clinics):
            criteria = criteria_of(asked, facts)
            found.append(standing_of(choices, check(criteria, now), criteria))
    best = min(found, key=lambda each: (rank.get(each.answer.outcome, 2), each.opens or date.max))
    return replace(best, self_pay_offered=any(each.self_pay_offered for each in found))


def _states(facts: Facts) -> list[str]:
    home = facts.practice.home_state
    return [home, *(state for state in facts.practice.states if state != home)]


@dataclass(frozen=True, slots=True)
class Times:
    days: tuple[Day, ...]
    time_zone: str
    partial: bool
    more_from: date | None
    """Where the next page of days begins; None: there are no more."""


def times(criteria: Criteria, *, provider: int | None, first_day: date | None, now: datetime) -> Times:
    """The next days that have times, of everybody or of one clinician."""
    earliest, last = whole_horizon(criteria, now)
    first = max(first_day or earliest, earliest)
    only = None if provider is None else [provider]
    counted = merged(criteria, first_day=first, last_day=last, now=now, provider_ids=only, names=False)
    days = [day.date for day in islice(counted.days, DAYS_A_PAGE + 1)]
    if not days:
        return Times((), counted.time_zone, counted.partial, None)
    shown = days[:DAYS_A_PAGE]
    named = merged(criteria, first_day=shown[0], last_day=shown[-1], now=now, provider_ids=only)
    return Times(named.days, named.time_zone, named.partial, days[DAYS_A_PAGE] if len(days) > DAYS_A_PAGE else None)


@dataclass(frozen=True, slots=True)
class Card:
    """One clinician to choose."""

    id: int
    name: str
    languages: tuple[str, ...]
    about: str
    supervisor: str
    next_free: datetime


def cards(standing: Standing, now: datetime, language: str = "en") -> list[Card]:
    """Everybody who has a free time, the earliest first."""
    if standing.answer is None or standing.criteria is None:
        return []
    free = next_free(standing.criteria, now)
    about = dict(Provider.objects.filter(pk__in=free).values_list("pk", "about"))
    found = [
        Card(
            id=each.id,
            name=full_name(each.name, each.credentials),
            languages=each.languages,
            about=about[each.id].get(language) or about[each.id].get("en") or "",
            supervisor=clinician(each.supervisor.id) if each.supervisor else "",
            next_free=free[each.id],
        )
        for each in standing.answer.providers
        if each.id in free
    ]
    return sorted(found, key=lambda card: (card.next_free, card.id))


def who_would_be_seen(draft: Draft, criteria: Criteria, now: datetime) -> list[Candidate]:
    """Everybody who may take the chosen time, the one who will be seen first; empty when it is gone."""
    if draft.start is None:
        return []
    held = None if draft.hold is None else candidate_of_hold(draft.hold, criteria, now)
    others = candidates(criteria, draft.start, provider_id=draft.provider_id, now=now)
    return others if held is None else [held, *others]


def hold_fits(draft: Draft, choices: Choices, now: datetime) -> bool:
    """Whether the time that is held could still be booked with these choices."""
    criteria = standing(choices, now, hold=draft.hold).criteria
    return draft.hold is not None and criteria is not None and candidate_of_hold(draft.hold, criteria, now) is not None


def holds_as(draft: Draft) -> str:
    """By what name the holds of a draft, and of all that were made from the same one, are counted."""
    return f"draft:{draft.made_from or draft.pk}"


def full_name(name: str, credentials: str) -> str:
    return f"{name}, {credentials}" if credentials else name


def clinician(provider: int) -> str:
    """Name and credentials."""
    found = current_facts().providers[provider]
    return full_name(found.name, found.credentials)


@dataclass(frozen=True, slots=True)
class Where:
    name: str
    address: str
    """Empty for a video visit."""


def where(code: str) -> Where:
    """A place of visits as the patient knows it."""
    row = Location.objects.get(code=code)
    if row.kind == Location.Kind.TELEHEALTH:
        return Where(row.name, "")
    return Where(row.name, ", ".join(part for part in (row.line1, row.city, f"{row.state} {row.zip}".strip()) if part))


def clinics() -> list[tuple[str, str, str]]:
    """Code, name and town of each clinic."""
    rows = Location.objects.filter(kind=Location.Kind.CLINIC).order_by("pk")
    return [(row.code, row.name, f"{row.city}, {row.state}" if row.city else row.state) for row in rows]


def visit_name(code: str, language: str = "en") -> str:
    """What the visit is called."""
    name: dict[str, str] = VisitType.objects.values_list("name", flat=True).get(code=code)
    return name.get(language) or name.get("en") or code
