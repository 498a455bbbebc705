import threading
import uuid
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from moonlit.platform import jobs, sweeps, worker
from moonlit.platform.jobs import enqueue, job
from moonlit.platform.testing import run_pending

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
ran = []


@job(queue="default")
def note(thing: str) -> None:
    ran.append(thing)


@job(queue="booking", priority=5)
def urgent(thing: str) -> None:
    ran.append(thing)


@job(queue="default")
def note_and_pass_on(thing: str) -> None:
    ran.append(thing)
    with transaction.atomic():
        enqueue(note, thing=f"{thing} again")


@job(queue="default")
def broken(thing: str) -> None:
    raise ZeroDivisionError


@pytest.fixture(autouse=True)
def _own_jobs_leave_no_trace():
    ran.clear()
    yield
    ran.clear()


def test_jobs_run_by_priority_then_age_with_their_ids_as_text(db):
    thing = uuid.uuid4()
    enqueue(note, thing="first")
    enqueue(note, thing=thing)
    enqueue(urgent, thing="urgent")
    assert run_pending() == 3
    assert ran == ["urgent", "first", str(thing)]


def test_a_job_may_enqueue_another(db):
    enqueue(note_and_pass_on, thing="x")
    assert run_pending() == 2
    assert ran == ["x", "x again"]


def test_a_delayed_job_waits_for_its_time(db):
    enqueue(note, run_at=NOW + timedelta(minutes=5), thing="later")
    assert run_pending(NOW) == 0
    assert run_pending(NOW + timedelta(minutes=5)) == 1


def test_an_error_of_a_job_is_seen_by_the_test(db):
    enqueue(broken, thing="x")
    with pytest.raises(ZeroDivisionError):
        run_pending()


@pytest.mark.parametrize("value", [{"name": "Marisol"}, ["x"], 1.5, True, None, NOW])
def test_arguments_are_ids_only(db, value):
    with pytest.raises(TypeError, match="ids only"):
        enqueue(note, thing=value)


@pytest.mark.django_db(transaction=True)
def test_a_job_of_a_rolled_back_transaction_never_exists():
    def enqueue_and_fail():
        with transaction.atomic():
            enqueue(note, thing="x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        enqueue_and_fail()
    assert run_pending() == 0


@pytest.mark.django_db(transaction=True)
def test_the_worker_runs_jobs_of_every_queue_and_stops_when_told(monkeypatch):
    monkeypatch.setattr(sweeps, "_sweeps", {})
    stop = threading.Event()
    monkeypatch.setattr(worker, "GRACE", 5)

    @job(queue="sync")
    def last(thing: str) -> None:
        ran.append(thing)
        if len(ran) == 4:
            stop.set()

    enqueue(note_and_pass_on, thing="x")
    enqueue(urgent, thing="urgent")
    done = threading.Event()

    @sweeps.sweep(every_seconds=0)
    def when_others_are_done(_now):
        if len(ran) == 3 and not done.is_set():
            done.set()
            with transaction.atomic():
                enqueue(last, thing="last")

    try:
        worker.run_worker(stop)
    finally:
        app.tasks.pop(last.name)
    assert sorted(ran) == ["last", "urgent", "x", "x again"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone()[0] == 0


def doing_job(worker_heartbeat, attempts=0):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - %s::interval) RETURNING id",
            [worker_heartbeat],
        )
        owner = cursor.fetchone()[0]
        cursor.execute(
            "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s, attempts = %s RETURNING id",
            [owner, attempts],
        )


def status():
    with connection.cursor() as cursor:
        cursor.execute("SELECT status::text FROM procrastinate_jobs")
        return cursor.fetchone()[0]


def test_a_job_of_a_dead_worker_is_run_again(db):
    enqueue(note, thing="x")
    doing_job("5 minutes")
    assert run_pending() == 0
    worker.retry_stalled_jobs(datetime.now(UTC))
    assert run_pending() == 1
    assert ran == ["x"]


def test_a_job_of_a_living_worker_is_left_alone(db):
    enqueue(note, thing="x")
    doing_job("1 second")
    worker.retry_stalled_jobs(datetime.now(UTC))
    assert status() == "doing"


def test_a_job_that_keeps_killing_its_worker_is_given_up(db):
    enqueue(note, thing="x")
    doing_job("5 minutes", attempts=worker.MOST_ATTEMPTS)
    worker.retry_stalled_jobs(datetime.now(UTC))
    assert status() == "failed"


def test_a_job_that_failed_a_month_ago_is_forgotten(db):
    enqueue(note, thing="x")
    doing_job("5 minutes", attempts=worker.MOST_ATTEMPTS)
    now = datetime.now(UTC)
    worker.retry_stalled_jobs(now)
    worker.purge_failed_jobs(now + timedelta(days=29))
    assert status() == "failed"
    worker.purge_failed_jobs(now + timedelta(days=31))
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone()[0] == 0


def test_a_sweep_that_fails_does_not_stop_the_others(db, monkeypatch):
    monkeypatch.setattr(sweeps, "_sweeps", {})
    seen = []

    @sweeps.sweep(every_seconds=1)
    def bad(now):
        raise ZeroDivisionError

    @sweeps.sweep(every_seconds=1)
    def good(now):
        seen.append(now)

    for each in sweeps.all_sweeps():
        sweeps.run_sweep(each, NOW)
    assert seen == [NOW]


def test_every_queue_has_at_least_one_place():
    assert set(jobs.queues()) == {"booking", "messages", "sync", "default"}
    assert all(places >= 1 for places in jobs.queues().values())
