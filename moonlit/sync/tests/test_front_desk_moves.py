"""What becomes of a visit of ours that the front desk moves (rules 5): the new one is followed up, or told cancelled."""

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.availability.models import Occupancy
from moonlit.availability.tests.helpers import FRIDAY, at
from moonlit.booking.models import Appointment, ChartWrite, ManageLink
from moonlit.booking.services import advance, request_booking
from moonlit.ehr.port import EhrStatus
from moonlit.platform.models import OutboxEvent
from moonlit.sync.services import compare_all, follow_feed, receive_push, refresh_all, take_in_due
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.models import Task
from tests.support.people import a_request

NINE = at(FRIDAY, "09:00")


@pytest.fixture
def office(scene):
    """Friday: Ada at nine, subscribed to the feed."""
    scene.open("71", FRIDAY, "09:00")
    refresh_all(clock=scene.clock)
    follow_feed(clock=scene.clock)
    return scene


@pytest.fixture
def visit(office):
    found = request_booking(a_request(NINE, now=office.clock()), actor=PUBLIC, now=office.clock()).appointment
    advance(found, clock=office.clock)
    return Appointment.objects.get(pk=found)


@pytest.fixture
def later(office, visit):
    (slot,) = office.open("73", FRIDAY, "15:00")
    follow(office)
    return slot


def follow(scene):
    scene.clock.forward(minutes=1)
    return follow_feed(clock=scene.clock)


def push(scene, ehr_id):
    signature, body = scene.ehr.push("appointment.schedule", ehr_id)
    receive_push(signature=signature, body=body, now=scene.clock())
    take_in_due(clock=scene.clock)


def told(topic):
    return list(OutboxEvent.objects.filter(topic=topic).values_list("subject", "version"))


def state(visit):
    return Appointment.objects.values_list("state", flat=True).get(pk=visit.pk)


def test_moved_and_cancelled_before_we_looked_the_patient_is_told_and_nothing_is_left(office, visit, later):
    office.ehr.staff_move(visit.athena_appt_id, later)
    office.ehr.staff_cancel(later)
    follow(office)
    follow(office)
    new = Appointment.objects.get(athena_appt_id=later)
    assert (state(visit), new.state, new.patient) == ("moved", "cancelled", visit.patient)
    assert (told("appointment.cancelled"), told("appointment.followed")) == ([(str(new.pk), new.version)], [])
    assert not ManageLink.objects.filter(appointment__in=[visit, new], purpose="manage", revoked_at=None).exists()
    assert not ChartWrite.objects.filter(appointment=new).exists()


def test_told_of_the_cancelled_new_one_first_the_patient_is_told_too(office, visit, later):
    office.ehr.staff_move(visit.athena_appt_id, later)
    office.ehr.staff_cancel(later)
    push(office, later)
    new = Appointment.objects.get(athena_appt_id=later)
    assert (new.state, new.patient, told("appointment.cancelled")) == ("cancelled", None, [])
    follow(office)
    new.refresh_from_db()
    assert (new.state, new.patient) == ("cancelled", visit.patient)
    assert told("appointment.cancelled") == [(str(new.pk), new.version)]


def test_the_new_visit_is_followed_up_like_one_we_moved(office, visit, later):
    Appointment.objects.filter(pk=visit.pk).update(self_pay=True)
    Task.objects.create(
        kind=TaskKind.GOOD_FAITH_ESTIMATE, subject=f"appointment:{visit.pk}", team="billing", opened_at=office.clock()
    )
    office.ehr.staff_move(visit.athena_appt_id, later)
    follow(office)
    new = Appointment.objects.get(athena_appt_id=later)
    assert "insurance" in ChartWrite.objects.filter(appointment=new).values_list("kind", flat=True)
    estimates = Task.objects.filter(kind=TaskKind.GOOD_FAITH_ESTIMATE, state="open").values_list("subject", flat=True)
    assert list(estimates) == [f"appointment:{new.pk}"]


def test_another_time_in_place_asks_for_no_follow_up(office, visit):
    office.ehr.staff_edit(visit.athena_appt_id, start=at(FRIDAY, "14:00"))
    follow(office)
    assert told("appointment.followed")
    assert not ChartWrite.objects.filter(appointment=visit).exists()


