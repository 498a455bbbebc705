"""The Athena simulator as one process for the whole run, and the two worlds every contract test runs in.

Models cannot be imported while conftest files are loaded, so the worlds are imported inside the fixtures.
"""

import pytest
import stamina

from simulators.running import running


@pytest.fixture(scope="session")
def simulator_address():
    from tests.contracts.worlds import CREDENTIALS, PRACTICE

    arguments = ("--client-id", CREDENTIALS["client_id"], "--client-secret", CREDENTIALS["client_secret"])
    with running("simulators.athena", *arguments, "--practice-id", PRACTICE) as address:
        yield address


@pytest.fixture(autouse=True)
def _retry_without_waiting():
    with stamina.set_testing(True, attempts=3):
        yield


@pytest.fixture
def simulator(simulator_address, db):
    from tests.contracts.worlds import SimulatorWorld

    return SimulatorWorld(simulator_address)


@pytest.fixture(params=["memory", "simulator"])
def world(request):
    from tests.contracts.worlds import MemoryWorld

    return MemoryWorld() if request.param == "memory" else request.getfixturevalue("simulator")
