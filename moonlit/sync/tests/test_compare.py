"""The nightly proof (rules 5): what no feed and no push told of is found all the same."""

import random
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction

from moonlit.audit.actor import PUBLIC
from moonlit.availability.models import Occupancy
from moonlit.availability.services import release
from moonlit.availability.tests.helpers import FRIDAY, at, change, take, times
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, request_booking
from moonlit.ehr.port import EhrStatus, Retry
from moonlit.platform.db import try_advisory_lock
from moonlit.practice.models import Provider
from moonlit.sync.models import Comparison
from moonlit.sync.services import (
    compare_all,
    compare_due,
    follow_feed,
    receive_push,
    refresh_all,
    sync_due,
    sync_once,
    take_in_due,
)
from moonlit.worklist.models import Task
from tests.support.people import a_request
from tests.support.scene import MONDAY


@pytest.fixture
def office(scene):
    scene.slots = scene.open("71", FRIDAY, "09:00", "10:00", "11:00")
    refresh_all(clock=scene.clock)
    return scene


def walk_in(scene, *slots):
    for slot in slots:
        scene.ehr.staff_book(slot, scene.ehr.add_patient(None))


def book(scene, start):
    found = request_booking(a_request(start, now=scene.clock()), actor=PUBLIC, now=scene.clock()).appointment
    advance(found, clock=scene.clock)
    return Appointment.objects.get(pk=found)


def test_visits_made_before_we_were_there_come_in_and_are_counted(office):
    walk_in(office, *office.slots[:2])
    office.ehr.staff_cancel(office.slots[1])
    lines = []
    done = compare_all(clock=office.clock, progress=lines.append)
    assert (done.visits, done.added, done.changed, done.cancelled, done.differing, done.failed) == (2, 2, 0, 0, 0, 0)
    assert lines[0] == "Video visit: 2 visits compared, 2 added, 0 changed, 0 cancelled, 0 differing"
    assert sorted(Appointment.objects.values_list("state", flat=True)) == ["booked", "cancelled"]
    assert times(office) == {"11:00": {"71"}}


def test_twice_gives_the_same_state(office):
    walk_in(office, *office.slots)
    compare_all(clock=office.clock)
    before = list(Appointment.objects.order_by("pk").values())
    done = compare_all(clock=office.clock)
    assert (done.visits, done.added, done.changed) == (3, 0, 0)
    assert list(Appointment.objects.order_by("pk").values()) == before


def test_what_changed_unheard_is_found(office):
    walk_in(office, *office.slots)
    compare_all(clock=office.clock)
    office.ehr.staff_cancel(office.slots[0])
    office.ehr.staff_edit(office.slots[1], minutes=30)
    office.clock.forward(hours=1)
    done = compare_all(clock=office.clock)
    assert (done.added, done.changed, done.cancelled) == (0, 1, 1)
    assert Occupancy.objects.filter(live=True).count() == 2


def test_days_from_a_week_ago_to_the_end_of_the_horizon(office, monkeypatch):
    asked = []
    monkeypatch.setattr(
        type(office.ehr), "appointments_between", lambda _self, **more: asked.append((*more.values(),)) or []
    )
    compare_all(clock=office.clock)
    assert asked == [
        ([department], MONDAY - timedelta(days=7), MONDAY + timedelta(days=90)) for department in ("1", "2")
    ]


def test_one_department_at_a_time_each_night_at_three(office):
    office.ehr.calls.clear()
    compare_due(clock=office.clock)
    compare_due(clock=office.clock)
    compare_due(clock=office.clock)
    assert (office.ehr.calls.count("appointments_between"), office.ehr.calls.count("providers")) == (2, 1)
    assert set(Comparison.objects.values_list("next_at", flat=True)) == {datetime(2026, 3, 3, 10, tzinfo=UTC)}


