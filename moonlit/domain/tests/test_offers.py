"""Shown implies bookable (rules 2, 3.1): the gate, and the mask that stands for it."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.domain.criteria import Age
from moonlit.domain.offers import is_offered, offer_mask, offerable, offered_windows, prepare
from moonlit.domain.reasons import Modality, Reason, Route
from moonlit.domain.tests.scene import (
    ATTENDING,
    INTAKE,
    LONG,
    LONG_AGO,
    OTHER_ATTENDING,
    REGENCE,
    RESIDENT,
    TODAY,
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


def offered_days(scene, who=ATTENDING, **changes):
    offer = prepare(scene, criteria(**changes), TODAY)
    mask = offer_mask(offer, who, TODAY, 91)
    return [offset for offset in range(91) if mask >> offset & 1]


def test_a_start_on_day_30_is_offered_from_that_day_and_on_day_31_never():
    assert offered_days(facts(contracts=[contract(ATTENDING, starts=day(30))])) == list(range(30, 91))
    late = facts(contracts=[contract(ATTENDING, starts=day(31))])
    assert offered_days(late) == []
    refused = offerable(prepare(late, criteria(), TODAY), ATTENDING, day(60))
    assert refused.codes == (Reason.STARTS_AFTER_THRESHOLD,)
    assert (refused.reasons[0].provider, refused.reasons[0].on) == (ATTENDING, day(31))


def test_a_late_start_opens_by_itself_once_it_comes_within_30_days():
    late = facts(contracts=[contract(ATTENDING, starts=day(31))])
    tomorrow = prepare(late, criteria(), day(1))
    assert offerable(tomorrow, ATTENDING, day(31)).ok


def test_a_late_start_is_not_offered_even_when_another_provider_is():
    scene = facts(
        provider(ATTENDING),
        provider(OTHER_ATTENDING),
        contracts=[contract(ATTENDING), contract(OTHER_ATTENDING, starts=day(45))],
    )
    assert offered_days(scene) == list(range(91))
    assert offered_days(scene, OTHER_ATTENDING) == []


def test_a_gap_closes_the_days_between_and_what_starts_too_late_after_it():
    def with_gap(back):
        return facts(contracts=[contract(ATTENDING, ends=day(20)), contract(ATTENDING, starts=day(back))])

    assert offered_days(with_gap(21)) == list(range(91))
    assert offered_days(with_gap(30)) == [*range(21), *range(30, 91)]
    assert offered_days(with_gap(31)) == list(range(21))


def test_a_handover_between_supervisors_without_a_gap_is_no_new_start():
    def handover(on):
        return supervised_facts(
            people=(provider(ATTENDING), provider(OTHER_ATTENDING), TRAINEE),
            contracts=[contract(ATTENDING), contract(OTHER_ATTENDING)],
            supervisions=[supervision(span(-100, 44)), supervision(span(on), by=OTHER_ATTENDING)],
        )

    assert offered_days(handover(45), RESIDENT) == list(range(91))
    assert offered_days(handover(46), RESIDENT) == list(range(45))


def test_from_supervised_to_an_own_contract_without_a_gap_is_no_new_start():
    graduate = replace(TRAINEE, can_bill_independently=(span(50),))
    scene = supervised_facts(
        people=(provider(ATTENDING), graduate),
        contracts=[contract(ATTENDING), contract(RESIDENT, starts=day(50))],
        supervisions=[supervision(span(-100, 49))],
    )
    assert offered_days(scene, RESIDENT) == list(range(91))
    offer = prepare(scene, criteria(), TODAY)
    assert [offerable(offer, RESIDENT, day(offset)).route for offset in (49, 50)] == [Route.SUPERVISED, Route.DIRECT]


def test_licences_ages_and_absences_do_not_enter_the_gate():
    for changes in ({"licenses": {"UT": (span(45),)}}, {"absences": (span(0, 44),)}, {"bookable": (span(45),)}):
        scene = facts(provider(ATTENDING, **changes), contracts=[contract(ATTENDING)])
        assert offered_days(scene) == list(range(45, 91))


def test_an_absent_supervisor_closes_days_without_making_a_new_start():
    scene = supervised_facts(people=(provider(ATTENDING, absences=(span(1, 60),)), TRAINEE))
    assert offered_days(scene, RESIDENT) == [0, *range(61, 91)]


def test_the_last_day_of_the_horizon_is_enough_and_the_day_after_is_not():
    def licensed_from(offset):
        scene = facts(provider(ATTENDING, licenses={"UT": (span(offset),)}), contracts=[contract(ATTENDING)])
        return is_offered(prepare(scene, criteria(), TODAY), ATTENDING)

    assert (licensed_from(90), licensed_from(91)) == (True, False)


def test_offered_windows_pass_the_gate_and_reach_into_the_scan():
    rows = [
        contract(ATTENDING, starts=day(-9), ends=day(0)),
        contract(ATTENDING, starts=day(30), ends=day(32)),
        contract(ATTENDING, starts=day(34), ends=day(36)),
    ]
    assert offered_windows(prepare(facts(contracts=rows), criteria(), TODAY), ATTENDING) == (span(30, 32),)
    last_chance = [contract(ATTENDING, starts=day(-9), ends=day(1))]
    assert offered_windows(prepare(facts(contracts=last_chance), criteria(), TODAY), ATTENDING) == (span(-9, 1),)


def test_self_pay_knows_no_gate():
    assert offered_days(facts(), payer=None, self_pay=True) == list(range(91))


def test_in_person_the_licence_is_that_of_the_locations_state_whatever_was_said():
    at = {"modality": Modality.IN_PERSON, "location": "boise", "place_state": "UT"}
    scene = facts(contracts=[contract(ATTENDING)])
    assert offered_days(scene, **at) == []
    licensed = facts(provider(ATTENDING, licenses={"ID": (LONG,)}), contracts=[contract(ATTENDING)])
    assert offered_days(licensed, **at) == list(range(91))


def test_a_slot_elsewhere_than_the_chosen_location_is_refused():
    offer = prepare(
        facts(provider(ATTENDING, licenses={"UT": (LONG,), "ID": (LONG,)}), contracts=[contract(ATTENDING)]),
        criteria(modality=Modality.IN_PERSON, location="sugarhouse"),
        TODAY,
    )
    assert offerable(offer, ATTENDING, day(1), "sugarhouse").ok
    assert offerable(offer, ATTENDING, day(1), "boise").codes == (Reason.LOCATION_NOT_OFFERED,)


def test_nobody_is_offered_without_a_payer_or_for_a_stranger():
    offer = prepare(facts(contracts=[contract(ATTENDING)]), criteria(payer=None), TODAY)
    assert not is_offered(offer, ATTENDING)
    assert not is_offered(prepare(facts(), criteria(), TODAY), 99)


def test_a_visit_type_that_does_not_exist_is_the_callers_mistake():
    with pytest.raises(KeyError):
        is_offered(prepare(facts(contracts=[contract(ATTENDING)]), criteria(visit_type="none"), TODAY), ATTENDING)


def test_the_mask_follows_a_leap_birthday():
    scene = facts(provider(ATTENDING, services=(replace(INTAKE, min_age=None),)), contracts=[contract(ATTENDING)])
    offer = prepare(scene, criteria(age=Age(born=date(2008, 2, 29))), date(2026, 2, 1))
    assert offer_mask(offer, ATTENDING, date(2026, 2, 27), 4) == 0b1100


def test_a_scene_without_supervisor_rows_does_not_trip_the_mask():
    scene = supervised_facts(people=(TRAINEE,), payers=[replace(REGENCE, requires_independent=False)])
    assert offered_days(scene, RESIDENT) == []
    assert offered_days(replace(scene, contracts=(contract(RESIDENT, starts=LONG_AGO),)), RESIDENT) == list(range(91))


def test_without_a_chosen_location_a_slot_may_be_at_any():
    offer = prepare(facts(contracts=[contract(ATTENDING)]), criteria(), TODAY)
    assert offerable(offer, ATTENDING, day(1), "video").ok


def test_for_english_no_interpreter_is_arranged():
    assert not prepare(facts(remote_interpreter_on_demand=True), criteria(), TODAY).with_interpreter


def test_notice_counts_in_whole_days():
    snapshot = facts()
    for hours, first in ((0, 0), (23, 0), (24, 1), (47, 1), (48, 2)):
        intake = replace(snapshot.visit_types["intake"], min_notice_hours=hours)
        offer = prepare(replace(snapshot, visit_types={"intake": intake}), criteria(), TODAY)
        assert offer.scan.first == day(first)
