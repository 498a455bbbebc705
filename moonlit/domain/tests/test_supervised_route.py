"""Rules 1.4 - 1.6: the resident is seen, the attending stands behind."""

from dataclasses import replace

import pytest

from moonlit.domain.coverage import decide
from moonlit.domain.facts import SupervisionFacts
from moonlit.domain.periods import Period
from moonlit.domain.reasons import ClaimMode, DataQuality, Modality, Presence, Reason, Route
from moonlit.domain.routes import route_windows
from moonlit.domain.tests.scene import (
    ATTENDING,
    LONG,
    LONG_AGO,
    OTHER_ATTENDING,
    PSYCHOLOGIST,
    REGENCE,
    RESIDENT,
    TERMS,
    TRAINEE,
    contract,
    criteria,
    day,
    payer,
    provider,
    span,
    supervised_facts,
    supervision,
)

TRAINEE_RENDERS = ClaimMode.TRAINEE_RENDERING_ATTENDING_SUPERVISING


def see_resident(scene, offset=40, **changes):
    return decide(scene, criteria(**changes).ask("regence"), RESIDENT, day(offset))


def with_terms(**changes):
    return [replace(REGENCE, supervised_terms=(replace(TERMS, **changes),))]


def with_attending(**changes):
    return {"people": (provider(ATTENDING, **changes), TRAINEE)}


