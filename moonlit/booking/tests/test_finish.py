"""Staff finish a waiting visit by the EHR's id: only what the read-back proves is believed (rules 4.5)."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.audit.actor import PUBLIC, Actor
from moonlit.audit.models import AuditEvent
from moonlit.audit.verbs import Verb
from moonlit.availability.models import Occupancy
from moonlit.booking.models import Appointment, AppointmentState
from moonlit.booking.services import advance, finish_with_ehr_id, request_booking
from moonlit.domain.refusals import Refused
from moonlit.ehr.port import EhrStatus, NotReached, PersonDetails, Rejected
from moonlit.people.models import Patient
from moonlit.platform.models import OutboxEvent
from tests.support.people import a_request

pytestmark = pytest.mark.django_db
FRIDAY = date(2026, 3, 6)
ZOE = PersonDetails("Zoë", "Ñandú-O'Leary", date(1990, 2, 28), email="zoe@example.org")
STAFF = Actor("staff", "desk")


@pytest.fixture
def waiting(scene):
    """A visit at Friday nine that waits: the EHR wants no chart made, so the front desk books by hand."""
    scene.slot, scene.other = scene.open("71", FRIDAY, "09:00", "10:00")
    (scene.elsewhere,) = scene.open("73", FRIDAY, "09:00")
    scene.sync()
    start = scene.clock().replace(day=6, hour=16)
    accepted = request_booking(a_request(start, now=scene.clock()), actor=PUBLIC, now=scene.clock())
    scene.ehr.fail_next("create_patient", Rejected("refused", code="missing_fields"))
    advance(accepted.appointment, clock=scene.clock)
    row = Appointment.objects.get(pk=accepted.appointment)
    assert (row.state, row.blocked) == ("pending", "ehr_refused_patient")
    return row


def finish(scene, row, athena_appt_id):
    finish_with_ehr_id(row.pk, athena_appt_id, actor=STAFF, clock=scene.clock)
    row.refresh_from_db()
    return row


def refused(scene, row, athena_appt_id):
    before = Appointment.objects.filter(pk=row.pk).values().get()
    with pytest.raises(Refused) as caught:
        finish_with_ehr_id(row.pk, athena_appt_id, actor=STAFF, clock=scene.clock)
    assert Appointment.objects.filter(pk=row.pk).values().get() == before, "nothing is written"
    return caught.value.reasons[0].code


def test_a_visit_made_in_the_ehr_by_hand_is_booked_and_told(scene, waiting):
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(ZOE))
    row = finish(scene, waiting, scene.slot)
    assert (row.state, row.athena_appt_id, row.blocked, row.problem) == ("booked", scene.slot, "", "")
    assert row.patient.identity == Patient.Identity.MATCHED
    assert OutboxEvent.objects.filter(topic="appointment.booked", subject=str(row.pk)).count() == 1
    assert AuditEvent.objects.get(verb=Verb.BOOKING_FINISHED).actor_kind == "staff"
    assert AppointmentState.objects.filter(appointment=row, state="booked", actor_kind="staff").exists()
    advance(row.pk, clock=scene.clock)
    assert Appointment.objects.get(pk=row.pk).state == "booked", "the machine leaves it alone"


def test_name_and_birth_date_without_a_further_proof_leave_the_chart_unverified(scene, waiting):
    stranger = replace(ZOE, email="other@example.org")
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(stranger))
    assert finish(scene, waiting, scene.slot).patient.identity == Patient.Identity.UNVERIFIED


def test_the_chart_of_somebody_else_is_refused(scene, waiting):
    other = replace(ZOE, first_name="Zelda")
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(other))
    assert refused(scene, waiting, scene.slot) == "other_patient"


def test_a_chart_with_a_junk_birth_date_is_refused(scene, waiting):
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(None))
    assert refused(scene, waiting, scene.slot) == "other_patient"


def test_an_open_slot_is_no_booking(scene, waiting):
    assert refused(scene, waiting, scene.slot) == "not_booked"


def test_a_cancelled_visit_is_no_booking(scene, waiting):
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(ZOE))
    scene.ehr.staff_set(scene.slot, EhrStatus.CANCELLED)
    assert refused(scene, waiting, scene.slot) == "not_booked"


def test_another_time_or_clinician_is_refused(scene, waiting):
    chart = scene.ehr.add_patient(ZOE)
    scene.ehr.staff_book(scene.other, chart)
    scene.ehr.staff_book(scene.elsewhere, chart)
    assert refused(scene, waiting, scene.other) == "other_time"
    assert refused(scene, waiting, scene.elsewhere) == "other_provider"


def test_an_unknown_id_and_a_silent_ehr_are_told_apart(scene, waiting):
    assert refused(scene, waiting, "404404") == "not_found"
    scene.ehr.fail_next("appointment", NotReached("down"))
    assert refused(scene, waiting, scene.slot) == "ehr_not_reached"


@pytest.mark.parametrize("state", ["submitting", "unknown"])
def test_while_a_write_may_be_under_way_nothing_is_finished(scene, waiting, state):
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(ZOE))
    Appointment.objects.filter(pk=waiting.pk).update(state=state)
    assert refused(scene, waiting, scene.slot) == "write_under_way"


def test_a_visit_that_is_settled_is_not_finished_again(scene, waiting):
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(ZOE))
    finish(scene, waiting, scene.slot)
    assert refused(scene, waiting, scene.slot) == "not_waiting"


def test_the_import_of_the_same_appointment_gives_way(scene, waiting):
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(ZOE))
    twin = Appointment.objects.create(
        state="booked", origin="ehr", provider_id=waiting.provider_id, location_id=waiting.location_id,
        start=waiting.start, end=waiting.end, time_zone=waiting.time_zone, athena_appt_id=scene.slot,
        created_at=scene.clock(),
    )  # fmt: skip
    finish(scene, waiting, scene.slot)
    assert not Appointment.objects.filter(pk=twin.pk).exists()
    assert Occupancy.objects.filter(provider_id=waiting.provider_id, live=True).count() == 1


def test_an_id_that_another_booking_of_ours_has_is_refused(scene, waiting):
    scene.ehr.staff_book(scene.slot, scene.ehr.add_patient(ZOE))
    Appointment.objects.create(
        state="booked", provider_id=waiting.provider_id, location_id=waiting.location_id, start=waiting.start,
        end=waiting.end, time_zone=waiting.time_zone, athena_appt_id=scene.slot, created_at=scene.clock(),
    )  # fmt: skip
    assert refused(scene, waiting, scene.slot) == "already_linked"
