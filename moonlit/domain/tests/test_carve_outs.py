"""Rules 1.11: the payer behind the card."""

from dataclasses import replace

import pytest

from moonlit.domain.carve_outs import resolve
from moonlit.domain.criteria import UNSURE
from moonlit.domain.effective_dates import outcome
from moonlit.domain.facts import BenefitRouteFacts
from moonlit.domain.offers import offerable, prepare
from moonlit.domain.reasons import Flag, LeadReason, Outcome, PayerType, Reason, Route
from moonlit.domain.tests.scene import (
    ATTENDING,
    OTHER_ATTENDING,
    REGENCE,
    RESIDENT,
    TODAY,
    contract,
    criteria,
    day,
    facts,
    payer,
    provider,
    span,
    supervised_facts,
)

TEXT = {"en": "Whose name is on the back of the card?", "es": "¿Qué nombre está al dorso de la tarjeta?"}
ASKED = BenefitRouteFacts("bhn", question=TEXT, card_hint={"en": "Look at the back."})


def scene(*routes, contracts=(("regence", 0), ("bhn", 0)), **changes):
    return facts(
        payers=[replace(REGENCE, benefit_routes=routes), payer("bhn", name="Behavioral Network"), payer("other")],
        contracts=[contract(ATTENDING, code, day(start)) for code, start in contracts],
        **changes,
    )


def targets(*routes, **changes):
    return resolve(scene(*routes), criteria(**changes), TODAY).targets


def test_without_benefit_routes_the_card_carries_the_benefit():
    resolution = resolve(scene(), criteria(), TODAY)
    assert (resolution.targets, resolution.question) == (("regence",), None)


def test_a_route_without_conditions_or_question_carries_everybody():
    assert targets(BenefitRouteFacts("bhn")) == ("bhn",)


@pytest.mark.parametrize("condition", ["plan", "employer", "county"])
def test_a_condition_resolves_once_it_is_known(condition):
    route = replace(ASKED, **{condition: "Salt Lake"})
    assert targets(route, **{condition: "salt  lake"}) == ("bhn",)
    assert targets(route, **{condition: "Tooele"}) == ("regence",)
    assert targets(route) == ("bhn", "regence")


def test_every_condition_of_a_row_must_hold():
    route = BenefitRouteFacts("bhn", plan="Choice", county="Weber")
    assert targets(route, plan="Choice", county="Weber") == ("bhn",)
    assert targets(route, plan="Choice") == ("bhn", "regence")
    assert targets(route, plan="Choice", county="Davis") == ("regence",)
    assert targets(route, plan="Value") == ("regence",)


def test_the_row_with_more_conditions_wins_whatever_the_order():
    rows = [BenefitRouteFacts("bhn", plan="Choice"), BenefitRouteFacts("other", plan="Choice", county="Weber")]
    for order in (rows, rows[::-1]):
        assert targets(*order, plan="Choice", county="Weber") == ("other",)


def test_a_general_route_is_the_fallback_of_a_special_one():
    rows = [BenefitRouteFacts("bhn"), BenefitRouteFacts("other", plan="Choice")]
    assert targets(*rows, plan="Choice") == ("other",)
    assert targets(*rows, plan="Value") == ("bhn",)
    assert targets(*rows) == ("other", "bhn")


@pytest.mark.parametrize(("offset", "expected"), [(9, "regence"), (10, "bhn"), (20, "bhn"), (21, "regence")])
def test_a_benefit_route_is_read_at_the_date_of_service(offset, expected):
    snapshot = scene(BenefitRouteFacts("bhn", during=span(10, 20)))
    assert resolve(snapshot, criteria(), day(offset)).targets == (expected,)
    assert offerable(prepare(snapshot, criteria(), TODAY), ATTENDING, day(offset)).payer == expected


def test_one_question_offers_every_possible_payer_and_unsure():
    question = resolve(scene(ASKED, replace(ASKED, to="other")), criteria(), TODAY).question
    assert question is not None
    assert (question.id, question.text, question.card_hint) == ("benefit:regence", TEXT, ASKED.card_hint)
    assert [(option.value, option.label) for option in question.options] == [
        ("bhn", "Behavioral Network"),
        ("other", "Other"),
        ("regence", "Regence"),
        (UNSURE, ""),
    ]


@pytest.mark.parametrize(
    ("benefit", "expected", "asked"),
    [
        (None, ("bhn", "regence"), True),
        ("bhn", ("bhn",), False),
        ("regence", ("regence",), False),
        (UNSURE, ("bhn", "regence"), False),
        ("nonsense", ("bhn", "regence"), True),
    ],
)
def test_the_answer_resolves_and_is_not_asked_for_twice(benefit, expected, asked):
    resolution = resolve(scene(ASKED), criteria(benefit=benefit), TODAY)
    assert resolution.targets == expected
    assert (resolution.question is not None) is asked


