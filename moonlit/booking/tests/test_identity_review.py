"""Staff say who the patient is, and the held booking goes on (rules 4.8, 13)."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.audit.actor import Actor
from moonlit.audit.models import AuditEvent
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, call_patient, make_chart, take_chart, verify_identity
from moonlit.domain.refusals import Refused
from moonlit.ehr.port import NotReached, PersonDetails, Rejected, Unknown
from moonlit.people.models import Patient
from moonlit.platform.testing import run_pending
from moonlit.worklist.models import Task
from tests.support.people import patient
from tests.support.visits import FRIDAY, asked, fresh, open_tasks

STAFF = Actor("staff", "7")
ZOE = PersonDetails("Zoë", "Ñandú-O'Leary", date(1990, 2, 28), email="zoe@example.org", phone="+18015550142")


@pytest.fixture
def desk(scene, time_machine):
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    return scene


def held(desk, **changes):
    """A booking that two charts fit, so that it waits for staff."""
    charts = [desk.ehr.add_patient(ZOE), desk.ehr.add_patient(ZOE)]
    row = Appointment.objects.get(pk=asked(desk, "09:00", **changes).appointment)
    advance(row.pk, clock=desk.clock)
    row.refresh_from_db()
    assert (row.state, row.blocked) == ("pending", "identity_review")
    desk.ehr.calls.clear()
    return row, charts


def person(row):
    return Patient.objects.get(pk=row.patient_id)


def refusal(call, *args, **kwargs):
    with pytest.raises(Refused) as refused:
        call(*args, **kwargs)
    return refused.value.reasons[0].code


def test_a_held_booking_alarms_after_one_working_hour(desk):
    row, _ = held(desk)
    task = Task.objects.get(kind="identity_review")
    assert task.due == desk.clock.at.replace(hour=17)
    assert person(row).identity == "review"


def test_the_chart_staff_name_is_taken_and_the_booking_goes_on(desk):
    row, charts = held(desk)
    take_chart(row.pk, charts[1], reason="", actor=STAFF, clock=desk.clock)
    assert (fresh(row).blocked, person(row).identity, open_tasks(row)) == ("", "matched", [])
    run_pending(desk.clock())
    assert fresh(row).state == "booked"
    assert desk.ehr.appointment(fresh(row).athena_appt_id).patient_id == charts[1]
    matched = AuditEvent.objects.filter(verb="people:patient:matched").last()
    assert (matched.actor_kind, matched.facts["name_and_birth_date_agree"]) == ("staff", True)


@pytest.mark.parametrize("other", [{"last_name": "Quill"}, {"date_of_birth": date(1990, 2, 27)}])
def test_a_chart_of_another_name_or_birth_date_needs_a_reason(desk, other):
    row, _ = held(desk)
    stranger = desk.ehr.add_patient(replace(ZOE, **other))
    assert refusal(take_chart, row.pk, stranger, reason=" ", actor=STAFF, clock=desk.clock) == "differs"
    assert (fresh(row).blocked, person(row).ehr_patient_id) == ("identity_review", None)
    take_chart(row.pk, stranger, reason="married, ID seen", actor=STAFF, clock=desk.clock)
    assert person(row).ehr_patient_id == stranger
    matched = AuditEvent.objects.filter(verb="people:patient:matched").last()
    assert (matched.reason, matched.facts["name_and_birth_date_agree"]) == ("married, ID seen", False)


def test_a_chart_whose_birth_date_is_junk_needs_a_reason(desk):
    row, _ = held(desk)
    assert refusal(take_chart, row.pk, desk.ehr.add_patient(None), reason="", actor=STAFF, clock=desk.clock) == (
        "differs"
    )


def test_a_chart_the_ehr_does_not_know_or_cannot_show_changes_nothing(desk):
    row, charts = held(desk)
    assert refusal(take_chart, row.pk, "99999", reason="x", actor=STAFF, clock=desk.clock) == "not_found"
    desk.ehr.fail_next("patient", NotReached("down"))
    assert refusal(take_chart, row.pk, charts[0], reason="x", actor=STAFF, clock=desk.clock) == "ehr_not_reached"
    assert fresh(row).blocked == "identity_review"


def test_a_decision_comes_once(desk):
    row, charts = held(desk)
    take_chart(row.pk, charts[0], reason="", actor=STAFF, clock=desk.clock)
    assert refusal(take_chart, row.pk, charts[1], reason="", actor=STAFF, clock=desk.clock) == "not_waiting"
    assert person(row).ehr_patient_id == charts[0]


def test_a_new_chart_is_made_only_when_the_ehr_really_makes_one(desk, monkeypatch):
    row, charts = held(desk)
    assert refusal(make_chart, row.pk, actor=STAFF, clock=desk.clock) == "existing"
    assert fresh(row).blocked == "identity_review"
    monkeypatch.setattr("moonlit.ehr.memory.charts.SAME_PERSON_SCORE", 99)
    make_chart(row.pk, actor=STAFF, clock=desk.clock)
    assert person(row).identity == "created"
    assert person(row).ehr_patient_id not in charts
    run_pending(desk.clock())
    assert fresh(row).state == "booked"


@pytest.mark.parametrize(
    ("step", "fault", "code"),
    [
        ("find_patient", NotReached("down"), "ehr_not_reached"),
        ("create_patient", Rejected("no"), "ehr_refused"),
        ("create_patient", Unknown("lost"), "unclear"),
        ("patient", NotReached("down"), "unclear"),
    ],
)
def test_a_chart_that_could_not_be_made_for_certain_leaves_the_booking_held(desk, monkeypatch, step, fault, code):
    row, _ = held(desk)
    monkeypatch.setattr("moonlit.ehr.memory.charts.SAME_PERSON_SCORE", 99)
    desk.ehr.fail_next(step, fault)
    assert refusal(make_chart, row.pk, actor=STAFF, clock=desk.clock) == code
    assert (fresh(row).blocked, person(row).ehr_patient_id) == ("identity_review", None)


def test_when_nobody_can_tell_the_patient_is_called_and_the_time_stays_kept(desk):
    row, _ = held(desk)
    call_patient(row.pk, actor=STAFF, now=desk.clock())
    call_patient(row.pk, actor=STAFF, now=desk.clock())
    assert open_tasks(row) == ["identity_review", "pending_too_long"]
    assert fresh(row).blocked == "identity_review"
    assert desk.ehr.calls == []


def test_a_name_the_ehr_cannot_hold_goes_on_with_the_chart_staff_made(desk):
    long = patient(first_name="Maximiliana-Fredegunda")
    row = Appointment.objects.get(pk=asked(desk, "09:00", patient=long).appointment)
    advance(row.pk, clock=desk.clock)
    assert (fresh(row).blocked, open_tasks(row)) == ("ehr_limits", ["ehr_name_too_long"])
    assert desk.ehr.calls.count("create_patient") == 0
    short = desk.ehr.add_patient(replace(ZOE, first_name="Maximiliana"))
    assert refusal(make_chart, row.pk, actor=STAFF, clock=desk.clock) == "ehr_refused"
    take_chart(row.pk, short, reason="the EHR holds 20 letters", actor=STAFF, clock=desk.clock)
    run_pending(desk.clock())
    assert fresh(row).state == "booked"


def test_an_optional_contact_the_ehr_cannot_hold_is_left_out_whole(desk):
    email = f"{'z' * 50}@example.org"
    row = asked(desk, "09:00", patient=patient(email=email))
    advance(row.appointment, clock=desk.clock)
    kept = Patient.objects.get()
    assert kept.email == email
    assert desk.ehr.patient(kept.ehr_patient_id).details.email == ""


def test_verifying_needs_an_unverified_chart_and_a_reason(desk):
    row, charts = held(desk)
    assert refusal(verify_identity, row.pk, reason="x", actor=STAFF, now=desk.clock()) == "not_waiting"
    take_chart(row.pk, charts[0], reason="", actor=STAFF, clock=desk.clock)
    Patient.objects.filter(pk=row.patient_id).update(identity="unverified")
    assert refusal(verify_identity, row.pk, reason="", actor=STAFF, now=desk.clock()) == "reason_missing"
    verify_identity(row.pk, reason="called back", actor=STAFF, now=desk.clock())
    assert person(row).identity == "matched"


def test_nothing_on_an_existing_chart_is_changed_by_a_booking(desk, monkeypatch):
    """Whatever the EHR's search does, the program only reads charts and makes new ones."""
    monkeypatch.setattr("moonlit.ehr.memory.charts.SAME_PERSON_SCORE", 20)
    there = replace(ZOE, email="old@example.org", phone="+18015550100", street="1 Fictional Way", zip="84106")
    chart = desk.ehr.add_patient(there)
    row = asked(desk, "09:00")
    advance(row.appointment, clock=desk.clock)
    assert Patient.objects.get().identity == "unverified"
    assert desk.ehr.patient(chart).details == there
    assert Patient.objects.get().email == "zoe@example.org"
