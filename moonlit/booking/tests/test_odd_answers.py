"""What the EHR may say that is neither yes nor no, and workers that are late: nobody is told what is not true."""

from datetime import date, timedelta

import pytest
from django.db import connection

from moonlit.audit.actor import PUBLIC
from moonlit.audit.models import AuditEvent
from moonlit.availability.queries import candidates, merged
from moonlit.booking.models import Appointment
from moonlit.booking.queries import status_by_token
from moonlit.booking.services import advance, request_booking, sweep, watch, write_supervision
from moonlit.booking.services.supervision import is_written
from moonlit.ehr.port import AlreadyDone, EhrAppointment, EhrStatus, Rejected, Retry, Unknown
from moonlit.people.models import Patient
from moonlit.platform.crypto.fields import Ciphertext
from moonlit.worklist.models import Task
from tests.support.people import BY_VIDEO, a_request, patient
from tests.support.scene import DENVER

FRIDAY = date(2026, 3, 6)
RESIDENT = "72"


@pytest.fixture
def practice(scene):
    scene.open("71", FRIDAY, "09:00")
    scene.open("72", FRIDAY, "09:00", "18:00")
    scene.sync()
    return scene


def book(scene, number=0, provider=None, **changes):
    found = merged(BY_VIDEO, first_day=FRIDAY, last_day=FRIDAY, now=scene.clock())
    start = [slot.start for day in found.days for slot in day.slots][number]
    chosen = None if provider is None else scene.providers[provider].pk
    wanted = a_request(start, now=scene.clock(), provider=chosen, **changes)
    return request_booking(wanted, actor=PUBLIC, now=scene.clock())


def row_of(accepted):
    return Appointment.objects.get(pk=accepted.appointment)


def later(scene, **amount):
    scene.clock.forward(**amount)
    sweep(clock=scene.clock)


def forbidden():
    return Rejected("refused as forbidden", code="forbidden", status=403)


def open_kinds(accepted):
    about = Task.objects.filter(subject=f"appointment:{accepted.appointment}", state="open")
    return sorted(about.values_list("kind", flat=True))


def queued():
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        return cursor.fetchone()[0]


@pytest.mark.parametrize("call", ["find_patient", "create_patient", "book"])
def test_a_refusal_of_our_account_is_nobodys_no_and_the_technical_team_hears_of_it(practice, call):
    accepted = book(practice)
    for _ in range(40):
        practice.ehr.fail_next(call, forbidden())
    advance(accepted.appointment, clock=practice.clock)
    row = row_of(accepted)
    assert (row.state, row.puts, row.blocked, row.problem) == ("pending", 0, "", "ehr_forbidden")
    later(practice, minutes=16)
    assert open_kinds(accepted) == ["booking_stuck"]
    assert Task.objects.get(kind="booking_stuck").team == "technical"
    practice.ehr._faults.clear()
    later(practice, minutes=2)
    assert row_of(accepted).state == "booked"


def test_a_slot_the_ehr_no_longer_knows_is_lost_and_the_next_clinician_is_tried(practice):
    accepted = book(practice)
    practice.ehr.fail_next("book", Rejected("gone", code="not_found", status=404))
    advance(accepted.appointment, clock=practice.clock)
    row = row_of(accepted)
    assert (row.state, row.provider_id) == ("booked", practice.providers[RESIDENT].pk)


def test_a_conflict_at_making_the_chart_is_looked_at_again(practice):
    accepted = book(practice)
    practice.ehr.fail_next("create_patient", AlreadyDone("conflict"), stored=True)
    advance(accepted.appointment, clock=practice.clock)
    assert (row_of(accepted).state, row_of(accepted).attempts) == ("pending", 1)
    later(practice, minutes=1)
    assert row_of(accepted).state == "booked"
    assert practice.ehr.calls.count("create_patient") == 1


