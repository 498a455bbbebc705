"""Rules 1.2, 1.7 - 1.9, 1.14, 1.15: everything besides money."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.domain.coverage import candidate_places, decide, service_on
from moonlit.domain.criteria import Age
from moonlit.domain.facts import ClosureFacts, Facts, ServiceFacts
from moonlit.domain.reasons import Modality, Reason
from moonlit.domain.tests.scene import (
    ATTENDING,
    INTAKE,
    LONG,
    PSYCHOLOGIST,
    REGENCE,
    TERMS,
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


def scene(practice=None, **changes) -> Facts:
    return facts(provider(ATTENDING, **changes), contracts=[contract(ATTENDING)], **(practice or {}))


def see(snapshot, offset=40, location=None, who=ATTENDING, **changes):
    return decide(snapshot, criteria(**changes).ask("regence", location=location), who, day(offset))


EDGES = {
    "engagement": ({"engagements": (span(10, 20),)}, Reason.PROVIDER_NOT_ENGAGED, Reason.PROVIDER_NOT_ENGAGED),
    "licence": ({"licenses": {"UT": (span(10, 20),)}}, Reason.LICENSE_MISSING, Reason.LICENSE_EXPIRED),
    "absence": ({"absences": (span(None, 9), span(21))}, Reason.ABSENT, Reason.ABSENT),
    "bookable": ({"bookable": (span(10, 20),)}, Reason.NOT_BOOKABLE, Reason.NOT_BOOKABLE),
    "new patients": ({"accepts_new_patients": (span(10, 20),)}, Reason.NOT_ACCEPTING_NEW, Reason.NOT_ACCEPTING_NEW),
    "visit type": (
        {"services": (replace(INTAKE, during=span(10, 20)),)},
        Reason.SERVICE_NOT_OFFERED,
        Reason.SERVICE_NOT_OFFERED,
    ),
}


@pytest.mark.parametrize("name", EDGES)
def test_each_dated_row_holds_from_its_first_to_its_last_day(name):
    changes, before, after = EDGES[name]
    snapshot = scene(**changes)
    assert [see(snapshot, offset).codes for offset in (9, 10, 20, 21)] == [
        (before,),
        (Reason.DIRECT,),
        (Reason.DIRECT,),
        (after,),
    ]


def test_every_reason_is_given_not_only_the_first():
    snapshot = facts(
        provider(ATTENDING, engagements=(), licenses={}, bookable=(), calendar_source_id=None, services=())
    )
    assert set(see(snapshot).codes) == {
        Reason.NO_CONTRACT,
        Reason.PROVIDER_NOT_ENGAGED,
        Reason.LICENSE_MISSING,
        Reason.NOT_BOOKABLE,
        Reason.EHR_UNMAPPED,
        Reason.SERVICE_NOT_OFFERED,
    }


def test_a_provider_nobody_knows_is_not_engaged():
    decision = see(scene(), who=99)
    assert (decision.ok, decision.codes) == (False, (Reason.PROVIDER_NOT_ENGAGED,))


def test_new_patients_are_not_asked_about_for_a_follow_up():
    followup = ServiceFacts("followup", 30, ehr_reason_id="102")
    snapshot = scene(accepts_new_patients=(), services=(INTAKE, followup))
    assert see(snapshot, visit_type="followup").ok
    assert see(snapshot).codes == (Reason.NOT_ACCEPTING_NEW,)


def test_video_needs_the_licence_of_the_state_where_the_patient_will_be():
    snapshot = scene(licenses={"UT": (LONG,), "ID": (span(0, 10),)})
    assert see(snapshot, place_state="ID", offset=10).ok
    assert see(snapshot, place_state="ID", offset=11).codes == (Reason.LICENSE_EXPIRED,)
    assert see(snapshot, place_state="WY").codes == (Reason.LICENSE_MISSING,)


def test_a_licence_renewed_after_a_lapse_says_when_it_comes_back():
    snapshot = scene(licenses={"UT": (span(-100, -50), span(50))})
    (finding,) = see(snapshot, offset=0).reasons
    assert (finding.reason, finding.on) == (Reason.LICENSE_EXPIRED, day(-50))


def test_the_visit_type_must_be_on_the_providers_list():
    psychologist = provider(PSYCHOLOGIST, services=(ServiceFacts("therapy", 50, ehr_reason_id="103"),))
    snapshot = facts(psychologist, contracts=[contract(PSYCHOLOGIST)])
    assert see(snapshot, who=PSYCHOLOGIST).codes == (Reason.SERVICE_NOT_OFFERED,)


def test_a_visit_type_nobody_knows_is_not_offered():
    assert see(scene(), visit_type="nothing").codes == (Reason.SERVICE_NOT_OFFERED,)
    withdrawn = scene(services=(ServiceFacts("withdrawn", 30, ehr_reason_id="1"),))
    assert see(withdrawn, visit_type="withdrawn").codes == (Reason.SERVICE_NOT_OFFERED,)


def test_without_an_ehr_reason_the_visit_cannot_be_booked():
    assert see(scene(services=(replace(INTAKE, ehr_reason_id=None),))).codes == (Reason.EHR_UNMAPPED,)


def test_without_a_department_the_place_cannot_be_booked():
    snapshot = scene()
    video = replace(snapshot.locations["video"], ehr_department_id=None)
    snapshot = replace(snapshot, locations={**snapshot.locations, "video": video})
    assert see(snapshot).codes == (Reason.EHR_UNMAPPED,)


def test_modalities_of_provider_and_visit_type_both_count():
    in_person = frozenset({Modality.IN_PERSON})
    assert see(scene(modalities=in_person)).codes == (Reason.MODALITY_NOT_OFFERED,)
    snapshot = scene()
    intake = replace(snapshot.visit_types["intake"], modalities=in_person)
    assert see(replace(snapshot, visit_types={"intake": intake})).codes == (Reason.MODALITY_NOT_OFFERED,)


def test_a_provider_sees_patients_only_at_his_locations():
    at = {"modality": Modality.IN_PERSON, "location": "sugarhouse"}
    assert see(scene(), **at).ok
    assert see(scene(locations=frozenset({"sugarhouse"})), **at).ok
    assert see(scene(locations=frozenset({"video", "boise"})), **at).codes == (Reason.LOCATION_NOT_OFFERED,)


@pytest.mark.parametrize(
    ("modality", "location"),
    [
        (Modality.IN_PERSON, "video"),
        (Modality.TELEHEALTH, "sugarhouse"),
        (Modality.IN_PERSON, "nowhere"),
        (Modality.IN_PERSON, None),
    ],
)
def test_the_place_must_exist_and_be_of_the_right_kind(modality, location):
    assert see(scene(), modality=modality, location=location).codes == (Reason.LOCATION_NOT_OFFERED,)


def test_a_video_visit_needs_only_one_telehealth_location_that_serves_it():
    snapshot = scene(locations=frozenset({"evening"}))
    evening = replace(snapshot.locations["video"], code="evening")
    snapshot = replace(snapshot, locations={**snapshot.locations, "evening": evening})
    assert see(snapshot).ok
    assert see(snapshot, location="evening").ok
    assert see(snapshot, location="video").codes == (Reason.LOCATION_NOT_OFFERED,)


def test_closures_close_a_location_or_all_of_them():
    at = {"modality": Modality.IN_PERSON, "location": "sugarhouse"}
    one = scene(practice={"closures": (ClosureFacts("sugarhouse", span(10, 11)),)})
    assert [see(one, offset, **at).ok for offset in (9, 10, 11, 12)] == [True, False, False, True]
    assert see(one, 10, **at).codes == (Reason.CLOSED,)
    assert see(one, 10).ok
    everywhere = scene(practice={"closures": (ClosureFacts(None, span(10, 10)),)})
    assert see(everywhere, 10, **at).codes == (Reason.CLOSED,)
    assert see(everywhere, 10).codes == (Reason.CLOSED,)


@pytest.mark.parametrize(("age", "ok"), [(20, False), (21, True), (64, True), (65, False)])
def test_ages_are_inclusive_on_both_sides(age, ok):
    snapshot = scene(services=(replace(INTAKE, min_age=21, max_age=64),))
    decision = see(snapshot, age=Age(years=age))
    assert decision.ok is ok
    assert ok or decision.codes == (Reason.AGE_NOT_SERVED,)


def test_age_is_judged_on_the_day_of_the_visit():
    birthday = day(40)
    turns_18 = Age(born=birthday.replace(year=birthday.year - 18))
    assert see(scene(), 39, age=turns_18).codes == (Reason.AGE_NOT_SERVED,)
    assert see(scene(), 40, age=turns_18).ok


def test_a_minor_is_not_seen_until_the_practice_publishes_a_policy():
    services = (replace(INTAKE, min_age=12),)
    assert see(scene(services=services), age=Age(years=17)).codes == (Reason.AGE_NOT_SERVED,)
    published = scene(practice={"minors_policy_published": True}, services=services)
    assert see(published, age=Age(years=17)).ok
    assert see(published, age=Age(years=11)).codes == (Reason.AGE_NOT_SERVED,)


@pytest.mark.parametrize(("state", "years"), [("AL", 19), ("NE", 19), ("MS", 21), ("UT", 18)])
def test_some_states_have_a_later_age_of_majority(state, years):
    snapshot = scene(licenses={state: (LONG,)}, services=(replace(INTAKE, min_age=None),))
    assert see(snapshot, place_state=state, age=Age(years=years - 1)).codes == (Reason.AGE_NOT_SERVED,)
    assert see(snapshot, place_state=state, age=Age(years=years)).ok


def test_who_is_born_on_the_29th_of_february_turns_older_on_1_march():
    leap = Age(born=date(2008, 2, 29))
    assert [leap.on(each) for each in (date(2026, 2, 28), date(2026, 3, 1), date(2028, 2, 29))] == [17, 18, 20]


def test_an_adult_of_unstated_age_is_neither_a_minor_nor_old():
    assert see(scene(services=(replace(INTAKE, min_age=26, max_age=64),))).ok


@pytest.mark.parametrize(
    ("spoken", "ok"),
    [
        ({}, False),
        ({"fr": day(-9)}, False),
        ({"es": day(-9)}, True),
        ({"es-MX": day(-9)}, True),
        ({"es": day(40)}, True),
        ({"es": day(41)}, False),
    ],
)
def test_a_language_counts_only_when_verified_by_the_day_of_the_visit(spoken, ok):
    snapshot = scene(verified_languages=spoken, native_languages=frozenset({"es"}))
    decision = see(snapshot, visit_language="es")
    assert decision.ok is ok
    assert ok or decision.codes == (Reason.LANGUAGE_NOT_SPOKEN,)


def test_english_asks_for_no_proficiency():
    assert see(scene(), visit_language="en-US").ok


def test_with_an_interpreter_the_providers_languages_do_not_matter_and_the_answer_says_so():
    question = criteria(visit_language="es").ask("regence", with_interpreter=True)
    decision = decide(scene(), question, ATTENDING, day(1))
    assert (decision.ok, decision.with_interpreter) == (True, True)


RUNWAY = {"new_patient_runway_days": 30}


@pytest.mark.parametrize(
    "changes",
    [{"engagements": (span(-900, 60),)}, {"licenses": {"UT": (span(-900, 60),)}}],
)
def test_a_first_visit_needs_the_runway_before_engagement_or_licence_ends(changes):
    snapshot = scene(practice=RUNWAY, **changes)
    assert see(snapshot, 29).ok
    decision = see(snapshot, 30)
    assert decision.codes == (Reason.ENDS_SOON,)
    assert decision.reasons[0].on == day(60)
    assert see(scene(**changes), 60).ok


def test_a_first_visit_needs_the_runway_before_the_route_ends():
    rows = [contract(ATTENDING, ends=day(60))]
    snapshot = facts(contracts=rows, **RUNWAY)
    assert see(snapshot, 29).ok
    assert see(snapshot, 30).codes == (Reason.ENDS_SOON,)
    renewed = facts(contracts=[*rows, contract(ATTENDING, starts=day(61))], **RUNWAY)
    assert see(renewed, 50).ok


def test_the_runway_of_a_resident_ends_with_the_supervised_route():
    snapshot = supervised_facts(supervisions=[supervision(span(-9, 60))], **RUNWAY)
    assert decide(snapshot, criteria().ask("regence"), TRAINEE.id, day(29)).ok
    assert decide(snapshot, criteria().ask("regence"), TRAINEE.id, day(30)).codes == (Reason.ENDS_SOON,)


def test_a_follow_up_needs_no_runway():
    snapshot = scene(
        practice=RUNWAY, engagements=(span(-900, 60),), services=(ServiceFacts("followup", 30, ehr_reason_id="1"),)
    )
    assert see(snapshot, 60, visit_type="followup").ok


def test_the_row_of_a_location_beats_the_row_for_any_location():
    special = ServiceFacts("intake", 90, location="sugarhouse", ehr_reason_id="9", min_age=18, max_age=64)
    snapshot = scene(services=(INTAKE, special))
    here = criteria(modality=Modality.IN_PERSON).ask("regence", location="sugarhouse")
    there = criteria().ask("regence", location="video")
    assert service_on(snapshot, here, ATTENDING, day(1)) is special
    assert service_on(snapshot, there, ATTENDING, day(1)) is INTAKE
    assert service_on(snapshot, replace(here, age=Age(years=70)), ATTENDING, day(1)) is None
    assert see(snapshot, modality=Modality.IN_PERSON, location="sugarhouse", age=Age(years=70)).codes == (
        Reason.AGE_NOT_SERVED,
    )


def test_among_rows_of_one_place_the_one_for_the_age_serves():
    young = replace(INTAKE, min_age=18, max_age=25, minutes=90)
    old = replace(INTAKE, min_age=26)
    snapshot = scene(services=(young, old))
    for years, expected in ((25, young), (26, old)):
        question = criteria(age=Age(years=years)).ask("regence", location="video")
        assert service_on(snapshot, question, ATTENDING, day(1)) is expected


def test_a_title_never_decides():
    from moonlit.domain.reasons import Profession

    for profession in Profession:
        assert see(scene(profession=profession)).ok


def test_the_same_question_twice_gets_the_same_answer():
    snapshot = supervised_facts(payers=[replace(REGENCE, supervised_terms=(TERMS, TERMS))])
    assert see(snapshot) == see(snapshot)


def test_in_person_nowhere_in_particular_is_no_place():
    ask = criteria(modality=Modality.IN_PERSON).ask("regence")
    assert candidate_places(scene(), ask) == ()
    assert [place.code for place in candidate_places(scene(), criteria().ask("regence"))] == ["video"]


def test_a_visit_type_offered_elsewhere_is_not_offered_here():
    elsewhere = scene(services=(replace(INTAKE, location="boise"),))
    at = {"modality": Modality.IN_PERSON, "location": "sugarhouse"}
    assert see(elsewhere, **at).codes == (Reason.SERVICE_NOT_OFFERED,)
    assert see(elsewhere).codes == (Reason.SERVICE_NOT_OFFERED,)