def test_a_visit_the_list_leaves_out_is_read_before_anything_is_believed(office, monkeypatch):
    visit = book(office, at(FRIDAY, "09:00"))
    office.clock.forward(minutes=1)
    monkeypatch.setattr(type(office.ehr), "appointments_between", lambda *_, **__: [])
    done = compare_all(clock=office.clock)
    assert (done.differing, done.cancelled, Appointment.objects.get(pk=visit.pk).state) == (0, 0, "booked")


def test_a_visit_of_ours_the_ehr_no_longer_knows_is_told_to_a_person(office):
    visit = book(office, at(FRIDAY, "09:00"))
    office.clock.forward(minutes=1)
    office.ehr.remove_slot(visit.athena_appt_id)
    assert compare_all(clock=office.clock).differing == 1
    assert Appointment.objects.get(pk=visit.pk).state == "booked"
    assert Task.objects.get(kind="visit_differs").subject == f"appointment:{visit.pk}"


def test_an_import_the_ehr_no_longer_knows_has_ended(office):
    walk_in(office, office.slots[0])
    compare_all(clock=office.clock)
    office.ehr.remove_slot(office.slots[0])
    office.clock.forward(minutes=1)
    assert compare_all(clock=office.clock).cancelled == 1
    assert (Appointment.objects.get().state, Occupancy.objects.get().live) == ("cancelled", False)


def test_a_visit_that_went_to_another_department_is_found_there(office):
    visit = book(office, at(FRIDAY, "09:00"))
    office.clock.forward(minutes=1)
    office.ehr.staff_edit(visit.athena_appt_id, department_id="2")
    compare_all(clock=office.clock)
    assert Appointment.objects.get(pk=visit.pk).location.code == "clinic"


def test_a_department_that_does_not_answer_is_tried_again_sooner(office):
    office.ehr.fail_next("appointments_between", Retry("down"))
    done = compare_all(clock=office.clock)
    assert done.failed == 1
    row = Comparison.objects.get(location__code="video")
    assert (row.error, row.failures, row.next_at) == ("Retry", 1, office.clock() + timedelta(minutes=5))


def test_one_visit_that_stumbles_does_not_keep_the_others_from_the_proof(office, monkeypatch):
    import moonlit.sync.services.take_in as where

    walk_in(office, *office.slots)
    real = where.import_visit

    def stumble(found, **more):
        if found.id == office.slots[0]:
            raise ZeroDivisionError
        return real(found, **more)

    monkeypatch.setattr(where, "import_visit", stumble)
    done = compare_all(clock=office.clock)
    assert (done.added, done.failed) == (2, 1)


def test_ids_we_book_by_that_the_ehr_no_longer_knows_are_told_once_a_night(office):
    change(Provider.objects.filter(pk=office.providers["73"].pk), calendar_source_id="404")
    compare_due(clock=office.clock)
    assert Task.objects.get(kind="template_changed").subject == f"provider:{office.providers['73'].pk}"


def test_without_an_answer_about_the_ids_the_proof_stands(office):
    office.ehr.fail_next("providers", Retry("down"))
    assert compare_all(clock=office.clock).failed == 0


def test_a_flag_whose_reason_is_gone_is_taken_back_with_its_task(office):
    walk_in(office, office.slots[0])
    other = take(office, "71", at(FRIDAY, "09:30"))
    compare_all(clock=office.clock)
    row = Appointment.objects.get()
    assert (row.flags, Task.objects.get().state) == (["payer_unknown", "overlap"], "open")
    with transaction.atomic():
        release(other, now=office.clock())
    compare_all(clock=office.clock)
    row.refresh_from_db()
    assert (row.flags, Task.objects.get().state) == (["payer_unknown"], "closed")


def test_everything_once_is_feed_slots_and_visits(office):
    walk_in(office, office.slots[0])
    office.ehr.calls.clear()
    lines = []
    done = sync_once(clock=office.clock, progress=lines.append)
    assert (done.failed, done.compared.added, done.slots.windows) == (0, 1, 2)
    assert lines[0] == "changes: 0 read, 0 taken in, 0 failed"
    assert len(lines) == 5
    office.ehr.calls.clear()
    sync_due(clock=office.clock)
    assert "appointments_between" not in office.ehr.calls


