import pytest

from simulators.notifyre.parts import parts


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 153, 3),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 66 + "🌙" + "á" * 67, 3),
    ],
)
def test_parts_are_counted_without_splitting_a_character(text, count):
    assert parts(text) == count
