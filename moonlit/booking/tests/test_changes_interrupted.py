"""A worker dies at any statement of a cancel or a move: another one finishes it, and nobody is told what is not true."""

import itertools
from contextlib import contextmanager
from datetime import timedelta

import pytest
from django.db import connection

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, advance_change, request_cancel, request_move
from moonlit.ehr.port import EhrStatus, Rejected, Unknown
from tests.support.people import patient
from tests.support.visits import FRIDAY, asked, at, check_counts, fresh, later, new_of, open_tasks, told

HOURS = ["08:00", "09:00", "10:00", "11:00", "13:00", "14:00", "15:00", "16:00"]


class DeadError(BaseException):
    """The process is no more; nothing of ours catches it."""


@contextmanager
def dying_before(statement):
    """The process dies where it would send its n-th writing statement; the value counts them."""
    sent = [0]

    def count(execute, sql, params, many, context):
        sent[0] += not sql.lstrip().upper().startswith(("SELECT", "SAVEPOINT", "RELEASE", "ROLLBACK"))
        if sent[0] == statement:
            sent[0] += 1
            raise DeadError
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        yield sent


@pytest.fixture
def practice(scene):
    for day in range(7, 80):
        scene.open("71", FRIDAY + timedelta(days=day), *HOURS)
    scene.sync()
    return scene


def visits(scene):
    """One booked visit after another, each of another patient, with a free time right after it."""
    for number, day in enumerate(range(7, 80)):
        someone = patient(
            first_name=f"Person {'abcdefghij'[number // 10]}{'abcdefghij'[number % 10]}",
            email=f"p{number}@example.org",
            phone=None,
        )
        on = FRIDAY + timedelta(days=day)
        yield (lambda hour, on=on: at(hour, on)), someone


def book(scene, at_hour, someone):
    accepted = asked(scene, "08:00", "71", patient=someone, start=at_hour("08:00"))
    return Appointment.objects.get(pk=accepted.appointment)


def cancel(scene, row):
    request_cancel(row.pk, note="", actor=PUBLIC, now=scene.clock(), late_ok=False)


def move(scene, row, start):
    request_move(row.pk, start=start, provider_id=row.provider_id, hold=None, actor=PUBLIC, now=scene.clock())


def plain_cancel(scene, row, start):
    cancel(scene, row)


def cancel_with_a_lost_answer(scene, row, start):
    cancel(scene, row)
    scene.ehr.fail_next("cancel", Unknown("lost"), stored=True)


def plain_move(scene, row, start):
    move(scene, row, start)


def move_with_a_lost_answer(scene, row, start):
    move(scene, row, start)
    scene.ehr.fail_next("reschedule", Unknown("lost"), stored=True)


def move_the_ehr_refuses(scene, row, start):
    move(scene, row, start)
    scene.ehr.fail_next("reschedule", Rejected("no"))


def move_that_is_taken(scene, row, start):
    move(scene, row, start)
    scene.ehr.staff_book(new_of(row).slot_ehr_id, scene.ehr.add_patient(None))


def cancel_during_a_move(scene, row, start):
    move(scene, row, start)
    scene.ehr.fail_next("reschedule", Unknown("lost"), stored=True)
    advance(new_of(row).pk, clock=scene.clock)
    cancel(scene, row)


ENDS = {
    plain_cancel: ["cancelled"],
    cancel_with_a_lost_answer: ["cancelled"],
    plain_move: ["moved", "booked"],
    move_with_a_lost_answer: ["moved", "booked"],
    move_the_ehr_refuses: ["moved", "booked"],
    move_that_is_taken: ["booked", "lost"],
    cancel_during_a_move: ["cancelled", "cancelled"],
}
TOLD = {
    "cancelled": (["appointment.booked", "appointment.cancelled"], []),
    "moved": (["appointment.booked"], ["appointment.moved"]),
    "booked": (["appointment.booked", "appointment.change_failed"], []),
}


def work(scene, row):
    for _ in range(3):
        new = new_of(row)
        if new is not None:
            advance(new.pk, clock=scene.clock)
        advance_change(row.pk, clock=scene.clock)
        scene.clock.forward(seconds=8)


def check(scene, row, ends):
    new = new_of(row)
    both = [fresh(row), *([new] if new is not None else [])]
    assert [each.state for each in both] == ends
    assert {each.change for each in both} == {""}
    assert (told(row), told(new) if new else []) == TOLD[ends[0]]
    shown = {scene.ehr.appointment(each.slot_ehr_id).patient_id: each for each in both}
    chart = fresh(row).patient.ehr_patient_id
    for each in both:
        found = scene.ehr.appointment(each.slot_ehr_id)
        held = found.status is EhrStatus.BOOKED and found.patient_id == chart
        assert held == (each.state == "booked")
    assert shown
    assert open_tasks(row) == (["move_requested"] if ends == ["booked", "lost"] else [])
    check_counts()


@pytest.mark.parametrize(
    ("life", "every"),
    [
        *(pytest.param(life, 6, id=life.__name__) for life in ENDS),
        *(pytest.param(life, 1, id=f"every statement: {life.__name__}", marks=pytest.mark.long) for life in ENDS),
    ],
)
def test_a_worker_that_dies_anywhere_leaves_a_change_another_one_finishes(practice, life, every):
    for statement, (at_hour, someone) in zip(itertools.count(2, every), visits(practice), strict=False):
        row = book(practice, at_hour, someone)
        advance(row.pk, clock=practice.clock)
        life(practice, row, at_hour("10:00"))
        dead = True
        try:
            with dying_before(statement) as sent:
                work(practice, row)
            dead = sent[0] >= statement
        except DeadError:
            pass
        practice.ehr._faults.clear()
        for _ in range(16):
            later(practice, seconds=25)
        check(practice, row, ENDS[life])
        if not dead:
            assert statement > 4
            return
    pytest.fail("the worker never came to its end")
