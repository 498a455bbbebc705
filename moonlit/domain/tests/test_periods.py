from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.periods import (
    ALWAYS,
    NEVER,
    Period,
    change_days,
    covers,
    intersect,
    join,
    subtract,
    window_on,
)

ZERO = date(2026, 1, 1)
DAYS = [ZERO + timedelta(days=n) for n in range(-2, 33)]
offsets = st.none() | st.integers(0, 30)


@st.composite
def periods(draw):
    first, last = draw(offsets), draw(offsets)
    if first is not None and last is not None and first > last:
        first, last = last, first
    return Period(*(None if each is None else ZERO + timedelta(days=each) for each in (first, last)))


some = st.lists(periods(), max_size=5)


def naive(windows):
    """The days of a window list by the meaning of the words alone."""
    return {
        day
        for day in DAYS
        if any((p.starts is None or p.starts <= day) and (p.ends is None or day <= p.ends) for p in windows)
    }


@given(some)
def test_joining_keeps_exactly_the_same_days(several):
    assert naive(join(several)) == naive(several)


@given(some)
def test_joined_windows_are_sorted_and_neither_touch_nor_overlap(several):
    joined = join(several)
    for earlier, later in pairwise(joined):
        assert earlier.last + timedelta(days=1) < later.first
    assert join(joined) == joined
    assert join(reversed(joined)) == joined


@given(some, some, some)
def test_the_intersection_is_the_days_in_all(one, two, three):
    assert naive(intersect(one, two, three)) == naive(one) & naive(two) & naive(three)


@given(some, some)
def test_subtraction_is_the_days_in_the_first_only(one, two):
    assert naive(subtract(one, two)) == naive(one) - naive(two)


@given(some)
def test_membership_changes_only_on_change_days(several):
    changes = set(change_days(several))
    for day in DAYS[1:]:
        if covers(several, day) != covers(several, day - timedelta(days=1)):
            assert day in changes


@given(some)
def test_the_window_on_a_day_is_the_one_that_holds_it(several):
    for day in DAYS:
        window = window_on(join(several), day)
        assert (window is not None) == (day in naive(several))
        assert window is None or window.covers(day)


def test_a_period_that_ends_before_it_starts_is_refused():
    with pytest.raises(ValueError, match="ends before it starts"):
        Period(date(2026, 3, 2), date(2026, 3, 1))


def test_one_day_is_a_period():
    assert Period(ZERO, ZERO).covers(ZERO)


def test_a_renewal_the_next_day_is_one_window_and_a_day_between_makes_two():
    first = Period(date(2026, 1, 1), date(2026, 1, 31))
    assert join([Period(date(2026, 2, 1)), first]) == (Period(date(2026, 1, 1)),)
    assert len(join([first, Period(date(2026, 2, 2))])) == 2


def test_the_ends_of_time_do_not_overflow():
    assert subtract(ALWAYS, NEVER) == ALWAYS
    assert subtract(ALWAYS, ALWAYS) == NEVER
    assert intersect(ALWAYS, [Period(None, ZERO)]) == (Period(None, ZERO),)
    assert join([Period(), Period(ZERO)]) == ALWAYS


def test_the_last_day_of_the_calendar_has_no_day_after_it():
    assert list(change_days([Period(date(2026, 3, 2), date.max)])) == [date(2026, 3, 2)]
