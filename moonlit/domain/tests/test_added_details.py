import pytest

from moonlit.domain.added_details import (
    ChartStep,
    Detail,
    Known,
    OnChart,
    chart_step,
    ending_of,
    still_missing,
    would_help,
)

HOME = {"street": "4 Canyon Rim", "city": "Provo", "state": "UT", "zip": "84601"}
NOTHING = Known(insured=True, member_id=False, own_policy=True, subscriber=False, address=False, sex_of_holder=False)
ALL = Known(insured=True, member_id=True, own_policy=False, subscriber=True, address=True, sex_of_holder=True)


def known(base, **changes):
    return Known(**{name: getattr(base, name) for name in Known.__slots__} | changes)


@pytest.mark.parametrize(
    ("has", "missing"),
    [
        (ALL, ()),
        (NOTHING, (Detail.MEMBER_ID, Detail.ADDRESS)),
        (known(NOTHING, own_policy=False), (Detail.MEMBER_ID, Detail.SUBSCRIBER, Detail.ADDRESS)),
        (known(NOTHING, insured=False, own_policy=False), (Detail.ADDRESS,)),
        (known(ALL, member_id=False), (Detail.MEMBER_ID,)),
        (known(ALL, subscriber=False), (Detail.SUBSCRIBER,)),
        (known(ALL, sex_of_holder=False), ()),
    ],
)
def test_what_should_come_before_the_visit(has, missing):
    assert still_missing(has) == missing


def test_the_sex_would_help_where_a_policy_is_to_be_written_and_is_never_demanded():
    assert would_help(NOTHING) == (Detail.SEX,)
    assert would_help(known(NOTHING, insured=False)) == ()
    assert would_help(ALL) == ()


@pytest.mark.parametrize(("number", "end"), [("MX-100", "100"), ("W123456789", "789"), ("12345", ""), ("", "")])
def test_of_a_number_its_end_is_shown_and_of_a_short_one_nothing(number, end):
    assert ending_of(number) == end


@pytest.mark.parametrize(
    ("told", "chart", "step"),
    [
        (OnChart("female", **HOME), OnChart(), ChartStep(OnChart("female", **HOME), differs=False)),
        (OnChart("female", **HOME), OnChart(state="UT"), ChartStep(OnChart("female", **HOME), differs=False)),
        (OnChart("female", **HOME), OnChart("female", **HOME), ChartStep(OnChart(), differs=False)),
        (OnChart("female", **HOME), OnChart(state="NV"), ChartStep(OnChart("female"), differs=True)),
        (OnChart("female"), OnChart("other"), ChartStep(OnChart(), differs=True)),
        (OnChart("female"), OnChart("male", **HOME), ChartStep(OnChart(), differs=True)),
        (OnChart("female"), OnChart("", **HOME), ChartStep(OnChart("female"), differs=False)),
        (OnChart(**HOME), OnChart("male", zip="84601"), ChartStep(OnChart(), differs=True)),
        (OnChart("male", **HOME), OnChart(**HOME | {"street": "9 Elm"}), ChartStep(OnChart("male"), differs=True)),
        (OnChart(), OnChart("male", **HOME), ChartStep(OnChart(), differs=False)),
    ],
)
def test_a_chart_is_filled_in_where_it_says_nothing_and_never_overwritten(told, chart, step):
    assert chart_step(told, chart) == step


def test_an_address_written_in_another_way_is_the_same():
    chart = OnChart(street="4 CANYON RIM.", city="provo", state="ut", zip="84601-1234")
    assert chart_step(OnChart(**HOME), chart) == ChartStep(OnChart(), differs=False)
