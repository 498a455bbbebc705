"""While somebody holds a time its slot may be frozen in the EHR too (an optional setting, rules 4.2)."""

from datetime import UTC, date, datetime, timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.availability.models import Slot
from moonlit.availability.queries import candidates
from moonlit.booking.models import Appointment, SlotFreeze
from moonlit.booking.services import (
    advance,
    extend_hold,
    freezes,
    place_hold,
    release_hold,
    request_booking,
    settle_freeze,
    sweep_freezes,
    sweep_holds,
)
from moonlit.ehr.port import AlreadyDone, EhrStatus, NotReached, Rejected, Unknown
from moonlit.platform import clock
from moonlit.platform.testing import run_pending
from moonlit.worklist.models import Task
from tests.support.people import BY_VIDEO, a_request

FRIDAY = date(2026, 3, 6)
NINE = datetime(2026, 3, 6, 16, tzinfo=UTC)


@pytest.fixture
def open_scene(scene, monkeypatch):
    (scene.slot,) = scene.open("71", FRIDAY, "09:00")
    scene.sync()
    monkeypatch.setattr(clock, "now", scene.clock)
    monkeypatch.setattr(freezes, "freezing_is_on", lambda: True)
    scene.ehr.calls.clear()
    return scene


def hold(scene):
    return place_hold(BY_VIDEO, NINE, None, client_ref="", address="", actor=PUBLIC, now=scene.clock()).hold


def book(scene, held):
    return request_booking(a_request(NINE, now=scene.clock()), hold=held, actor=PUBLIC, now=scene.clock())


def state(scene):
    return SlotFreeze.objects.get(pk=scene.slot).state


def is_offered_in_the_ehr(scene):
    asked = {"department_id": "1", "time_zone": "America/Denver", "provider_ids": ["71"], "reason_ids": ["171"]}
    return bool(scene.ehr.open_slots(**asked, first_day=FRIDAY, last_day=FRIDAY).slots)


def writes(scene):
    return [call for call in scene.ehr.calls if call in {"freeze", "unfreeze", "book"}]


def test_without_the_setting_the_ehr_is_not_asked(open_scene, monkeypatch):
    monkeypatch.setattr(freezes, "freezing_is_on", lambda: False)
    hold(open_scene)
    assert run_pending(open_scene.clock()) == 0
    assert writes(open_scene) == []


def test_a_held_slot_is_frozen_and_thawed_when_it_is_let_go(open_scene):
    held = hold(open_scene)
    assert writes(open_scene) == [], "the press itself waits for nobody"
    run_pending(open_scene.clock())
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("frozen", False)
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    run_pending(open_scene.clock())
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("thawed", True)


def test_a_hold_that_ends_by_itself_is_thawed_by_the_sweep(open_scene):
    hold(open_scene)
    run_pending(open_scene.clock())
    open_scene.clock.forward(minutes=10)
    sweep_freezes(clock=open_scene.clock)
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("thawed", True)


def test_an_extended_hold_stays_frozen(open_scene):
    held = hold(open_scene)
    run_pending(open_scene.clock())
    open_scene.clock.forward(minutes=9)
    extend_hold(held, actor=PUBLIC, now=open_scene.clock())
    open_scene.clock.forward(minutes=9)
    sweep_freezes(clock=open_scene.clock)
    assert (state(open_scene), writes(open_scene)) == ("frozen", ["freeze"])


def test_a_slot_is_thawed_before_it_is_booked(open_scene):
    held = hold(open_scene)
    run_pending(open_scene.clock())
    book(open_scene, held)
    advance(held, clock=open_scene.clock)
    assert writes(open_scene) == ["freeze", "unfreeze", "book"]
    assert Appointment.objects.get(pk=held).state == "booked"
    assert state(open_scene) == "thawed"


def test_a_slot_somebody_elses_hold_had_left_frozen_is_thawed_for_a_booking_too(open_scene):
    hold(open_scene)
    run_pending(open_scene.clock())
    open_scene.clock.forward(minutes=11)
    accepted = request_booking(a_request(NINE, now=open_scene.clock()), actor=PUBLIC, now=open_scene.clock())
    advance(accepted.appointment, clock=open_scene.clock)
    assert Appointment.objects.get(pk=accepted.appointment).state == "booked"


def test_a_refresh_that_misses_the_frozen_slot_does_not_cost_the_patient_his_hold(open_scene):
    held = hold(open_scene)
    run_pending(open_scene.clock())
    open_scene.clock.forward(minutes=1)
    open_scene.sync()
    assert Slot.objects.get(ehr_slot_id=open_scene.slot).state == Slot.State.GONE
    open_scene.clock.forward(minutes=10)
    extend_hold(held, actor=PUBLIC, now=open_scene.clock())
    book(open_scene, held)
    advance(held, clock=open_scene.clock)
    assert Appointment.objects.get(pk=held).state == "booked"


def test_a_thawed_slot_is_offered_again_at_once(open_scene):
    held = hold(open_scene)
    run_pending(open_scene.clock())
    open_scene.clock.forward(minutes=1)
    open_scene.sync()
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    run_pending(open_scene.clock())
    assert candidates(BY_VIDEO, NINE, provider_id=None, now=open_scene.clock())


def test_a_freeze_that_fails_stops_neither_hold_nor_booking(open_scene):
    open_scene.ehr.fail_next("freeze", Rejected("no", code="forbidden"))
    held = hold(open_scene)
    run_pending(open_scene.clock())
    assert state(open_scene) == "thawed"
    book(open_scene, held)
    advance(held, clock=open_scene.clock)
    assert Appointment.objects.get(pk=held).state == "booked"


