"""Rules 2: what a patient who picks a payer gets, row by row."""

from dataclasses import replace

import pytest

from moonlit.domain.criteria import Age
from moonlit.domain.effective_dates import Marker, incomplete_contracts, opening, outcome
from moonlit.domain.facts import GroupContractFacts, ServiceFacts
from moonlit.domain.reasons import (
    ContractStatus,
    DataQuality,
    Flag,
    LeadReason,
    Modality,
    Outcome,
    PayerStatus,
    PayerType,
    Route,
)
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

CREDENTIALING = ContractStatus.CREDENTIALING_IN_PROGRESS


def answer(scene, **changes):
    """The whole answer; the short one for lists must agree with it."""
    result = outcome(scene, criteria(**changes), TODAY)
    if result.lead_reason is None:
        assert opening(scene, criteria(**changes), TODAY) == (result.outcome, result.bookable_from)
    elif not changes.get("self_pay"):
        assert opening(scene, criteria(**changes), TODAY) == (Outcome.LEAD, None)
    return result


def words(result):
    return result.outcome, result.lead_reason, result.bookable_from


def starting(offset, **changes):
    return facts(contracts=[contract(ATTENDING, starts=day(offset))], **changes)


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (-1, (Outcome.BOOKABLE, None, None)),
        (0, (Outcome.BOOKABLE, None, None)),
        (1, (Outcome.BOOKABLE_FROM, None, day(1))),
        (29, (Outcome.BOOKABLE_FROM, None, day(29))),
        (30, (Outcome.BOOKABLE_FROM, None, day(30))),
        (31, (Outcome.LEAD, LeadReason.EFFECTIVE_DATE_OVER_30_DAYS, day(31))),
        (400, (Outcome.LEAD, LeadReason.EFFECTIVE_DATE_OVER_30_DAYS, day(400))),
    ],
)
def test_day_30_books_and_day_31_leads(offset, expected):
    assert words(answer(starting(offset))) == expected


def test_the_threshold_is_the_practices_setting():
    assert words(answer(starting(11, lead_threshold_days=10))) == (
        Outcome.LEAD,
        LeadReason.EFFECTIVE_DATE_OVER_30_DAYS,
        day(11),
    )
    assert answer(starting(10, lead_threshold_days=10)).outcome is Outcome.BOOKABLE_FROM


def test_a_renewal_without_a_gap_is_no_new_start():
    rows = [contract(ATTENDING, ends=day(40)), contract(ATTENDING, starts=day(41))]
    result = answer(facts(contracts=rows))
    assert result.outcome is Outcome.BOOKABLE
    assert result.providers[0].windows == (LONG,)


def test_after_a_gap_the_later_window_is_not_offered_beyond_the_threshold():
    rows = [contract(ATTENDING, ends=day(20)), contract(ATTENDING, starts=day(40))]
    (offered,) = answer(facts(contracts=rows)).providers
    assert [each.last for each in offered.windows] == [day(20)]


def test_a_contract_that_ends_today_books_nothing_tomorrow():
    assert words(answer(facts(contracts=[contract(ATTENDING, ends=TODAY)])))[:2] == (
        Outcome.LEAD,
        LeadReason.OUT_OF_NETWORK,
    )
    assert answer(facts(contracts=[contract(ATTENDING, ends=day(1))])).outcome is Outcome.BOOKABLE


def test_a_contract_that_ends_today_and_is_renewed_later_waits_for_the_renewal():
    def renewed(offset):
        return facts(contracts=[contract(ATTENDING, ends=TODAY), contract(ATTENDING, starts=day(offset))])

    assert words(answer(renewed(10))) == (Outcome.BOOKABLE_FROM, None, day(10))
    assert words(answer(renewed(50))) == (Outcome.LEAD, LeadReason.EFFECTIVE_DATE_OVER_30_DAYS, day(50))


def test_the_earliest_route_of_all_providers_decides():
    scene = facts(
        provider(ATTENDING),
        provider(OTHER_ATTENDING),
        contracts=[contract(ATTENDING, starts=day(45)), contract(OTHER_ATTENDING, starts=day(20))],
    )
    result = answer(scene)
    assert words(result) == (Outcome.BOOKABLE_FROM, None, day(20))
    assert [each.provider for each in result.providers] == [OTHER_ATTENDING]


@pytest.mark.parametrize(("sooner", "later"), [(10, 20), (45, 60)])
def test_of_several_starts_the_earliest_is_told(sooner, later):
    people = (provider(ATTENDING), provider(OTHER_ATTENDING))
    rows = [contract(ATTENDING, starts=day(later)), contract(OTHER_ATTENDING, starts=day(sooner))]
    assert answer(facts(*people, contracts=rows)).bookable_from == day(sooner)


