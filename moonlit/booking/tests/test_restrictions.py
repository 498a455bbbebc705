"""People who may not book by themselves: their request looks like any other, and goes nowhere (rules 4.9)."""

from datetime import date, timedelta

import pytest

from moonlit.audit.actor import Actor
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, lift_restriction
from moonlit.domain.refusals import Refused
from moonlit.ehr.port import PersonDetails
from moonlit.people.models import SchedulingRestriction
from moonlit.people.restriction_queries import restrictions
from moonlit.people.services import NewRestriction, add_restriction, end_restriction
from moonlit.platform.testing import run_pending
from moonlit.worklist.models import Task
from tests.support.visits import FRIDAY, asked, booked, fresh, move, open_tasks, settle

STAFF = Actor("staff", "7")
TODAY = date(2026, 3, 2)
ZOE = PersonDetails("Zoë", "Ñandú-O'Leary", date(1990, 2, 28), email="zoe@example.org")


@pytest.fixture
def desk(scene, time_machine):
    scene.open("71", FRIDAY, "09:00", "10:00", "13:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    return scene


def restrict(desk, **changes):
    given = {
        "kind": SchedulingRestriction.Kind.DISCHARGED,
        "first_name": "ZOE",
        "last_name": "Nandu O'Leary",
        "date_of_birth": date(1990, 2, 28),
        "starts": TODAY,
        "ends": None,
        "reason": "three missed visits",
    }
    return add_restriction(NewRestriction(**(given | changes)), actor=STAFF, now=desk.clock())


def request(desk):
    desk.ehr.calls.clear()
    row = Appointment.objects.get(pk=asked(desk, "09:00").appointment)
    advance(row.pk, clock=desk.clock)
    row.refresh_from_db()
    return row


def test_the_request_of_a_restricted_person_is_kept_and_the_ehr_hears_nothing(desk):
    restrict(desk)
    row = request(desk)
    assert (row.state, row.blocked) == ("pending", "restricted")
    assert desk.ehr.calls == []
    task = Task.objects.get(kind="restricted_patient")
    assert task.due == desk.clock.at.replace(day=3, hour=0)
    assert "three missed" not in task.note


def test_a_restriction_by_chart_stops_the_booking_once_the_chart_is_known(desk):
    chart = desk.ehr.add_patient(ZOE)
    restrict(desk, first_name="Zoe", last_name="Quill", ehr_patient_id=chart)
    row = request(desk)
    assert row.blocked == "restricted"
    assert set(desk.ehr.calls) <= {"find_patient", "patient"}


@pytest.mark.parametrize(
    "changes",
    [
        {"starts": TODAY + timedelta(days=1)},
        {"starts": TODAY - timedelta(days=9), "ends": TODAY - timedelta(days=1)},
        {"first_name": "Zora"},
        {"date_of_birth": date(1990, 2, 27)},
    ],
)
def test_only_the_very_person_is_stopped_and_only_while_it_holds(desk, changes):
    restrict(desk, **changes)
    assert request(desk).state == "booked"


@pytest.mark.parametrize("changes", [{"ends": TODAY}, {"starts": TODAY, "ends": None}])
def test_first_and_last_day_count(desk, changes):
    restrict(desk, **changes)
    assert request(desk).blocked == "restricted"


def test_a_restriction_taken_back_stops_nobody(desk):
    key = restrict(desk)
    assert end_restriction(key, reason="appeal granted", actor=STAFF, now=desk.clock())
    assert not end_restriction(key, reason="again", actor=STAFF, now=desk.clock())
    assert request(desk).state == "booked"
    assert AuditEvent.objects.get(verb="people:restriction:ended").reason == "appeal granted"


def test_staff_may_let_one_visit_go_on(desk):
    restrict(desk)
    row = request(desk)
    with pytest.raises(Refused):
        lift_restriction(row.pk, reason="", actor=STAFF, now=desk.clock())
    lift_restriction(row.pk, reason="clinician agreed", actor=STAFF, now=desk.clock())
    run_pending(desk.clock())
    assert fresh(row).state == "booked"
    assert "restricted_patient" not in open_tasks(row)


def test_a_move_by_somebody_restricted_since_waits_for_staff_and_the_old_time_stands(desk):
    row = booked(desk)
    restrict(desk)
    desk.ehr.calls.clear()
    assert move(desk, row, "13:00").change == "move"
    run_pending(desk.clock())
    new = Appointment.objects.get(moved_from=row)
    assert (new.state, new.blocked) == ("pending", "restricted")
    assert not {"reschedule", "book", "cancel"} & set(desk.ehr.calls)
    assert fresh(row).state == "booked"


def test_a_request_nobody_lets_go_on_ends_at_its_notice_limit(desk):
    restrict(desk)
    row = request(desk)
    desk.clock.at = row.notice_limit_at
    settle(desk, minutes=1)
    assert fresh(row).state == "failed"
    assert open_tasks(row) == ["not_booked_call"]


def test_a_restriction_needs_a_reason_and_an_order_of_days(desk):
    for wrong in ({"reason": " "}, {"ends": TODAY - timedelta(days=1)}):
        with pytest.raises(ValueError):
            restrict(desk, **wrong)
    assert not SchedulingRestriction.objects.exists()


def test_staff_find_a_person_by_name_and_birth_date_and_the_look_is_audited(desk):
    restrict(desk)
    restrict(desk, first_name="Otto", last_name="Quill", ends=TODAY)
    end_restriction(restrict(desk, first_name="Ida"), reason="x", actor=STAFF, now=desk.clock())
    everybody = restrictions(actor=STAFF, today=TODAY)
    assert sorted(row.name for row in everybody) == ["Otto Quill", "ZOE Nandu O'Leary"]
    found = restrictions(
        actor=STAFF, today=TODAY, first_name="ida", last_name="Nandú O'Leary", date_of_birth=date(1990, 2, 28)
    )
    assert [(row.name, row.in_force) for row in found] == [("Ida Nandu O'Leary", False)]
    assert AuditEvent.objects.filter(verb="people:patient:read", subject="restrictions").count() == 2
