"""When the link of a video visit is fetched, shown and given up; all hours are those of the place of the visit."""

from datetime import UTC, datetime, timedelta

import pytest

from moonlit.domain.joining import ASK_AGAIN, Asked, can_be_joined, opens, to_be_asked, to_be_given_up

DENVER = "America/Denver"
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NINE = datetime(2026, 3, 6, 16, tzinfo=UTC)
"""Nine in the morning in Denver."""


@pytest.mark.parametrize(
    ("start", "opened"),
    [
        (NINE, datetime(2026, 3, 6, 14, tzinfo=UTC)),  # 7:00, two hours before
        (NINE + 5 * HOUR, datetime(2026, 3, 6, 15, tzinfo=UTC)),  # at eight in the morning
        (datetime(2026, 3, 6, 8, tzinfo=UTC), datetime(2026, 3, 6, 7, tzinfo=UTC)),  # visit at one: midnight, no sooner
        (datetime(2026, 3, 8, 21, tzinfo=UTC), datetime(2026, 3, 8, 14, tzinfo=UTC)),  # the clock went forward
        (datetime(2026, 11, 1, 21, tzinfo=UTC), datetime(2026, 11, 1, 15, tzinfo=UTC)),  # and back
    ],
)
def test_it_opens_with_its_message_and_never_before_the_day(start, opened):
    assert opens(start, DENVER) == opened
    assert not can_be_joined(start, start + HOUR, DENVER, opened - MINUTE)
    assert can_be_joined(start, start + HOUR, DENVER, opened)


def test_a_visit_that_runs_over_can_be_joined_for_half_an_hour_more():
    assert can_be_joined(NINE, NINE + HOUR, DENVER, NINE + 89 * MINUTE)
    assert not can_be_joined(NINE, NINE + HOUR, DENVER, NINE + 90 * MINUTE)


def test_it_is_asked_for_every_ten_minutes_until_it_is_given_up():
    asked = Asked(NINE, given_up=False)
    assert to_be_asked(None, NINE)
    assert not to_be_asked(asked, NINE + ASK_AGAIN - MINUTE)
    assert to_be_asked(asked, NINE + ASK_AGAIN)
    assert to_be_asked(asked, NINE - MINUTE), "the clock was set back"
    assert not to_be_asked(Asked(NINE, given_up=True), NINE + HOUR)


def test_it_is_given_up_half_an_hour_before_and_only_once():
    asked = Asked(NINE - 2 * HOUR, given_up=False)
    assert not to_be_given_up(asked, NINE, NINE - 31 * MINUTE)
    assert to_be_given_up(asked, NINE, NINE - 30 * MINUTE)
    assert not to_be_given_up(None, NINE, NINE), "first it is asked for"
    assert not to_be_given_up(Asked(NINE, given_up=True), NINE, NINE)
