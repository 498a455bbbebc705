from datetime import UTC, datetime, timedelta

from django.db import connection
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from moonlit.platform.models import RateBucket
from moonlit.platform.ratelimit import allow, purge_rate_buckets

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)


def call(seconds=0.0, bucket="holds|198.51.100.7", capacity=3, per=60):
    return allow(bucket, capacity=capacity, per_seconds=per, now=NOW + timedelta(seconds=seconds))


def test_a_bucket_gives_its_capacity_at_once_then_says_how_long_to_wait(db):
    assert [bool(call()) for _ in range(4)] == [True, True, True, False]
    assert call().retry_after == 20
    assert call(seconds=12.5).retry_after == 8


def test_a_bucket_fills_evenly_and_never_above_its_capacity(db):
    for _ in range(3):
        call()
    assert not call(seconds=19)
    assert call(seconds=20)
    assert not call(seconds=21)
    assert [bool(call(seconds=10_000)) for _ in range(4)] == [True, True, True, False]


def test_buckets_do_not_share(db):
    for _ in range(3):
        call()
    assert call(bucket="holds|198.51.100.8")


def test_a_clock_that_is_behind_gives_nothing_extra(db):
    for _ in range(3):
        call(seconds=100)
    assert not call(seconds=0)
    assert not call(seconds=119)
    assert call(seconds=120)


def test_no_address_is_stored_and_the_table_is_unlogged(db):
    call()
    with connection.cursor() as cursor:
        cursor.execute("SELECT platform_ratebucket::text FROM platform_ratebucket")
        assert "198.51" not in cursor.fetchone()[0]
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'platform_ratebucket'")
        assert cursor.fetchone()[0] == "u"


def test_buckets_unused_for_a_day_are_forgotten(db):
    call()
    purge_rate_buckets(NOW + timedelta(days=1))
    assert RateBucket.objects.count() == 1
    purge_rate_buckets(NOW + timedelta(days=1, seconds=1))
    assert RateBucket.objects.count() == 0


class AnyPattern(TestCase):
    @given(st.lists(st.floats(min_value=0, max_value=30), max_size=25), st.integers(1, 4))
    def test_never_more_than_capacity_plus_refill(self, gaps, capacity):
        RateBucket.objects.all().delete()
        at = allowed = 0
        for gap in gaps:
            at += gap
            allowed += bool(call(seconds=at, capacity=capacity, per=20))
        assert allowed <= capacity + at * capacity / 20 + 1e-6
