"""The Eligibility Service says what the domain says, kept as long as the facts hold (rules 1, 2)."""

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.coverage.models import Payer, ProviderPayer
from moonlit.coverage.queries import facts as current_facts
from moonlit.domain.criteria import UNSURE, Age, Criteria
from moonlit.domain.effective_dates import outcome
from moonlit.domain.offers import offerable, prepare
from moonlit.domain.reasons import Modality
from moonlit.eligibility.queries import check, offered_days, search_payers
from moonlit.eligibility.queries.essence import essence
from moonlit.practice.models import Practice, Provider, ProviderVisitType
from moonlit.practice.services import changing_facts
from tests.support.scene import MONDAY, Clock, build_scene

EXAMPLE = Path(__file__).parents[3] / "examples" / "practice.yaml"
NOW = Clock()()
BASIN = Criteria(visit_type="intake", modality=Modality.TELEHEALTH, place_state="UT", payer="basin")


def change(rows, **columns):
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        assert rows.update(**columns)


@pytest.fixture(
    params=[{}, {"remote_interpreter_on_demand": True, "new_patient_runway_days": 30}], ids=["plain", "more"]
)
def example(db, request):
    """The demo practice, with ages here and there."""
    build_scene(EXAMPLE.read_text())
    if request.param:
        change(Practice.objects.all(), **request.param)
    some = ProviderVisitType.objects.filter(pk__in=ProviderVisitType.objects.order_by("pk").values("pk")[:4])
    change(some, min_age=21, max_age=64)
    return current_facts()


def any_criteria(known):
    places = list(known.locations.values())
    payers = [*known.payers, "nobody-knows", None]
    routes = [row for payer in known.payers.values() for row in payer.benefit_routes]
    today = MONDAY
    ages = st.one_of(
        st.builds(Age, years=st.none() | st.integers(0, 110)),
        st.builds(Age, born=st.dates(date(1930, 1, 1), today)),
        # Birthdays in the horizon, at the limits.
        st.builds(
            lambda years, days: Age(born=(today + timedelta(days=days)).replace(year=today.year - years)),
            st.sampled_from([18, 21, 65]),
            st.integers(1, 85),
        ),
    )

    def build(place, state, payer, self_pay, **more):
        video = place.modality is Modality.TELEHEALTH
        return Criteria(
            modality=place.modality,
            place_state=state if video else place.state,
            location=None if video else place.code,
            payer=None if self_pay else payer,
            self_pay=self_pay,
            **more,
        )

    return st.builds(
        build,
        st.sampled_from(places),
        st.sampled_from(["UT", "ID", "NV"]),
        st.sampled_from(payers),
        st.booleans(),
        visit_type=st.sampled_from(list(known.visit_types)),
        age=ages,
        visit_language=st.sampled_from(["en", "en-US", "es", "es-MX", "vi"]),
        interpreter_accepted=st.sampled_from([None, True, False]),
        plan=st.sampled_from([None, "Other", *filter(None, (row.plan for row in routes))]),
        county=st.sampled_from([None, "Other", *filter(None, (row.county for row in routes))]),
        employer=st.sampled_from([None, "Other", *filter(None, (row.employer for row in routes))]),
        benefit=st.sampled_from([None, UNSURE, *list(known.payers)[:5]]),
        provider=st.sampled_from([None, *list(known.providers)[:3]]),
    )


