"""Calendars against the plain reading of their slots: what the bits say is what the rows say (rules 3)."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain import starts
from moonlit.domain.calendars import Calendar, build
from moonlit.domain.grid import DAY, EPOCH, Slot, ceil_minute, day_number, instant_of, minute_of
from moonlit.domain.local_days import local_days
from moonlit.domain.starts import Starts, merge, name, window

SPRING, AUTUMN = date(2026, 3, 8), date(2026, 11, 1)
ZONES = ["America/Denver", "America/New_York", "America/Phoenix", "Pacific/Honolulu", "Pacific/Guam"]
TODAY = day_number(date(2026, 3, 2))


def at(hour, minute=0, day=0):
    return (TODAY + day) * DAY + hour * 60 + minute


def free(*slots, busy=(), minutes=60):
    return build(slots, busy, minutes=minutes, first_day=TODAY)


# One row


def test_instants_and_minutes_are_two_names_of_one_thing():
    instant = datetime(2026, 3, 2, 15, 5, tzinfo=UTC)

    assert instant_of(minute_of(instant)) == instant
    assert minute_of(instant + timedelta(seconds=59)) == minute_of(instant)
    assert ceil_minute(instant) == minute_of(instant)
    assert ceil_minute(instant + timedelta(microseconds=1)) == minute_of(instant) + 1
    assert minute_of(EPOCH) == 0
    assert at(15, 5) == minute_of(instant)


def test_a_slot_serves_a_visit_that_fits_and_its_start_is_the_only_start():
    calendar = free(Slot(at(9), 60), Slot(at(10), 90), Slot(at(12), 55))

    assert calendar.offered().minutes() == [at(9), at(10)]


def test_two_short_slots_are_not_joined():
    assert not free(Slot(at(9), 30), Slot(at(9, 30), 30)).offered()


@pytest.mark.parametrize(
    ("busy", "left"),
    [
        ((at(8), at(9)), True),
        ((at(8), at(9, 1)), False),
        ((at(9, 20), at(9, 25)), False),
        ((at(10, 29), at(11)), False),
        ((at(10, 30), at(11)), True),
        ((at(9, 30), at(9, 30)), True),
    ],
)
def test_a_slot_is_busy_as_a_whole_whatever_the_visit_needs_of_it(busy, left):
    slot = Slot(at(9), 90)

    assert bool(free(slot, busy=[busy]).offered()) is left
    assert bool(free(slot).without(*busy).offered()) is left
    assert bool(free(slot, Slot(at(20), 60), Slot(at(21), 60)).without(*busy).offered().minutes()[:-2]) is left


def test_a_busy_stretch_inside_a_longer_one_changes_nothing():
    assert not free(Slot(at(11), 60), busy=[(at(8), at(13)), (at(9), at(10))]).offered()


def test_a_start_off_the_grid_is_offered_like_any_other():
    calendar = free(Slot(at(9, 7), 60), Slot(at(11), 60))

    assert calendar.odd_starts == (Slot(at(9, 7), 60),)
    assert calendar.offered().minutes() == [at(9, 7), at(11)]
    assert at(9, 7) in calendar.offered()
    assert at(9, 5) not in calendar.offered()
    assert calendar.without(at(10), at(10, 5)).offered().minutes() == [at(11)]


def test_slots_of_another_length_keep_their_own_length_beside_the_bits():
    calendar = free(Slot(at(9), 60), Slot(at(11), 60), Slot(at(13), 75))

    assert (calendar.slot_minutes, calendar.odd_starts) == (60, (Slot(at(13), 75),))
    assert calendar.without(at(14, 10), at(15)).offered().minutes() == [at(9), at(11)]
    assert calendar.without(at(12), at(13)).offered().minutes() == [at(9), at(11), at(13)]


def test_a_row_comes_back_as_it_was_written():
    calendar = free(Slot(at(9), 60), Slot(at(9, 7), 60), Slot(at(23, 55, day=89), 60))

    row = (calendar.first_day, calendar.slot_minutes, calendar.free_bytes(), calendar.odd_numbers())

    assert Calendar.from_row(*row) == calendar
    assert len(free(Slot(at(9), 60)).free_bytes()) == 14
    assert free().free_bytes() == b""


def test_the_nightly_trim_forgets_the_days_before_and_nothing_else():
    calendar = free(Slot(at(9), 60), Slot(at(9, 7), 60), Slot(at(9, day=1), 60), Slot(at(9, 7, day=1), 60))

    trimmed = calendar.based(TODAY + 1)

    assert trimmed.offered().minutes() == [at(9, day=1), at(9, 7, day=1)]
    assert len(free(Slot(at(0, day=1), 60), Slot(at(0, 0, day=1), 90)).based(TODAY + 1).odd_starts) == 1
    assert trimmed.based(TODAY).offered().minutes() == [at(9, day=1), at(9, 7, day=1)]


def test_slots_before_the_first_day_are_not_kept():
    assert not free(Slot(at(9, day=-1), 60), Slot(at(9, 7, day=-1), 60)).offered()


# Sets of starts


def test_sets_that_count_from_different_days_do_not_mix():
    with pytest.raises(ValueError, match="do not meet"):
        merge([Starts(TODAY, 1), Starts(TODAY + 1, 1)], TODAY)
    with pytest.raises(ValueError, match="do not meet"):
        Starts(TODAY, 1).within(starts.mask(TODAY + 1, []))


def test_merged_time_names_everybody_who_has_a_start_once_and_in_order():
    ada = free(Slot(at(9), 60), Slot(at(10), 60), Slot(at(9, 1), 60), Slot(at(9, 7), 60)).offered()
    ben = free(Slot(at(10), 60), Slot(at(9, 7), 60), Slot(at(9, 3), 60)).offered()

    assert name([("ada", ada), ("ben", ben)]) == [
        (at(9), ["ada"]),
        (at(9, 1), ["ada"]),
        (at(9, 3), ["ben"]),
        (at(9, 7), ["ada", "ben"]),
        (at(10), ["ada", "ben"]),
    ]
    assert merge([ada, ben], TODAY).minutes() == [at(9), at(9, 1), at(9, 3), at(9, 7), at(10)]
    assert len(merge([ada, ben], TODAY)) == 5


def test_nobodys_time_is_no_time():
    assert name([]) == []
    assert name([("ada", free().offered())]) == []
    assert not merge([], TODAY)


def test_the_notice_ends_at_the_first_start_not_before_it():
    offered = free(Slot(at(9), 60), Slot(at(9, 7), 60), Slot(at(10), 60)).offered()

    def from_on(instant):
        return offered.within(window(TODAY, instant, instant_of(at(10)))).minutes()

    assert from_on(instant_of(at(9))) == [at(9), at(9, 7)]
    assert from_on(instant_of(at(9)) + timedelta(seconds=1)) == [at(9, 7)]
    assert from_on(instant_of(at(9, 7)) + timedelta(seconds=1)) == []


def test_a_window_lets_its_first_minute_pass_and_not_its_last():
    offered = free(Slot(at(9), 60), Slot(at(9, 2), 60), Slot(at(9, 5), 60), Slot(at(9, 7), 60)).offered()

    def between(first, last):
        return offered.within(window(TODAY, instant_of(first), instant_of(last))).minutes()

    assert between(at(9, 2), at(9, 7)) == [at(9, 2), at(9, 5)]
    assert between(at(9), at(9, 2)) == [at(9)]
    assert between(at(9, 3), at(9, 6)) == [at(9, 5)]
    assert between(at(9, 6), at(9, 5)) == []


def test_minutes_before_the_first_day_are_in_no_set():
    everything = Starts(TODAY, (1 << 288) - 1)

    assert at(0) in everything
    assert at(0) - 5 not in everything
    assert at(24) not in everything


# Local days


@pytest.mark.parametrize(("day", "hours"), [(SPRING, 23), (AUTUMN, 25), (date(2026, 6, 1), 24)])
def test_a_day_has_the_hours_its_clock_gives_it(day, hours):
    first_day = day_number(day) - 1
    every_five_minutes = Starts(first_day, (1 << 4 * 288) - 1)
    days = local_days("America/Denver", day, 1)

    assert days.counts(every_five_minutes) == [hours * 12]
    assert len(every_five_minutes.within(days.mask(first_day, 1))) == hours * 12


def test_a_late_evening_belongs_to_its_local_day():
    evening = minute_of(datetime(2026, 3, 3, 6, 59, tzinfo=UTC))
    days = local_days("America/Denver", date(2026, 3, 2), 2)

    assert days.day_of(evening) == date(2026, 3, 2)
    assert days.day_of(evening + 1) == date(2026, 3, 3)
    assert days.day_of(days.edges[0] - 1) is None
    assert days.day_of(days.edges[-1]) is None


def test_a_mask_takes_only_the_days_wanted():
    days = local_days("America/Denver", SPRING - timedelta(days=2), 5)
    first_day = day_number(SPRING) - 2
    mask = days.mask(first_day, 0b1011)

    assert mask.spans == ((days.edges[0], days.edges[2]), (days.edges[3], days.edges[4]))
    assert days.mask(first_day, days.all_days).spans == ((days.edges[0], days.edges[5]),)
    assert days.mask(first_day, days.all_days << 5).spans == ()


# Bits against rows


changes = st.sampled_from([SPRING, AUTUMN, date(2026, 7, 4)])


@st.composite
def practices(draw):
    """Slots of three providers around a day, what is busy and held, and a question about it."""
    first_day = day_number(draw(changes)) - 3
    moments = st.integers(first_day * DAY, (first_day + 6) * DAY)
    five = st.integers(first_day * DAY // 5, (first_day + 6) * DAY // 5).map(lambda step: step * 5)
    slots = st.lists(
        st.builds(Slot, st.one_of(five, five, moments), st.sampled_from([30, 55, 60, 60, 60, 90])), max_size=30
    )
    stretches = st.lists(st.builds(lambda a, n: (a, a + n), moments, st.integers(0, 200)), max_size=6)
    return {
        "zone": draw(st.sampled_from(ZONES)),
        "first_day": first_day,
        "minutes": draw(st.sampled_from([30, 60])),
        "providers": draw(st.lists(st.tuples(slots, stretches, stretches), min_size=1, max_size=3)),
        "days": draw(st.integers(0, 0b11111)),
        "window": sorted([draw(moments), draw(moments)]),
        "trim": draw(st.integers(-1, 2)),
    }


def naive(practice, first_local):
    """The same question, slot by slot, with the standard library's calendar."""
    answer = {}
    cut = (practice["first_day"] + practice["trim"]) * DAY
    for provider, (slots, busy, held) in enumerate(practice["providers"]):
        for slot in slots:
            taken = any(slot.start < end and start < slot.end and start < end for start, end in busy + held)
            local = instant_of(slot.start).astimezone(ZoneInfo(practice["zone"])).date()
            index = (local - first_local).days
            wanted = 0 <= index < 5 and practice["days"] >> index & 1
            low, high = practice["window"]
            late_enough = slot.start >= max(cut, practice["first_day"] * DAY)
            if slot.length >= practice["minutes"] and not taken and wanted and low <= slot.start < high and late_enough:
                answer.setdefault(slot.start, set()).add(provider)
    return sorted((start, sorted(who)) for start, who in answer.items())


@given(practices())
def test_the_bits_answer_as_the_rows_do(practice):
    first_local = (EPOCH + timedelta(days=practice["first_day"])).date()
    days = local_days(practice["zone"], first_local, 5)
    base = practice["first_day"] + practice["trim"]
    when = window(base, *map(instant_of, practice["window"]))
    rows = []
    for provider, (slots, busy, held) in enumerate(practice["providers"]):
        calendar = build(slots, busy, minutes=practice["minutes"], first_day=practice["first_day"])
        row = (calendar.first_day, calendar.slot_minutes, calendar.free_bytes(), calendar.odd_numbers())
        calendar = Calendar.from_row(*row).based(base)
        for start, end in held:
            calendar = calendar.without(start, end)
        rows.append((provider, calendar.offered().within(days.mask(base, practice["days"])).within(when)))

    expected = naive(practice, first_local)
    merged = merge((offered for _, offered in rows), base)

    assert name(rows) == expected
    assert merged.minutes() == [start for start, _ in expected]
    assert len(merged) == len(expected)
    assert all(start in merged for start, _ in expected)
    per_day = [sum(days.day_of(start) == days.date_at(i) for start, _ in expected) for i in range(5)]
    assert days.counts(merged) == per_day
