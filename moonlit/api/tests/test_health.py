from datetime import timedelta

import pytest
from django.db import connection

from moonlit.api import health
from moonlit.platform import clock
from moonlit.practice.models import Location
from moonlit.sync.models import Feed, SyncWindow


@pytest.fixture(autouse=True)
def forget(monkeypatch):
    monkeypatch.setattr(health, "_migrated", False)


def test_live_needs_no_database(client):
    answer = client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
def test_ready_names_its_parts_and_does_not_fail_for_want_of_a_worker(client):
    answer = client.get("/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ok",
        "database": True,
        "migrations": True,
        "worker_age_seconds": None,
        "sync_age_seconds": None,
        "feed_age_seconds": None,
    }


@pytest.mark.django_db
def test_ready_tells_when_the_change_feed_was_last_read(client):
    Feed.objects.create(next_at=clock.now(), read_at=clock.now() - timedelta(seconds=90))
    assert 90 <= client.get("/health/ready").json()["feed_age_seconds"] < 100


@pytest.mark.django_db
def test_ready_tells_when_the_worker_was_last_heard(client):
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (%s)", [clock.now() - timedelta(seconds=90)]
        )
    assert 90 <= client.get("/health/ready").json()["worker_age_seconds"] < 100


@pytest.mark.django_db
def test_not_ready_while_a_migration_is_missing(client):
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'staff'")
    answer = client.get("/health/ready")
    assert (answer.status_code, answer.json()["migrations"]) == (503, False)


@pytest.mark.django_db
def test_the_metrics_are_not_on_the_web_port(client):
    assert client.get("/metrics").status_code == 404


@pytest.mark.django_db
def test_ready_tells_the_age_of_the_place_that_waits_longest(client):
    location = Location.objects.create(code="video", name="Video", kind="telehealth", time_zone="America/Denver")
    now = clock.now()
    for kind, minutes in (("near", 1), ("whole", 20)):
        SyncWindow.objects.create(
            location=location, kind=kind, next_at=now, succeeded_at=now - timedelta(minutes=minutes)
        )
    assert 1200 <= client.get("/health/ready").json()["sync_age_seconds"] < 1230
    SyncWindow.objects.update(succeeded_at=None)
    assert client.get("/health/ready").json()["sync_age_seconds"] is None
