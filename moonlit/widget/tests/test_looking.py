"""A page that waits: how often it looks again, and what it may honestly say meanwhile."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import RequestFactory

from moonlit.domain.business_time import Promise, PromiseKind
from moonlit.widget.looking import LOOKS, Waiting, look_of, seconds_until, waiting

ASKED = datetime(2026, 3, 2, 16, 0, tzinfo=UTC)
BY = datetime(2026, 3, 3, 0, 0, tzinfo=UTC)
PROMISE = Promise(PromiseKind.TODAY, ASKED.date(), time(17), "America/Denver", BY)


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (timedelta(0), Waiting.FRESH),
        (timedelta(seconds=119), Waiting.FRESH),
        (timedelta(minutes=2), Waiting.SLOW),
        (timedelta(minutes=15), Waiting.HANDLED),
        (BY - ASKED, Waiting.HANDLED),
        (BY - ASKED + timedelta(seconds=1), Waiting.LATE),
    ],
)
def test_what_is_said_grows_with_the_wait(after, word):
    assert waiting(ASKED, PROMISE, ASKED + after) is word


def test_with_scripts_it_looks_for_a_quarter_of_an_hour_and_then_rests():
    waits = [seconds_until(look, scripts=True) for look in range(60)]
    looks = waits[: waits.index(None)]
    assert looks[:7] == [2, 3, 5, 8, 13, 21, 30]
    assert set(waits[len(looks) :]) == {None}
    assert 14 * 60 < sum(looks) <= 15 * 60


def test_without_scripts_it_reloads_six_times():
    assert [seconds_until(look, scripts=False) for look in range(8)] == [*LOOKS, None, None]


@pytest.mark.parametrize("text", ["stop", "-1", "9999", "²", "34"])
def test_anything_else_than_a_small_number_ends_it(text):
    assert seconds_until(look_of(RequestFactory().get("/", {"look": text})), scripts=True) is None
