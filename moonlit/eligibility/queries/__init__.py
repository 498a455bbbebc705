"""The Eligibility Service's reads."""

from moonlit.eligibility.queries.answers import (
    Clinician,
    EligibilityAnswer,
    EligibleProvider,
    check,
    today_at_practice,
)
from moonlit.eligibility.queries.days import OfferedDays, offered_days
from moonlit.eligibility.queries.kept import per_facts
from moonlit.eligibility.queries.payers import (
    LEAST_CHARACTERS,
    MOST_HITS,
    PayerHit,
    anywhere,
    default_visit_type,
    search_payers,
)

__all__ = [
    "LEAST_CHARACTERS",
    "MOST_HITS",
    "Clinician",
    "EligibilityAnswer",
    "EligibleProvider",
    "OfferedDays",
    "PayerHit",
    "anywhere",
    "check",
    "default_visit_type",
    "offered_days",
    "per_facts",
    "search_payers",
    "today_at_practice",
]
