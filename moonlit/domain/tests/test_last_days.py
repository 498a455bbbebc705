"""A row that ends today still counts today, in what the patient is told as in what he may book (rules 1.2, 2)."""

from dataclasses import replace

import pytest

from moonlit.domain.effective_dates import Marker, opening, outcome
from moonlit.domain.reasons import ContractStatus, DataQuality, LeadReason, Outcome
from moonlit.domain.tests.scene import (
    ATTENDING,
    LONG_AGO,
    OTHER_ATTENDING,
    REGENCE,
    RESIDENT,
    TERMS,
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


def answer(scene, **changes):
    return outcome(scene, criteria(**changes), TODAY)


@pytest.mark.parametrize(("last", "reason"), [(-1, LeadReason.OUT_OF_NETWORK), (0, LeadReason.EFFECTIVE_DATE_UNKNOWN)])
def test_a_contract_without_a_start_is_missed_until_its_last_day(last, reason):
    assert answer(facts(contracts=[contract(ATTENDING, starts=None, ends=day(last))])).lead_reason is reason


@pytest.mark.parametrize(("last", "reason"), [(-1, LeadReason.OUT_OF_NETWORK), (0, LeadReason.EFFECTIVE_DATE_UNKNOWN)])
def test_a_supervisors_contract_counts_until_the_last_day_of_supervision_and_of_the_terms(last, reason):
    waiting = [contract(ATTENDING, starts=None)]
    # He gives no visits of his own, so that he matters only as a supervisor.
    people = (provider(ATTENDING, services=()), TRAINEE)
    supervised = supervised_facts(people=people, contracts=waiting, supervisions=[supervision(span(-9, last))])
    assert answer(supervised).lead_reason is reason
    ending = replace(REGENCE, supervised_terms=(replace(TERMS, during=span(-9, last)),))
    assert answer(supervised_facts(people=people, contracts=waiting, payers=[ending])).lead_reason is reason


@pytest.mark.parametrize(
    ("last", "reason"), [(-1, LeadReason.OUT_OF_NETWORK), (0, LeadReason.CREDENTIALING_IN_PROGRESS)]
)
def test_an_application_counts_until_the_last_day_of_the_engagement(last, reason):
    applied = [contract(ATTENDING, status=ContractStatus.CREDENTIALING_IN_PROGRESS)]
    leaving = provider(ATTENDING, engagements=(span(-100, last),))
    assert answer(facts(leaving, contracts=applied)).lead_reason is reason


def test_markers_name_what_is_missing_for_whom():
    rows = [contract(ATTENDING, starts=None, confirmed_by="")]
    assert answer(facts(contracts=rows)).data_quality == (
        Marker(DataQuality.START_DATE_MISSING, ATTENDING, "regence"),
        Marker(DataQuality.START_UNCONFIRMED, ATTENDING, "regence"),
    )


def test_self_pay_tells_the_engagements_that_reach_into_the_days_one_can_book():
    for last, expected in ((0, [span(5)]), (1, [span(-9, 1), span(5)])):
        scene = facts(provider(ATTENDING, engagements=(span(-9, last), span(5))))
        (offered,) = answer(scene, payer=None, self_pay=True).providers
        assert list(offered.windows) == expected


def test_a_resident_is_told_with_his_supervisor_and_the_days_of_his_route():
    (offered,) = answer(supervised_facts(people=(provider(ATTENDING, services=()), TRAINEE))).providers
    assert (offered.provider, offered.supervisor, offered.first_day) == (RESIDENT, ATTENDING, day(1))
    assert [window.first for window in offered.windows] == [LONG_AGO]


@pytest.mark.parametrize("starts", [(5, 10), (10, 5)])
def test_a_list_of_payers_tells_the_first_day_whoever_it_is_that_starts(starts):
    rows = [contract(who, starts=day(first)) for who, first in zip((ATTENDING, OTHER_ATTENDING), starts, strict=True)]
    scene = facts(provider(ATTENDING), provider(OTHER_ATTENDING), contracts=rows)
    assert opening(scene, criteria(), TODAY) == (Outcome.BOOKABLE_FROM, day(5))


def test_the_windows_told_are_those_of_the_route_not_of_the_engagement():
    scene = facts(provider(ATTENDING, engagements=(span(-9),)), contracts=[contract(ATTENDING)])
    (offered,) = answer(scene).providers
    assert [window.first for window in offered.windows] == [LONG_AGO]


def test_a_payer_nobody_knows_carries_no_benefit():
    unknown = answer(facts(), payer="nobody")
    assert (unknown.lead_reason, unknown.payer_behavioral) == (LeadReason.OUT_OF_NETWORK, None)


def test_a_supervisor_who_is_no_longer_known_is_nobody_to_wait_for():
    assert answer(supervised_facts(people=(TRAINEE,), contracts=[])).lead_reason is LeadReason.OUT_OF_NETWORK


def test_where_a_route_is_open_but_nobody_fits_a_later_one_is_no_news():
    rows = [contract(ATTENDING), contract(OTHER_ATTENDING, starts=day(60))]
    scene = facts(provider(ATTENDING, licenses={}), provider(OTHER_ATTENDING), contracts=rows)
    assert answer(scene).lead_reason is LeadReason.NO_PROVIDER_AVAILABLE


def test_terms_in_force_make_the_supervisor_matter_whatever_terms_have_ended():
    ended = replace(TERMS, during=span(-90, -50))
    scene = supervised_facts(
        people=(provider(ATTENDING, services=()), TRAINEE),
        contracts=[contract(ATTENDING, starts=None)],
        payers=[replace(REGENCE, supervised_terms=(ended, TERMS))],
    )
    assert answer(scene).lead_reason is LeadReason.EFFECTIVE_DATE_UNKNOWN


def test_one_who_would_be_free_in_english_makes_it_a_language_request():
    people = (provider(ATTENDING, licenses={}), provider(OTHER_ATTENDING))
    scene = facts(*people, contracts=[contract(ATTENDING), contract(OTHER_ATTENDING)])
    assert answer(scene, visit_language="so").lead_reason is LeadReason.LANGUAGE_REQUEST


def test_self_pay_is_offered_where_one_of_several_can_be_seen():
    scene = facts(provider(ATTENDING, bookable=()), provider(OTHER_ATTENDING))
    assert answer(scene).self_pay_offered
    assert not answer(facts(provider(ATTENDING, bookable=()))).self_pay_offered
