"""The change feed (rules 5): what the front desk does in the EHR is here within one reading, and none gets lost."""

from datetime import timedelta

import pytest

from moonlit.audit.models import AuditEvent
from moonlit.availability.models import Occupancy, Slot
from moonlit.availability.tests.helpers import FRIDAY, times
from moonlit.booking.models import Appointment
from moonlit.ehr.port import EhrStatus, NotReached, Rejected, Retry, Throttled
from moonlit.sync.models import Comparison, Feed, Notice, SyncWindow
from moonlit.sync.services import follow_feed, forget_applied, refresh_all
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.models import Task

MINUTE = timedelta(minutes=1)


@pytest.fixture
def fed(scene):
    """Subscribed, with Friday at nine open and mirrored."""
    (scene.slot,) = scene.open("71", FRIDAY, "09:00")
    refresh_all(clock=scene.clock)
    follow_feed(clock=scene.clock)
    scene.clock.forward(minutes=1)
    return scene


def walk_in(scene, slot=None):
    """The front desk books somebody by phone."""
    scene.ehr.staff_book(slot or scene.slot, scene.ehr.add_patient(None))


def follow(scene):
    return follow_feed(clock=scene.clock)


def the_visit():
    return Appointment.objects.get(origin="ehr")


def test_a_visit_booked_by_phone_is_here_and_blocks_the_time_everywhere(fed):
    other_place = fed.open("71", FRIDAY, "09:30", department="2")
    refresh_all(clock=fed.clock)
    walk_in(fed)
    assert times(fed) == {"09:00": {"71"}}
    follow(fed)
    row = the_visit()
    assert (row.state, row.provider, row.patient, row.athena_appt_id) == ("booked", fed.providers["71"], None, fed.slot)
    assert row.visit_type.code == "intake"
    assert times(fed) == {}
    assert Slot.objects.get(ehr_slot_id=other_place[0]).state == "open"
    from moonlit.availability.tests.helpers import IN_CLINIC

    assert times(fed, IN_CLINIC) == {}


def test_what_the_feed_hands_out_is_stored_before_it_is_taken_in_and_sealed(fed):
    walk_in(fed)
    follow(fed)
    notice = Notice.objects.get(appointment_id=fed.slot, applied_at__isnull=False)
    assert notice.raw["appointmentid"] == fed.slot
    assert b"appointmentid" not in bytes(Notice.objects.values_list("raw", flat=True).get(pk=notice.pk))


def test_read_again_it_is_the_same(fed):
    walk_in(fed)
    follow(fed)
    before = (
        Appointment.objects.values().get(origin="ehr"),
        Occupancy.objects.values().get(),
        AuditEvent.objects.count(),
    )
    fed.ehr.staff_edit(fed.slot)
    fed.clock.forward(minutes=1)
    assert follow(fed).applied == 1
    assert before == (
        Appointment.objects.values().get(origin="ehr"),
        Occupancy.objects.values().get(),
        AuditEvent.objects.count(),
    )


def test_a_cancelled_visit_frees_the_time_within_one_reading_and_one_refresh(fed):
    walk_in(fed)
    follow(fed)
    fed.ehr.staff_cancel(fed.slot)
    fed.clock.forward(minutes=1)
    follow(fed)
    assert (the_visit().state, Occupancy.objects.filter(live=True).count()) == ("cancelled", 0)
    near = SyncWindow.objects.get(location__code="video", kind="near")
    assert near.next_at <= fed.clock(), "the reopened time is read with the next turn"


@pytest.mark.parametrize(
    ("does", "state", "live"),
    [
        (lambda ehr, visit: ehr.staff_set(visit, EhrStatus.CHECKED_IN), "checked_in", True),
        (lambda ehr, visit: ehr.staff_set(visit, EhrStatus.CHECKED_OUT), "completed", False),
        (lambda ehr, visit: ehr.staff_set(visit, EhrStatus.CHARGE_ENTERED), "completed", False),
        (lambda ehr, visit: ehr.staff_cancel(visit, no_show=True), "no_show", False),
    ],
)
def test_what_becomes_of_it_in_the_ehr_becomes_of_it_here(fed, does, state, live):
    walk_in(fed)
    follow(fed)
    does(fed.ehr, fed.slot)
    fed.clock.forward(minutes=1)
    follow(fed)
    assert (the_visit().state, Occupancy.objects.get().live) == (state, live)


def test_a_visit_that_was_cancelled_before_we_heard_of_it_is_known_as_cancelled(fed):
    walk_in(fed)
    fed.ehr.staff_cancel(fed.slot)
    follow(fed)
    assert (the_visit().state, Occupancy.objects.filter(live=True).exists()) == ("cancelled", False)


@pytest.mark.parametrize("new_first", [True, False])
def test_a_moved_visit_is_two_rows_whichever_is_told_first(fed, new_first):
    walk_in(fed)
    follow(fed)
    (later,) = fed.open("73", FRIDAY, "14:00")
    fed.ehr.staff_move(fed.slot, later)
    if new_first:
        fed.ehr.staff_edit(fed.slot)  # tells of the old one once more, after the new one
    fed.clock.forward(minutes=1)
    follow(fed)
    old, new = Appointment.objects.get(athena_appt_id=fed.slot), Appointment.objects.get(athena_appt_id=later)
    assert (old.state, new.state, new.moved_from) == ("moved", "booked", old)
    assert list(Occupancy.objects.filter(live=True).values_list("appointment", flat=True)) == [new.pk]


def test_a_clinician_we_do_not_know_is_none_of_our_business(fed):
    fed.ehr.staff_edit(fed.slot, provider_id="99")
    walk_in(fed)
    assert follow(fed).failed == 0
    assert not Appointment.objects.exists()


