from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from moonlit.platform.budget import Budget, Lane

NOW = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def drain(budget, lane, now, most=10_000):
    """How many calls the lane gets at one instant."""
    granted = 0
    while granted < most and budget.take(lane, now) == 0.0:
        granted += 1
    return granted


@pytest.mark.django_db
@pytest.mark.parametrize(("lane", "granted"), [(Lane.COMMIT, 10), (Lane.LOOK, 8), (Lane.SYNC, 6)])
def test_lower_lanes_leave_a_reserve_of_each_second(lane, granted):
    assert drain(Budget("examplevendor", 10, 0), lane, NOW) == granted


@pytest.mark.django_db
def test_when_synchronising_has_taken_its_share_a_booking_still_gets_through():
    budget = Budget("examplevendor", 5, 0)
    drain(budget, Lane.SYNC, NOW)
    assert budget.take(Lane.SYNC, NOW) > 0
    assert drain(budget, Lane.LOOK, NOW) == 1
    assert drain(budget, Lane.COMMIT, NOW) == 1


@pytest.mark.django_db
def test_the_bucket_refills_at_the_rate_and_no_higher_than_one_second():
    budget = Budget("examplevendor", 10, 0)
    assert drain(budget, Lane.COMMIT, NOW) == 10
    assert drain(budget, Lane.COMMIT, NOW + SECOND / 2) == 5
    assert drain(budget, Lane.COMMIT, NOW + 100 * SECOND) == 10


@pytest.mark.django_db
def test_a_refusal_says_how_long_to_wait_and_that_is_long_enough():
    budget = Budget("examplevendor", 4, 0)
    drain(budget, Lane.LOOK, NOW)
    wait = budget.take(Lane.LOOK, NOW)
    assert 0 < wait <= 0.5
    assert budget.take(Lane.LOOK, NOW + timedelta(seconds=wait + 0.001)) == 0.0


@pytest.mark.django_db
def test_even_one_call_a_second_lets_every_lane_through():
    budget = Budget("examplevendor", 1, 0)
    assert [drain(budget, lane, NOW + index * SECOND) for index, lane in enumerate(Lane)] == [1, 1, 1]


@pytest.mark.django_db
def test_less_than_one_call_a_second_is_possible():
    budget = Budget("examplevendor", 0.5, 0)
    assert drain(budget, Lane.COMMIT, NOW) == 1
    assert budget.take(Lane.COMMIT, NOW + SECOND) == pytest.approx(1.0)
    assert budget.take(Lane.COMMIT, NOW + 2 * SECOND) == 0.0


@pytest.mark.django_db
def test_zero_means_no_limit():
    assert drain(Budget("examplevendor", 0, 0), Lane.SYNC, NOW, most=200) == 200


@pytest.mark.django_db
@pytest.mark.parametrize(("lane", "granted"), [(Lane.COMMIT, 100), (Lane.LOOK, 95), (Lane.SYNC, 80)])
def test_lower_lanes_leave_a_reserve_of_the_day(lane, granted):
    budget = Budget("examplevendor", 0, 100)
    assert drain(budget, lane, NOW) == granted
    assert budget.take(lane, NOW) == 9 * 3600


@pytest.mark.django_db
def test_the_day_begins_anew_at_midnight_utc():
    budget = Budget("examplevendor", 0, 10)
    last_second = datetime(2026, 3, 6, 23, 59, 59, tzinfo=UTC)
    assert drain(budget, Lane.COMMIT, last_second) == 10
    assert budget.take(Lane.COMMIT, last_second) == 1.0
    assert drain(budget, Lane.COMMIT, last_second + SECOND) == 10


@pytest.mark.django_db
def test_a_clock_that_lags_gives_nothing_away():
    budget = Budget("examplevendor", 10, 0)
    assert drain(budget, Lane.COMMIT, NOW) == 10
    assert drain(budget, Lane.COMMIT, NOW - 5 * SECOND) == 0
    assert drain(budget, Lane.COMMIT, NOW) == 0


@pytest.mark.django_db
def test_a_call_granted_to_a_lagging_clock_does_not_refill_the_bucket_twice():
    budget = Budget("examplevendor", 10, 0)
    assert budget.take(Lane.COMMIT, NOW) == 0.0
    assert budget.take(Lane.COMMIT, NOW - 5 * SECOND) == 0.0
    assert drain(budget, Lane.COMMIT, NOW) == 8


@pytest.mark.django_db
def test_vendors_have_budgets_of_their_own():
    drain(Budget("examplevendor", 1, 1), Lane.COMMIT, NOW)
    assert Budget("othervendor", 1, 1).take(Lane.COMMIT, NOW) == 0.0


def take_in_thread(budget):
    try:
        return budget.take(Lane.COMMIT, NOW)
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("per_second", "per_day"), [(10, 0), (0, 10)])
def test_many_threads_together_never_get_more_than_the_limit(per_second, per_day):
    budget = Budget("examplevendor", per_second, per_day)
    with ThreadPoolExecutor(8) as pool:
        waits = list(pool.map(lambda _: take_in_thread(budget), range(40)))
    assert waits.count(0.0) == 10