def test_a_worker_that_lost_its_claim_cannot_change_the_chart_the_visit_was_booked_on(practice, monkeypatch):
    accepted = book(practice)
    real = type(practice.ehr).find_patient
    asked = []

    def slow(ehr, person, **more):
        asked.append(1)
        if len(asked) == 1:
            practice.clock.forward(seconds=101)
            sweep(clock=practice.clock)  # another worker, meanwhile: it finds nobody, makes a chart and books
            practice.ehr.charts.people["9999"] = person
        return [chart for chart in real(ehr, person, **more) if len(asked) < 3 and chart.id == "9999"]

    monkeypatch.setattr(type(practice.ehr), "find_patient", slow)
    advance(accepted.appointment, clock=practice.clock)
    row = row_of(accepted)
    person = Patient.objects.get(pk=row.patient_id)
    assert row.state == "booked"
    assert person.ehr_patient_id == practice.ehr.appointment(row.athena_appt_id).patient_id != "9999"
    assert AuditEvent.objects.filter(subject=f"patient:{person.pk}", verb="people:patient:matched").count() == 1


def test_our_visit_is_known_by_its_note_when_staff_have_merged_the_chart(practice):
    accepted = book(practice, provider="71")
    practice.ehr.fail_next("book", Unknown("lost"), stored=True)
    advance(accepted.appointment, clock=practice.clock)
    practice.ehr._change(row_of(accepted).slot_ehr_id, patient_id=practice.ehr.add_patient(None))
    later(practice, minutes=1)
    assert row_of(accepted).state == "booked"


def test_a_look_back_that_is_refused_says_nothing_about_the_slot(practice):
    accepted = book(practice, provider="71")
    practice.ehr.fail_next("book", Unknown("lost"), stored=True)
    advance(accepted.appointment, clock=practice.clock)
    for _ in range(3):
        practice.ehr.fail_next("appointment", forbidden())
        later(practice, minutes=6)
        assert row_of(accepted).state == "unknown"
    later(practice, minutes=10)
    assert row_of(accepted).state == "booked"


def test_a_lost_start_is_not_offered_again_as_an_alternative_to_itself(practice):
    accepted = book(practice, provider="71")
    practice.ehr.staff_book(row_of(accepted).slot_ehr_id, practice.ehr.add_patient(None))
    advance(accepted.appointment, clock=practice.clock)
    later(practice, minutes=1)
    now = practice.clock()
    assert row_of(accepted).state == "lost"
    assert [each.provider_id for each in candidates(BY_VIDEO, accepted.start, provider_id=None, now=now)] == [
        practice.providers[RESIDENT].pk
    ]
    assert status_by_token(accepted.status_token, now).alternatives


def test_what_only_an_undecided_booking_needs_is_closed_when_it_is_decided(practice):
    accepted = book(practice, patient=patient(first_name="Maximiliana-Alexandrina"))
    advance(accepted.appointment, clock=practice.clock)
    later(practice, hours=5)
    assert open_kinds(accepted) == ["booking_stuck", "ehr_name_too_long", "pending_too_long"]
    practice.clock.at = row_of(accepted).notice_limit_at
    later(practice, seconds=11)
    assert row_of(accepted).state == "failed"
    assert open_kinds(accepted) == ["not_booked_call"]


def test_a_task_carries_the_date_of_the_visit_at_its_place(practice):
    accepted = book(practice, number=-1, provider=RESIDENT)
    assert row_of(accepted).start.date() == FRIDAY + timedelta(days=1)
    assert accepted.time_zone == DENVER
    practice.ehr.fail_next("book", Rejected("no", code="reason_refused"))
    advance(accepted.appointment, clock=practice.clock)
    assert Task.objects.get(kind="not_booked_call").visit_date == FRIDAY


def test_a_row_that_makes_its_worker_fail_does_not_keep_others_from_their_turn(practice, monkeypatch):
    monkeypatch.setattr(watch, "BATCH", 1)
    poisoned = book(practice, provider="71")
    practice.clock.forward(seconds=1)
    healthy = book(practice, provider=RESIDENT)
    Patient.objects.filter(pk=row_of(poisoned).patient_id).update(ehr_patient_id=Ciphertext(b"of other keys"))
    for _ in range(2):
        later(practice, seconds=11)
    assert row_of(healthy).state == "booked"
    assert row_of(poisoned).state == "pending"