# Nothing gets lost


def test_subscribed_at_the_start_and_made_sure_of_daily(scene):
    scene.ehr.calls.clear()
    follow(scene)
    assert scene.ehr.calls == ["subscribe", "changed_since"]
    scene.clock.forward(minutes=1)
    follow(scene)
    scene.clock.forward(days=1)
    follow(scene)
    assert scene.ehr.calls.count("subscribe") == 2


def test_read_once_a_minute(scene):
    follow(scene)
    scene.ehr.calls.clear()
    scene.clock.forward(seconds=59)
    follow(scene)
    assert scene.ehr.calls == []
    scene.clock.forward(seconds=1)
    follow(scene)
    assert scene.ehr.calls == ["changed_since"]


def test_an_answer_that_got_lost_is_asked_for_again(fed):
    walk_in(fed)
    fed.ehr.fail_next("changed_since", Retry("answer lost"), stored=True)
    assert follow(fed).failed == 1
    assert not Appointment.objects.exists()
    fed.clock.forward(seconds=15)
    follow(fed)
    assert the_visit().state == "booked"


def test_a_process_that_died_between_reading_and_storing_loses_nothing(fed, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    walk_in(fed)
    monkeypatch.setattr("moonlit.sync.services.feed._store", die)
    with pytest.raises(Killed):
        follow(fed)
    monkeypatch.undo()
    fed.clock.forward(minutes=1)
    follow(fed)
    assert the_visit().state == "booked"


def test_a_process_that_died_after_storing_takes_it_in_with_the_next_turn(fed, monkeypatch):
    class Killed(BaseException):
        pass

    def die(*_, **__):
        raise Killed

    walk_in(fed)
    monkeypatch.setattr("moonlit.sync.services.feed.work_off", die)
    with pytest.raises(Killed):
        follow(fed)
    monkeypatch.undo()
    fed.ehr.calls.clear()
    fed.clock.forward(seconds=2)
    follow(fed)
    assert (the_visit().state, fed.ehr.calls) == ("booked", ["appointment"])


def test_old_news_is_read_anew_before_it_is_believed(fed, monkeypatch):
    """The stored row says booked; by now it is cancelled."""
    walk_in(fed)
    monkeypatch.setattr(
        "moonlit.sync.services.feed.work_off", lambda **_: type("None", (), {"applied": 0, "failed": 0})
    )
    follow(fed)
    monkeypatch.undo()
    fed.ehr.staff_cancel(fed.slot)
    fed.clock.forward(seconds=2)
    follow(fed)
    assert the_visit().state == "cancelled"


def test_a_subscription_that_is_no_more_is_asked_for_anew_and_everything_is_compared(fed):
    follow_feed(clock=fed.clock)
    fed.ehr.fail_next("changed_since", Rejected("no subscription", code="forbidden", status=403))
    fed.clock.forward(minutes=1)
    assert follow(fed).failed == 1
    fed.clock.forward(seconds=15)
    Comparison.objects.update(next_at=fed.clock() + timedelta(days=1))
    fed.ehr.calls.clear()
    follow(fed)
    assert fed.ehr.calls == ["subscribe", "changed_since", "changed_since"]
    assert all(row.next_at <= fed.clock() for row in Comparison.objects.all())


def test_while_the_ehr_does_not_answer_readings_come_later_and_then_staff_hear_of_it(fed):
    waits = []
    for _ in range(24):
        fed.ehr.fail_next("changed_since", NotReached("refused"))
        assert follow(fed).failed == 1
        row = Feed.objects.get()
        waits.append((row.next_at - fed.clock()).total_seconds())
        fed.clock.at = row.next_at
    assert waits[:4] == [15, 30, 60, 60]
    assert Task.objects.get(kind=TaskKind.FEED_FAILED).state == "open"
    follow(fed)
    assert Task.objects.get(kind=TaskKind.FEED_FAILED).state == "closed"


def test_being_throttled_waits_as_long_as_the_ehr_says(fed):
    fed.ehr.fail_next("changed_since", Throttled("slowly", retry_after=300))
    follow(fed)
    assert Feed.objects.get().next_at == fed.clock() + timedelta(seconds=300)


def test_one_that_stumbles_does_not_keep_the_others_waiting(fed, monkeypatch):
    (other,) = fed.open("73", FRIDAY, "14:00")
    walk_in(fed)
    walk_in(fed, other)
    import moonlit.sync.services.take_in as where

    real = where.import_visit

    def stumble(found, **more):
        if found.id == fed.slot:
            raise ZeroDivisionError
        return real(found, **more)

    monkeypatch.setattr(where, "import_visit", stumble)
    for _ in range(5):
        assert follow(fed).failed == 1
        fed.clock.forward(hours=1)
    assert the_visit().athena_appt_id == other
    assert (Notice.objects.get(appointment_id=fed.slot, applied_at=None).error) == "ZeroDivisionError"
    task = Task.objects.get(kind=TaskKind.FEED_FAILED)
    assert (task.state, task.team) == ("open", "technical")
    monkeypatch.undo()
    fed.clock.forward(hours=1)
    follow(fed)
    assert Appointment.objects.filter(origin="ehr").count() == 2
    fed.clock.forward(minutes=1)
    follow(fed)
    assert Task.objects.get(kind=TaskKind.FEED_FAILED).state == "closed"


def test_what_was_taken_in_is_forgotten_after_a_week(fed):
    walk_in(fed)
    follow(fed)
    count = Notice.objects.count()
    assert forget_applied(fed.clock() + timedelta(days=7)) == 0
    assert forget_applied(fed.clock() + timedelta(days=7, seconds=1)) == count
