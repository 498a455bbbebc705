"""A kept value is rebuilt when the version changes and never mixes two states."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count
from threading import Barrier

import pytest

from moonlit.practice import versions
from moonlit.practice.versions import Versioned


@pytest.fixture
def version(monkeypatch):
    class Current:
        number = 1

    monkeypatch.setattr(versions, "facts_version", lambda: Current.number)
    return Current


def test_a_value_is_built_once_per_version(version):
    numbers = count()
    kept = Versioned(lambda: next(numbers))
    assert [kept.get(), kept.get()] == [0, 0]
    version.number = 2
    assert [kept.get(), kept.get()] == [1, 1]


def test_a_value_built_while_the_facts_changed_is_built_again(version):
    built = []

    def build():
        built.append(version.number)
        if len(built) == 1:
            version.number = 2
        return built[-1]

    assert Versioned(build).get() == 2
    assert built == [1, 2]


def test_nothing_is_kept_before_the_first_load(version):
    numbers = count()
    kept = Versioned(lambda: next(numbers))
    version.number = -1
    assert [kept.get(), kept.get()] == [0, 1]


def test_threads_that_ask_at_once_share_one_value(version):
    numbers, together = count(), Barrier(8)
    kept = Versioned(lambda: next(numbers))

    def ask(_):
        together.wait(timeout=10)
        return kept.get()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(ask, range(8))) == {0}
