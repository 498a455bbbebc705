"""Office hours, promises and due dates (rules 4.4, 4.5, 4.15)."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.business_time import (
    DEFAULT_HOURS,
    Office,
    PromiseKind,
    add_business_days,
    add_business_time,
    answer_by,
    business_days_between,
    end_of_business_day,
    estimate_due,
    is_business_day,
    next_business_day,
    promise,
)

DENVER = "America/Denver"
THANKSGIVING = frozenset({date(2026, 11, 26), date(2026, 11, 27)})
OFFICE = Office(DEFAULT_HOURS, THANKSGIVING, DENVER)
LUNCH = Office({0: [(time(9), time(12)), (time(13), time(17))]}, frozenset(), DENVER)
MONDAY, FRIDAY, SATURDAY = date(2026, 3, 2), date(2026, 3, 6), date(2026, 3, 7)


def on(day, hour, minute=0):
    return datetime.combine(day, time(hour, minute), ZoneInfo(DENVER)).astimezone(UTC)


def hours(n):
    return timedelta(hours=n)


def test_weekends_and_closures_are_no_business_days():
    assert is_business_day(FRIDAY, OFFICE)
    assert not is_business_day(SATURDAY, OFFICE)
    assert not is_business_day(date(2026, 11, 26), OFFICE)
    assert next_business_day(FRIDAY, OFFICE) == date(2026, 3, 9)
    assert next_business_day(MONDAY, OFFICE) == date(2026, 3, 3)
    assert next_business_day(date(2026, 11, 25), OFFICE) == date(2026, 11, 30)


def test_business_days_are_counted_without_the_first_and_with_the_last():
    assert add_business_days(FRIDAY, 1, OFFICE) == date(2026, 3, 9)
    assert add_business_days(MONDAY, 10, OFFICE) == date(2026, 3, 16)
    assert business_days_between(MONDAY, MONDAY, OFFICE) == 0
    assert business_days_between(FRIDAY, date(2026, 3, 9), OFFICE) == 1
    assert business_days_between(date(2026, 11, 25), date(2026, 11, 30), OFFICE) == 1


@pytest.mark.parametrize(
    ("asked", "answered"),
    [
        (on(MONDAY, 8), date(2026, 3, 3)),
        (on(MONDAY, 23, 59), date(2026, 3, 3)),
        (on(FRIDAY, 18, 30), date(2026, 3, 9)),
        (on(SATURDAY, 12), date(2026, 3, 9)),
        (on(date(2026, 11, 25), 9), date(2026, 11, 30)),
    ],
    ids=["weekday morning", "before midnight", "Friday evening", "at the weekend", "before a closure"],
)
def test_whoever_asks_is_answered_by_the_end_of_the_next_business_day(asked, answered):
    assert answer_by(asked, OFFICE) == answered


@given(st.dates(date(2026, 1, 1), date(2027, 1, 1)), st.integers(0, 30))
def test_counting_and_adding_business_days_agree(day, days):
    assert business_days_between(day, add_business_days(day, days, OFFICE), OFFICE) == days


@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        (on(MONDAY, 10), hours(2), on(MONDAY, 12)),
        (on(MONDAY, 7), hours(2), on(MONDAY, 11)),
        (on(MONDAY, 15), hours(2), on(MONDAY, 17)),
        (on(MONDAY, 16), hours(2), on(date(2026, 3, 3), 10)),
        (on(FRIDAY, 16), hours(2), on(date(2026, 3, 9), 10)),
        (on(SATURDAY, 12), hours(2), on(date(2026, 3, 9), 11)),
        (on(MONDAY, 9), hours(20), on(date(2026, 3, 4), 13)),
        (on(date(2026, 11, 25), 17), hours(1), on(date(2026, 11, 30), 10)),
        (on(MONDAY, 20), hours(0), on(date(2026, 3, 3), 9)),
    ],
)
def test_office_time_passes_only_while_the_office_is_open(start, amount, end):
    assert add_business_time(start, amount, OFFICE) == end


def test_a_lunch_break_does_not_count():
    assert add_business_time(on(MONDAY, 11), hours(2), LUNCH) == on(MONDAY, 14)
    assert add_business_time(on(MONDAY, 12, 30), hours(1), LUNCH) == on(MONDAY, 14)


def test_an_office_open_through_a_clock_change_counts_real_hours():
    always = Office(dict.fromkeys(range(7), ((time(0), time(0)),)), frozenset(), DENVER)

    assert add_business_time(on(SATURDAY, 22), hours(6), always) == on(SATURDAY, 22) + hours(6)
    assert end_of_business_day(on(date(2026, 3, 8), 5), always) == on(date(2026, 3, 9), 0)


def test_a_same_day_task_is_due_at_closing_or_at_the_next_closing():
    assert end_of_business_day(on(MONDAY, 10), OFFICE) == on(MONDAY, 17)
    assert end_of_business_day(on(MONDAY, 17), OFFICE) == on(date(2026, 3, 3), 17)
    assert end_of_business_day(on(SATURDAY, 10), OFFICE) == on(date(2026, 3, 9), 17)
    assert end_of_business_day(on(MONDAY, 10), LUNCH) == on(MONDAY, 17)


@pytest.mark.parametrize("hour", [6, 9, 15])
def test_we_promise_today_while_two_office_hours_are_left(hour):
    promised = promise(on(MONDAY, hour), OFFICE)

    assert (promised.kind, promised.day, promised.by, promised.zone) == (PromiseKind.TODAY, MONDAY, time(17), DENVER)
    assert promised.at == on(MONDAY, 17)


@pytest.mark.parametrize(
    ("now", "day"),
    [
        (on(MONDAY, 15, 1), date(2026, 3, 3)),
        (on(FRIDAY, 20), date(2026, 3, 9)),
        (on(SATURDAY, 10), date(2026, 3, 9)),
        (on(date(2026, 11, 25), 16), date(2026, 11, 30)),
    ],
)
def test_later_we_promise_the_next_business_day(now, day):
    promised = promise(now, OFFICE)

    assert (promised.kind, promised.day, promised.at) == (PromiseKind.NEXT_BUSINESS_DAY, day, on(day, 17))


def test_today_is_the_offices_today_not_that_of_utc():
    at_six_thirty = on(MONDAY, 18, 30)
    assert at_six_thirty.date() == date(2026, 3, 3)

    assert promise(at_six_thirty, OFFICE).kind is PromiseKind.NEXT_BUSINESS_DAY


@pytest.mark.parametrize(
    ("visit", "due"),
    [
        (date(2026, 3, 16), date(2026, 3, 5)),
        (date(2026, 3, 13), date(2026, 3, 3)),
        (date(2026, 3, 5), date(2026, 3, 3)),
        (date(2026, 3, 4), None),
        (MONDAY, None),
    ],
)
def test_the_estimate_is_due_as_early_as_the_visit_allows(visit, due):
    assert estimate_due(MONDAY, visit, OFFICE) == due


def test_an_office_that_never_opens_is_an_error_not_an_endless_search():
    shut = Office({}, frozenset(), DENVER)

    with pytest.raises(ValueError, match="does not open"):
        add_business_time(on(MONDAY, 9), hours(1), shut)
    with pytest.raises(ValueError, match="does not open"):
        next_business_day(MONDAY, shut)
