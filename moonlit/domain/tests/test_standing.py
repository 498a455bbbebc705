"""The dates a person reads beside a reason: the nearest start to come, else the last day gone."""

import pytest

from moonlit.domain.coverage import decide
from moonlit.domain.facts import BenefitRouteFacts, GroupContractFacts
from moonlit.domain.reasons import Reason
from moonlit.domain.standing import last_end, nearest_change, next_start
from moonlit.domain.tests.scene import (
    ATTENDING,
    RESIDENT,
    contract,
    criteria,
    day,
    facts,
    payer,
    provider,
    span,
    supervised_facts,
    supervision,
)


def dated(scene, reason, who=ATTENDING, offset=0):
    reasons = decide(scene, criteria().ask("regence"), who, day(offset)).reasons
    return next(each.on for each in reasons if each.reason is reason)


PAST, BEFORE, SOON, LATER = span(-90, -80), span(-50, -40), span(10, 20), span(30, 40)


@pytest.mark.parametrize(
    ("windows", "expected"),
    [
        ((PAST, BEFORE), day(-40)),
        ((BEFORE, PAST), day(-40)),
        ((SOON, LATER), day(10)),
        ((LATER, SOON), day(10)),
        ((BEFORE, SOON), day(10)),
        ((), None),
    ],
)
def test_an_engagement_names_the_return_to_come_else_the_last_day(windows, expected):
    scene = facts(provider(ATTENDING, engagements=windows), contracts=[contract(ATTENDING)])
    assert dated(scene, Reason.PROVIDER_NOT_ENGAGED) == expected


@pytest.mark.parametrize(
    ("windows", "reason", "expected"),
    [
        ((PAST, BEFORE), Reason.LICENSE_EXPIRED, day(-40)),
        ((BEFORE, SOON), Reason.LICENSE_EXPIRED, day(-40)),
        ((LATER, SOON), Reason.LICENSE_MISSING, day(10)),
        ((), Reason.LICENSE_MISSING, None),
    ],
)
def test_a_licence_names_the_last_day_it_was_valid_or_the_first_it_will_be(windows, reason, expected):
    scene = facts(provider(ATTENDING, licenses={"UT": windows}), contracts=[contract(ATTENDING)])
    assert dated(scene, reason) == expected


def test_an_absence_names_the_day():
    scene = facts(provider(ATTENDING, absences=(span(-1, 1),)), contracts=[contract(ATTENDING)])
    assert dated(scene, Reason.ABSENT) == day(0)


def test_supervision_names_the_nearest_start_and_the_last_end():
    scene = supervised_facts(supervisions=[supervision(each) for each in (PAST, BEFORE, LATER, SOON)])
    assert dated(scene, Reason.SUPERVISION_NOT_STARTED, RESIDENT) == day(10)
    assert dated(scene, Reason.SUPERVISION_ENDED, RESIDENT) == day(-40)


def test_a_roster_names_the_day_the_provider_joins():
    group = GroupContractFacts(day(-99), roster={ATTENDING: (LATER, SOON)})
    assert dated(facts(payers=[payer(group_contracts=(group,))]), Reason.NOT_ON_ROSTER) == day(10)


def test_of_two_general_carve_outs_the_later_start_holds():
    from moonlit.domain.carve_outs import resolve

    rows = (BenefitRouteFacts("bhn", during=span(-90)), BenefitRouteFacts("other", during=span(-10)))
    for order in (rows, rows[::-1]):
        scene = facts(payers=[payer(benefit_routes=order)])
        assert resolve(scene, criteria(), day(0)).targets == ("other",)


def test_a_start_lies_after_the_day_and_an_end_before_it():
    rows = [span(-9, -5), span(-3, 0), span(0, 4), span(7, 8), span(9)]
    assert (last_end(rows, day(0)), next_start(rows, day(0))) == (day(-5), day(7))
    assert (last_end(rows, day(1)), next_start(rows, day(-1))) == (day(0), day(0))
    assert (last_end([], day(0)), next_start([], day(0)), nearest_change([], day(0))) == (None, None, None)
    assert (nearest_change(rows, day(0)), nearest_change(rows, day(9))) == (day(7), day(8))
