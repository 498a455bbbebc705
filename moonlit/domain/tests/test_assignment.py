"""Who gets a visit that any provider may take (rules 3.6)."""

from itertools import permutations

from moonlit.domain.assignment import Candidate, in_order


def test_each_rule_decides_only_where_the_ones_before_it_do_not():
    expected = [
        Candidate(9, direct=True, new_patients_that_week=1, bookings_that_day=5),
        Candidate(3, direct=True, new_patients_that_week=2, bookings_that_day=0),
        Candidate(8, direct=True, new_patients_that_week=2, bookings_that_day=0),
        Candidate(1, direct=True, new_patients_that_week=2, bookings_that_day=1),
        Candidate(2, direct=False, new_patients_that_week=0, bookings_that_day=0),
    ]

    for shuffled in permutations(expected):
        assert in_order(shuffled) == expected


def test_nobody_is_nobody():
    assert in_order([]) == []