def test_a_visit_that_was_held_is_not_relocated_by_the_length_of_its_slot(office, visit):
    """Fifty minutes with the patient, sixty in the calendar; nobody is kept busy any more."""
    Appointment.objects.filter(pk=visit.pk).update(end=visit.start + (visit.end - visit.start) * 5 / 6)
    office.ehr.staff_set(visit.athena_appt_id, EhrStatus.CHECKED_OUT)
    follow(office)
    before = Appointment.objects.values().get(pk=visit.pk)
    assert before["state"] == "completed"
    done = compare_all(clock=office.clock)
    assert (done.changed, Appointment.objects.values().get(pk=visit.pk)) == (0, before)


@pytest.mark.parametrize("given_up", ["failed", "lost"])
def test_a_write_without_a_note_is_known_by_the_chart_in_the_slot_asked_for(office, visit, later, given_up):
    ours = Appointment.objects.create(
        **{name: getattr(visit, name) for name in ("provider_id", "location_id", "patient_id", "time_zone", "start")},
        end=visit.end,
        slot_ehr_id=later,
        state=given_up,
        moved_from=visit,
        created_at=office.clock(),
    )
    office.ehr.staff_book(later, visit.patient.ehr_patient_id)
    follow(office)
    assert Appointment.objects.get(athena_appt_id=later).origin == "ehr"
    assert differing() == [f"appointment:{ours.pk}"]


def test_another_persons_visit_in_that_slot_is_nobodys_lost_write(office, visit, later):
    Appointment.objects.create(
        **{name: getattr(visit, name) for name in ("provider_id", "location_id", "patient_id", "time_zone", "start")},
        end=visit.end,
        slot_ehr_id=later,
        state="lost",
        created_at=office.clock(),
    )
    office.ehr.staff_book(later, office.ehr.add_patient(None))
    follow(office)
    assert (Appointment.objects.get(athena_appt_id=later).origin, differing()) == ("ehr", [])


def differing():
    return list(Task.objects.filter(kind=TaskKind.VISIT_DIFFERS, state="open").values_list("subject", flat=True))


def test_a_difference_that_is_gone_closes_its_task(office, visit):
    chart, ehr_id = visit.patient.ehr_patient_id, visit.athena_appt_id
    office.ehr.staff_edit(ehr_id, patient_id=office.ehr.add_patient(None))
    follow(office)
    assert differing() == [f"appointment:{visit.pk}"]
    compare_all(clock=office.clock)
    assert differing() == [f"appointment:{visit.pk}"]
    office.ehr.staff_edit(ehr_id, patient_id=chart)
    follow(office)
    assert differing() == []


def test_another_difference_is_said_on_the_open_task_once(office, visit):
    office.ehr.staff_edit(visit.athena_appt_id, patient_id=office.ehr.add_patient(None))
    follow(office)
    office.ehr.staff_edit(visit.athena_appt_id, patient_id=visit.patient.ehr_patient_id, provider_id="99")
    follow(office)
    compare_all(clock=office.clock)
    lines = Task.objects.get(kind=TaskKind.VISIT_DIFFERS).note.splitlines()
    assert ["chart" in lines[0], "not mapped" in lines[1], len(lines)] == [True, True, 2]


def test_a_visit_booked_again_stays_with_a_person_though_it_agrees(office, visit):
    office.ehr.staff_cancel(visit.athena_appt_id, no_show=True)
    follow(office)
    office.ehr.staff_set(visit.athena_appt_id, EhrStatus.BOOKED)
    follow(office)
    compare_all(clock=office.clock)
    assert (state(visit), differing()) == ("booked", [f"appointment:{visit.pk}"])


def test_a_strangers_visit_that_came_back_to_us_closes_its_task_and_takes_its_time(office, later):
    office.ehr.staff_book(later, office.ehr.add_patient(None))
    follow(office)
    office.ehr.staff_edit(later, provider_id="99")
    follow(office)
    stranger = Appointment.objects.get(athena_appt_id=later)
    assert differing() == [f"appointment:{stranger.pk}"]
    office.ehr.staff_edit(later, provider_id="73")
    follow(office)
    assert (differing(), Occupancy.objects.filter(appointment=stranger.pk, live=True).count()) == ([], 1)
