"""One insurance against what stands on the chart (rules 4.12)."""

import pytest

from moonlit.domain.chart_policies import OnChart, Todo, Wanted, todo

WANTED = Wanted(("10459",), "MX-100", 1)


def test_an_empty_place_is_written():
    assert todo(WANTED, []) is Todo.WRITE
    assert todo(Wanted(("10459",), "MX-100", 2), [OnChart("10310", "A1", 1)]) is Todo.WRITE


@pytest.mark.parametrize("member", ["MX-100", "mx100", "MX 100"])
def test_the_same_policy_at_its_place_needs_nothing(member):
    assert todo(WANTED, [OnChart("10459", member, 1)]) is Todo.NOTHING


def test_any_of_several_confirmed_packages_counts_as_the_same():
    assert todo(Wanted(("1", "2"), "MX-100", 1), [OnChart("2", "MX-100", 1)]) is Todo.NOTHING


@pytest.mark.parametrize(
    "there",
    [
        OnChart("10310", "MX-100", 1),
        OnChart("10459", "OTHER", 1),
        OnChart("10459", "MX-100", 2),
        OnChart("10459", "OTHER", 2),
    ],
)
def test_another_policy_number_or_order_is_for_people_to_decide(there):
    assert todo(WANTED, [there]) is Todo.STAFF
