"""The front desk works in the simulator's screens, and what it does is here (rules 5): over HTTP, feed, push and proof."""

import threading
import time
from dataclasses import replace
from datetime import date

import pytest

from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, write_supervision
from moonlit.ehr.athena.adapter import AthenaEhr
from moonlit.people.models import Patient
from moonlit.platform.testing import run_pending
from moonlit.sync.models import Notice
from moonlit.sync.services import compare_all, follow_feed, sync_once
from moonlit.worklist.models import Task
from tests.faults.athena_scene import athena_scene
from tests.faults.athena_seed import ADA, BEA, RUI

FRIDAY = date(2026, 3, 6)
SECRET = "a-secret-of-the-push-and-of-no-worth"
SOON = 20
"""Seconds a delivery may take on a machine that is busy with other tests."""


@pytest.fixture
def office(athena):
    """Friday: Ada at nine and ten, Rui at eleven, Bea at two; the feed is on and empty."""
    athena.slots = athena.open(ADA, FRIDAY, "09:00", "10:00")
    athena.slots += athena.open(RUI, FRIDAY, "11:00") + athena.open(BEA, FRIDAY, "14:00")
    athena.sync()
    assert follow(athena).failed == 0
    return athena


def follow(scene, **later):
    pass_time(scene, **(later or {"minutes": 1}))
    return follow_feed(clock=scene.clock)


def pass_time(scene, **amount):
    scene.clock.forward(**amount)
    scene.control("POST", "clock", {"now": scene.clock().isoformat()})


def staff(scene, act, **doc):
    return scene.control("POST", f"staff/{act}", doc)


def the_visit(ehr_id):
    return Appointment.objects.get(athena_appt_id=ehr_id)


def booked(scene, start="09:00", who=ADA):
    accepted = scene.book(FRIDAY, start, who)
    advance(accepted.appointment, clock=scene.clock)
    write_supervision(accepted.appointment, clock=scene.clock)
    return Appointment.objects.get(pk=accepted.appointment)


def test_a_visit_by_phone_takes_the_time_and_gives_it_back(office):
    assert office.offers(FRIDAY, "09:00")
    staff(office, "book", slotid=office.slots[0])
    assert follow(office).failed == 0
    assert (the_visit(office.slots[0]).state, office.offers(FRIDAY, "09:00")) == ("booked", False)
    staff(office, "cancel", appointmentid=office.slots[0])
    assert follow(office).failed == 0
    office.sync()
    assert (the_visit(office.slots[0]).state, office.offers(FRIDAY, "09:00")) == ("cancelled", True)


def test_a_visit_of_ours_is_followed_through_the_day(office):
    visit = booked(office)
    assert follow(office).failed == 0
    assert Appointment.objects.get().state == "booked"
    staff(office, "checkin", appointmentid=visit.athena_appt_id)
    follow(office)
    assert Appointment.objects.get().state == "checked_in"
    staff(office, "checkout", appointmentid=visit.athena_appt_id)
    follow(office)
    assert Appointment.objects.get().state == "completed"


def test_a_visit_of_ours_moved_at_the_desk_is_the_patients_at_its_new_time(office):
    visit = booked(office)
    staff(office, "move", appointmentid=visit.athena_appt_id, slotid=office.slots[3])
    assert follow(office).failed == 0
    old, new = Appointment.objects.get(pk=visit.pk), the_visit(office.slots[3])
    assert (old.state, new.state, new.moved_from, new.patient) == ("moved", "booked", old, visit.patient)
    assert new.provider == office.providers[BEA]


def test_nobody_came_and_the_supervisor_was_changed_by_hand(office):
    first, second = booked(office), booked(office, "11:00", RUI)
    assert second.supervision_write == "written"
    staff(office, "cancel", appointmentid=first.athena_appt_id, no_show=True)
    staff(office, "providers", appointmentid=second.athena_appt_id, supervisingproviderid=BEA)
    assert follow(office).failed == 0
    assert Appointment.objects.get(pk=first.pk).state == "no_show"
    assert list(Task.objects.filter(kind="visit_differs").values_list("subject", flat=True)) == [
        f"appointment:{second.pk}"
    ]


def test_a_merged_chart_is_followed(office):
    visit = booked(office)
    chart = Patient.objects.get().ehr_patient_id
    other = office.control(
        "POST", "patients", {"firstname": "Zo", "lastname": "Other", "dob": "02/28/1990", "departmentid": "1"}
    )["patientid"]
    staff(office, "merge", patientid=chart, into=other)
    office.control("POST", "feed", {"appointmentids": [visit.athena_appt_id]})
    assert follow(office).failed == 0
    assert Patient.objects.get().ehr_patient_id == str(other)


def test_an_answer_of_the_feed_that_got_lost_is_asked_for_again(office):
    staff(office, "book", slotid=office.slots[0])
    pass_time(office, minutes=1)
    with office.broken("changed_since", kind="commit_then_timeout", op="changed") as fault:
        assert follow_feed(clock=office.clock).failed == 1
    assert fault["hits"] == 1
    follow(office)
    assert the_visit(office.slots[0]).state == "booked"


def test_what_nobody_told_of_is_found_by_the_proof(office):
    visit = booked(office)
    staff(office, "book", slotid=office.slots[1])
    staff(office, "cancel", appointmentid=visit.athena_appt_id)
    pass_time(office, minutes=1)
    done = compare_all(clock=office.clock)
    assert (done.failed, done.added, done.cancelled) == (0, 1, 1)
    again = compare_all(clock=office.clock)
    assert (again.failed, again.added, again.changed, again.cancelled) == (0, 0, 0, 0)


def test_everything_once_has_nothing_left_to_complain_of(office):
    booked(office)
    staff(office, "book", slotid=office.slots[1])
    pass_time(office, minutes=1)
    assert sync_once(clock=office.clock).failed == 0


@pytest.mark.django_db(transaction=True)
def test_a_push_over_the_wire_is_believed_stored_and_worked_off(live_server, athena_address, settings):
    settings.EHR_FACTORY = "tests.faults.athena_scene.current_ehr"
    with athena_scene(athena_address) as office:
        office.ehr = AthenaEhr(replace(office.ehr.settings, webhook_secret=SECRET), clock=office.clock)
        office.slots = office.open(ADA, FRIDAY, "09:00")
        office.sync()
        address = f"{live_server.url}/api/v1/webhooks/athena"
        office.control("POST", "settings", {"webhook": address, "webhook_secret": SECRET})
        try:
            staff(office, "book", slotid=office.slots[0])
            wait_until(lambda: states(office) == {"delivered"})
        finally:
            office.control("POST", "settings", {"webhook": "", "webhook_secret": ""})
        assert Notice.objects.filter(source="push", applied_at=None).exists()
        run_pending()
        assert (the_visit(office.slots[0]).state, office.offers(FRIDAY, "09:00")) == ("booked", False)


def states(scene):
    return {push["state"] for push in scene.control("GET", "pushes")["pushes"]}


def wait_until(true):
    limit = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < limit
        threading.Event().wait(0.05)
