"""Visits that are not ready two days ahead become a task, which closes itself (rules 4.13)."""

import pytest

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services import review_readiness
from moonlit.booking.services.readiness import missing_for
from moonlit.people.models import Consent, Insurance, Patient
from moonlit.people.services import set_verification
from moonlit.practice.queries import today
from tests.support.visits import FRIDAY, booked, open_tasks

STAFF = Actor("staff", "7")


@pytest.fixture
def row(scene):
    scene.open("71", FRIDAY, "09:00")
    scene.sync()
    return booked(scene)


@pytest.fixture
def soon(scene, row):
    """Wednesday evening: the visit is less than 48 hours ahead."""
    scene.clock.at = row.start.replace(day=4, hour=17)
    return scene


def missing(row):
    again = Appointment.objects.select_related("patient", "location").get(pk=row.pk)
    return [each.value for each in missing_for([again])[row.pk]]


def check(row, desk, state="verified"):
    verification = Insurance.Verification(state)
    assert set_verification(row.pk, 1, verification, today=today(desk.clock()), actor=STAFF, now=desk.clock())


def test_a_new_booking_lacks_the_check_of_its_insurance(row):
    assert missing(row) == ["coverage"]
    stored = Insurance.objects.get(appointment=row.pk)
    assert (stored.verification, stored.verified_by, stored.verified_on) == ("unverified", "", None)


def test_a_check_says_who_and_when_and_can_be_taken_back(scene, row):
    check(row, scene)
    stored = Insurance.objects.get(appointment=row.pk)
    assert (stored.verification, stored.verified_by, str(stored.verified_on)) == ("verified", "7", "2026-03-02")
    assert missing(row) == []
    check(row, scene, "unverified")
    stored.refresh_from_db()
    assert (stored.verification, stored.verified_by, stored.verified_on) == ("unverified", "", None)
    assert missing(row) == ["coverage"]


def test_identity_and_consents_are_asked_for_as_well(scene, row):
    check(row, scene)
    Patient.objects.update(identity="unverified")
    Consent.objects.filter(kind="terms").update(state="to_be_signed")
    Appointment.objects.update(place_state="")
    assert missing(row) == ["identity", "consents", "location"]


def test_the_task_opens_two_days_ahead_and_not_before(soon, row):
    soon.clock.at = row.start.replace(day=4, hour=15)
    review_readiness(now=soon.clock())
    assert open_tasks(row) == []
    soon.clock.at = row.start.replace(day=4, hour=17)
    review_readiness(now=soon.clock())
    review_readiness(now=soon.clock())
    assert open_tasks(row) == ["not_ready"]


def test_the_task_closes_itself_when_the_visit_is_ready(soon, row):
    review_readiness(now=soon.clock())
    check(row, soon)
    review_readiness(now=soon.clock())
    assert open_tasks(row) == []


@pytest.mark.parametrize("state", ["cancelled", "no_show", "checked_in"])
def test_the_task_closes_when_the_visit_is_no_longer_ahead(soon, row, state):
    review_readiness(now=soon.clock())
    Appointment.objects.update(state=state)
    review_readiness(now=soon.clock())
    assert open_tasks(row) == []


def test_looking_at_many_visits_takes_a_fixed_number_of_queries(row, django_assert_num_queries):
    again = Appointment.objects.select_related("patient", "location").get(pk=row.pk)
    missing_for([again])
    with django_assert_num_queries(4):
        missing_for([again] * 30)
