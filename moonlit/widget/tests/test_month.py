"""Which days are listed and which month is drawn: pure, from the days that have times."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from moonlit.widget.month import DAYS_A_PAGE, Asked, OpenDays, shown

TODAY = date(2026, 11, 23)
IN_THE_HORIZON = st.integers(0, 90).map(lambda days: TODAY + timedelta(days=days))


def opening(*days, today=TODAY, counts=None):
    found = {date.fromisoformat(day): 2 for day in days} if counts is None else counts
    return OpenDays(dict(sorted(found.items())), "America/Denver", partial=False, today=today)


def cells(month):
    return [cell for week in month.weeks for cell in week if cell is not None]


def months_of(open_days):
    """Every month one comes by, from the first on, by its links."""
    month = shown(open_days, Asked(month=date(1999, 1, 1))).month
    assert month.before is None
    found = [month]
    while month.after is not None:
        following = shown(open_days, Asked(month=month.after)).month
        assert (following.first, following.before) == (month.after, month.first)
        month = following
        found.append(month)
    return found


@given(st.dictionaries(IN_THE_HORIZON, st.integers(1, 40), min_size=1))
def test_the_months_together_show_every_open_day_with_its_count_and_no_other(counts):
    open_days = opening(counts=counts)
    drawn = [cell for month in months_of(open_days) for cell in cells(month)]
    assert {cell.day: cell.count for cell in drawn if cell.count} == counts
    assert [cell.day for cell in drawn] == sorted({cell.day for cell in drawn}), "each day once, in order"


@given(st.dictionaries(IN_THE_HORIZON, st.integers(1, 40), min_size=1), IN_THE_HORIZON)
def test_a_chosen_day_is_listed_and_marked_and_a_missed_one_leads_to_its_neighbours(counts, day):
    seen = shown(opening(counts=counts), Asked(day=day))
    marked = [cell.day for cell in cells(seen.month) if cell.is_chosen]
    if day in counts:
        assert (seen.days, marked, seen.missed) == ((day,), [day], None)
        assert seen.month.first == day.replace(day=1)
    else:
        assert (seen.days, marked, seen.missed) == ((), [], day)
        assert seen.nearest
        assert set(seen.nearest) <= set(counts)
        assert not any(min(seen.nearest) < other < max(seen.nearest) for other in counts)


@given(st.dictionaries(IN_THE_HORIZON, st.integers(1, 40), min_size=1))
def test_page_by_page_the_list_tells_every_open_day_once(counts):
    open_days, first, told = opening(counts=counts), None, []
    while True:
        seen = shown(open_days, Asked(first=first))
        assert 1 <= len(seen.days) <= DAYS_A_PAGE
        told += seen.days
        if seen.more_from is None:
            break
        first = seen.more_from
    assert told == sorted(counts)


@given(st.dictionaries(IN_THE_HORIZON, st.integers(1, 40), min_size=1), st.dates() | IN_THE_HORIZON)
def test_no_address_leads_to_a_month_without_neighbours_in_reach(counts, asked):
    month = shown(opening(counts=counts), Asked(month=asked.replace(day=1))).month
    free = [day.replace(day=1) for day in counts]
    assert min(free) <= month.first <= max(free)
    if asked.replace(day=1) in free:
        assert month.first == asked.replace(day=1)


def test_it_opens_on_the_first_free_day():
    seen = shown(opening("2026-12-03", "2026-12-04"), Asked())
    assert seen.days == (date(2026, 12, 3), date(2026, 12, 4))
    assert seen.month is None


def test_a_month_opens_on_its_own_first_free_day():
    seen = shown(opening("2026-12-03", "2027-01-11", "2027-01-12"), Asked(month=date(2027, 1, 1)))
    assert seen.days == (date(2027, 1, 11),)


def test_an_empty_month_between_two_open_ones_is_drawn_with_ways_out():
    seen = shown(opening("2026-12-03", "2027-02-01"), Asked(month=date(2027, 1, 1)))
    assert seen.days == ()
    assert (seen.month.before, seen.month.after) == (date(2026, 12, 1), date(2027, 2, 1))


def test_weeks_begin_on_sunday_and_are_whole():
    month = shown(opening("2026-12-03"), Asked(month=date(2026, 12, 1))).month
    assert all(len(week) == 7 for week in month.weeks)
    assert [cell and cell.day.day for cell in month.weeks[0]] == [None, None, 1, 2, 3, 4, 5]
    assert cells(month)[0].day.isoweekday() == 2
    assert next(cell.day for week in month.weeks for cell in week[:1] if cell).isoweekday() == 7


def test_today_is_marked_in_its_own_month_only():
    open_days = opening("2026-11-24", "2026-12-23")
    assert [cell.day for cell in cells(shown(open_days, Asked(month=TODAY.replace(day=1))).month) if cell.is_today] == [
        TODAY
    ]
    assert not any(cell.is_today for cell in cells(shown(open_days, Asked(month=date(2026, 12, 1))).month))


def test_the_year_turns():
    month = shown(opening("2026-11-24", "2026-12-24", "2027-01-04"), Asked(month=date(2026, 12, 1))).month
    assert (month.before, month.after) == (date(2026, 11, 1), date(2027, 1, 1))


def test_february_of_a_leap_year_has_its_last_day():
    month = shown(opening("2028-02-29", today=date(2028, 2, 1)), Asked(day=date(2028, 2, 29))).month
    assert cells(month)[-1].day == date(2028, 2, 29)


def test_nothing_free_is_an_empty_list_and_no_month():
    for asked in (Asked(), Asked(month=date(2026, 12, 1)), Asked(day=TODAY), Asked(first=TODAY)):
        seen = shown(opening(counts={}), asked)
        assert (seen.days, seen.month, seen.more_from) == ((), None, None)