def test_the_decision_is_taken_on_the_payer_that_carries_the_benefit():
    snapshot = scene(BenefitRouteFacts("bhn"), contracts=[("regence", 0)])
    result = outcome(snapshot, criteria(), TODAY)
    assert (result.lead_reason, result.payer_behavioral) == (LeadReason.OUT_OF_NETWORK, "bhn")
    booked = outcome(scene(BenefitRouteFacts("bhn"), contracts=[("bhn", 0)]), criteria(), TODAY)
    assert (booked.outcome, booked.payer_behavioral, booked.flags) == (Outcome.BOOKABLE, "bhn", ())


@pytest.mark.parametrize("benefit", [None, UNSURE])
def test_unresolved_is_bookable_only_if_every_possible_payer_is(benefit):
    both = outcome(scene(ASKED), criteria(benefit=benefit), TODAY)
    assert (both.outcome, both.flags) == (Outcome.BOOKABLE, (Flag.BEHAVIORAL_PAYER_UNVERIFIED,))
    assert both.payer_behavioral is None
    one = outcome(scene(ASKED, contracts=[("bhn", 0)]), criteria(benefit=benefit), TODAY)
    assert (one.outcome, one.lead_reason, one.flags) == (Outcome.LEAD, LeadReason.PAYER_UNCLEAR, ())
    assert (one.question is not None) is (benefit is None)


def test_unresolved_is_bookable_from_the_later_of_the_two_starts():
    result = outcome(scene(ASKED, contracts=[("bhn", 10), ("regence", 20)]), criteria(benefit=UNSURE), TODAY)
    assert (result.outcome, result.bookable_from) == (Outcome.BOOKABLE_FROM, day(20))
    late = outcome(scene(ASKED, contracts=[("bhn", 10), ("regence", 31)]), criteria(benefit=UNSURE), TODAY)
    assert late.lead_reason is LeadReason.PAYER_UNCLEAR


def test_unresolved_needs_one_provider_who_is_covered_by_all():
    snapshot = facts(
        provider(ATTENDING),
        provider(OTHER_ATTENDING),
        payers=[replace(REGENCE, benefit_routes=(ASKED,)), payer("bhn")],
        contracts=[contract(ATTENDING, "regence"), contract(OTHER_ATTENDING, "bhn")],
    )
    assert outcome(snapshot, criteria(benefit=UNSURE), TODAY).lead_reason is LeadReason.PAYER_UNCLEAR
    assert outcome(snapshot, criteria(benefit="bhn"), TODAY).outcome is Outcome.BOOKABLE


def test_unresolved_keeps_the_attending_on_the_visit():
    network = payer("bhn")
    snapshot = supervised_facts(
        payers=[replace(REGENCE, benefit_routes=(ASKED,)), network],
        contracts=[contract(ATTENDING), contract(RESIDENT, "bhn")],
    )
    offer = prepare(snapshot, criteria(benefit=UNSURE), TODAY)
    decision = offerable(offer, RESIDENT, day(5))
    assert (decision.route, decision.supervisor) == (Route.SUPERVISED, ATTENDING)


def test_a_carve_out_that_starts_without_a_gap_in_cover_is_no_new_start():
    snapshot = scene(BenefitRouteFacts("bhn", during=span(45)))
    offer = prepare(snapshot, criteria(), TODAY)
    assert all(offerable(offer, ATTENDING, day(offset)).ok for offset in (44, 45, 90))
    gap = scene(BenefitRouteFacts("bhn", during=span(45)), contracts=[("regence", 0), ("bhn", 46)])
    gated = offerable(prepare(gap, criteria(), TODAY), ATTENDING, day(46))
    assert gated.codes == (Reason.STARTS_AFTER_THRESHOLD,)


def test_a_medicaid_payer_behind_the_card_hides_self_pay_too():
    network = payer("bhn", type=PayerType.MEDICAID)
    snapshot = facts(payers=[replace(REGENCE, benefit_routes=(ASKED,)), network])
    assert not outcome(snapshot, criteria(), TODAY).self_pay_offered
    assert outcome(snapshot, criteria(benefit="regence"), TODAY).self_pay_offered


def test_without_a_question_text_nothing_is_asked():
    resolution = resolve(scene(BenefitRouteFacts("bhn", plan="Choice")), criteria(), TODAY)
    assert (resolution.targets, resolution.question) == (("bhn", "regence"), None)


def test_a_plan_name_alone_is_never_a_gate():
    assert outcome(scene(), criteria(plan="Signature"), TODAY).outcome is Outcome.BOOKABLE


def test_a_question_with_one_possible_answer_is_not_asked():
    itself = BenefitRouteFacts("regence", question=TEXT)
    resolution = resolve(scene(itself), criteria(), TODAY)
    assert (resolution.targets, resolution.question) == (("regence",), None)
