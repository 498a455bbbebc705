import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from moonlit.platform.breaker import Breaker
from moonlit.platform.vendor_models import VendorBreaker

NOW = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
BREAKER = Breaker("examplevendor", threshold=3, open_for=timedelta(seconds=20))


def fail(times, at=NOW):
    for _ in range(times):
        BREAKER.failed(at)


@pytest.mark.django_db
def test_a_vendor_never_heard_of_is_asked():
    assert BREAKER.allow(NOW)


@pytest.mark.django_db
def test_it_opens_at_the_threshold_and_not_before():
    fail(2)
    assert BREAKER.allow(NOW)
    fail(1)
    assert not BREAKER.allow(NOW)
    assert not BREAKER.allow(NOW + 19 * SECOND)


@pytest.mark.django_db
def test_one_failure_opens_a_breaker_of_threshold_one():
    strict = Breaker("strictvendor", threshold=1)
    strict.failed(NOW)
    assert not strict.allow(NOW)


@pytest.mark.django_db
def test_a_success_between_failures_starts_the_count_again():
    fail(2)
    BREAKER.ok()
    fail(2)
    assert BREAKER.allow(NOW)


@pytest.mark.django_db
def test_failures_more_than_a_minute_apart_do_not_add_up():
    fail(2)
    fail(1, NOW + 61 * SECOND)
    assert BREAKER.allow(NOW + 61 * SECOND)


@pytest.mark.django_db
def test_after_the_pause_one_caller_tries_and_the_others_wait():
    fail(3)
    later = NOW + 20 * SECOND
    assert [BREAKER.allow(later), BREAKER.allow(later)] == [True, False]


@pytest.mark.django_db
def test_a_trial_that_succeeds_closes_it():
    fail(3)
    later = NOW + 20 * SECOND
    assert BREAKER.allow(later)
    BREAKER.ok()
    assert all(BREAKER.allow(later) for _ in range(3))


@pytest.mark.django_db
def test_a_trial_that_fails_opens_it_for_another_pause():
    fail(3)
    later = NOW + 20 * SECOND
    assert BREAKER.allow(later)
    BREAKER.failed(later)
    assert not BREAKER.allow(later + 19 * SECOND)
    assert BREAKER.allow(later + 20 * SECOND)


@pytest.mark.django_db
def test_a_late_trial_that_fails_opens_it_again_though_it_is_the_only_failure_of_its_minute():
    fail(3)
    much_later = NOW + 300 * SECOND
    assert BREAKER.allow(much_later)
    BREAKER.failed(much_later + 5 * SECOND)
    assert not BREAKER.allow(much_later + 24 * SECOND)
    assert BREAKER.allow(much_later + 25 * SECOND)


@pytest.mark.django_db
def test_vendors_have_breakers_of_their_own():
    fail(3)
    assert Breaker("othervendor", threshold=3).allow(NOW)


def in_thread(call):
    try:
        return call()
    finally:
        connection.close()


def wait_until_blocked(count):
    """Until so many statements wait for a row lock: then every caller has read the old state."""
    for _ in range(500):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")  # inside a transaction the view is a picture of its start
            cursor.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if cursor.fetchone()[0] >= count:
                return
        threading.Event().wait(0.01)
    raise AssertionError("the callers never met")


@pytest.mark.django_db(transaction=True)
def test_of_many_callers_who_saw_the_pause_end_exactly_one_gets_the_trial():
    fail(3)
    later = NOW + 20 * SECOND
    with ThreadPoolExecutor(4) as pool:
        with transaction.atomic():
            VendorBreaker.objects.select_for_update().get(vendor=BREAKER.vendor)
            callers = [pool.submit(in_thread, lambda: BREAKER.allow(later)) for _ in range(4)]
            wait_until_blocked(4)
        granted = [caller.result(20) for caller in callers]
    assert granted.count(True) == 1


@pytest.mark.django_db(transaction=True)
def test_failures_counted_by_many_threads_are_all_counted():
    wide = Breaker("examplevendor", threshold=8)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: in_thread(lambda: wide.failed(NOW)), range(7)))
    assert wide.allow(NOW)
    wide.failed(NOW)
    assert not wide.allow(NOW)