def test_a_slot_the_front_desk_froze_is_left_to_them(open_scene):
    open_scene.ehr.freeze(open_scene.slot)
    held = hold(open_scene)
    run_pending(open_scene.clock())
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    run_pending(open_scene.clock())
    sweep_freezes(clock=open_scene.clock)
    assert "unfreeze" not in open_scene.ehr.calls
    assert not is_offered_in_the_ehr(open_scene)


def test_the_next_hold_of_a_slot_not_thawed_yet_keeps_it_frozen(open_scene):
    first = hold(open_scene)
    run_pending(open_scene.clock())
    release_hold(first, actor=PUBLIC, now=open_scene.clock())
    second = hold(open_scene)
    run_pending(open_scene.clock())
    assert (state(open_scene), SlotFreeze.objects.get().hold_id) == ("frozen", second)
    assert writes(open_scene) == ["freeze"]


@pytest.mark.parametrize("stored", [True, False])
def test_a_freeze_whose_answer_was_lost_is_asked_again_and_thawed_in_the_end(open_scene, stored):
    open_scene.ehr.fail_next("freeze", Unknown("lost"), stored=stored)
    held = hold(open_scene)
    run_pending(open_scene.clock())
    assert state(open_scene) == "freezing"
    open_scene.clock.forward(seconds=10)
    sweep_freezes(clock=open_scene.clock)
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("frozen", False)
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    run_pending(open_scene.clock())
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("thawing", True), "the first may still land"
    open_scene.clock.forward(minutes=3)
    sweep_freezes(clock=open_scene.clock)
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("thawed", True)


def test_a_freeze_that_lands_after_the_thaw_is_thawed_again(open_scene):
    open_scene.ehr.fail_next("freeze", Unknown("lost"))
    held = hold(open_scene)
    run_pending(open_scene.clock())
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    run_pending(open_scene.clock())
    assert state(open_scene) == "thawing", "not frozen is no proof while our freeze may still land"
    open_scene.ehr.freeze(open_scene.slot)  # it lands
    open_scene.clock.forward(minutes=3)
    sweep_freezes(clock=open_scene.clock)
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("thawed", True)


def test_a_worker_that_dies_after_the_freeze_leaves_a_row_by_which_the_sweep_thaws(open_scene, monkeypatch):
    held = hold(open_scene)

    class Killed(BaseException):
        pass

    def dies(*_):
        raise Killed

    monkeypatch.setattr(freezes, "after_freeze", dies)
    with pytest.raises(Killed):
        settle_freeze(open_scene.slot, clock=open_scene.clock)
    monkeypatch.undo()
    monkeypatch.setattr(clock, "now", open_scene.clock)
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("freezing", False)
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    sweep_freezes(clock=open_scene.clock)
    assert (state(open_scene), is_offered_in_the_ehr(open_scene)) == ("thawed", True)


def test_a_slot_that_cannot_be_thawed_becomes_a_task_that_closes_itself(open_scene):
    held = hold(open_scene)
    run_pending(open_scene.clock())
    for _ in range(5):
        open_scene.ehr.fail_next("unfreeze", Unknown("down"))
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    for _ in range(4):
        sweep_freezes(clock=open_scene.clock)
        assert not Task.objects.exists()
        open_scene.clock.forward(minutes=6)
    sweep_freezes(clock=open_scene.clock)
    task = Task.objects.get()
    assert (task.kind, task.subject, task.state) == ("slot_left_frozen", f"slot:{open_scene.slot}", "open")
    open_scene.clock.forward(minutes=6)
    sweep_freezes(clock=open_scene.clock)
    task.refresh_from_db()
    assert (task.state, state(open_scene)) == ("closed", "thawed")


def test_a_booking_waits_a_moment_for_the_thaw_and_not_for_ever(open_scene):
    held = hold(open_scene)
    run_pending(open_scene.clock())
    for _ in range(9):
        open_scene.ehr.fail_next("unfreeze", NotReached("down"))
    book(open_scene, held)
    advance(held, clock=open_scene.clock)
    row = Appointment.objects.get(pk=held)
    assert (row.state, row.problem, row.puts) == ("pending", "slot_frozen", 0)
    for _ in range(3):
        open_scene.clock.forward(minutes=1)
        advance(held, clock=open_scene.clock)
    assert "book" in open_scene.ehr.calls


def test_a_slot_the_ehr_has_thawed_already_is_thawed(open_scene):
    held = hold(open_scene)
    run_pending(open_scene.clock())
    open_scene.ehr.fail_next("unfreeze", AlreadyDone("it was not frozen"), stored=True)
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    run_pending(open_scene.clock())
    assert state(open_scene) == "thawed"
    assert open_scene.ehr.appointment(open_scene.slot).status is EhrStatus.OPEN


def test_nothing_is_left_to_do_once_a_slot_is_thawed(open_scene):
    held = hold(open_scene)
    run_pending(open_scene.clock())
    release_hold(held, actor=PUBLIC, now=open_scene.clock())
    run_pending(open_scene.clock())
    sweep_holds(open_scene.clock())
    before = list(open_scene.ehr.calls)
    open_scene.clock.forward(hours=1)
    sweep_freezes(clock=open_scene.clock)
    run_pending(open_scene.clock())
    assert open_scene.ehr.calls == before
    assert not SlotFreeze.objects.filter(next_at__isnull=False).exists()
    assert not SlotFreeze.objects.filter(next_at__gt=open_scene.clock() + timedelta(days=1)).exists()
