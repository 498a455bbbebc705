import base64
import os

import pytest
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_der_public_key

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


@pytest.mark.parametrize("vendor", ["sendgrid", "notifyre"])
def test_the_message_vendors_are_told_where_to_say_what_became_of_a_message(started, vendor):
    simulators.start(started)
    arguments, env = started.commands[vendor]
    assert arguments[-2:] == ["--webhook", f"http://127.0.0.1:9300/api/v1/webhooks/{vendor}"]
    assert env["SIM_NOTIFYRE_WEBHOOK_SECRET"] == os.environ["MOONLIT_NOTIFYRE_WEBHOOK_SECRET"]
    private = load_der_private_key(base64.b64decode(env["SIM_SENDGRID_SIGNING_KEY"]), None)
    public = load_der_public_key(base64.b64decode(os.environ["MOONLIT_SENDGRID_WEBHOOK_PUBLIC_KEY"]))
    assert private.public_key() == public


@pytest.mark.parametrize(
    ("vendor", "setting"),
    [
        ("athena", "ATHENA_WEBHOOK_SECRET"),
        ("sendgrid", "SENDGRID_WEBHOOK_PUBLIC_KEY"),
        ("notifyre", "NOTIFYRE_WEBHOOK_SECRET"),
    ],
)
def test_without_something_to_prove_it_with_nothing_is_told(started, vendor, setting):
    os.environ[f"MOONLIT_{setting}"] = ""
    simulators.start(started)
    assert "--webhook" not in started.commands[vendor][0]