def test_workers_that_find_nothing_to_do_queue_nothing(practice):
    accepted = book(practice)
    practice.ehr.fail_next("find_patient", Retry("slow"))
    advance(accepted.appointment, clock=practice.clock)
    waiting = queued()
    for _ in range(5):
        advance(accepted.appointment, clock=practice.clock)
    assert queued() == waiting == 2


def test_a_worker_whose_clock_is_a_little_behind_comes_back(practice):
    accepted = book(practice)
    practice.clock.forward(seconds=-0.5)
    advance(accepted.appointment, clock=practice.clock)
    assert (row_of(accepted).attempts, queued()) == (0, 2)


def test_the_timeline_shows_a_new_put_without_the_problem_of_the_one_before(practice):
    accepted = book(practice)
    practice.ehr.fail_next("book", forbidden())
    advance(accepted.appointment, clock=practice.clock)
    later(practice, minutes=2)
    steps = row_of(accepted).history.order_by("id").values_list("state", "problem")
    assert list(steps) == [
        ("pending", ""),
        ("submitting", ""),
        ("pending", "ehr_forbidden"),
        ("submitting", ""),
        ("booked", ""),
    ]


def supervised(scene):
    accepted = book(scene, provider=RESIDENT)
    advance(accepted.appointment, clock=scene.clock)
    return accepted


@pytest.mark.parametrize("fault", [Unknown("lost"), AlreadyDone("conflict")])
def test_a_supervision_whose_answer_was_lost_is_read_back_at_once(practice, fault):
    accepted = supervised(practice)
    practice.ehr.fail_next("set_supervisor", fault, stored=True)
    write_supervision(accepted.appointment, clock=practice.clock)
    assert row_of(accepted).supervision_write == "written"


def test_a_supervision_that_cannot_even_be_asked_for_ends_in_a_task(practice, monkeypatch):
    accepted = supervised(practice)

    def unwritable(*_args, **_more):
        raise ValueError("unknown way to write supervision")

    monkeypatch.setattr(type(practice.ehr), "set_supervisor", unwritable)
    for _ in range(6):
        later(practice, hours=1)
    assert row_of(accepted).supervision_write == "failed"
    assert open_kinds(accepted) == ["write_supervision_failed"]


@pytest.mark.parametrize(
    ("claim_mode", "rendering", "supervising", "written"),
    [
        ("attending_rendering", "", "71", True),
        ("attending_rendering", "71", "", True),
        ("attending_rendering", "72", "", False),
        ("attending_rendering", "", "", False),
        ("trainee_rendering_attending_supervising", "72", "71", True),
        ("trainee_rendering_attending_supervising", "", "71", True),
        ("trainee_rendering_attending_supervising", "71", "71", False),
        ("trainee_rendering_attending_supervising", "71", "", False),
    ],
)
def test_read_back_means_written_only_when_it_says_what_the_claim_needs(
    practice, claim_mode, rendering, supervising, written
):
    found = EhrAppointment(
        id="1",
        status=EhrStatus.BOOKED,
        department_id="1",
        provider_id="72",
        start=practice.clock(),
        time_zone=DENVER,
        minutes=60,
        rendering_provider_id=rendering,
        supervising_provider_id=supervising,
    )
    assert is_written(found, seen="72", supervisor="71", claim_mode=claim_mode) is written
    assert not is_written(found, seen="73", supervisor="71", claim_mode=claim_mode)


@pytest.mark.parametrize(("minutes", "kind"), [({"minutes": 16}, "booking_stuck"), ({"hours": 30}, "pending_too_long")])
def test_no_alarm_for_a_visit_that_was_decided_while_the_watch_went_through_its_list(
    practice, monkeypatch, minutes, kind
):
    accepted = [book(practice, provider="71"), book(practice, provider=RESIDENT)]
    if kind == "pending_too_long":
        Appointment.objects.update(alerted_at=practice.clock())
    practice.clock.forward(**minutes)
    open_task = watch._task

    def and_the_other_is_decided(kind, row, *args, **kwargs):
        Appointment.objects.exclude(pk=row.pk).update(state="failed")
        open_task(kind, row, *args, **kwargs)

    monkeypatch.setattr(watch, "_task", and_the_other_is_decided)
    watch._alert(practice.clock())
    assert sorted(map(open_kinds, accepted)) == [[], [kind]]
