"""Civil hours in every zone the patient may be in (rules 6.4)."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.state_zones import STATE_ZONES
from moonlit.notifications.hours import next_civil, patient_zones

DENVER = ZoneInfo("America/Denver")


def at(day, hour, minute=0, zone=DENVER):
    return datetime(2026, 12, day, hour, minute, tzinfo=zone)


@pytest.mark.parametrize(
    ("asked", "rings"),
    [
        (at(1, 8), at(1, 8)),
        (at(1, 20, 59), at(1, 20, 59)),
        (at(1, 21), at(2, 8)),
        (at(1, 7, 59), at(1, 8)),
        (at(1, 0), at(1, 8)),
        (at(31, 23), datetime(2027, 1, 1, 8, tzinfo=DENVER)),
    ],
)
def test_a_text_rings_between_eight_and_nine_in_the_evening(asked, rings):
    assert next_civil(asked, ["America/Denver"]) == rings


def test_a_state_with_two_zones_waits_for_the_later_morning_and_stops_at_the_earlier_evening():
    zones = patient_zones("ID", "America/Denver")
    boise, pacific = ZoneInfo("America/Boise"), ZoneInfo("America/Los_Angeles")
    assert next_civil(at(1, 8, zone=boise), zones) == at(1, 8, zone=pacific)
    assert next_civil(at(1, 21, zone=boise), zones) == at(2, 8, zone=pacific)


def test_an_unknown_state_follows_the_place_of_the_visit():
    assert patient_zones("", "America/Denver") == ("America/Denver",)
    assert patient_zones("XX", "America/Denver") == ("America/Denver",)
    assert patient_zones("UT", "America/New_York") == ("America/Denver",)


def test_the_hours_follow_the_clock_across_both_changes():
    assert next_civil(datetime(2026, 3, 8, 5, tzinfo=UTC), ["America/Denver"]) == datetime(2026, 3, 8, 14, tzinfo=UTC)
    assert next_civil(datetime(2026, 11, 1, 5, tzinfo=UTC), ["America/Denver"]) == datetime(2026, 11, 1, 15, tzinfo=UTC)


def test_zones_without_a_common_hour_are_refused():
    with pytest.raises(ValueError, match="no civil hour"):
        next_civil(at(1, 12), ["Pacific/Kiritimati", "Pacific/Honolulu", "Europe/Paris", "Asia/Kolkata"])


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC)),
    st.sampled_from(sorted(STATE_ZONES)),
    st.sampled_from(sorted(STATE_ZONES)),
)
def test_in_every_two_states_the_instant_is_civil_everywhere_and_not_more_than_a_day_away(asked, home, place):
    zones = (*patient_zones(home, "UTC"), *patient_zones(place, "UTC"))
    rings = next_civil(asked, zones)
    assert asked <= rings < asked + timedelta(days=1)
    for zone in zones:
        assert time(8) <= rings.astimezone(ZoneInfo(zone)).time() < time(21)
