"""Each dated row alone must move the mask: a row that `changes` forgot would leave a wrong day offered."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from moonlit.domain.changes import decision_change_days
from moonlit.domain.criteria import Age
from moonlit.domain.facts import BenefitRouteFacts, ClosureFacts, GroupContractFacts, SupervisionFacts
from moonlit.domain.offers import Offer, offer_mask
from moonlit.domain.tests.scene import (
    ATTENDING,
    INTAKE,
    LONG,
    LONG_AGO,
    OTHER_ATTENDING,
    PSYCHOLOGIST,
    REGENCE,
    RESIDENT,
    TERMS,
    TODAY,
    TRAINEE,
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

WINDOW = span(10, 20)
OUTSIDE = (span(None, 9), span(21))


def seen(**changes):
    return facts(provider(ATTENDING, **changes), contracts=[contract(ATTENDING)])


def behind(**changes):
    return supervised_facts(people=(provider(ATTENDING, **changes), TRAINEE))


def regence(**changes):
    return [replace(REGENCE, **changes)]


def group(**changes):
    return facts(
        payers=regence(group_contracts=(replace(GroupContractFacts(LONG_AGO, roster={1: (LONG,)}), **changes),))
    )


ONLY_IN_THE_WINDOW = {
    "engagement": (ATTENDING, seen(engagements=(WINDOW,))),
    "absence": (ATTENDING, seen(absences=OUTSIDE)),
    "bookable": (ATTENDING, seen(bookable=(WINDOW,))),
    "accepts new patients": (ATTENDING, seen(accepts_new_patients=(WINDOW,))),
    "licence": (ATTENDING, seen(licenses={"UT": (WINDOW,)})),
    "visit type": (ATTENDING, seen(services=(replace(INTAKE, during=WINDOW),))),
    "independence": (ATTENDING, seen(can_bill_independently=(WINDOW,))),
    "closure": (
        ATTENDING,
        facts(contracts=[contract(ATTENDING)], closures=tuple(ClosureFacts(None, each) for each in OUTSIDE)),
    ),
    "contract": (ATTENDING, facts(contracts=[contract(ATTENDING, starts=day(10), ends=day(20))])),
    "group contract": (ATTENDING, group(starts=day(10), ends=day(20))),
    "roster": (ATTENDING, group(roster={ATTENDING: (WINDOW,)})),
    "terms": (RESIDENT, supervised_facts(payers=regence(supervised_terms=(replace(TERMS, during=WINDOW),)))),
    "supervision": (RESIDENT, supervised_facts(supervisions=[supervision(WINDOW)])),
    "supervisor's contract": (
        RESIDENT,
        supervised_facts(contracts=[contract(ATTENDING, starts=day(10), ends=day(20))]),
    ),
    "supervisor's independence": (RESIDENT, behind(can_bill_independently=(WINDOW,))),
    "supervisor's engagement": (RESIDENT, behind(engagements=(WINDOW,))),
    "supervisor's absence": (RESIDENT, behind(absences=OUTSIDE)),
    "supervisor's licence": (RESIDENT, behind(licenses={"UT": (WINDOW,)})),
    "carve-out": (
        ATTENDING,
        facts(
            payers=[
                replace(REGENCE, benefit_routes=tuple(BenefitRouteFacts("bhn", during=each) for each in OUTSIDE)),
                payer("bhn"),
            ],
            contracts=[contract(ATTENDING)],
        ),
    ),
}


def offered(scene, who, asked=None):
    mask = offer_mask(Offer(scene, asked or criteria(), TODAY), who, TODAY, 60)
    return [offset for offset in range(60) if mask >> offset & 1]


@pytest.mark.parametrize("name", ONLY_IN_THE_WINDOW)
def test_a_dated_row_opens_exactly_its_days(name):
    who, scene = ONLY_IN_THE_WINDOW[name]
    assert offered(scene, who) == list(range(10, 21))


def test_a_place_under_the_supervisor_that_becomes_free_opens_the_days_after():
    rows = [supervision(), SupervisionFacts(ATTENDING, PSYCHOLOGIST, None, span(-9999, 20))]
    scene = supervised_facts(people=(provider(ATTENDING, max_supervisees=1), TRAINEE), supervisions=rows)
    assert offered(scene, RESIDENT) == list(range(21, 60))


def test_a_roster_of_the_supervisor_opens_the_residents_days():
    listed = GroupContractFacts(LONG_AGO, roster={ATTENDING: (WINDOW,)})
    scene = supervised_facts(contracts=[], payers=regence(group_contracts=(listed,)))
    assert offered(scene, RESIDENT) == list(range(10, 21))


def test_a_proficiency_opens_the_day_it_was_verified():
    asked = criteria(visit_language="es")
    assert offered(seen(verified_languages={"es": day(10)}), ATTENDING, asked) == list(range(10, 60))


def test_the_runway_closes_the_days_before_an_end():
    scene = facts(contracts=[contract(ATTENDING, ends=day(40))], new_patient_runway_days=7)
    assert offered(scene, ATTENDING) == list(range(33))


@pytest.mark.parametrize(
    ("service", "years", "expected"),
    [
        ({"min_age": 21}, 21, range(15, 60)),
        ({"max_age": 64}, 65, range(15)),
        ({"min_age": None}, 18, range(15, 60)),
    ],
)
def test_a_birthday_moves_the_mask(service, years, expected):
    birthday = day(15)
    asked = criteria(age=Age(born=birthday.replace(year=birthday.year - years)))
    assert offered(seen(services=(replace(INTAKE, **service),)), ATTENDING, asked) == list(expected)


AWAY = provider(ATTENDING, absences=(LONG,))
"""His supervision keeps the route's window open from long ago, yet on no day can he stand behind the visit."""
GRADUATE = replace(TRAINEE, can_bill_independently=(span(10),))
INDEPENDENT = provider(RESIDENT)
SECOND_WAYS = {
    "another supervision": {
        "people": (AWAY, provider(OTHER_ATTENDING), TRAINEE),
        "contracts": [contract(ATTENDING), contract(OTHER_ATTENDING)],
        "supervisions": [supervision(), supervision(span(10), by=OTHER_ATTENDING)],
    },
    "another supervisor's contract": {
        "people": (AWAY, provider(OTHER_ATTENDING), TRAINEE),
        "contracts": [contract(ATTENDING), contract(OTHER_ATTENDING, starts=day(10))],
        "supervisions": [supervision(), supervision(by=OTHER_ATTENDING)],
    },
    "another supervisor's licence": {
        "people": (AWAY, provider(OTHER_ATTENDING, licenses={"UT": (span(10),)}), TRAINEE),
        "contracts": [contract(ATTENDING), contract(OTHER_ATTENDING)],
        "supervisions": [supervision(), supervision(by=OTHER_ATTENDING)],
    },
    "an own contract": {
        "people": (AWAY, INDEPENDENT),
        "contracts": [contract(ATTENDING), contract(RESIDENT, starts=day(10))],
    },
    "independence": {"people": (AWAY, GRADUATE), "contracts": [contract(ATTENDING), contract(RESIDENT)]},
    "a group contract": {
        "people": (AWAY, INDEPENDENT),
        "payers": regence(group_contracts=(GroupContractFacts(day(10), roster_required=False),)),
    },
    "the roster": {
        "people": (AWAY, INDEPENDENT),
        "payers": regence(group_contracts=(GroupContractFacts(LONG_AGO, roster={RESIDENT: (span(10),)}),)),
    },
}


