"""The practice of the demo: it loads, and each payer gives the answer it is there to show."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.coverage.queries import facts
from moonlit.domain.criteria import Criteria
from moonlit.domain.effective_dates import EligibilityOutcome, outcome
from moonlit.domain.reasons import LeadReason, Modality, Outcome, Profession, Route
from moonlit.practice.models import Provider
from moonlit.practicefile.services import load
from moonlit.worklist.models import Task

EXAMPLE = Path(__file__).parents[3] / "examples" / "practice.yaml"
NOW = datetime(2026, 11, 23, 17, tzinfo=UTC)
TODAY = date(2026, 11, 23)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _example() -> None:
    load(EXAMPLE.read_text(), actor=SYSTEM, now=NOW)


def answer(payer: str | None, *, visit_type: str = "intake", state: str = "UT", **more) -> EligibilityOutcome:
    criteria = Criteria(
        visit_type=visit_type,
        modality=Modality.TELEHEALTH,
        place_state=state,
        payer=payer,
        self_pay=payer is None,
        **more,
    )
    return outcome(facts(), criteria, TODAY)


def offered(found: EligibilityOutcome) -> dict[str, tuple[Route, str | None]]:
    """Last name -> route and the supervisor's last name."""
    names = {provider.pk: provider.last_name for provider in Provider.objects.all()}
    return {names[each.provider]: (each.route, names.get(each.supervisor)) for each in found.providers}


def test_regence_is_bookable_with_the_attending_and_with_residents_under_supervision():
    found = answer("regence", benefit="regence")
    assert found.outcome is Outcome.BOOKABLE
    assert offered(found) == {
        "Quintero-Hale": (Route.DIRECT, None),
        "Wexler": (Route.SUPERVISED, "Quintero-Hale"),
        "Lindqvist": (Route.SUPERVISED, "Farrow"),
        "Marchetti-Vance": (Route.DIRECT, None),
    }


def test_who_is_on_leave_is_offered_only_after_it():
    found = answer("regence", benefit="regence")
    [marchetti] = [
        each for each in found.providers if each.route is Route.DIRECT and each.first_day > TODAY + timedelta(2)
    ]
    assert marchetti.first_day == TODAY + timedelta(days=61)


def test_a_regence_card_may_be_carved_out_and_is_asked_about():
    found = answer("regence")
    assert found.outcome is Outcome.BOOKABLE
    assert [option.value for option in found.question.options] == ["hmhi-bhn", "regence", "unsure"]
    assert answer("regence", employer="University of Utah").payer_behavioral == "hmhi-bhn"
    assert answer("uuhp", plan="Employee").payer_behavioral == "hmhi-bhn"


def test_a_uhc_card_is_decided_on_the_payer_behind_it():
    found = answer("uhc")
    assert (found.outcome, found.payer_behavioral) == (Outcome.BOOKABLE, "optum-commercial-bh")


def test_a_payer_effective_in_20_days_opens_then():
    found = answer("emi-health")
    assert (found.outcome, found.bookable_from) == (Outcome.BOOKABLE_FROM, TODAY + timedelta(days=20))


@pytest.mark.parametrize(
    ("payer", "reason"),
    [
        ("pehp", LeadReason.EFFECTIVE_DATE_OVER_30_DAYS),
        ("blue-cross-id", LeadReason.CREDENTIALING_IN_PROGRESS),
        ("tricare-west", LeadReason.CREDENTIALING_IN_PROGRESS),
        ("optum-slco", LeadReason.CREDENTIALING_IN_PROGRESS),
        ("wasatch-bh", LeadReason.CREDENTIALING_IN_PROGRESS),
        ("davis-bh", LeadReason.OUT_OF_NETWORK),
        ("weber-hs", LeadReason.OUT_OF_NETWORK),
        ("bear-river-bh", LeadReason.OUT_OF_NETWORK),
        ("cigna", LeadReason.OUT_OF_NETWORK),
        ("molina-id", LeadReason.OUT_OF_NETWORK),
    ],
)
def test_a_payer_that_cannot_be_booked_takes_a_lead_with_its_reason(payer, reason):
    found = answer(payer)
    assert (found.outcome, found.lead_reason) == (Outcome.LEAD, reason)


def test_the_group_contract_covers_its_roster_only():
    assert set(offered(answer("dmba"))) == {"Quintero-Hale", "Brightwater"}
    assert set(offered(answer("dmba", visit_type="therapy_intake"))) == {"Okafor-Bell", "Farraday"}


def test_only_idaho_licenses_serve_idaho():
    assert set(offered(answer("idaho-medicaid", state="ID"))) == {"Quintero-Hale", "Abernathy-Cruz"}
    assert answer("first-health", state="ID").lead_reason is LeadReason.NO_PROVIDER_AVAILABLE


def test_who_supervises_only_and_who_left_are_offered_nowhere():
    every = {
        name
        for payer in [None, *facts().payers]
        for kind in ("intake", "therapy_intake")
        for name in offered(answer(payer, visit_type=kind))
    }
    assert not every & {"Farrow", "Varga-Lund", "Castellane"}
    assert "Quintero-Hale" in every


def test_spanish_visits_are_offered_by_the_verified_speaker():
    assert set(offered(answer("aetna", visit_language="es"))) == {"Quintero-Hale"}


def test_a_contract_without_a_start_and_one_unconfirmed_are_tasks():
    assert sorted(Task.objects.values_list("kind", flat=True)) == ["start_date_missing", "start_unconfirmed"]


def test_the_practice_is_large_enough_to_show_everything():
    providers = facts().providers.values()
    assert len(providers) >= 12
    assert {each.profession for each in providers} == set(Profession)
    assert len({each.calendar_source_id for each in providers}) == len(providers)
    assert all(service.ehr_reason_id for each in providers for service in each.services)
