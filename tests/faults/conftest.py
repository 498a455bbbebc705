"""Each case of the fault matrix says what it was, for the table of `make faults`."""

import pytest


@pytest.fixture
def matrix(request):
    """Call with (case, injected at, injected, outcome); the row counts as violated when the test fails after it."""

    def say(saga: str, at: str, injected: str, outcome: str) -> None:
        request.node.user_properties.append(("fault", [saga, at, injected, outcome]))

    return say
