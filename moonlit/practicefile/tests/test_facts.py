"""The snapshot the decision reads: the rows as they are, in a fixed number of queries, kept until they change."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.coverage.models import Payer
from moonlit.coverage.queries import facts, facts_version
from moonlit.domain.criteria import Ask
from moonlit.domain.periods import Period
from moonlit.domain.reasons import ClaimMode, Modality, Presence
from moonlit.practice.models import Location, Provider
from moonlit.practice.services import changing_facts, save_rows
from moonlit.practicefile.services import load
from moonlit.practicefile.tests.small import NOW, SMALL, TODAY

pytestmark = pytest.mark.django_db
EXAMPLE = Path(__file__).parents[3] / "examples" / "practice.yaml"
QUERIES = 22
"""Two per value for the version, before and after, two on the way in; eighteen tables."""


def rename(payer: str, name: str) -> None:
    with changing_facts(Verb.COVERAGE_CHANGED, actor=SYSTEM, subject=f"payer:{payer}"):
        save_rows(Payer, changed=[(Payer.objects.get(code=payer).pk, {"name": name})])


@pytest.mark.parametrize("text", [SMALL, EXAMPLE.read_text()], ids=["two providers", "fourteen providers"])
def test_the_number_of_queries_does_not_grow_with_the_practice(text, django_assert_num_queries):
    load(text, actor=SYSTEM, now=NOW)
    facts()  # a process that keeps nothing yet is spared the second look at the version
    rename("regence", "Regence")
    with django_assert_num_queries(QUERIES):
        facts()


def test_an_unchanged_snapshot_costs_one_query(django_assert_num_queries):
    load(SMALL, actor=SYSTEM, now=NOW)
    first = facts()
    with django_assert_num_queries(1):
        assert facts() is first


def test_a_change_is_seen_at_once():
    load(SMALL, actor=SYSTEM, now=NOW)
    before, version = facts(), facts_version()
    rename("regence", "Regence")
    assert facts_version() > version
    assert facts().payers["regence"].name == "Regence"
    assert before.payers["regence"].name != "Regence"


def test_a_practice_that_was_never_loaded_is_empty_and_not_kept():
    assert facts().providers == {}
    Location.objects.create(code="video", name="Video", kind="telehealth", time_zone="America/Denver")
    assert set(facts().locations) == {"video"}
    assert len({facts_version(), facts_version()}) == 2


def test_the_snapshot_holds_what_the_file_says():
    load(SMALL, actor=SYSTEM, now=NOW)
    found = facts()
    quintero = found.providers[Provider.objects.get(npi="2000000101").pk]
    wexler = found.providers[Provider.objects.get(npi="2000000218").pk]
    assert (quintero.name, quintero.credentials) == ("Marisol Quintero-Hale", "MD")
    assert quintero.engagements == (Period(date(2023, 7, 1)),)
    assert quintero.absences == (Period(date(2026, 12, 24), date(2027, 1, 2)),)
    assert quintero.licenses == {"UT": (Period(date(2020, 1, 1), date(2027, 1, 31)),)}
    assert quintero.verified_languages == {"es": date(2025, 5, 1)}
    assert quintero.bookable == quintero.can_bill_independently == (Period(TODAY),)
    assert (wexler.can_bill_independently, wexler.accepts_new_patients) == ((), ())
    [service] = quintero.services
    assert (service.location, service.min_age, service.max_age, service.ehr_reason_id) == ("video", 18, 99, "101")
    assert found.locations["video"].state is None
    assert found.locations["ogden"].state == "UT"
    assert found.practice.minors_policy_published is False

    payer = found.payers["regence"]
    [terms], [group], [route] = payer.supervised_terms, payer.group_contracts, payer.benefit_routes
    assert (terms.claim_mode, terms.presence) == (ClaimMode.ATTENDING_RENDERING, Presence.SIGN_OFF)
    assert group.roster == {quintero.id: (Period(date(2026, 6, 1)),)}
    assert (route.to, route.employer, route.plan, route.question) == ("regence", "University", None, {"en": "Who?"})
    [contract], [supervision] = found.contracts, found.supervisions
    assert contract.window == Period(date(2025, 11, 1))
    assert (supervision.supervisor, supervision.supervisee, supervision.payer) == (quintero.id, wexler.id, "regence")


def test_the_decision_runs_on_the_snapshot():
    from moonlit.domain.coverage import decide

    load(SMALL, actor=SYSTEM, now=NOW)
    quintero = Provider.objects.get(npi="2000000101").pk
    ask = Ask(visit_type="intake", modality=Modality.TELEHEALTH, place_state="UT", payer="regence")
    assert decide(facts(), ask, quintero, TODAY + timedelta(days=2)).ok
    assert not decide(facts(), ask, quintero, date(2026, 12, 24)).ok
