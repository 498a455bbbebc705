"""Rules 1.1 - 1.3, 1.10: the contract decides, at the date of service."""

from dataclasses import replace

import pytest

from moonlit.domain.coverage import decide
from moonlit.domain.facts import GroupContractFacts
from moonlit.domain.reasons import ContractStatus, PayerStatus, Reason, Route
from moonlit.domain.routes import direct_windows
from moonlit.domain.tests.scene import (
    ATTENDING,
    OTHER_ATTENDING,
    REGENCE,
    RESIDENT,
    TODAY,
    TRAINEE,
    contract,
    criteria,
    day,
    facts,
    payer,
    provider,
    span,
)

OPEN_PAYER = payer()


def ask(scene, who=ATTENDING, offset=40, code="regence"):
    return decide(scene, criteria().ask(code), who, day(offset))


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (9, Reason.CONTRACT_NOT_STARTED),
        (10, Reason.DIRECT),
        (11, Reason.DIRECT),
        (19, Reason.DIRECT),
        (20, Reason.DIRECT),
        (21, Reason.CONTRACT_ENDED),
    ],
)
def test_a_contract_covers_from_its_first_to_its_last_day(offset, expected):
    decision = ask(facts(contracts=[contract(ATTENDING, starts=day(10), ends=day(20))]), offset=offset)
    assert decision.codes == (expected,)
    assert decision.ok == (expected is Reason.DIRECT)


def test_a_direct_visit_is_rendered_by_the_provider_who_is_seen():
    decision = ask(facts(contracts=[contract(ATTENDING)]))
    assert (decision.route, decision.rendering, decision.supervisor) == (Route.DIRECT, ATTENDING, None)
    assert (decision.payer, decision.claim_mode, decision.presence) == ("regence", None, None)


def test_the_reason_names_the_date_that_matters():
    scene = facts(contracts=[contract(ATTENDING, starts=day(10), ends=day(20))])
    assert ask(scene, offset=9).reasons[0].on == day(10)
    assert ask(scene, offset=21).reasons[0].on == day(20)


def test_no_row_is_no_contract():
    assert ask(facts()).codes == (Reason.NO_CONTRACT,)


def test_a_contract_with_another_payer_covers_nothing_here():
    scene = facts(payers=[REGENCE, payer("aetna")], contracts=[contract(ATTENDING, "aetna")])
    assert ask(scene).codes == (Reason.NO_CONTRACT,)
    assert ask(scene, code="aetna").ok


def test_a_payer_nobody_knows_has_no_contract():
    assert ask(facts(), code="nobody").codes == (Reason.NO_CONTRACT,)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"starts": None}, {Reason.START_DATE_MISSING}),
        ({"confirmed_by": ""}, {Reason.START_UNCONFIRMED}),
        ({"confirmed_on": None}, {Reason.START_UNCONFIRMED}),
        ({"starts": None, "confirmed_by": ""}, {Reason.START_DATE_MISSING, Reason.START_UNCONFIRMED}),
        ({"status": ContractStatus.INACTIVE}, {Reason.CONTRACT_INACTIVE}),
        ({"status": ContractStatus.CREDENTIALING_IN_PROGRESS}, {Reason.CREDENTIALING_IN_PROGRESS}),
        ({"status": ContractStatus.CREDENTIALING_IN_PROGRESS, "starts": None}, {Reason.CREDENTIALING_IN_PROGRESS}),
    ],
)
def test_an_incomplete_contract_covers_nothing_and_says_why(changes, expected):
    decision = ask(facts(contracts=[contract(ATTENDING, **changes)]))
    assert not decision.ok
    assert set(decision.codes) == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [(PayerStatus.IN_PROGRESS, Reason.CREDENTIALING_IN_PROGRESS), (PayerStatus.DENIED, Reason.PAYER_NOT_CONTRACTED)],
)
def test_the_practices_own_standing_comes_before_any_contract(status, expected):
    scene = facts(payers=[replace(REGENCE, practice_status=status)], contracts=[contract(ATTENDING)])
    assert ask(scene).codes == (expected,)


def test_a_second_contract_row_may_carry_on_where_the_first_ended():
    rows = [contract(ATTENDING, ends=day(10)), contract(ATTENDING, starts=day(20))]
    scene = facts(contracts=rows)
    assert ask(scene, offset=10).ok
    assert set(ask(scene, offset=15).codes) == {Reason.CONTRACT_ENDED, Reason.CONTRACT_NOT_STARTED}
    assert ask(scene, offset=20).ok


def test_a_trainee_with_a_contract_is_direct_unless_the_payer_requires_independence():
    rows = [contract(RESIDENT)]
    assert ask(facts(TRAINEE, payers=[OPEN_PAYER], contracts=rows), RESIDENT).codes == (Reason.DIRECT,)
    refused = ask(facts(TRAINEE, contracts=rows), RESIDENT)
    assert not refused.ok
    assert Reason.PAYER_REQUIRES_INDEPENDENT in refused.codes