@pytest.mark.parametrize("name", SECOND_WAYS)
def test_a_second_way_inside_an_open_window_opens_its_days(name):
    assert offered(supervised_facts(**SECOND_WAYS[name]), RESIDENT) == list(range(10, 60))


def days_of_change(**practice):
    snapshot = facts(contracts=[contract(ATTENDING, ends=day(50))], **practice)
    return decision_change_days(snapshot, criteria().ask("regence"), ATTENDING)


def test_nothing_is_asked_for_on_other_days():
    """Each further day costs one decision per provider and payer."""
    assert days_of_change() == {LONG_AGO, day(51)}
    runway = {LONG_AGO - timedelta(days=8), day(43)}
    assert days_of_change(new_patient_runway_days=7) == {LONG_AGO, day(51), *runway}

    born = date(2000, 5, 6)
    ageless = facts(provider(ATTENDING, services=(replace(INTAKE, min_age=None),)))
    adult = decision_change_days(ageless, criteria(age=Age(born=born)).ask("regence"), ATTENDING)
    assert adult == {LONG_AGO, born, born.replace(year=2018)}


def test_a_row_from_the_beginning_of_time_has_no_runway_before_it():
    for first in (date(1, 1, 2), date(1, 1, 8), date(1, 1, 9)):
        snapshot = facts(provider(ATTENDING, engagements=(span(None, 50), span(first.toordinal() - TODAY.toordinal()))))
        snapshot = replace(snapshot, practice=replace(snapshot.practice, new_patient_runway_days=7))
        found = decision_change_days(snapshot, criteria().ask("regence"), ATTENDING)
        assert min(found) == (date(1, 1, 1) if first == date(1, 1, 9) else first)


def test_other_residents_matter_only_where_the_supervisor_has_a_limit():
    def found(limit):
        people = (provider(ATTENDING, max_supervisees=limit), TRAINEE)
        other = SupervisionFacts(ATTENDING, PSYCHOLOGIST, "regence", span(20))
        snapshot = supervised_facts(people=people, supervisions=[supervision(), other])
        return decision_change_days(snapshot, criteria().ask("regence"), RESIDENT)

    assert found(2) - found(None) == {day(20)}


def test_new_terms_may_change_the_claim_on_their_first_day():
    newer = replace(TERMS, during=span(20))
    snapshot = supervised_facts(payers=[replace(REGENCE, supervised_terms=(TERMS, newer))])
    assert day(20) in decision_change_days(snapshot, criteria().ask("regence"), RESIDENT)


def test_a_group_contract_changes_things_on_its_own_days_only():
    undated = payer(group_contracts=(GroupContractFacts(None, day(20)),))
    assert decision_change_days(facts(payers=[undated]), criteria().ask("regence"), ATTENDING) == {LONG_AGO}
    dated = payer(group_contracts=(GroupContractFacts(day(5), day(20)),))
    found = decision_change_days(facts(payers=[dated]), criteria().ask("regence"), ATTENDING)
    assert found == {LONG_AGO, day(5), day(21)}
