"""The good-faith estimate of a self-pay visit (rules 4.15)."""

from dataclasses import replace
from datetime import date

import pytest

from moonlit.audit.actor import PUBLIC, SYSTEM
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, request_booking
from moonlit.platform.testing import run_pending
from moonlit.worklist.kinds import TaskKind, TaskOutcome
from moonlit.worklist.models import Task
from moonlit.worklist.services import close_task
from tests.support.people import BY_VIDEO, a_request
from tests.support.visits import at, move, settle

SELF_PAY = replace(BY_VIDEO, payer=None, self_pay=True)
NEAR, WEEK, FAR = date(2026, 3, 4), date(2026, 3, 6), date(2026, 3, 16)


@pytest.fixture
def desk(scene, time_machine):
    for day in (NEAR, WEEK, FAR):
        scene.open("71", day, "09:00", "13:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    return scene


def booked(desk, day, criteria=SELF_PAY):
    wanted = a_request(at("09:00", day), now=desk.clock(), criteria=criteria)
    visit = request_booking(wanted, actor=PUBLIC, now=desk.clock()).appointment
    advance(visit, clock=desk.clock)
    run_pending(desk.clock())
    return Appointment.objects.get(pk=visit)


def estimate(row):
    return Task.objects.filter(kind="good_faith_estimate", subject=f"appointment:{row.pk}", state="open").first()


@pytest.mark.parametrize(("day", "due"), [(FAR, (5, "billing")), (WEEK, (3, "billing"))])
def test_an_estimate_is_due_in_business_days_from_the_booking(desk, day, due):
    task = estimate(booked(desk, day))
    assert task.due == at("17:00", date(2026, 3, due[0]))
    assert (task.team, task.visit_date) == (due[1], day)


def test_less_than_three_business_days_ahead_it_is_made_on_request_only(desk):
    assert estimate(booked(desk, NEAR)) is None


def test_a_visit_an_insurance_pays_needs_none(desk):
    assert estimate(booked(desk, FAR, criteria=BY_VIDEO)) is None


def test_a_move_asks_for_a_new_one_for_the_new_day_and_closes_the_old(desk):
    row = booked(desk, FAR)
    close_task(
        TaskKind.GOOD_FAITH_ESTIMATE,
        subject=f"appointment:{row.pk}",
        outcome=TaskOutcome.DONE,
        actor=SYSTEM,
        now=desk.clock(),
    )
    assert Task.objects.get(kind="good_faith_estimate").outcome == "done"
    move(desk, row, "13:00", "71", start=at("13:00", WEEK))
    run_pending(desk.clock())
    settle(desk, minutes=2)
    run_pending(desk.clock())
    new = Appointment.objects.get(moved_from=row)
    assert estimate(new).due == at("17:00", date(2026, 3, 3))
    assert estimate(row) is None