def test_a_supervised_route_counts_like_a_direct_one():
    result = answer(supervised_facts(contracts=[contract(ATTENDING, starts=day(20))]))
    assert words(result) == (Outcome.BOOKABLE_FROM, None, day(20))
    assert [(each.provider, each.route, each.supervisor) for each in result.providers] == [
        (ATTENDING, Route.DIRECT, None),
        (RESIDENT, Route.SUPERVISED, ATTENDING),
    ]
    assert {each.first_day for each in result.providers} == {day(20)}


def test_direct_providers_are_named_before_supervised_ones():
    people = (provider(9), replace(TRAINEE, id=RESIDENT))
    scene = supervised_facts(people=people, contracts=[contract(9)], supervisions=[supervision(by=9)])
    assert [each.provider for each in answer(scene).providers] == [9, RESIDENT]


@pytest.mark.parametrize(
    ("changes", "marker"),
    [
        ({"starts": None}, DataQuality.START_DATE_MISSING),
        ({"confirmed_by": ""}, DataQuality.START_UNCONFIRMED),
        ({"confirmed_on": None}, DataQuality.START_UNCONFIRMED),
    ],
)
def test_an_active_contract_without_a_sure_start_is_effective_date_unknown(changes, marker):
    scene = facts(contracts=[contract(ATTENDING, **changes)])
    result = answer(scene)
    assert words(result) == (Outcome.LEAD, LeadReason.EFFECTIVE_DATE_UNKNOWN, None)
    assert result.data_quality == incomplete_contracts(scene) == (Marker(marker, ATTENDING, "regence"),)


def test_a_resident_waits_for_the_start_date_of_his_supervisors_contract():
    scene = supervised_facts(
        people=(provider(ATTENDING, services=()), TRAINEE), contracts=[contract(ATTENDING, starts=None)]
    )
    assert answer(scene).lead_reason is LeadReason.EFFECTIVE_DATE_UNKNOWN


@pytest.mark.parametrize("starts", [None, day(-10), day(10)])
def test_credentialing_is_never_bookable_whatever_date_it_carries(starts):
    scene = facts(contracts=[contract(ATTENDING, starts=starts, status=CREDENTIALING)])
    assert words(answer(scene)) == (Outcome.LEAD, LeadReason.CREDENTIALING_IN_PROGRESS, None)


def test_a_known_start_beyond_30_days_is_told_before_credentialing_and_missing_dates():
    people = (provider(ATTENDING), provider(OTHER_ATTENDING), provider(9))
    late, undated, applying = (
        contract(ATTENDING, starts=day(60)),
        contract(OTHER_ATTENDING, starts=None),
        contract(9, status=CREDENTIALING),
    )
    rows = [applying, undated, late]
    assert answer(facts(*people, contracts=rows)).lead_reason is LeadReason.EFFECTIVE_DATE_OVER_30_DAYS
    assert answer(facts(*people, contracts=rows[:2])).lead_reason is LeadReason.EFFECTIVE_DATE_UNKNOWN
    assert answer(facts(*people, contracts=rows[:1])).lead_reason is LeadReason.CREDENTIALING_IN_PROGRESS


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (PayerStatus.IN_PROGRESS, LeadReason.CREDENTIALING_IN_PROGRESS),
        (PayerStatus.DENIED, LeadReason.OUT_OF_NETWORK),
    ],
)
def test_the_practices_standing_with_the_payer_comes_first(status, expected):
    scene = facts(
        payers=[replace(REGENCE, practice_status=status)],
        contracts=[contract(ATTENDING), contract(RESIDENT, starts=None), contract(9, status=CREDENTIALING)],
    )
    assert words(answer(scene)) == (Outcome.LEAD, expected, None)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [contract(ATTENDING, status=ContractStatus.INACTIVE)],
        [contract(ATTENDING, status=ContractStatus.INACTIVE, starts=None)],
        [contract(ATTENDING, ends=day(-1))],
    ],
)
def test_no_contract_inactive_or_ended_is_out_of_network(rows):
    assert words(answer(facts(contracts=rows))) == (Outcome.LEAD, LeadReason.OUT_OF_NETWORK, None)


def test_a_payer_nobody_knows_is_out_of_network_and_no_payer_is_unlisted():
    assert answer(facts(), payer="free text").lead_reason is LeadReason.OUT_OF_NETWORK
    unlisted = answer(facts(), payer=None)
    assert (unlisted.lead_reason, unlisted.self_pay_offered) == (LeadReason.PAYER_UNLISTED, True)


