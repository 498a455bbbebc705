import pytest

from moonlit.platform.columns import DataClass, columns


def test_each_name_gets_its_class():
    declared = columns(operational="id state", phi="first_name")
    assert declared == {
        "id": DataClass.OPERATIONAL,
        "state": DataClass.OPERATIONAL,
        "first_name": DataClass.PHI,
    }


def test_a_column_has_one_class():
    with pytest.raises(ValueError, match="twice"):
        columns(operational="id", phi="id")


def test_an_unknown_class_is_refused():
    with pytest.raises(ValueError, match="harmless"):
        columns(harmless="id")
