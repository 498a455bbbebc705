"""Workers and patients at the same visits at once: no lock is taken in two orders, nobody's step is lost."""

import random
from datetime import timedelta
from functools import partial

import pytest

from moonlit.booking.services import advance, advance_change
from moonlit.ehr.port import Rejected, Unknown
from tests.support.people import patient
from tests.support.together import at_once
from tests.support.visits import FRIDAY, asked, at, booked, cancel, fresh, held_in_ehr, later, move, new_of

pytestmark = pytest.mark.django_db(transaction=True)

DAYS = range(7, 13)
FAULTS = [None, (Unknown("lost"), True), (Unknown("lost"), False), (Rejected("no"), False)]


def visit_on(scene, day):
    on = FRIDAY + timedelta(days=day)
    someone = patient(first_name=f"Person{'abcdefghijklmn'[day]}", email=f"p{day}@example.org", phone=None)
    return booked(scene, "08:00", patient=someone, start=at("08:00", on)), at("10:00", on)


def test_a_move_its_workers_and_a_cancel_at_once_end_with_no_visit_and_without_an_error(scene):
    for day in DAYS:
        scene.open("71", FRIDAY + timedelta(days=day), "08:00", "10:00")
    scene.sync()
    luck = random.Random(5)
    for day in DAYS:
        row, start = visit_on(scene, day)
        new = move(scene, row, "10:00", start=start).new_appointment
        if fault := luck.choice(FAULTS):
            scene.ehr.fail_next("reschedule", fault[0], stored=fault[1])
        rivals = [
            *[partial(advance, new, clock=scene.clock)] * 2,
            *[partial(advance_change, row.pk, clock=scene.clock)] * 2,
            *[partial(cancel, scene, row)] * 2,
        ]
        luck.shuffle(rivals)
        answers = at_once(*rivals)
        assert not [answer for answer in answers if isinstance(answer, Exception)]
        scene.ehr._faults.clear()
        for _ in range(12):
            later(scene, seconds=40)
        both = [fresh(row), new_of(row)]
        assert not [each.state for each in both if each.change or each.state == "booked"]
    assert held_in_ehr(scene) == []


def test_of_two_who_move_one_visit_at_once_one_wins_and_the_other_has_to_wait(scene):
    scene.open("71", FRIDAY, "08:00", "10:00", "14:00")
    scene.sync()
    row = booked(scene, "08:00")
    answers = at_once(partial(move, scene, row, "10:00"), partial(move, scene, row, "14:00"))
    assert sorted(type(answer).__name__ for answer in answers) == ["ChangeAsked", "Refused"]
    assert fresh(row).moves.count() == 1
    assert asked(scene, "14:00" if new_of(row).start == at("10:00") else "10:00", patient=patient(first_name="Xiomara"))
