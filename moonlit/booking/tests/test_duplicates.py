"""Two visits of one person: a task where nobody is proven, a refusal where somebody is (rules 4.9)."""

from datetime import timedelta

import pytest

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services import refuse_overlap, review_duplicates
from moonlit.domain.refusals import RefusalCode, Refused
from moonlit.people.inputs import InsuranceInput
from moonlit.people.models import Patient
from moonlit.people.services import chart_index, email_index
from moonlit.platform.testing import run_pending
from tests.support import visits
from tests.support.people import patient
from tests.support.visits import FRIDAY, at, cancel, fresh, move, open_tasks, settle, told

OVERLAP, ESTABLISHED = "patient_overlap", "established_booked_as_new"


@pytest.fixture
def desk(scene, time_machine):
    scene.open("71", FRIDAY, "09:00", "10:00", "13:00")
    scene.open("72", FRIDAY, "09:00", "11:00", "14:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    return scene


def booked(desk, *args, **changes):
    """Each a minute after the one before."""
    desk.clock.forward(minutes=1)
    return visits.booked(desk, *args, **changes)


def person(row):
    return Patient.objects.get(pk=row.patient_id)


def reviewed(desk, row):
    run_pending(desk.clock())
    return [task for task in open_tasks(row) if task in {OVERLAP, ESTABLISHED}]


def imported(desk, row, hour, *, state="booked", days=0):
    """A visit on the same chart, made in the EHR."""
    start = at(hour) + timedelta(days=days)
    return Appointment.objects.create(
        state=state,
        origin="ehr",
        provider=desk.providers["73"],
        location=row.location,
        start=start,
        end=start + timedelta(hours=1),
        time_zone=row.time_zone,
        athena_appt_id=f"ehr-{hour}-{days}",
        ehr_patient_index=chart_index(person(row).ehr_patient_id),
        created_at=desk.clock(),
    )


def test_a_second_first_visit_is_booked_all_the_same_and_a_task_opens(desk):
    first = booked(desk, "09:00", "71")
    second = booked(desk, "11:00", "72")
    assert reviewed(desk, second) == [OVERLAP]
    assert fresh(first).state == fresh(second).state == "booked"


def test_the_contact_on_file_is_told_once(desk):
    first = booked(desk, "09:00", "71")
    second = booked(desk, "11:00", "72")
    reviewed(desk, second)
    review_duplicates(second.pk, now=desk.clock())
    assert told(first).count("appointment.duplicate") == 1
    assert "appointment.duplicate" not in told(second)


def test_two_visits_at_once_open_the_task(desk):
    booked(desk, "09:00", "71")
    assert reviewed(desk, booked(desk, "09:00", "72")) == [OVERLAP]


@pytest.mark.parametrize(
    "other",
    [
        {"first_name": "Zora"},
        {"date_of_birth": "1990-02-27"},
        {"email": "another@example.org", "phone": "801-555-0177"},
    ],
)
def test_people_who_share_only_a_part_are_two(desk, other):
    other = {"email": "zoe@example.org", **other}
    row = booked(desk, "09:00", "71", patient=patient(**other), insurances=given("MX-7"))
    Patient.objects.filter(pk=row.patient_id).update(ehr_patient_index=b"another chart")
    assert reviewed(desk, booked(desk, "09:00", "72")) == []


def given(member):
    return (InsuranceInput(payer="alpine", member_id=member),)


def test_a_shared_member_number_proves_the_same_person(desk):
    other = patient(email="another@example.org", phone="801-555-0177")
    row = booked(desk, "09:00", "71", patient=other)
    Patient.objects.filter(pk=row.patient_id).update(ehr_patient_index=b"another chart")
    assert reviewed(desk, booked(desk, "09:00", "72")) == [OVERLAP]


def test_a_visit_made_in_the_ehr_counts_by_its_chart(desk):
    row = booked(desk, "09:00", "71")
    imported(desk, row, "09:30")
    assert reviewed(desk, row) == [OVERLAP]


def test_an_unverified_chart_proves_nothing(desk):
    row = booked(desk, "09:00", "71")
    imported(desk, row, "09:30")
    Patient.objects.update(identity="unverified")
    assert reviewed(desk, row) == []


def test_the_task_closes_when_the_other_visit_is_cancelled(desk):
    first = booked(desk, "09:00", "71")
    second = booked(desk, "11:00", "72")
    assert reviewed(desk, second) == [OVERLAP]
    cancel(desk, first)
    settle(desk, minutes=2)
    assert fresh(first).state == "cancelled"
    assert reviewed(desk, second) == []


def test_a_move_is_no_second_visit(desk):
    row = booked(desk, "09:00", "71")
    move(desk, row, "13:00", "71")
    settle(desk, minutes=2)
    new = Appointment.objects.get(moved_from=row)
    assert (fresh(row).state, new.state) == ("moved", "booked")
    assert reviewed(desk, new) == []


@pytest.mark.parametrize(
    ("days_ago", "state", "found"),
    [
        (30, "completed", True),
        (3 * 365, "completed", True),
        (3 * 365 + 2, "completed", False),
        (30, "no_show", False),
        (30, "cancelled", False),
    ],
)
def test_somebody_who_was_here_within_three_years_is_not_new(desk, days_ago, state, found):
    row = booked(desk, "09:00", "71")
    imported(desk, row, "09:00", state=state, days=-days_ago)
    assert reviewed(desk, row) == ([ESTABLISHED] if found else [])


def refused(desk, row, start, end=None, visit_type=None, **more):
    with pytest.raises(Refused) as answer:
        refuse_overlap(row.patient_id, start, end or start + timedelta(hours=1), visit_type, now=desk.clock(), **more)
    assert answer.value.code is RefusalCode.PATIENT_OVERLAP
    return [reason.code for reason in answer.value.reasons]


def test_a_proven_person_is_refused_a_visit_that_overlaps(desk):
    row = booked(desk, "09:00", "71")
    assert refused(desk, row, at("09:30")) == ["overlap"]
    assert refused(desk, row, at("13:00"), visit_type=row.visit_type) == ["second_first_visit"]
    for free in (at("08:00"), at("10:00")):
        refuse_overlap(row.patient_id, free, free + timedelta(hours=1), None, now=desk.clock())
    refuse_overlap(row.patient_id, row.start, row.end, row.visit_type, excluding=[row.pk], now=desk.clock())


def test_a_visit_of_the_past_is_in_nobodys_way(desk):
    row = booked(desk, "09:00", "71")
    desk.clock.at = row.end
    refuse_overlap(row.patient_id, row.start, row.end, row.visit_type, now=desk.clock())


def test_a_move_onto_another_visit_of_the_patient_is_refused_and_changes_nothing(desk):
    row = booked(desk, "09:00", "71")
    imported(desk, row, "13:30")
    with pytest.raises(Refused) as answer:
        move(desk, row, "13:00", "71", actor=Actor("staff", "desk"))
    assert answer.value.code is RefusalCode.PATIENT_OVERLAP
    assert (fresh(row).change, Appointment.objects.filter(moved_from=row).exists()) == ("", False)


def test_a_link_tells_of_visits_booked_with_its_own_contact_only(desk):
    """Whoever knows a name and a birth date can book under them, and must not learn when that person is here."""
    row = booked(desk, "09:00", "71")
    booked(desk, "14:00", "72")
    with pytest.raises(Refused) as answer:
        refuse_overlap(
            row.patient_id,
            at("14:00"),
            at("15:00"),
            None,
            proven_contact=email_index("zoe@example.org"),
            now=desk.clock(),
        )
    assert answer.value.code is RefusalCode.PATIENT_OVERLAP
    for contact in (email_index("somebody.else@example.org"), b""):
        refuse_overlap(row.patient_id, at("14:00"), at("15:00"), None, proven_contact=contact, now=desk.clock())


def test_a_visit_without_patient_is_left_alone(desk):
    row = booked(desk, "09:00", "71")
    other = imported(desk, row, "09:30")
    review_duplicates(other.pk, now=desk.clock())
    assert open_tasks(other) == []


def test_who_planted_a_visit_in_somebodys_name_is_not_told_of_the_real_one(desk):
    """A shared phone number proves one person to us, but the mail would go to whoever typed the other address."""
    planted = booked(desk, "09:00", "71", patient=patient(email="planter@example.org"))
    real = booked(desk, "11:00", "72")
    assert reviewed(desk, real) == [OVERLAP]
    assert "appointment.duplicate" not in told(planted)
