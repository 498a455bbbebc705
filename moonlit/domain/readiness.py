"""Whether everything stands that a visit needs before its day (rules 4.13). Shown to staff only."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date


class Verification(enum.StrEnum):
    """What is known of one insurance. Nothing but `verified` means that somebody asked the payer and heard yes."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    FAILED = "failed"
    RECHECK_DUE = "recheck_due"


class Missing(enum.StrEnum):
    IDENTITY = "identity"
    COVERAGE = "coverage"
    CONSENTS = "consents"
    LOCATION = "location"


SURE = frozenset({"matched", "created"})
"""Identities on whose chart something may be shown, sent or written (rules 4.8)."""


@dataclass(frozen=True, slots=True)
class Policy:
    """One insurance, as far as readiness looks at it."""

    verification: Verification
    verified_on: date | None
    monthly: bool
    """Medicaid: eligibility is given month by month; elsewhere a plan lasts a calendar year."""


@dataclass(frozen=True, slots=True)
class Preparation:
    """What is known before the visit."""

    identity: str
    self_pay: bool
    policies: Sequence[Policy]
    """The primary first."""
    consents_needed: frozenset[str]
    consents_given: frozenset[str]
    place_known: bool
    """Where the patient will be: place of service and state."""


def not_ready(visit: date, known: Preparation) -> tuple[Missing, ...]:
    """What is still missing for a visit on that date; empty: ready.

    Coverage is the primary insurance, checked for the visit's own day, and none of the others refused by its payer.
    """
    standing = [standing_on(policy, visit) for policy in known.policies]
    primary_checked = standing[:1] == [Verification.VERIFIED]
    covered = known.self_pay or (primary_checked and Verification.FAILED not in standing)
    checks = {
        Missing.IDENTITY: known.identity in SURE,
        Missing.COVERAGE: covered,
        Missing.CONSENTS: known.consents_needed <= known.consents_given,
        Missing.LOCATION: known.place_known,
    }
    return tuple(missing for missing, done in checks.items() if not done)


def standing_on(policy: Policy, visit: date) -> Verification:
    """The verification as it counts on the day of the visit: a yes for another plan year (Medicaid: month) is due to
    be asked again.
    """
    if policy.verification is not Verification.VERIFIED or policy.verified_on is None:
        return policy.verification
    asked = policy.verified_on
    same_year = asked.year == visit.year
    same_period = same_year and (asked.month == visit.month or not policy.monthly)
    return Verification.VERIFIED if same_period else Verification.RECHECK_DUE
