"""A mask bit is the decision of that day, for practices of any shape (rules 3.1).

A scene starts bookable; each example bends a handful of its rows, so that yes and no, and each reason, are met often.
"""

from dataclasses import replace
from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from moonlit.domain.criteria import UNSURE, Age
from moonlit.domain.facts import (
    BenefitRouteFacts,
    ClosureFacts,
    GroupContractFacts,
    PracticeFacts,
    ServiceFacts,
    SupervisedTermsFacts,
    SupervisionFacts,
)
from moonlit.domain.offers import Offer, offer_mask, offer_windows, offerable
from moonlit.domain.periods import Period, covers
from moonlit.domain.reasons import ClaimMode, ContractStatus, Route
from moonlit.domain.routes import direct_windows
from moonlit.domain.tests.scene import (
    ATTENDING,
    INTAKE,
    LONG,
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
    payer,
    provider,
)

SPAN = 40
PEOPLE = (ATTENDING, RESIDENT, OTHER_ATTENDING)
offsets = st.integers(-5, SPAN + 5)
ends = offsets | st.none()


@st.composite
def period(draw):
    first, last = draw(ends), draw(ends)
    if first is not None and last is not None and first > last:
        first, last = last, first
    return Period(*(None if each is None else day(each) for each in (first, last)))


windows = st.lists(period(), min_size=1, max_size=2).map(tuple)
PROVIDER_BENDS = {
    "engagements": windows,
    "absences": windows,
    "bookable": windows,
    "accepts_new_patients": windows,
    "can_bill_independently": windows,
    "licenses": windows.map(lambda found: {"UT": found}),
    "verified_languages": st.builds(lambda offset: {"es": day(offset)}, offsets),
    "max_supervisees": st.sampled_from([0, 1]),
    "services": st.builds(
        lambda during, oldest, special: (
            replace(INTAKE, during=during, max_age=oldest),
            *([ServiceFacts("intake", 90, location="video", ehr_reason_id="7", during=special)] if special else []),
        ),
        period(),
        st.sampled_from([None, 18, 19]),
        st.none() | period(),
    ),
}
contract_rows = st.builds(
    lambda who, code, during, status, confirmed: contract(
        who, code, during.starts, ends=during.ends, status=status, confirmed_by=confirmed
    ),
    st.sampled_from(PEOPLE),
    st.sampled_from(["regence", "regence", "bhn"]),
    period(),
    st.sampled_from([ContractStatus.ACTIVE] * 4 + [ContractStatus.CREDENTIALING_IN_PROGRESS]),
    st.sampled_from(["letter"] * 4 + [""]),
)
supervision_rows = st.builds(
    SupervisionFacts,
    st.sampled_from([ATTENDING, OTHER_ATTENDING]),
    st.sampled_from([RESIDENT, RESIDENT, OTHER_ATTENDING]),
    st.sampled_from(["regence", None]),
    period(),
)
group_contracts = st.builds(
    lambda during, needs_roster, first, second: GroupContractFacts(
        during.starts, during.ends, needs_roster, {ATTENDING: first, RESIDENT: second}
    ),
    period(),
    st.booleans(),
    windows,
    windows,
)
SCENE_BENDS = {
    "own contracts": st.lists(contract_rows, min_size=1, max_size=3),
    "more contracts": st.lists(contract_rows, min_size=1, max_size=2),
    "supervision": st.lists(supervision_rows, min_size=1, max_size=3),
    "terms": st.lists(
        st.builds(SupervisedTermsFacts, period(), st.sampled_from(list(ClaimMode))), min_size=1, max_size=2
    ),
    "group": group_contracts,
    "carve-out": st.builds(BenefitRouteFacts, st.just("bhn"), st.sampled_from([None, "Choice"]), during=period()),
    "closure": st.builds(ClosureFacts, st.sampled_from([None, "video"]), period()),
    "independence": st.just(False),
    "runway": st.sampled_from([1, 7]),
    "threshold": st.sampled_from([0, 10]),
    "minors": st.just(True),
}


@st.composite
def scenes(draw):
    bent = {
        name: draw(SCENE_BENDS[name])
        for name in sorted(draw(st.sets(st.sampled_from(sorted(SCENE_BENDS)), max_size=3)))
    }
    people = {ATTENDING: provider(ATTENDING), RESIDENT: TRAINEE, OTHER_ATTENDING: provider(OTHER_ATTENDING)}
    for who in draw(st.sets(st.sampled_from(PEOPLE), max_size=2)):
        name = draw(st.sampled_from(sorted(PROVIDER_BENDS)))
        people[who] = replace(people[who], **{name: draw(PROVIDER_BENDS[name])})
    card = replace(
        REGENCE,
        requires_independent=bent.get("independence", True),
        supervised_terms=tuple(bent.get("terms", [TERMS])),
        group_contracts=(bent["group"],) if "group" in bent else (),
        benefit_routes=(bent["carve-out"],) if "carve-out" in bent else (),
    )
    own = [contract(who, code) for who in (ATTENDING, OTHER_ATTENDING) for code in ("regence", "bhn")]
    scene = facts(
        *people.values(),
        payers=[card, payer("bhn", supervised_terms=(TERMS,))],
        contracts=[*bent.get("own contracts", own), *bent.get("more contracts", [])],
        supervisions=bent.get("supervision", [SupervisionFacts(ATTENDING, RESIDENT, None, LONG)]),
    )
    practice = PracticeFacts(
        new_patient_runway_days=bent.get("runway", 0),
        lead_threshold_days=bent.get("threshold", 30),
        minors_policy_published=bent.get("minors", False),
        closures=(bent["closure"],) if "closure" in bent else (),
    )
    return replace(scene, practice=practice)


@st.composite
def asked(draw):
    plain = draw(st.integers(0, 2)) > 0
    if plain:
        return criteria()
    turns = day(draw(offsets))
    years = draw(st.sampled_from([18, 19, 20, 40]))
    return criteria(
        self_pay=draw(st.booleans()),
        plan=draw(st.sampled_from([None, "Choice", "Value"])),
        benefit=draw(st.sampled_from([None, UNSURE, "bhn"])),
        age=draw(st.sampled_from([Age(), Age(born=turns.replace(year=turns.year - years))])),
        visit_language=draw(st.sampled_from(["en", "es"])),
    )


@settings(max_examples=250, deadline=None)
@given(scenes(), asked(), st.sampled_from([None, "video"]), st.integers(-3, 3))
def test_a_mask_bit_is_the_decision_of_that_day(scene, wanted, location, shift):
    offer = Offer(scene, wanted, TODAY)
    first = day(shift)
    for who in PEOPLE:
        mask = offer_mask(offer, who, first, SPAN, location)
        found = offer_windows(offer, who)
        for offset in range(SPAN):
            on = first + timedelta(days=offset)
            decision = offerable(offer, who, on, location)
            assert bool(mask >> offset & 1) == decision.ok, (who, offset, decision)
            assert not decision.ok or covers(found, on)
            if decision.route is Route.DIRECT and decision.payer is not None:
                assert covers(direct_windows(scene, scene.payers[decision.payer], scene.providers[who]), on)
        assert mask >> SPAN == 0
