"""No answer, status, header or amount of work tells an outsider whether somebody is a patient (rules 4.8, 4.9)."""

import re
from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.ehr.port import PersonDetails
from moonlit.people.models import SchedulingRestriction
from moonlit.people.services import NewRestriction, add_restriction
from moonlit.platform.testing import run_pending
from tests.support.api import booking

ZOE = PersonDetails("Zoë", "Ñandú-O'Leary", date(1990, 2, 28), email="zoe@example.org", phone="+18015550142")
START = "2026-03-06T09:00:00-07:00"


def nobody(scene, api):
    """The EHR knows nobody of this name."""


def known(scene, api):
    scene.ehr.add_patient(ZOE)


def ambiguous(scene, api):
    scene.ehr.add_patient(ZOE)
    scene.ehr.add_patient(ZOE)


def unproven(scene, api):
    """A chart with the same name and birth date and nothing else."""
    scene.ehr.add_patient(PersonDetails(ZOE.first_name, ZOE.last_name, ZOE.date_of_birth, email="x@example.org"))


def restricted(scene, api):
    new = NewRestriction(
        kind=SchedulingRestriction.Kind.PHONE_ONLY,
        first_name=ZOE.first_name,
        last_name=ZOE.last_name,
        date_of_birth=ZOE.date_of_birth,
        starts=date(2026, 1, 1),
        ends=None,
        reason="by phone only",
    )
    add_restriction(new, actor=Actor("staff", "7"), now=scene.clock())


def twice(scene, api):
    """The same person has another visit already."""
    api.post("/appointments", booking("2026-03-06T11:00:00-07:00"), Idempotency_Key="key-other-1")
    run_pending(scene.clock())


PEOPLE = [nobody, known, ambiguous, unproven, restricted, twice]


def alike(answer):
    """An answer without what differs between any two bookings: ids, tokens, request ids."""
    body = re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|[\w-]{22,}", "…", answer.content.decode())
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-Id"}
    return answer.status_code, body, headers


def asked(scene, api, prepare):
    """What the stranger sees of the request, of its status at once, and how many statements it took."""
    prepare(scene, api)
    with CaptureQueriesContext(connection) as statements:
        answer = api.post("/appointments", booking(START), Idempotency_Key="key-00000001")
    status = api.get(answer.json()["status_url"].split("/api/v1")[1])
    return alike(answer), alike(status), len(statements), answer


@pytest.fixture
def of_a_stranger(open_scene, api):
    """What it looks like for somebody the practice has never heard of, rolled back."""
    here = transaction.savepoint()
    seen = asked(open_scene, api, nobody)
    transaction.savepoint_rollback(here)
    return seen


@pytest.mark.parametrize("prepare", PEOPLE, ids=lambda each: each.__name__)
def test_a_request_is_answered_alike_whoever_asks(open_scene, api, of_a_stranger, prepare):
    answer, status, statements, _ = asked(open_scene, api, prepare)
    assert answer == of_a_stranger[0]
    assert status == of_a_stranger[1]
    assert abs(statements - of_a_stranger[2]) <= 2
    assert answer[0] == 202


@pytest.mark.parametrize("prepare", [ambiguous, restricted], ids=lambda each: each.__name__)
def test_a_request_that_waits_for_staff_looks_like_one_the_ehr_has_not_answered(
    open_scene, api, of_a_stranger, prepare
):
    answer = asked(open_scene, api, prepare)[3]
    run_pending(open_scene.clock())
    assert Appointment.objects.get().blocked
    status = api.get(answer.json()["status_url"].split("/api/v1")[1])
    assert alike(status) == of_a_stranger[1]
    manage = api.get(f"/appointments/{answer.json()['manage_token']}").json()
    assert manage["state"] == "pending"


@pytest.mark.parametrize("prepare", [known, unproven, twice], ids=lambda each: each.__name__)
def test_a_visit_that_is_booked_says_nothing_of_a_match(open_scene, api, prepare):
    def final(prepare_one):
        answer = asked(open_scene, api, prepare_one)[3]
        run_pending(open_scene.clock())
        return alike(api.get(answer.json()["status_url"].split("/api/v1")[1]))

    found = final(prepare)
    assert '"state":"booked"' in found[1]
    assert not re.search("unverified|matched|review|restrict|overlap|duplicate|chart", found[1])
