"""Before a change touches the EHR: is what stands there still this patient's visit, and ours (rules 4.8, 4.10)?"""

import pytest

from moonlit.booking.models import Appointment
from moonlit.booking.services import advance_change
from moonlit.booking.services.changes.ehr import what_was_seen
from moonlit.domain.visit_changes import Seen
from moonlit.ehr.port import EhrStatus
from tests.support.visits import FRIDAY, booked, cancel, fresh, move, new_of, open_tasks, settle, told


@pytest.fixture
def practice(scene):
    scene.open("71", FRIDAY, "09:00", "10:00", "14:00")
    scene.sync()
    return scene


def given_to_another(practice, row):
    """The front desk puts the visit on another person's chart; our note stays with it."""
    practice.ehr.staff_edit(row.athena_appt_id, patient_id=practice.ehr.add_patient(None))
    assert str(row.pk) in practice.ehr.appointment(row.athena_appt_id).notes[0]


def cancelled(practice, row):
    cancel(practice, row)
    advance_change(row.pk, clock=practice.clock)
    settle(practice, 5)
    return fresh(row)


def test_a_visit_on_another_persons_chart_is_not_cancelled_whatever_our_note_says(practice):
    row = booked(practice)
    given_to_another(practice, row)
    assert (cancelled(practice, row).state, open_tasks(row)) == ("booked", ["cancel_failed"])
    assert practice.ehr.appointment(row.athena_appt_id).status is EhrStatus.BOOKED


def test_a_chart_that_is_no_more_does_not_make_its_visit_a_cancelled_one(practice):
    row = booked(practice)
    given_to_another(practice, row)
    del practice.ehr.charts.people[row.patient.ehr_patient_id]
    assert (cancelled(practice, row).state, open_tasks(row)) == ("booked", ["cancel_failed"])
    assert "appointment.cancelled" not in told(row)


@pytest.fixture
def landed_late(practice):
    """A move that we gave up, and that the EHR carried out after all."""
    row = booked(practice)
    move(practice, row, "14:00", "71")
    new = new_of(row)
    practice.ehr.staff_move(row.athena_appt_id, new.slot_ehr_id)
    Appointment.objects.filter(pk=new.pk).update(state="failed")
    return row


def test_a_given_up_move_that_landed_is_no_cancel(practice, landed_late):
    assert what_was_seen(fresh(landed_late))[0] is Seen.ELSEWHERE


def test_a_move_whose_new_visit_was_seen_cancelled_leaves_nothing(practice, landed_late):
    Appointment.objects.filter(moved_from=landed_late).update(problem="look_cancelled")
    assert what_was_seen(fresh(landed_late))[0] is Seen.RELEASED