EDGES = {
    "supervision": (
        {"supervisions": [supervision(span(10, 20))]},
        Reason.SUPERVISION_NOT_STARTED,
        Reason.SUPERVISION_ENDED,
    ),
    "terms": (
        {"payers": with_terms(during=span(10, 20))},
        Reason.SUPERVISED_TERMS_MISSING,
        Reason.SUPERVISED_TERMS_MISSING,
    ),
    "supervisor's contract": (
        {"contracts": [contract(ATTENDING, starts=day(10), ends=day(20))]},
        Reason.SUPERVISOR_NOT_COVERED,
        Reason.SUPERVISOR_NOT_COVERED,
    ),
    "supervisor's licence": (
        with_attending(licenses={"UT": (span(10, 20),)}),
        Reason.LICENSE_MISSING,
        Reason.LICENSE_EXPIRED,
    ),
    "supervisor's engagement": (
        with_attending(engagements=(span(10, 20),)),
        Reason.PROVIDER_NOT_ENGAGED,
        Reason.PROVIDER_NOT_ENGAGED,
    ),
    "supervisor's absence": (with_attending(absences=(span(None, 9), span(21))), Reason.ABSENT, Reason.ABSENT),
    "supervisor's independence": (
        with_attending(can_bill_independently=(span(10, 20),)),
        Reason.SUPERVISOR_NOT_COVERED,
        Reason.SUPERVISOR_NOT_COVERED,
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_each_part_of_the_supervised_route_holds_from_its_first_to_its_last_day(name):
    changes, before, after = EDGES[name]
    scene = supervised_facts(**changes)
    assert before in see_resident(scene, 9).codes
    assert see_resident(scene, 10).codes == (Reason.SUPERVISED,)
    assert see_resident(scene, 20).codes == (Reason.SUPERVISED,)
    assert after in see_resident(scene, 21).codes
    assert not see_resident(scene, 9).ok
    assert not see_resident(scene, 21).ok


def test_the_attending_renders_where_the_terms_say_so():
    decision = see_resident(supervised_facts(payers=with_terms(presence=Presence.CO_VISIT)))
    assert (decision.route, decision.rendering, decision.supervisor) == (Route.SUPERVISED, ATTENDING, ATTENDING)
    assert (decision.claim_mode, decision.presence) == (ClaimMode.ATTENDING_RENDERING, Presence.CO_VISIT)
    assert decision.warnings == ()


def test_the_trainee_renders_where_the_terms_say_so():
    loose = replace(REGENCE, requires_independent=False, supervised_terms=(replace(TERMS, claim_mode=TRAINEE_RENDERS),))
    decision = see_resident(supervised_facts(payers=[loose]))
    assert (decision.rendering, decision.supervisor, decision.claim_mode) == (RESIDENT, ATTENDING, TRAINEE_RENDERS)
    assert decision.warnings == ()


def test_a_rendering_trainee_where_the_payer_wants_independence_is_a_warning():
    decision = see_resident(supervised_facts(payers=with_terms(claim_mode=TRAINEE_RENDERS)))
    assert decision.ok
    assert decision.warnings == (DataQuality.TRAINEE_RENDERS,)


def test_direct_beats_supervised():
    loose = replace(REGENCE, requires_independent=False)
    scene = supervised_facts(payers=[loose], contracts=[contract(ATTENDING), contract(RESIDENT, ends=day(20))])
    assert see_resident(scene, 20).route is Route.DIRECT
    assert see_resident(scene, 21).route is Route.SUPERVISED


def test_without_terms_there_is_no_supervised_route():
    codes = see_resident(supervised_facts(payers=[replace(REGENCE, supervised_terms=())])).codes
    assert Reason.SUPERVISED_TERMS_MISSING in codes
    assert Reason.NO_CONTRACT in codes
    assert Reason.PAYER_REQUIRES_INDEPENDENT in codes


def test_without_supervision_there_is_no_supervised_route():
    assert Reason.NO_SUPERVISION in see_resident(supervised_facts(supervisions=[])).codes


def test_an_independent_provider_without_supervision_is_not_told_about_it():
    scene = supervised_facts()
    assert decide(scene, criteria().ask("regence"), ATTENDING, day(1)).ok
    alone = supervised_facts(contracts=[])
    assert decide(alone, criteria().ask("regence"), ATTENDING, day(1)).codes == (Reason.NO_CONTRACT,)


@pytest.mark.parametrize(
    ("terms", "ok"),
    [
        ({"visit_types": frozenset({"intake"})}, True),
        ({"visit_types": frozenset({"followup"})}, False),
        ({"modalities": frozenset({Modality.TELEHEALTH})}, True),
        ({"modalities": frozenset({Modality.IN_PERSON})}, False),
    ],
)
def test_terms_may_be_limited_to_visit_types_and_modalities(terms, ok):
    decision = see_resident(supervised_facts(payers=with_terms(**terms)))
    assert decision.ok is ok
    assert (Reason.SUPERVISED_TERMS_MISSING in decision.codes) is not ok


def test_where_terms_overlap_the_newest_hold():
    old, new = TERMS, replace(TERMS, during=span(10), claim_mode=TRAINEE_RENDERS)
    scene = supervised_facts(payers=[replace(REGENCE, supervised_terms=(new, old))])
    assert see_resident(scene, 9).claim_mode is ClaimMode.ATTENDING_RENDERING
    assert see_resident(scene, 10).claim_mode is TRAINEE_RENDERS


def test_supervision_for_any_payer_serves_this_one_and_for_another_does_not():
    assert see_resident(supervised_facts(supervisions=[supervision(payer=None)])).ok
    assert Reason.NO_SUPERVISION in see_resident(supervised_facts(supervisions=[supervision(payer="aetna")])).codes


def test_the_supervisor_needs_a_direct_route_with_this_payer():
    decision = see_resident(supervised_facts(contracts=[]))
    finding = next(each for each in decision.reasons if each.reason is Reason.SUPERVISOR_NOT_COVERED)
    assert finding.provider == ATTENDING


def test_a_supervisor_on_the_group_roster_is_directly_covered():
    from moonlit.domain.facts import GroupContractFacts

    group = GroupContractFacts(LONG_AGO, roster={ATTENDING: (LONG,)})
    scene = supervised_facts(contracts=[], payers=[replace(REGENCE, group_contracts=(group,))])
    assert see_resident(scene).route is Route.SUPERVISED


def test_the_supervisor_must_be_known_to_the_ehr_but_need_not_be_bookable():
    assert see_resident(supervised_facts(**with_attending(bookable=()))).ok
    assert Reason.EHR_UNMAPPED in see_resident(supervised_facts(**with_attending(calendar_source_id=None))).codes


def test_a_supervisor_nobody_knows_is_not_covered():
    assert Reason.SUPERVISOR_NOT_COVERED in see_resident(supervised_facts(people=(TRAINEE,))).codes


def test_the_supervisor_is_licensed_where_the_patient_is():
    both = replace(TRAINEE, licenses={"UT": (LONG,), "ID": (LONG,)})
    scene = supervised_facts(people=(provider(ATTENDING), both))
    decision = see_resident(scene, place_state="ID")
    assert Reason.LICENSE_MISSING in decision.codes
    assert next(each for each in decision.reasons if each.reason is Reason.LICENSE_MISSING).provider == ATTENDING


def test_a_trainee_cannot_supervise_where_the_payer_requires_independence():
    other_trainee = replace(TRAINEE, id=ATTENDING)
    scene = supervised_facts(people=(other_trainee, TRAINEE))
    assert Reason.SUPERVISOR_NOT_COVERED in see_resident(scene).codes


def two_supervisors(first, second, **changes):
    return supervised_facts(
        people=(provider(ATTENDING, **changes), provider(OTHER_ATTENDING), TRAINEE),
        contracts=[contract(ATTENDING), contract(OTHER_ATTENDING)],
        supervisions=[first, second],
    )


@pytest.mark.parametrize(
    ("first", "second", "chosen"),
    [
        # A payer-specific row wins over a later any-payer row.
        (supervision(), supervision(span(-1), by=OTHER_ATTENDING, payer=None), ATTENDING),
        (supervision(span(-1), payer=None), supervision(by=OTHER_ATTENDING), OTHER_ATTENDING),
        # Then the latest start.
        (supervision(span(-10)), supervision(span(-9), by=OTHER_ATTENDING), OTHER_ATTENDING),
        (supervision(span(-9)), supervision(span(-10), by=OTHER_ATTENDING), ATTENDING),
        # Then the lowest id.
        (supervision(), supervision(by=OTHER_ATTENDING), ATTENDING),
        (supervision(by=OTHER_ATTENDING), supervision(), ATTENDING),
    ],
)
def test_among_supervisors_the_choice_is_always_the_same(first, second, chosen):
    decision = see_resident(two_supervisors(first, second))
    assert decision.supervisor == chosen
    assert decision.warnings == (DataQuality.SEVERAL_SUPERVISORS,)


def test_a_supervisor_who_is_away_is_replaced_by_the_next():
    scene = two_supervisors(supervision(), supervision(by=OTHER_ATTENDING, payer=None), absences=(span(40, 40),))
    assert see_resident(scene, 39).supervisor == ATTENDING
    assert see_resident(scene, 40).supervisor == OTHER_ATTENDING
    assert see_resident(scene, 40).warnings == ()


def test_two_rows_for_one_supervisor_are_no_ambiguity():
    assert see_resident(supervised_facts(supervisions=[supervision(), supervision(payer=None)])).warnings == ()


def test_a_handover_without_a_gap_changes_the_supervisor_overnight():
    scene = two_supervisors(supervision(span(-100, 10)), supervision(span(11), by=OTHER_ATTENDING))
    assert [see_resident(scene, offset).supervisor for offset in (10, 11)] == [ATTENDING, OTHER_ATTENDING]


def capped(limit, *others):
    rows = [supervision(span(-50)), *(SupervisionFacts(ATTENDING, who, None, during) for who, during in others)]
    return supervised_facts(people=(provider(ATTENDING, max_supervisees=limit), TRAINEE), supervisions=rows)


def test_the_cap_keeps_those_supervised_longest():
    earlier, later = (PSYCHOLOGIST, span(-60)), (PSYCHOLOGIST, span(-40))
    assert see_resident(capped(2, earlier)).ok
    assert Reason.SUPERVISION_CAP in see_resident(capped(1, earlier)).codes
    assert see_resident(capped(1, later)).ok


def test_the_cap_counts_only_supervision_valid_that_day():
    scene = capped(1, (PSYCHOLOGIST, span(-60, 20)))
    assert not see_resident(scene, 20).ok
    assert see_resident(scene, 21).ok


def test_two_rows_for_the_same_resident_count_once():
    scene = capped(1, (RESIDENT, span(-60)))
    assert see_resident(scene).ok


def test_supervision_alone_makes_no_contract_and_a_contract_no_supervision():
    assert not see_resident(supervised_facts(contracts=[])).ok
    assert not see_resident(supervised_facts(supervisions=[], contracts=[contract(ATTENDING), contract(RESIDENT)])).ok


def test_both_past_and_coming_supervision_are_named():
    scene = supervised_facts(supervisions=[supervision(span(-9, 5)), supervision(span(50))])
    assert {Reason.SUPERVISION_ENDED, Reason.SUPERVISION_NOT_STARTED} <= set(see_resident(scene).codes)


def test_another_payers_terms_do_not_help():
    others = [replace(REGENCE, supervised_terms=()), payer("aetna", supervised_terms=(TERMS,))]
    assert not see_resident(supervised_facts(payers=others)).ok


def test_open_supervision_since_ever_is_supervision():
    assert see_resident(supervised_facts(supervisions=[supervision(Period())])).ok


def test_who_bills_independently_but_holds_no_contract_may_still_be_supervised():
    snapshot = supervised_facts(people=(provider(ATTENDING), provider(RESIDENT)))
    decision = decide(snapshot, criteria().ask("regence"), RESIDENT, day(1))
    assert (decision.route, decision.supervisor) == (Route.SUPERVISED, ATTENDING)


def test_terms_for_other_visits_open_no_days():
    in_person = replace(TERMS, modalities=frozenset({Modality.IN_PERSON}))
    snapshot = supervised_facts(payers=[replace(REGENCE, supervised_terms=(in_person,))])
    assert route_windows(snapshot, criteria().ask("regence"), RESIDENT) == ()