@pytest.mark.parametrize(
    "changes",
    [
        {"licenses": {}},
        {"bookable": ()},
        {"engagements": (span(-900, -1),)},
        {"calendar_source_id": None},
        {"absences": (LONG,)},
        {"modalities": frozenset({Modality.IN_PERSON})},
    ],
)
def test_contracts_exist_but_nobody_fits(changes):
    scene = facts(provider(ATTENDING, **changes), contracts=[contract(ATTENDING)])
    assert words(answer(scene)) == (Outcome.LEAD, LeadReason.NO_PROVIDER_AVAILABLE, None)


def test_a_payer_with_only_a_psychologist_opens_no_medication_calendar():
    therapy = (ServiceFacts("therapy", 50, ehr_reason_id="9"),)
    scene = facts(provider(PSYCHOLOGIST, services=therapy), contracts=[contract(PSYCHOLOGIST)])
    assert answer(scene).lead_reason is LeadReason.NO_PROVIDER_AVAILABLE


def test_a_licence_that_starts_later_is_no_waiting_start():
    scene = facts(provider(ATTENDING, licenses={"UT": (span(45),)}), contracts=[contract(ATTENDING)])
    result = answer(scene)
    assert words(result) == (Outcome.BOOKABLE, None, None)
    assert result.providers[0].first_day == day(45)


def test_only_days_within_notice_and_horizon_count():
    soon_gone = facts(provider(ATTENDING, engagements=(span(-900, 0),)), contracts=[contract(ATTENDING)])
    assert answer(soon_gone).lead_reason is LeadReason.NO_PROVIDER_AVAILABLE
    at_the_horizon = facts(provider(ATTENDING, licenses={"UT": (span(90),)}), contracts=[contract(ATTENDING)])
    assert answer(at_the_horizon).outcome is Outcome.BOOKABLE
    beyond = facts(provider(ATTENDING, licenses={"UT": (span(91),)}), contracts=[contract(ATTENDING)])
    assert answer(beyond).lead_reason is LeadReason.NO_PROVIDER_AVAILABLE


def test_without_notice_today_counts():
    scene = facts(provider(ATTENDING, engagements=(span(-900, 0),)), contracts=[contract(ATTENDING)])
    intake = replace(scene.visit_types["intake"], min_notice_hours=4)
    assert answer(replace(scene, visit_types={"intake": intake})).outcome is Outcome.BOOKABLE


def test_a_clinician_who_will_have_left_promises_no_later_start():
    scene = facts(provider(ATTENDING, engagements=(span(-900, 20),)), contracts=[contract(ATTENDING, starts=day(45))])
    assert answer(scene).lead_reason is LeadReason.NO_PROVIDER_AVAILABLE


def test_the_application_of_somebody_who_has_left_is_nobodys():
    gone = provider(ATTENDING, engagements=(span(-900, -1),))
    assert answer(facts(gone, contracts=[contract(ATTENDING, status=CREDENTIALING)])).lead_reason is (
        LeadReason.OUT_OF_NETWORK
    )


def test_a_minor_leads_with_the_phone_number():
    scene = facts(provider(ATTENDING, services=(replace(INTAKE, min_age=6),)), contracts=[contract(ATTENDING)])
    assert answer(scene, age=Age(years=17)).lead_reason is LeadReason.MINOR
    assert answer(scene, age=Age(years=18)).outcome is Outcome.BOOKABLE
    birthday = day(60)
    soon_18 = Age(born=birthday.replace(year=birthday.year - 18))
    assert answer(scene, age=soon_18).providers[0].first_day == birthday
    with_policy = replace(scene, practice=replace(scene.practice, minors_policy_published=True))
    assert answer(with_policy, age=Age(years=17)).outcome is Outcome.BOOKABLE


def test_an_age_nobody_serves_is_no_provider():
    scene = facts(provider(ATTENDING, services=(replace(INTAKE, max_age=64),)), contracts=[contract(ATTENDING)])
    assert answer(scene, age=Age(years=70)).lead_reason is LeadReason.NO_PROVIDER_AVAILABLE


def bilingual(**practice):
    people = (provider(ATTENDING), provider(OTHER_ATTENDING, verified_languages={"es": LONG_AGO}))
    return facts(*people, contracts=[contract(ATTENDING), contract(OTHER_ATTENDING)], **practice)


