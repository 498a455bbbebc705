"""How long a time is kept, and how many at once (rules 4.2)."""

from datetime import UTC, datetime, timedelta

import pytest

from moonlit.domain.holds import LENGTH, LONGEST, is_ending, kept_until, may_hold

NOW = datetime(2026, 3, 2, 16, tzinfo=UTC)


def test_a_press_keeps_the_time_for_ten_minutes():
    assert kept_until(NOW, NOW) == NOW + timedelta(minutes=10)


def test_whoever_presses_at_the_last_moment_may_press_at_least_ten_times_more():
    until, presses = NOW + LENGTH, 0
    while (longer := kept_until(NOW, until)) is not None:
        until, presses = longer, presses + 1
    assert presses >= 10
    assert until == NOW + LONGEST


def test_pressing_early_costs_nothing():
    for seconds in range(0, 3600, 30):
        now = NOW + timedelta(seconds=seconds)
        assert kept_until(NOW, now) == now + LENGTH


def test_nobody_keeps_a_time_for_longer_than_two_hours():
    assert kept_until(NOW, NOW + timedelta(hours=1, minutes=55)) == NOW + timedelta(hours=2)
    assert kept_until(NOW, NOW + timedelta(hours=2)) is None


@pytest.mark.parametrize(("left", "ending"), [(121, False), (120, True), (1, True), (0, True), (-5, True)])
def test_the_patient_is_warned_two_minutes_ahead(left, ending):
    assert is_ending(NOW + timedelta(seconds=left), NOW) is ending


@pytest.mark.parametrize(
    ("of_client", "of_address", "may"), [(0, 0, True), (1, 19, True), (2, 0, False), (0, 20, False)]
)
def test_two_of_a_client_and_twenty_of_an_address(of_client, of_address, may):
    assert may_hold(of_client, of_address) is may