@pytest.mark.django_db(transaction=True)
def test_two_at_once_the_second_is_refused(scene):
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    def another(run):
        try:
            return run(clock=scene.clock)
        finally:
            connections.close_all()

    with try_advisory_lock("sync") as mine, try_advisory_lock("feed") as too, ThreadPoolExecutor(1) as pool:
        assert mine
        assert too
        for run in (sync_once, compare_all, compare_due, follow_feed, take_in_due):
            assert pool.submit(another, run).result(20) is None
    assert scene.ehr.calls == []


# Any order


@pytest.mark.parametrize("seed", range(12))
def test_whoever_tells_whatever_in_any_order_and_number_it_ends_the_same(office, seed):
    """The front desk works; feed, push and compare tell of it at any moment; then everything was told."""
    chance = random.Random(seed)
    ours = book(office, at(FRIDAY, "09:00"))
    walk_in(office, office.slots[1])
    free = [office.slots[2], *office.open("73", FRIDAY, "12:00", "13:00", "14:00")]
    follow_feed(clock=office.clock)
    visits = [ours.athena_appt_id, office.slots[1]]

    def front_desk():
        n = chance.randrange(len(visits))
        visit = office.ehr.appointment(visits[n])
        if visit.status is EhrStatus.CANCELLED:
            return
        match chance.randrange(5):
            case 0:
                office.ehr.staff_cancel(visit.id, no_show=chance.random() < 0.3)
            case 1 if free:
                visits[n] = free.pop()
                office.ehr.staff_move(visit.id, visits[n])
            case 2:
                office.ehr.staff_set(visit.id, chance.choice([EhrStatus.CHECKED_IN, EhrStatus.BOOKED]))
            case 3:
                office.ehr.staff_edit(visit.id, provider_id=chance.choice(["71", "72", "73"]))
            case _:
                office.ehr.staff_edit(visit.id, start=at(FRIDAY, f"{chance.randrange(8, 18):02}:00"))

    def pushed():
        known = [*office.slots, *visits]
        delivery = office.ehr.push("appointment.update", chance.choice(known), event_id=str(chance.randrange(10**9)))
        receive_push(signature=delivery[0], body=delivery[1], now=office.clock())
        take_in_due(clock=office.clock)

    def compared():
        compare_all(clock=office.clock)

    def read():
        follow_feed(clock=office.clock, now_too=True)

    for _ in range(16):
        chance.choice([front_desk, front_desk, front_desk, pushed, compared, read])()
        office.clock.forward(seconds=chance.randrange(1, 90))
    by_the_feed = ended_as(office, read)
    by_the_proof = ended_as(office, compared)
    assert by_the_feed == by_the_proof == in_the_ehr(office)


def ended_as(office, tell):
    """The state everything is in once told, by one way alone; the other way starts from where we were."""
    with transaction.atomic():
        for _ in range(3):
            office.clock.forward(hours=1)
            tell()
        found = {
            (row.athena_appt_id, row.state, row.start, row.provider.calendar_source_id)
            for row in Appointment.objects.select_related("provider").filter(state__in=["booked", "checked_in"])
        }
        busy = set(Occupancy.objects.filter(live=True).values_list("slot_id", flat=True))
        assert busy == {ehr_id for ehr_id, *_ in found}
        transaction.set_rollback(True)
    return found


def in_the_ehr(office):
    return {
        (visit.id, visit.status.value, visit.start, visit.provider_id)
        for visit in office.ehr.appointments_between(
            department_ids=["1", "2"], first_day=date(2026, 1, 1), last_day=date(2026, 12, 31)
        )
        if visit.status in {EhrStatus.BOOKED, EhrStatus.CHECKED_IN}
    }
