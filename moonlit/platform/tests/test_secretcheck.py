import pytest

from moonlit.platform.secretcheck import issued


@pytest.mark.parametrize(
    "value", ["", "  ", "changeme", "my-ChangeMe-key", "todo", "xxxxxxxx", "<the key>", "your-api-key"]
)
def test_a_placeholder_is_no_secret(value):
    with pytest.raises(ValueError, match=r"placeholder|empty"):
        issued(value)


@pytest.mark.parametrize("value", ["SG.k3ToDo9-qv8", "a7xXxxQ2"])
def test_letters_that_come_up_by_chance_in_a_random_value_are_fine(value):
    issued(value)
