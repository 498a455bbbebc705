"""The search behind "How will you pay?"."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime

from moonlit.coverage.models import Payer
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.criteria import Criteria
from moonlit.domain.effective_dates import opening
from moonlit.domain.facts import Facts
from moonlit.domain.reasons import Modality, Outcome
from moonlit.domain.zones import local_date
from moonlit.eligibility.queries.kept import per_facts

MOST_HITS = 10
LEAST_CHARACTERS = 2
_RANK = {Outcome.BOOKABLE: 0, Outcome.BOOKABLE_FROM: 1}


@dataclass(frozen=True, slots=True)
class PayerHit:
    id: int
    code: str
    name: str
    type: str
    state: str
    outcome: Outcome
    bookable_from: date | None


def search_payers(q: str, now: datetime) -> list[PayerHit]:
    """Payers whose name or aliases hold every word, in any order; at most ten, the bookable first, home state first.

    Case, accents and spaces do not matter. Fewer than two letters or digits find nothing.
    """
    words = [compact for word in q.split() if (compact := _compact(word))]
    if sum(map(len, words)) < LEAST_CHARACTERS:
        return []
    facts = current_facts()
    today = local_date(now, facts.practice.time_zone)
    hits = []
    for payer, names in _searchable(facts):
        if all(word in names for word in words):
            outcome, bookable_from = _best_outcome(facts, payer.code, today)
            hits.append(PayerHit(payer.pk, payer.code, payer.name, payer.type, payer.state, outcome, bookable_from))
    hits.sort(key=lambda hit: (_RANK.get(hit.outcome, 2), hit.state != facts.practice.home_state, hit.name))
    return hits[:MOST_HITS]


def default_visit_type(facts: Facts) -> str | None:
    """The visit a new patient is offered first: the first public one for new patients; None when there is none."""
    return next((code for code, each in facts.visit_types.items() if each.public and each.new_patient), None)


def anywhere(facts: Facts, visit_type: str, *, payer: str | None = None, self_pay: bool = False) -> list[Criteria]:
    """The same question for every state by video and every clinic of the practice, while nobody has said where."""
    asked = [
        Criteria(visit_type=visit_type, modality=Modality.TELEHEALTH, place_state=state, payer=payer, self_pay=self_pay)
        for state in facts.practice.states
    ]
    asked += [
        Criteria(
            visit_type=visit_type,
            modality=Modality.IN_PERSON,
            place_state=place.state or "",
            location=place.code,
            payer=payer,
            self_pay=self_pay,
        )
        for place in facts.locations.values()
        if place.modality is Modality.IN_PERSON
    ]
    return asked


@per_facts(1)
def _searchable(facts: Facts) -> tuple[tuple[Payer, str], ...]:
    """Each payer with its names as they are searched."""
    rows = Payer.objects.only("id", "code", "name", "type", "state", "aliases")
    return tuple((row, "|".join(map(_compact, [row.name, *row.aliases]))) for row in rows if row.code in facts.payers)


@per_facts(4096)
def _best_outcome(facts: Facts, payer: str, today: date) -> tuple[Outcome, date | None]:
    """The best answer over every modality and place of the practice, for the default visit type."""
    visit_type = default_visit_type(facts)
    if visit_type is None:
        return Outcome.LEAD, None
    answers = [opening(facts, criteria, today) for criteria in anywhere(facts, visit_type, payer=payer)]
    return min(answers, key=lambda answer: (_RANK.get(answer[0], 2), answer[1] or date.max))


def _compact(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(ch for ch in decomposed if ch.isalnum())