def test_only_providers_with_the_verified_language_are_offered():
    for remote in (False, True):
        result = answer(bilingual(remote_interpreter_on_demand=remote), visit_language="es")
        assert [(each.provider, each.with_interpreter) for each in result.providers] == [(OTHER_ATTENDING, False)]
        assert result.flags == ()


def test_a_language_nobody_holds_visits_in_is_a_language_request():
    assert answer(bilingual(), visit_language="so").lead_reason is LeadReason.LANGUAGE_REQUEST


def test_with_a_remote_interpreter_the_visit_is_offered_and_marked():
    result = answer(bilingual(remote_interpreter_on_demand=True), visit_language="so")
    assert result.outcome is Outcome.BOOKABLE
    assert result.flags == (Flag.REMOTE_INTERPRETER,)
    assert [each.with_interpreter for each in result.providers] == [True, True]


def test_who_declines_an_interpreter_is_a_language_request():
    scene = bilingual(remote_interpreter_on_demand=True)
    declined = answer(scene, visit_language="so", interpreter_accepted=False)
    assert declined.lead_reason is LeadReason.LANGUAGE_REQUEST


def test_a_language_request_only_where_the_language_is_the_cause():
    scene = facts(provider(ATTENDING, licenses={}), contracts=[contract(ATTENDING)])
    assert answer(scene, visit_language="so").lead_reason is LeadReason.NO_PROVIDER_AVAILABLE


def test_a_chosen_provider_is_answered_for_alone():
    scene = facts(provider(ATTENDING), provider(OTHER_ATTENDING), contracts=[contract(ATTENDING)])
    assert answer(scene, provider=ATTENDING).outcome is Outcome.BOOKABLE
    assert answer(scene, provider=OTHER_ATTENDING).lead_reason is LeadReason.NO_PROVIDER_AVAILABLE


def test_self_pay_needs_nobodys_contract():
    result = answer(facts(), payer=None, self_pay=True)
    assert words(result) == (Outcome.BOOKABLE, None, None)
    assert result.self_pay_offered
    assert [(each.route, each.windows) for each in result.providers] == [(Route.SELF_PAY, (LONG,))]
    assert result.payer_behavioral is None


def test_self_pay_where_nobody_can_be_seen_is_a_lead():
    scene = facts(provider(ATTENDING, licenses={}))
    result = answer(scene, payer=None, self_pay=True)
    assert (result.lead_reason, result.self_pay_offered) == (LeadReason.NO_PROVIDER_AVAILABLE, False)


@pytest.mark.parametrize("kind", list(PayerType))
def test_self_pay_is_no_button_beside_medicaid_or_medicare(kind):
    scene = facts(payers=[replace(REGENCE, type=kind)])
    public = kind in (PayerType.MEDICAID, PayerType.MEDICARE)
    assert answer(scene).self_pay_offered is not public
    chosen = answer(scene, self_pay=True)
    assert chosen.self_pay_offered is not public
    assert chosen.lead_reason is (LeadReason.PAYER_UNCLEAR if public else None)


def test_several_valid_supervisors_are_marked_for_the_staff():
    scene = supervised_facts(
        people=(provider(ATTENDING), provider(OTHER_ATTENDING), TRAINEE),
        contracts=[contract(ATTENDING), contract(OTHER_ATTENDING)],
        supervisions=[supervision(), supervision(by=OTHER_ATTENDING)],
    )
    assert answer(scene).data_quality == (Marker(DataQuality.SEVERAL_SUPERVISORS, RESIDENT, "regence"),)


def test_the_group_contract_obeys_the_same_rule():
    def on_roster_from(offset):
        group = GroupContractFacts(LONG_AGO, roster={ATTENDING: (span(offset),)})
        return facts(payers=[payer(group_contracts=(group,))])

    assert words(answer(on_roster_from(30))) == (Outcome.BOOKABLE_FROM, None, day(30))
    assert words(answer(on_roster_from(31))) == (Outcome.LEAD, LeadReason.EFFECTIVE_DATE_OVER_30_DAYS, day(31))


def test_supervised_terms_obey_the_same_rule():
    def terms_from(offset):
        terms = replace(TERMS, during=span(offset))
        return supervised_facts(
            people=(provider(ATTENDING, bookable=()), TRAINEE),
            payers=[replace(REGENCE, supervised_terms=(terms,))],
            contracts=[contract(ATTENDING)],
        )

    result = answer(terms_from(30), provider=RESIDENT)
    assert words(result) == (Outcome.BOOKABLE_FROM, None, day(30))
    late = answer(terms_from(31), provider=RESIDENT)
    assert words(late) == (Outcome.LEAD, LeadReason.EFFECTIVE_DATE_OVER_30_DAYS, day(31))
