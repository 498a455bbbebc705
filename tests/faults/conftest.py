"""Each case of the fault matrix says what it was, for the table of `make faults`; and the vendors it meets.

Models cannot be imported while conftest files are loaded, so the fixtures import what they need.
"""

import pytest


@pytest.fixture
def matrix(request):
    """Call with (case, injected at, injected, outcome); the row counts as violated when the test fails after it."""

    def say(saga: str, at: str, injected: str, outcome: str) -> None:
        request.node.user_properties.append(("fault", [saga, at, injected, outcome]))

    return say


@pytest.fixture(scope="session")
def fork(django_db_setup):
    """The process that forks workers which really die."""
    from tests.faults.mortal import workers

    with workers() as made:
        yield made


@pytest.fixture(scope="session")
def message_vendors():
    """Both message vendors, once for the whole run."""
    from tests.faults import message_scene

    with message_scene.vendors() as addresses:
        yield addresses


@pytest.fixture
def messages(message_vendors, transactional_db):
    """A practice that sends messages through fresh vendors, which tell it by webhook what became of them."""
    from tests.faults import message_gate, message_scene

    with message_gate.gate() as gate, message_scene.message_scene(message_vendors, gate) as made:
        yield made