@settings(max_examples=50, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_answer_kept_is_the_domain_s_own(example, data):
    criteria = data.draw(any_criteria(example))
    expected = outcome(example, criteria, MONDAY)
    answer = check(criteria, NOW)
    assert (answer.outcome, answer.reason, answer.bookable_from) == (
        expected.outcome,
        expected.lead_reason,
        expected.bookable_from,
    )
    assert (answer.question, answer.payer_behavioral, answer.self_pay_offered) == (
        expected.question,
        expected.payer_behavioral,
        expected.self_pay_offered,
    )
    assert answer.flags == tuple(flag.value for flag in expected.flags)
    assert [(each.id, each.route, each.windows) for each in answer.providers] == [
        (each.provider, each.route, each.windows) for each in expected.providers
    ]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_days_kept_are_those_the_decision_holds_on(example, data):
    criteria = data.draw(any_criteria(example))
    offer = prepare(example, criteria, MONDAY)
    masks = {
        (provider, group.location): group.days
        for group in offered_days(example, criteria, MONDAY)
        for provider in group.providers
    }
    last = example.visit_types[criteria.visit_type].horizon_days
    for day in sorted(data.draw(st.sets(st.integers(0, last), min_size=1, max_size=6))):
        for provider in example.offering(criteria.visit_type):
            for place in example.locations.values():
                if place.modality is criteria.modality and criteria.location in {None, place.code}:
                    decided = offerable(offer, provider, MONDAY + timedelta(days=day), place.code).ok
                    assert decided is bool(masks.get((provider, place.code), 0) >> day & 1)


def test_criteria_that_differ_in_nothing_that_matters_are_one(scene):
    known = current_facts()
    plain = essence(known, BASIN, MONDAY)
    for other in (
        replace(BASIN, plan="Gold", employer="A. Company", county="Weber", benefit="alpine"),
        replace(BASIN, age=Age(years=45)),
        replace(BASIN, age=Age(born=date(1980, 3, 3))),
        replace(BASIN, interpreter_accepted=True, visit_language="en-GB"),
    ):
        assert essence(known, other, MONDAY) == plain
    for other in (
        replace(BASIN, age=Age(years=17)),
        replace(BASIN, age=Age(born=date(2008, 4, 1))),
        replace(BASIN, visit_language="es"),
        replace(BASIN, place_state="ID"),
    ):
        assert essence(known, other, MONDAY) != plain


def test_a_change_of_the_facts_changes_the_answer(scene):
    assert len(check(BASIN, NOW).providers) == 2
    change(ProviderPayer.objects.filter(payer__code="basin", provider=scene.providers["73"]), status="inactive")
    assert len(check(BASIN, NOW).providers) == 1


def test_the_same_question_is_answered_from_memory(scene, django_assert_num_queries):
    check(BASIN, NOW)
    with django_assert_num_queries(1):
        check(replace(BASIN, plan="Gold"), NOW)


def test_the_next_day_is_another_question(scene):
    starts = MONDAY + timedelta(days=31)
    change(ProviderPayer.objects.filter(payer__code="basin"), effective_date=starts)
    assert check(BASIN, NOW).reason.value == "effective_date_over_30_days"
    assert check(BASIN, NOW + timedelta(days=1)).bookable_from == starts


# The search


def found(q):
    return [hit.code for hit in search_payers(q, NOW)]


def test_words_are_matched_apart_without_case_accents_or_spaces(scene):
    change(Payer.objects.filter(code="basin"), name="Básin Care of Utah", aliases=["B C U"])
    for q in ("basin care", "CARE basin", "basincare", "bcu", "  utah   bas "):
        assert found(q) == ["basin"], q
    assert found("basin elsewhere") == []


def test_less_than_two_characters_find_nothing(scene):
    assert found("b") == found("") == found(" . -") == []


def test_the_bookable_come_first_then_those_from_a_date_then_leads_and_home_before_away(scene):
    change(Payer.objects.all(), aliases=["some"])
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Payer.objects.create(code="away", name="A Health", type="commercial", state="NV", aliases=["some"])
        Payer.objects.create(code="zion", name="Zion Health", type="commercial", state="UT", aliases=["some"])
        soon = Payer.objects.create(code="soon", name="Soon Health", type="commercial", state="UT", aliases=["some"])
        ProviderPayer.objects.create(
            provider=Provider.objects.get(calendar_source_id="73"),
            payer=soon,
            status="active",
            effective_date=MONDAY + timedelta(days=20),
            confirmed_by="letter",
            confirmed_on=MONDAY,
        )
    assert found("some") == ["alpine", "basin", "soon", "canyon", "zion", "away"]
    assert {hit.code: hit.bookable_from for hit in search_payers("some", NOW)}["soon"] == MONDAY + timedelta(days=20)


def test_at_most_ten(scene):
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        for number in range(12):
            Payer.objects.create(code=f"p{number}", name=f"Plenty {number}", type="commercial", state="UT")
    assert len(found("plenty")) == 10


def test_a_repeated_search_asks_for_the_version_only(scene, django_assert_num_queries):
    found("basin")
    with django_assert_num_queries(1):
        found("alpine")
