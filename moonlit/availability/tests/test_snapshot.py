"""What other processes commit is in the next answer; what they roll back never is (architecture "Availability")."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
from django.db import connection, connections, transaction

from moonlit.availability.models import ProviderCalendar
from moonlit.availability.queries import snapshot
from moonlit.availability.tests.helpers import FRIDAY, a_slot, at, change, hold, mirrored, take, times
from moonlit.practice.models import Provider

pytestmark = pytest.mark.django_db(transaction=True)
NINE = at(FRIDAY, "09:00")


@pytest.fixture
def scene(scene):
    scene.sync()
    mirrored(scene, *(a_slot(each, NINE, provider=each) for each in ("71", "73")))
    assert times(scene) == {"09:00": {"71", "73"}}
    return scene


@contextmanager
def another_process():
    """A thread with its own connection, for which the snapshot of this process is a stranger's."""

    def run(function, *args, **kwargs):
        try:
            return function(*args, **kwargs)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        yield lambda *args, **kwargs: pool.submit(run, *args, **kwargs).result(20)


def test_a_commit_elsewhere_is_in_the_next_answer(scene):
    with another_process() as elsewhere:
        elsewhere(transaction.atomic(take), scene, "71", NINE)
    assert times(scene) == {"09:00": {"73"}}


def test_a_hold_elsewhere_is_in_the_next_answer(scene):
    with another_process() as elsewhere:
        elsewhere(transaction.atomic(hold), scene, "71", NINE)
    assert times(scene) == {"09:00": {"73"}}


def test_a_transaction_that_began_before_our_look_and_commits_after_it_is_seen(scene):
    with another_process() as elsewhere:
        slow = transaction.atomic()

        def begin():
            slow.__enter__()
            take(scene, "71", NINE)

        with ThreadPoolExecutor(1) as pool:
            pool.submit(begin).result(20)
            assert times(scene) == {"09:00": {"71", "73"}}, "not committed yet"
            elsewhere(transaction.atomic(take), scene, "73", NINE)
            assert times(scene) == {"09:00": {"71"}}, "a later transaction is seen meanwhile"
            pool.submit(slow.__exit__, None, None, None).result(20)
            assert times(scene) == {}
            pool.submit(connections.close_all).result(20)


def test_what_is_rolled_back_is_never_seen_by_others_nor_kept(scene):
    with transaction.atomic():
        take(scene, "71", NINE)
        assert times(scene) == {"09:00": {"73"}}, "our own write"
        with another_process() as elsewhere:
            assert elsewhere(times, scene) == {"09:00": {"71", "73"}}
        transaction.set_rollback(True)
    assert times(scene) == {"09:00": {"71", "73"}}


def test_a_look_inside_a_transaction_that_wrote_nothing_is_kept(scene):
    with another_process() as elsewhere:
        elsewhere(transaction.atomic(take), scene, "71", NINE)
    with transaction.atomic():
        seen = snapshot.current(scene.clock())
    assert snapshot._kept.snapshot is seen


def test_nothing_new_means_the_very_same_snapshot(scene):
    first, second = snapshot.look(scene.clock()), snapshot.look(scene.clock())
    assert first == second
    assert first.snapshot is second.snapshot


def test_a_transaction_left_open_elsewhere_does_not_make_every_look_a_new_one(scene):
    with ThreadPoolExecutor(1) as pool:
        slow = transaction.atomic()

        def begin():
            slow.__enter__()
            change(Provider.objects.filter(pk=scene.providers["73"].pk), weekly_new_patient_cap=3)

        pool.submit(begin).result(20)
        try:
            transaction.atomic(take)(scene, "71", NINE)
            first = snapshot.look(scene.clock()).snapshot
            assert snapshot.look(scene.clock()).snapshot is first
        finally:
            pool.submit(transaction.set_rollback, True).result(20)
            pool.submit(slow.__exit__, None, None, None).result(20)
            pool.submit(connections.close_all).result(20)


def test_a_change_of_the_facts_elsewhere_is_in_the_next_answer(scene):
    def cap():
        change(Provider.objects.filter(pk=scene.providers["71"].pk), weekly_new_patient_cap=0)

    with another_process() as elsewhere:
        elsewhere(cap)
    assert times(scene) == {"09:00": {"73"}}


def test_a_new_day_begins_with_a_full_reading(scene):
    before = snapshot._kept.snapshot
    scene.clock.forward(hours=20)
    assert times(scene) == {"09:00": {"71", "73"}}
    assert snapshot._kept.snapshot.first_day == before.first_day + 1


def test_each_stamp_is_the_writing_transaction(scene):
    with transaction.atomic(), connection.cursor() as cursor:
        ProviderCalendar.objects.filter(provider=scene.providers["71"]).update(slot_minutes=55)
        cursor.execute(
            "SELECT pg_current_xact_id() = changed FROM availability_providercalendar WHERE slot_minutes = 55"
        )
        assert cursor.fetchall() == [(True,)]
        transaction.set_rollback(True)


def test_threads_that_look_at_the_same_time_agree(scene):
    def read():
        try:
            return times(scene)
        finally:
            connections.close_all()

    snapshot.forget()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: read(), range(8)))
    assert found == [{"09:00": {"71", "73"}}] * 8
    assert snapshot._kept.snapshot.first_day >= 0
