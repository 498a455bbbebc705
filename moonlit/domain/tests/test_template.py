import pytest

from moonlit.domain.template import template_changed


@pytest.mark.parametrize(
    ("before", "appeared", "vanished", "changed"),
    [
        (100, 0, 20, False),
        (100, 0, 21, True),
        (100, 21, 0, False),
        (100, 26, 0, True),
        (100, 21, 21, True),
        (10, 0, 4, False),
        (10, 0, 5, True),
        (0, 5, 0, True),
        (0, 0, 0, False),
    ],
)
def test_more_than_a_fifth_of_the_open_times_and_at_least_five(before, appeared, vanished, changed):
    assert template_changed(before=before, appeared=appeared, vanished=vanished) is changed
