import copy

import httpx2
import pytest

from simulators.running import running

KEY = "SG.test-key"

MAIL = {
    "personalizations": [
        {
            "to": [{"email": "pat@example.org"}],
            "custom_args": {"outbox_id": "5b0e3c62-1111-4a7b-9f2e-000000000001"},
        }
    ],
    "from": {"email": "no-reply@mail.example.org", "name": "Moonlit"},
    "subject": "You have an update",
    "content": [
        {"type": "text/plain", "value": "See https://book.example.org/m/abc"},
        {"type": "text/html", "value": '<p>See <a href="https://book.example.org/m/abc">this</a></p>'},
    ],
}


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    state = tmp_path_factory.mktemp("sendgrid")
    with running("simulators.sendgrid", "--state-dir", str(state), "--api-key", KEY) as url:
        yield url


@pytest.fixture
def vendor(address):
    """A client with the right key, on a simulator without messages, faults or settings."""
    with httpx2.Client(base_url=address, headers={"Authorization": f"Bearer {KEY}"}, trust_env=False) as http:
        http.post("/_control/reset")
        yield http


@pytest.fixture
def mail():
    return copy.deepcopy(MAIL)
