import os

import pytest

from moonlit.cli import environment, simulators
from moonlit.platform.env import read_env


class Started:
    """Stands in for the children: what would be run, with which environment."""

    def __init__(self):
        self.commands = {}

    def start(self, name, *arguments, env):
        self.commands[name] = ([str(part) for part in arguments], env)


@pytest.fixture
def started(tmp_path, monkeypatch):
    for name in [name for name in os.environ if name.startswith("MOONLIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("MOONLIT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("MOONLIT_PORT", "9300")
    monkeypatch.setattr(os, "environ", os.environ.copy())  # what the demo's secrets fill in is gone afterwards
    environment.use_demo_secrets(create=True)
    monkeypatch.setattr(simulators, "env", read_env)
    return Started()


def test_athena_is_told_where_to_push_and_what_to_sign_with(started):
    simulators.start(started)
    arguments, env = started.commands["athena"]
    assert arguments[-2:] == ["--webhook", "http://127.0.0.1:9300/api/v1/webhooks/athena"]
    secret = env["SIM_ATHENA_WEBHOOK_SECRET"]
    assert secret == os.environ["MOONLIT_ATHENA_WEBHOOK_SECRET"]
    assert secret not in arguments
    assert "--webhook" not in started.commands["sendgrid"][0]


def test_without_a_secret_to_sign_with_nothing_is_pushed(started):
    os.environ["MOONLIT_ATHENA_WEBHOOK_SECRET"] = ""
    simulators.start(started)
    assert "--webhook" not in started.commands["athena"][0]
