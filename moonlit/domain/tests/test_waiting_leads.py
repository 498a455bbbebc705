"""Rules 2, last paragraph: which waiting leads may be invited, and from when."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.effective_dates import opening
from moonlit.domain.reasons import LeadReason, Modality, Outcome
from moonlit.domain.tests.scene import ATTENDING, TODAY, contract, day, facts
from moonlit.domain.waiting_leads import NEAR, Waiting, asked_for, is_judged, opens

BY_VIDEO = {"visit_type": "intake", "modality": "telehealth", "patient_state": "UT"}
OVER_30 = LeadReason.EFFECTIVE_DATE_OVER_30_DAYS


def waiting(reason=OVER_30, payer="regence", by_hand=False, **criteria):
    return Waiting(reason, payer, BY_VIDEO | criteria, by_hand)


@given(st.integers(-5, 60), st.integers(0, 90))
def test_a_lead_is_invitable_from_the_day_its_route_is_thirty_days_away(start, later):
    """Whatever the start and whenever it is looked at: day 30 invites, day 31 waits."""
    scene, today = facts(contracts=[contract(ATTENDING, starts=day(start))]), TODAY + timedelta(days=later)
    lead = waiting()
    found = opens(lead.reason, *opening(scene, asked_for(lead, scene), today), today=today)
    assert is_judged(lead, scene)
    if day(start) > today + timedelta(days=30):
        assert found is None
    else:
        assert found == max(day(start), today)


@pytest.mark.parametrize(("offset", "expected"), [(1, 1), (7, 7), (8, None), (30, None)])
def test_who_would_rather_be_told_is_told_when_the_day_is_near(offset, expected):
    assert timedelta(days=7) == NEAR
    found = opens(LeadReason.NOTIFY_WHEN_OPEN, Outcome.BOOKABLE_FROM, day(offset), today=TODAY)
    assert found == (None if expected is None else day(expected))


@pytest.mark.parametrize("outcome", [Outcome.LEAD, Outcome.NO_TIMES])
@pytest.mark.parametrize("reason", list(LeadReason))
def test_without_a_calendar_nobody_is_invited(reason, outcome):
    assert opens(reason, outcome, None, today=TODAY) is None


@pytest.mark.parametrize(
    ("lead", "judged"),
    [
        (waiting(), True),
        *((waiting(reason), False) for reason in (LeadReason.MINOR, LeadReason.RETURNING_PATIENT)),
        (waiting(LeadReason.PAYER_UNCLEAR), False),
        (waiting(LeadReason.PAYER_UNLISTED, payer=""), False),
        (waiting(LeadReason.PAYER_UNLISTED), True),  # staff have found the payer
        (waiting(payer="nobody"), False),
        (waiting(LeadReason.NO_TIMES_AVAILABLE, payer="", self_pay=True), True),
        (waiting(LeadReason.NO_TIMES_AVAILABLE, by_hand=True), False),
    ],
)
def test_whom_the_program_judges(lead, judged):
    assert is_judged(lead, facts()) is judged


def test_what_was_asked_for_is_asked_again():
    asked = asked_for(waiting(age=44, visit_language="es", benefit="unsure", provider=ATTENDING), facts())
    assert (asked.payer, asked.place_state, asked.age.years, asked.visit_language) == ("regence", "UT", 44, "es")
    assert (asked.benefit, asked.provider, asked.modality) == ("unsure", ATTENDING, Modality.TELEHEALTH)


@pytest.mark.parametrize(
    "missing",
    [
        {"visit_type": None},
        {"visit_type": "gone"},
        {"modality": None},
        {"patient_state": None},
        {"modality": "in_person"},
        {"modality": "in_person", "location": "gone"},
    ],
)
def test_too_little_to_judge_by_is_said(missing):
    assert asked_for(waiting(**missing), facts()) is None


def test_a_clinician_who_has_left_is_not_asked_for():
    assert asked_for(waiting(provider=999), facts()).provider is None
