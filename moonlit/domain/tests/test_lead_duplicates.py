"""Rules 8: when two leads are one."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moonlit.domain.lead_duplicates import Left, is_same_lead

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
QUILL = Left("Bartholomew", "canyon", "", "out_of_network", for_someone_else=False, at=NOON)

texts = st.sampled_from(["", "Ada", "ada ", "Rui"])
lefts = st.builds(
    Left,
    name=texts,
    payer_code=st.sampled_from(["", "canyon", "basin"]),
    payer_name=st.sampled_from(["", "Quill Plan", "QUILL  plan", "Other Plan"]),
    reason=st.sampled_from(["out_of_network", "payer_unlisted", "minor"]),
    for_someone_else=st.booleans(),
    at=st.timedeltas(timedelta(0), timedelta(hours=30)).map(lambda after: NOON + after),
)


@given(lefts, lefts)
def test_one_lead_agrees_in_everything_that_was_said_and_was_left_for_oneself(one, other):
    earlier, later = sorted((one, other), key=lambda each: each.at)
    if not is_same_lead(earlier, later):
        return
    assert not earlier.for_someone_else
    assert not later.for_someone_else
    assert later.at - earlier.at < timedelta(hours=24)
    assert earlier.name.casefold().strip() == later.name.casefold().strip()
    assert earlier.reason == later.reason
    codes = {earlier.payer_code, later.payer_code} - {""}
    assert len(codes) <= 1
    names = {name.casefold().replace("  ", " ") for name in (earlier.payer_name, later.payer_name)} - {""}
    assert len(names) <= 1


@given(lefts)
def test_left_for_oneself_the_same_again_is_the_same(left):
    assert is_same_lead(left, replace(left, at=left.at + timedelta(hours=23))) is not left.for_someone_else


@pytest.mark.parametrize(("minutes", "same"), [(0, True), (24 * 60 - 1, True), (24 * 60, False)])
def test_a_day_later_it_is_another(minutes, same):
    assert is_same_lead(QUILL, replace(QUILL, at=NOON + timedelta(minutes=minutes))) is same


@pytest.mark.parametrize(
    ("earlier", "later", "same"),
    [
        (("canyon", ""), ("canyon", "Canyon Gold"), True),
        (("canyon", "Canyon Gold"), ("canyon", ""), True),
        (("canyon", "Canyon Gold"), ("canyon", "Canyon Silver"), False),
        (("", "Quill Plan"), ("", "quill  plan"), True),
        (("", "Quill Plan"), ("", ""), False),
        (("canyon", "Quill Plan"), ("", "Quill Plan"), True),  # staff have found the payer meanwhile
        (("canyon", ""), ("", "Quill Plan"), False),
        (("canyon", "Quill Plan"), ("basin", "Quill Plan"), False),
        (("", ""), ("", ""), True),
    ],
)
def test_what_counts_as_the_same_payer(earlier, later, same):
    first, second = (replace(QUILL, payer_code=code, payer_name=name) for code, name in (earlier, later))
    assert is_same_lead(first, second) is same
