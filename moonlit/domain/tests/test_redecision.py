"""Rules 4.14: a booked visit by today's facts."""

from dataclasses import replace

import pytest

from moonlit.domain.coverage import decide
from moonlit.domain.periods import Period
from moonlit.domain.reasons import ClaimMode, Reason, Route
from moonlit.domain.redecision import Billing, Verdict, rejudge, rejudge_imported
from moonlit.domain.tests.scene import (
    ATTENDING,
    LONG_AGO,
    OTHER_ATTENDING,
    RESIDENT,
    TRAINEE,
    contract,
    criteria,
    day,
    facts,
    provider,
    span,
    supervised_facts,
    supervision,
)

VISIT = day(40)
HELD = Billing("regence", Route.SUPERVISED, ATTENDING, ATTENDING, ClaimMode.ATTENDING_RENDERING)


def own(**changes):
    """The attending with a contract of her own."""
    return facts(provider(ATTENDING, **changes), contracts=[contract(ATTENDING)])


def judged(scene, held=HELD, who=RESIDENT, **asked):
    return rejudge(scene, criteria(**asked), held, provider=who, location="video", day=VISIT)


def test_the_same_way_is_nothing_to_tell():
    found = judged(supervised_facts())
    assert (found.verdict, found.after, found.reasons) == (Verdict.SAME, HELD, ())


def test_a_route_that_turned_direct_is_another_way_to_bill():
    own = [contract(ATTENDING), contract(RESIDENT)]
    graduate = replace(TRAINEE, can_bill_independently=(Period(LONG_AGO, None),))
    found = judged(supervised_facts(contracts=own, people=(provider(ATTENDING), graduate)))
    assert (found.verdict, found.after.route, found.after.supervisor) == (Verdict.OTHER, Route.DIRECT, None)


def test_another_supervisor_is_another_way_to_bill():
    scene = supervised_facts(
        people=(provider(ATTENDING), provider(OTHER_ATTENDING), TRAINEE),
        contracts=[contract(ATTENDING), contract(OTHER_ATTENDING)],
        supervisions=[supervision(by=OTHER_ATTENDING)],
    )
    found = judged(scene)
    assert (found.verdict, found.after.supervisor) == (Verdict.OTHER, OTHER_ATTENDING)


def test_without_a_route_the_visit_is_lost_with_every_reason():
    found = judged(supervised_facts(supervisions=[supervision(span(None, 39))]))
    assert (found.verdict, found.after) == (Verdict.LOST, None)
    assert Reason.SUPERVISION_ENDED in found.reasons


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"engagements": (span(None, 39),)}, Reason.PROVIDER_NOT_ENGAGED),
        ({"absences": (span(40, 40),)}, Reason.ABSENT),
        ({"licenses": {"UT": (span(-400, 39),)}}, Reason.LICENSE_EXPIRED),
        ({"modalities": frozenset()}, Reason.MODALITY_NOT_OFFERED),
    ],
)
def test_who_cannot_hold_the_visit_loses_it(change, reason):
    scene = own(**change)
    held = Billing("regence", Route.DIRECT, ATTENDING, None, None)
    found = judged(scene, held, ATTENDING)
    assert found.verdict is Verdict.LOST
    assert reason in found.reasons


@pytest.mark.parametrize("change", [{"bookable": ()}, {"accepts_new_patients": ()}, {"calendar_source_id": None}])
def test_what_only_keeps_new_patients_away_leaves_a_booked_visit_alone(change):
    scene = own(**change)
    assert not decide(scene, criteria().ask("regence"), ATTENDING, VISIT).ok, "nobody new is booked"
    held = Billing("regence", Route.DIRECT, ATTENDING, None, None)
    assert judged(scene, held, ATTENDING).verdict is Verdict.SAME


def test_what_only_keeps_new_patients_away_hides_no_change_of_the_route():
    graduate = replace(TRAINEE, bookable=(), can_bill_independently=(Period(LONG_AGO, None),))
    scene = supervised_facts(
        contracts=[contract(ATTENDING), contract(RESIDENT)], people=(provider(ATTENDING), graduate)
    )
    assert judged(scene).after.route is Route.DIRECT


def test_self_pay_needs_no_route_but_somebody_who_is_there():
    held = Billing(None, Route.SELF_PAY, ATTENDING, None, None)
    asked = {"payer": None, "self_pay": True}
    assert judged(facts(contracts=[]), held, ATTENDING, **asked).verdict is Verdict.SAME
    gone = facts(provider(ATTENDING, engagements=(span(None, 39),)))
    assert judged(gone, held, ATTENDING, **asked).verdict is Verdict.LOST


def test_an_imported_visit_says_nothing_about_money():
    assert (
        rejudge_imported(facts(contracts=[]), provider=ATTENDING, location="video", day=VISIT).verdict is Verdict.SAME
    )


def test_an_imported_visit_is_lost_with_an_absent_or_unknown_provider():
    away = own(absences=(span(40, 40),))
    found = rejudge_imported(away, provider=ATTENDING, location="video", day=VISIT)
    assert (found.verdict, found.reasons) == (Verdict.LOST, (Reason.ABSENT,))
    assert rejudge_imported(facts(), provider=999, location="video", day=VISIT).verdict is Verdict.LOST
