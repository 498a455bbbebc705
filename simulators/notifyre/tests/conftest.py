import copy

import httpx2
import pytest

from simulators.running import running

TOKEN = "test-token"

SMS = {
    "body": "Moonlit: see https://book.example.org/m/abc Reply STOP to opt out.",
    "recipients": [{"type": "mobile_number", "value": "+18015550101"}],
    "from": "+18015550199",
    "scheduledDate": None,
    "addUnsubscribeLink": False,
    "metadata": {"outbox_id": "5b0e3c62-1111-4a7b-9f2e-000000000001"},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    state = tmp_path_factory.mktemp("notifyre")
    with running("simulators.notifyre", "--state-dir", str(state), "--api-token", TOKEN) as url:
        yield url


@pytest.fixture
def vendor(address):
    """A client with the right token, on a simulator without messages, faults or settings."""
    with httpx2.Client(base_url=address, headers={"x-api-token": TOKEN}, trust_env=False) as http:
        http.post("/_control/reset")
        yield http


@pytest.fixture
def sms():
    return copy.deepcopy(SMS)
