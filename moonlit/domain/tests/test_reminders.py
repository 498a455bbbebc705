"""When a visit is called to mind, and until when that makes sense (rules 6.3, 12)."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain import zones
from moonlit.domain.reminders import Planned, Reminder, Verdict, judge, reach, window

DENVER = "America/Denver"
HOUR = timedelta(hours=1)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
START = datetime(2026, 6, 10, 20, tzinfo=UTC)  # 14:00 in Denver
ZONES = st.sampled_from([DENVER, "America/Phoenix", "Pacific/Auckland", "America/St_Johns", "Pacific/Honolulu"])
INSTANTS = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))


def verdict(reminder, before, *, told=LONG_AGO, start=START, zone=DENVER):
    return judge(reminder, Planned(start, zone, told), start - before)


@pytest.mark.parametrize(
    ("reminder", "hours_before", "expected"),
    [
        (Reminder.IN_3_DAYS, 72.01, Verdict.NOT_YET),
        (Reminder.IN_3_DAYS, 72, Verdict.DUE),
        (Reminder.IN_3_DAYS, 30.01, Verdict.DUE),
        (Reminder.IN_3_DAYS, 30, Verdict.TOO_LATE),
        (Reminder.TOMORROW, 24.01, Verdict.NOT_YET),
        (Reminder.TOMORROW, 24, Verdict.DUE),
        (Reminder.TOMORROW, 4.01, Verdict.DUE),
        (Reminder.TOMORROW, 4, Verdict.TOO_LATE),
        (Reminder.JOIN, 6.01, Verdict.NOT_YET),
        (Reminder.JOIN, 6, Verdict.DUE),
        (Reminder.JOIN, 0.01, Verdict.DUE),
        (Reminder.JOIN, 0, Verdict.TOO_LATE),
    ],
)
def test_each_has_its_hours_and_a_late_one_is_dropped(reminder, hours_before, expected):
    assert verdict(reminder, timedelta(hours=hours_before)) is expected


@pytest.mark.parametrize(
    ("told_hours_before", "in_3_days", "tomorrow"),
    [
        (80, Verdict.DUE, Verdict.DUE),
        (75, Verdict.JUST_TOLD, Verdict.DUE),
        (71, Verdict.JUST_TOLD, Verdict.DUE),
        (27, Verdict.JUST_TOLD, Verdict.JUST_TOLD),
        (23, Verdict.JUST_TOLD, Verdict.JUST_TOLD),
    ],
)
def test_what_the_confirmation_has_just_told_is_not_repeated(told_hours_before, in_3_days, tomorrow):
    told = START - told_hours_before * HOUR
    assert verdict(Reminder.IN_3_DAYS, 40 * HOUR, told=told) is in_3_days
    assert verdict(Reminder.TOMORROW, 10 * HOUR, told=told) is tomorrow
    assert verdict(Reminder.IN_3_DAYS, HOUR, told=told) is (
        in_3_days if in_3_days is Verdict.JUST_TOLD else Verdict.TOO_LATE
    )


@pytest.mark.parametrize(
    ("minutes_before", "expected"),
    [(500, Verdict.NOT_YET), (60, Verdict.DUE), (30, Verdict.DUE), (29, Verdict.JUST_TOLD), (1, Verdict.JUST_TOLD)],
)
def test_who_books_on_the_day_gets_the_link_at_once_if_there_is_time_to_open_it(minutes_before, expected):
    told = START - timedelta(minutes=minutes_before)
    assert judge(Reminder.JOIN, Planned(START, DENVER, told), told + timedelta(seconds=1)) is expected


@pytest.mark.parametrize(
    ("visit", "opens"),
    [
        ("2026-06-10 14:00", "2026-06-10 08:00"),
        ("2026-06-10 10:00", "2026-06-10 08:00"),
        ("2026-06-10 08:30", "2026-06-10 06:30"),
        ("2026-06-10 00:30", "2026-06-09 22:30"),
        ("2026-03-08 14:00", "2026-03-08 08:00"),
        ("2026-11-01 14:00", "2026-11-01 08:00"),
        ("2026-03-08 03:30", "2026-03-08 00:30"),  # the hour in between was skipped
    ],
)
def test_the_link_comes_in_the_morning_of_the_visits_own_day_or_two_hours_before(visit, opens):
    at, expected = (datetime.fromisoformat(each) for each in (visit, opens))
    start = zones.first_instant(at.date(), at.time(), DENVER)
    assert zones.local(window(Reminder.JOIN, start, DENVER).opens, DENVER).replace(tzinfo=None) == expected


@pytest.mark.parametrize(
    ("start", "three_days", "one_day"),
    [
        # 9:00 on the Sunday the clocks go forward, on the Monday after it, and the same in autumn
        (datetime(2026, 3, 8, 15, tzinfo=UTC), "2026-03-05 08:00", "2026-03-07 08:00"),
        (datetime(2026, 3, 9, 15, tzinfo=UTC), "2026-03-06 08:00", "2026-03-08 09:00"),
        (datetime(2026, 11, 1, 16, tzinfo=UTC), "2026-10-29 10:00", "2026-10-31 10:00"),
        (datetime(2026, 11, 2, 16, tzinfo=UTC), "2026-10-30 10:00", "2026-11-01 09:00"),
    ],
)
def test_hours_are_counted_not_read_from_the_clock_on_days_of_23_and_25(start, three_days, one_day):
    assert zones.local(start, DENVER).hour == 9
    for reminder, expected in ((Reminder.IN_3_DAYS, three_days), (Reminder.TOMORROW, one_day)):
        opens = window(reminder, start, DENVER).opens
        assert zones.local(opens, DENVER).strftime("%Y-%m-%d %H:%M") == expected


@given(INSTANTS, ZONES)
def test_windows_lie_before_the_visit_in_order_and_never_two_reminders_at_once(start, zone):
    first, second, link = (window(each, start, zone) for each in Reminder)
    assert all(
        start - each.opens <= reach(reminder) for reminder, each in zip(Reminder, (first, second, link), strict=True)
    )
    assert start - 72 * HOUR == first.opens < first.closes <= second.opens - 6 * HOUR
    assert second.opens < second.closes < start
    assert timedelta(hours=2) <= start - link.opens <= timedelta(hours=18)
    assert link.closes == start


@given(
    INSTANTS,
    ZONES,
    st.timedeltas(timedelta(0), timedelta(days=10)),
    st.lists(st.timedeltas(timedelta(days=-5), timedelta(days=5)), min_size=1, max_size=60),
    st.integers(1, 40),
)
def test_whatever_the_clock_does_each_is_sent_at_most_once_and_only_while_it_makes_sense(
    start, zone, told_before, jumps, step_hours
):
    """The clock creeps, jumps back, stands still through an outage; each reminder is decided once for its start."""
    visit = Planned(start, zone, start - told_before)
    now, sent, decided = visit.told_at, [], set()
    for jump in (*jumps, *[timedelta(hours=step_hours)] * 30):
        now += jump
        for reminder in set(Reminder) - decided:
            found = judge(reminder, visit, now)
            if found is Verdict.NOT_YET:
                continue
            decided.add(reminder)
            if found is Verdict.DUE:
                span = window(reminder, start, zone)
                assert span.opens <= now < span.closes <= start
                sent.append(reminder)
    assert len(sent) == len(set(sent))
