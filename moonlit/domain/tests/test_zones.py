"""Wall clocks and instants, on the two odd nights of the year above all (rules 3.2, 12)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain import zones
from moonlit.domain.state_zones import STATE_ZONES
from moonlit.domain.zones import Gap, Once, Repeated

SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
EVERY_US_ZONE = sorted({zone for of_state in STATE_ZONES.values() for zone in of_state})
WITHOUT_SUMMER_TIME = {
    "America/Phoenix",
    "Pacific/Honolulu",
    "Pacific/Guam",
    "Pacific/Saipan",
    "Pacific/Pago_Pago",
    "America/Puerto_Rico",
    "America/St_Thomas",
}
us_zones = st.sampled_from(EVERY_US_ZONE)


def utc(*parts):
    return datetime(*parts, tzinfo=UTC)


def test_an_ordinary_time_exists_once():
    assert zones.resolve(date(2026, 1, 15), time(9, 5), "America/Denver") == Once(utc(2026, 1, 15, 16, 5))
    assert zones.resolve(date(2026, 7, 15), time(9, 5), "America/Denver") == Once(utc(2026, 7, 15, 15, 5))


@pytest.mark.parametrize("at", [time(2, 0), time(2, 30), time(2, 59)])
def test_a_time_the_clock_skips_does_not_exist(at):
    assert zones.resolve(SPRING, at, "America/Denver") == Gap(utc(2026, 3, 8, 9))


@pytest.mark.parametrize(("at", "hour"), [(time(1, 59), 8), (time(3, 0), 9)])
def test_the_times_beside_the_gap_exist(at, hour):
    assert zones.resolve(SPRING, at, "America/Denver") == Once(utc(2026, 3, 8, hour, at.minute))


def test_a_repeated_time_names_both_instants_in_order():
    assert zones.resolve(AUTUMN, time(1, 30), "America/Denver") == Repeated(
        utc(2026, 11, 1, 7, 30), utc(2026, 11, 1, 8, 30)
    )
    assert zones.resolve(AUTUMN, time(2, 0), "America/Denver") == Once(utc(2026, 11, 1, 9))
    assert zones.resolve(AUTUMN, time(0, 59), "America/Denver") == Once(utc(2026, 11, 1, 6, 59))


def test_the_second_reading_of_a_time_is_not_taken_from_its_fold():
    assert zones.resolve(AUTUMN, time(1, 30, fold=1), "America/Denver") == zones.resolve(
        AUTUMN, time(1, 30), "America/Denver"
    )


def test_the_first_instant_of_an_odd_time_is_the_earliest_the_clock_allows():
    assert zones.first_instant(SPRING, time(2, 30), "America/Denver") == utc(2026, 3, 8, 9)
    assert zones.first_instant(AUTUMN, time(1, 30), "America/Denver") == utc(2026, 11, 1, 7, 30)
    assert zones.first_instant(SPRING, time(8), "America/Denver") == utc(2026, 3, 8, 14)


@pytest.mark.parametrize("zone", EVERY_US_ZONE)
def test_days_of_a_clock_change_last_23_and_25_hours_everywhere_it_is_kept(zone):
    def hours(day):
        return (zones.day_start(day + timedelta(days=1), zone) - zones.day_start(day, zone)) / timedelta(hours=1)

    expected = (24, 24, 24) if zone in WITHOUT_SUMMER_TIME else (23, 25, 24)
    assert (hours(SPRING), hours(AUTUMN), hours(date(2026, 6, 1))) == expected


@given(us_zones, st.datetimes(datetime(2025, 12, 1), datetime(2028, 1, 1)))
def test_what_the_clock_shows_leads_back_to_the_instant(zone, wall):
    instant = wall.replace(tzinfo=UTC, microsecond=0)
    shown = instant.astimezone(ZoneInfo(zone))

    match zones.resolve(shown.date(), shown.time(), zone):
        case Once(at):
            assert at == instant
        case Repeated(first, second):
            assert instant in (first, second)
            assert first < second
        case Gap():
            raise AssertionError("the clock showed a time that does not exist")


@given(us_zones, st.dates(date(2025, 12, 1), date(2028, 1, 1)))
def test_a_day_begins_with_its_own_first_instant(zone, day):
    start = zones.day_start(day, zone)

    assert zones.local_date(start, zone) == day
    assert zones.local_date(start - timedelta(seconds=1), zone) == day - timedelta(days=1)


def test_a_day_whose_midnight_is_skipped_begins_at_the_jump():
    assert zones.day_start(date(2023, 4, 28), "Africa/Cairo") == utc(2023, 4, 27, 22)


def test_the_local_date_differs_from_the_date_in_utc_in_the_evening():
    assert zones.local_date(utc(2026, 3, 3, 1, 30), "America/Denver") == date(2026, 3, 2)


def test_two_names_of_one_clock_are_the_same_and_arizona_is_not_utah():
    year = (date(2026, 1, 1), date(2026, 12, 31))

    assert zones.same_clock("US/Mountain", "America/Denver", *year)
    assert not zones.same_clock("America/Phoenix", "America/Denver", *year)
    assert zones.same_clock("America/Phoenix", "America/Denver", date(2026, 1, 1), date(2026, 3, 7))
    assert not zones.same_clock("America/Phoenix", "America/Denver", date(2026, 1, 1), date(2026, 3, 8))


def test_only_real_names_are_zones():
    assert zones.is_zone("America/Boise")
    assert not any(zones.is_zone(name) for name in ["America/Salt_Lake_City", "", "../etc/passwd", "MST12", "America"])


def test_every_state_and_territory_has_its_zones():
    assert len(STATE_ZONES) == 50 + 1 + 5
    assert all(zones.is_zone(zone) for zone in EVERY_US_ZONE)
    assert STATE_ZONES["UT"] == ("America/Denver",)
    assert STATE_ZONES["ID"] == ("America/Boise", "America/Los_Angeles")


@pytest.mark.parametrize(
    "state", ["AK", "AZ", "FL", "ID", "IN", "KS", "KY", "MI", "ND", "NE", "NV", "OR", "SD", "TN", "TX"]
)
def test_the_states_that_keep_two_clocks_name_both(state):
    first, second = STATE_ZONES[state]

    assert not zones.same_clock(first, second, date(2026, 1, 1), date(2026, 12, 31))


def test_the_changes_of_a_clock_are_found_to_the_second():
    year = date(2026, 1, 1), date(2026, 12, 31)
    assert zones.clock_changes("America/Denver", *year) == [utc(2026, 3, 8, 9), utc(2026, 11, 1, 8)]
    assert zones.clock_changes("America/Denver", SPRING, SPRING) == [utc(2026, 3, 8, 9)]
    assert zones.clock_changes("America/Denver", date(2026, 3, 9), date(2026, 10, 31)) == []
    assert zones.clock_changes("America/Phoenix", *year) == []
    assert zones.clock_changes("Pacific/Auckland", *year) == [utc(2026, 4, 4, 14), utc(2026, 9, 26, 14)]
