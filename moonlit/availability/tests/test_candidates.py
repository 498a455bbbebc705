"""Who takes a start and why nobody does (rules 3.1, 3.6)."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from moonlit.availability.queries import alternatives, candidates, next_free, why_not
from moonlit.availability.tests.helpers import (
    ALPINE,
    BASIN,
    FRIDAY,
    IN_CLINIC,
    LAST_DAY,
    a_slot,
    at,
    bookable,
    change,
    hold,
    mirrored,
    practice_changes,
    take,
)
from moonlit.coverage.models import ProviderPayer
from moonlit.domain.criteria import Age
from moonlit.domain.reasons import Route
from moonlit.domain.refusals import RefusalCode
from moonlit.ehr.port import Department
from moonlit.practice.models import Absence, Closure, License, Provider, ProviderVisitType, VisitType
from tests.support.scene import DENVER, MONDAY

NINE, TEN = at(FRIDAY, "09:00"), at(FRIDAY, "10:00")
SELF_PAY = replace(BASIN, payer=None, self_pay=True)


@pytest.fixture
def scene(scene):
    scene.sync()
    mirrored(scene, *(a_slot(each, NINE, provider=each) for each in ("71", "72", "73")))
    return scene


def order(scene, criteria=BASIN, start=NINE):
    names = {row.pk: ehr for ehr, row in scene.providers.items()}
    return [names[each.provider_id] for each in bookable(scene, criteria, start)]


def refusal(scene, criteria=BASIN, start=NINE, provider=None):
    wanted = None if provider is None else scene.providers[provider].pk
    assert candidates(criteria, start, provider_id=wanted, now=scene.clock()) == []
    return why_not(criteria, start, provider_id=wanted, now=scene.clock())


def codes(refused):
    return refused.code, {reason.code for reason in refused.reasons}


# The order


def test_direct_comes_before_supervised(scene):
    take(scene, "71", at(FRIDAY, "13:00"))
    assert order(scene, ALPINE) == ["71", "72"]
    direct, supervised = bookable(scene, ALPINE, NINE)
    assert (direct.decision.route, supervised.decision.route) == (Route.DIRECT, Route.SUPERVISED)
    assert supervised.decision.supervisor == scene.providers["71"].pk


def test_then_fewest_new_patients_that_week_holds_counted(scene):
    assert order(scene) == ["71", "73"]
    hold(scene, "71", at(MONDAY + timedelta(days=2), "09:00"))
    assert order(scene) == ["73", "71"]
    take(scene, "73", at(MONDAY + timedelta(days=6), "09:00"))
    take(scene, "73", at(MONDAY + timedelta(days=1), "09:00"))
    assert order(scene) == ["71", "73"]
    take(scene, "71", at(MONDAY + timedelta(days=8), "09:00"))
    assert order(scene) == ["71", "73"], "next week does not count"


def test_then_fewest_visits_that_day_then_the_id(scene):
    take(scene, "71", at(FRIDAY, "13:00"), new_patient=False)
    assert order(scene) == ["73", "71"]
    take(scene, "73", at(FRIDAY, "13:00"), new_patient=False)
    assert order(scene) == ["71", "73"]


def test_one_provider_asked_for_by_argument_or_by_the_criteria(scene):
    assert [each.provider_id for each in bookable(scene, BASIN, NINE, "73")] == [scene.providers["73"].pk]
    assert order(scene, replace(BASIN, provider=scene.providers["73"].pk)) == ["73"]
    assert bookable(scene, replace(BASIN, provider=scene.providers["71"].pk), NINE, "73") == []


def test_a_candidate_has_all_a_booking_needs(scene):
    found = bookable(scene, SELF_PAY, NINE)[0]
    assert (found.location_code, found.time_zone, found.slot_ehr_id) == ("video", DENVER, "71")
    assert (found.start, found.end, found.slot_end) == (NINE, TEN, TEN)
    assert (found.ehr_reason_id, found.new_patient, found.local_date) == ("171", True, FRIDAY)
    assert (found.price_cents, found.decision.route) == (40000, Route.SELF_PAY)
    assert bookable(scene, BASIN, NINE)[0].price_cents is None
    change(ProviderVisitType.objects.filter(provider=scene.providers["71"]), self_pay_cents=25000)
    assert bookable(scene, SELF_PAY, NINE)[0].price_cents == 25000


def test_a_start_that_is_not_one_has_no_candidates(scene):
    for start in (NINE + timedelta(seconds=30), NINE + timedelta(minutes=1), NINE - timedelta(days=9000)):
        assert bookable(scene, BASIN, start) == []


# Why not


def test_too_near_and_too_far(scene):
    near = scene.clock() + timedelta(hours=24, seconds=-1)
    assert codes(refusal(scene, start=near)) == (RefusalCode.NOTICE_TOO_SHORT, {"notice"})
    far = at(LAST_DAY + timedelta(days=1), "00:00")
    assert codes(refusal(scene, start=far)) == (RefusalCode.BEYOND_HORIZON, {"horizon"})
    assert codes(refusal(scene, start=far - timedelta(minutes=1)))[0] is RefusalCode.PROVIDER_NOT_BOOKABLE


def test_a_time_that_was_never_open(scene):
    refused = refusal(scene, start=TEN)
    assert codes(refused)[0] is RefusalCode.PROVIDER_NOT_BOOKABLE
    assert {"not_open", "no_contract"} <= codes(refused)[1]
    assert {reason.date for reason in refused.reasons if reason.code == "not_open"} == {FRIDAY}
    assert {reason.provider for reason in refused.reasons if reason.code == "not_open"} == {
        scene.providers["71"].pk,
        scene.providers["73"].pk,
    }


def test_a_time_somebody_has_is_taken(scene):
    take(scene, "71", NINE)
    assert refusal(scene, provider="71").code is RefusalCode.SLOT_TAKEN
    take(scene, "73", NINE)
    assert refusal(scene).code is RefusalCode.SLOT_TAKEN
    mirrored(scene)
    assert refusal(scene).code is RefusalCode.SLOT_TAKEN, "the EHR no longer shows it: somebody has it there"


def test_a_provider_the_payer_does_not_cover_while_others_are(scene):
    refused = refusal(scene, provider="72")
    assert codes(refused)[0] is RefusalCode.PROVIDER_NOT_BOOKABLE
    assert "no_contract" in codes(refused)[1]


def test_a_payer_nobody_covers(scene):
    assert refusal(scene, replace(BASIN, payer="canyon")).code is RefusalCode.PAYER_NOT_BOOKABLE
    assert refusal(scene, replace(BASIN, payer="nobody-knows")).code is RefusalCode.PAYER_NOT_BOOKABLE


def test_age_licence_place_and_closed_days(scene):
    assert refusal(scene, replace(BASIN, age=Age(years=12))).code is RefusalCode.AGE_NOT_SERVED
    assert refusal(scene, replace(BASIN, place_state="NV")).code is RefusalCode.LICENSE_STATE
    assert "not_open" in codes(refusal(scene, IN_CLINIC))[1]
    with practice_changes():
        Closure.objects.create(starts=FRIDAY, ends=FRIDAY)
    assert "closed" in codes(refusal(scene))[1]


def test_the_end_of_a_licence_names_provider_and_date(scene):
    change(License.objects.filter(provider=scene.providers["71"]), ends=FRIDAY - timedelta(days=1))
    (reason,) = refusal(scene, provider="71").reasons
    assert (reason.code, reason.provider, reason.date) == (
        "license_expired",
        scene.providers["71"].pk,
        FRIDAY - timedelta(days=1),
    )


def test_a_start_beyond_the_threshold(scene):
    late = MONDAY + timedelta(days=40)
    mirrored(scene, a_slot("late", at(late, "09:00")))
    change(ProviderPayer.objects.filter(payer__code="basin"), effective_date=MONDAY + timedelta(days=35))
    assert "starts_after_threshold" in codes(refusal(scene, start=at(late, "09:00")))[1]


def test_absent_and_caps(scene):
    ada = Provider.objects.filter(pk=scene.providers["71"].pk)
    change(ada, daily_cap=0)
    assert codes(refusal(scene, provider="71"))[1] == {"daily_cap"}
    change(ada, daily_cap=None, weekly_new_patient_cap=0)
    assert codes(refusal(scene, provider="71"))[1] == {"weekly_cap"}
    with practice_changes():
        Absence.objects.create(provider=scene.providers["71"], starts=FRIDAY, ends=FRIDAY)
    assert codes(refusal(scene, provider="71"))[1] == {"absent"}


def test_a_slot_that_serves_another_visit_or_is_too_short_is_not_open_and_never_taken(scene):
    noon = at(FRIDAY, "12:00")
    mirrored(scene, a_slot("x", noon, reasons=("9",)), a_slot("y", TEN, minutes=30))
    assert codes(refusal(scene, start=noon, provider="71"))[1] == {"not_open"}
    assert codes(refusal(scene, start=TEN, provider="71"))[1] == {"not_open"}


def test_withheld_times_are_not_open(scene):
    scene.open("71", FRIDAY, "09:00")
    scene.ehr.add_department(Department("1", "Video", "America/New_York", "UT"))
    scene.sync()
    assert codes(refusal(scene, provider="71"))[1] == {"not_open"}


def test_a_provider_who_does_not_exist_or_does_not_offer_the_visit(scene):
    refused = why_not(BASIN, NINE, provider_id=987654, now=scene.clock())
    assert codes(refused) == (RefusalCode.PROVIDER_NOT_BOOKABLE, {"service_not_offered"})
    with practice_changes():
        VisitType.objects.create(
            code="other", name={"en": "Other"}, family="other", minutes=30, new_patient=False, modalities=["telehealth"]
        )
    assert codes(refusal(scene, replace(BASIN, visit_type="other")))[1] == {"service_not_offered"}


def test_two_different_providers_asked_for_at_once_are_nobody(scene):
    both = replace(BASIN, provider=scene.providers["71"].pk)
    assert codes(refusal(scene, both, provider="73"))[1] == {"service_not_offered"}


# What follows


def test_alternatives_are_the_nearest_in_order_of_time(scene):
    day = date(2026, 3, 16)
    clocks = ["08:00", "09:00", "12:00", "13:00", "15:00", "17:00"]
    mirrored(scene, *(a_slot(clock, at(day, clock)) for clock in clocks))
    near = alternatives(BASIN, at(day, "12:30"), scene.clock(), limit=3)
    assert [f"{each.start:%H:%M}" for each in near] == ["12:00", "13:00", "15:00"]
    assert alternatives(BASIN, at(day + timedelta(days=15), "12:00"), scene.clock()) == ()


def test_next_free_is_each_provider_s_first_start_at_any_place(scene):
    mirrored(scene, a_slot("v", at(FRIDAY, "13:00")), a_slot("w", at(FRIDAY, "11:00"), provider="73"))
    found = next_free(BASIN, scene.clock())
    assert {pk: f"{start:%H:%M%z}" for pk, start in found.items()} == {
        scene.providers["71"].pk: "13:00-0700",
        scene.providers["73"].pk: "11:00-0700",
    }
