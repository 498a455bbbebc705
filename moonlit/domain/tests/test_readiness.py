"""What a visit still needs before its day (rules 4.13)."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.domain.readiness import Missing, Policy, Preparation, Verification, not_ready, standing_on

VISIT = date(2026, 3, 6)
CHECKED = Policy(Verification.VERIFIED, date(2026, 3, 2), monthly=False)
ALL_THERE = Preparation(
    identity="matched",
    self_pay=False,
    policies=[CHECKED],
    consents_needed=frozenset({"terms"}),
    consents_given=frozenset({"terms", "sms"}),
    place_known=True,
)


def test_a_visit_with_everything_is_ready():
    assert not_ready(VISIT, ALL_THERE) == ()


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"identity": "unverified"}, Missing.IDENTITY),
        ({"identity": "review"}, Missing.IDENTITY),
        ({"identity": "unchecked"}, Missing.IDENTITY),
        ({"policies": []}, Missing.COVERAGE),
        ({"consents_given": frozenset()}, Missing.CONSENTS),
        ({"place_known": False}, Missing.LOCATION),
    ],
)
def test_each_part_is_missed_on_its_own(change, missing):
    assert not_ready(VISIT, replace(ALL_THERE, **change)) == (missing,)


@pytest.mark.parametrize("state", [Verification.UNVERIFIED, Verification.FAILED, Verification.RECHECK_DUE])
def test_only_a_real_yes_of_the_payer_counts(state):
    unsure = replace(ALL_THERE, policies=[Policy(state, date(2026, 3, 2), monthly=False)])
    assert not_ready(VISIT, unsure) == (Missing.COVERAGE,)


def test_the_primary_must_be_checked_and_no_other_may_have_failed():
    unchecked = Policy(Verification.UNVERIFIED, None, monthly=True)
    failed = Policy(Verification.FAILED, date(2026, 3, 2), monthly=True)
    assert not_ready(VISIT, replace(ALL_THERE, policies=[CHECKED, unchecked])) == ()
    assert not_ready(VISIT, replace(ALL_THERE, policies=[unchecked, CHECKED])) == (Missing.COVERAGE,)
    assert not_ready(VISIT, replace(ALL_THERE, policies=[CHECKED, failed])) == (Missing.COVERAGE,)


def test_who_pays_himself_needs_no_coverage():
    assert not_ready(VISIT, replace(ALL_THERE, self_pay=True, policies=[])) == ()


@pytest.mark.parametrize(
    ("asked", "monthly", "standing"),
    [
        (date(2026, 1, 2), False, Verification.VERIFIED),
        (date(2025, 12, 31), False, Verification.RECHECK_DUE),
        (date(2026, 3, 1), True, Verification.VERIFIED),
        (date(2026, 2, 28), True, Verification.RECHECK_DUE),
        (date(2025, 3, 6), True, Verification.RECHECK_DUE),
    ],
)
def test_a_yes_for_another_plan_year_or_medicaid_month_is_asked_again(asked, monthly, standing):
    assert standing_on(Policy(Verification.VERIFIED, asked, monthly), VISIT) is standing