def test_independence_is_judged_on_the_day_of_the_visit():
    graduate = replace(TRAINEE, can_bill_independently=(span(30),))
    scene = facts(graduate, contracts=[contract(RESIDENT)])
    assert not ask(scene, RESIDENT, offset=29).ok
    assert ask(scene, RESIDENT, offset=30).ok


def group(**changes):
    base = GroupContractFacts(starts=day(-100), roster={ATTENDING: (span(10, 20),)})
    return payer(group_contracts=(replace(base, **changes),))


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(9, Reason.NOT_ON_ROSTER), (10, Reason.GROUP), (20, Reason.GROUP), (21, Reason.NOT_ON_ROSTER)],
)
def test_the_group_contract_covers_who_is_on_the_roster_that_day(offset, expected):
    decision = ask(facts(payers=[group()]), offset=offset)
    assert decision.codes == (expected,)
    assert decision.route is (Route.DIRECT if decision.ok else None)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [(9, Reason.CONTRACT_NOT_STARTED), (10, Reason.GROUP), (20, Reason.GROUP), (21, Reason.CONTRACT_ENDED)],
)
def test_a_group_contract_without_a_roster_covers_every_independent_provider(offset, expected):
    scene = facts(payers=[group(roster_required=False, roster={}, starts=day(10), ends=day(20))])
    assert ask(scene, offset=offset).codes == (expected,)


def test_a_group_contract_without_a_start_covers_nothing():
    assert ask(facts(payers=[group(starts=None, roster_required=False)])).codes == (Reason.START_DATE_MISSING,)


def test_the_group_contract_does_not_cover_a_trainee():
    scene = facts(TRAINEE, payers=[group(roster_required=False)])
    assert Reason.PAYER_REQUIRES_INDEPENDENT in ask(scene, RESIDENT).codes


def test_an_own_contract_is_named_before_the_group_contract():
    scene = facts(payers=[group(roster_required=False)], contracts=[contract(ATTENDING)])
    assert ask(scene).codes == (Reason.DIRECT,)


def test_on_its_first_and_last_day_a_contract_is_not_the_trouble():
    own = facts(TRAINEE, contracts=[contract(RESIDENT, starts=day(40), ends=day(40))])
    shared = facts(TRAINEE, payers=[group(roster_required=False, starts=day(40), ends=day(40))])
    for scene in (own, shared):
        codes = set(ask(scene, RESIDENT).codes)
        assert Reason.PAYER_REQUIRES_INDEPENDENT in codes
        assert not codes & {Reason.CONTRACT_NOT_STARTED, Reason.CONTRACT_ENDED}


def test_the_roster_of_one_provider_does_not_cover_another():
    scene = facts(provider(ATTENDING), provider(OTHER_ATTENDING), payers=[group()])
    assert ask(scene, OTHER_ATTENDING, offset=15).codes == (Reason.NOT_ON_ROSTER,)


def test_self_pay_consults_no_contract_but_the_rest_still_holds():
    self_pay = criteria(payer=None, self_pay=True).ask(None)
    decision = decide(facts(TRAINEE), self_pay, RESIDENT, TODAY)
    assert (decision.codes, decision.route, decision.rendering) == ((Reason.SELF_PAY,), Route.SELF_PAY, RESIDENT)
    unlicensed = facts(replace(TRAINEE, licenses={}))
    assert decide(unlicensed, self_pay, RESIDENT, TODAY).codes == (Reason.LICENSE_MISSING,)


def test_a_group_contract_without_a_start_opens_no_days():
    group = GroupContractFacts(None, day(90), roster_required=False)
    snapshot = facts(payers=[payer(group_contracts=(group,))])
    assert direct_windows(snapshot, snapshot.payers["regence"], snapshot.providers[ATTENDING]) == ()


def direct_days(**changes):
    snapshot = facts(**changes)
    return direct_windows(snapshot, next(iter(snapshot.payers.values())), snapshot.providers[ATTENDING])


def test_the_days_of_a_route_end_with_the_group_contract_and_begin_with_independent_billing():
    group = GroupContractFacts(day(5), day(90), roster_required=False)
    assert direct_days(payers=[payer(group_contracts=(group,))]) == (span(5, 90),)
    graduate = replace(provider(ATTENDING), can_bill_independently=(span(30),))
    own = [contract(ATTENDING)]
    snapshot = facts(graduate, payers=[payer(requires_independent=True)], contracts=own)
    assert direct_windows(snapshot, snapshot.payers["regence"], graduate) == (span(30),)
    assert direct_days(payers=[payer(practice_status=PayerStatus.IN_PROGRESS)], contracts=own) == ()
