"""Two visits of one person (rules 4.9)."""

from datetime import UTC, datetime, timedelta

from moonlit.domain.duplicates import Double, HeldVisit, doubles

NINE = datetime(2026, 3, 6, 16, tzinfo=UTC)
HOUR = timedelta(hours=1)


def visit(start=NINE, family="medication", first=True):
    return HeldVisit(start, start + HOUR, family, first)


def follow_up(start=NINE):
    return visit(start, first=False)


def test_times_that_overlap_are_a_double_and_times_that_touch_are_not():
    assert doubles(follow_up(), [follow_up(NINE + HOUR / 2)]) == {Double.OVERLAP}
    assert doubles(follow_up(), [follow_up(NINE + HOUR), follow_up(NINE - HOUR)]) == frozenset()


def test_two_first_visits_of_one_family_are_a_double():
    assert doubles(visit(), [visit(NINE + 24 * HOUR)]) == {Double.SECOND_FIRST_VISIT}
    assert doubles(visit(), [visit(NINE + 24 * HOUR, family="therapy")]) == frozenset()
    assert doubles(visit(), [follow_up(NINE + 24 * HOUR)]) == frozenset()
    assert doubles(follow_up(), [visit(NINE + 24 * HOUR)]) == frozenset()


def test_visits_whose_family_nobody_knows_are_only_compared_by_time():
    assert doubles(visit(family=""), [visit(NINE + 24 * HOUR, family="")]) == frozenset()
    assert doubles(visit(family=""), [visit(family="")]) == {Double.OVERLAP}
