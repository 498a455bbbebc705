"""`moonlit simulators`: the simulated vendors, each a process with its own state under the data folder."""

import argparse
import os

from moonlit.cli import environment
from moonlit.cli.processes import Children, StartError
from moonlit.platform.env import env

MODULES = {"ATHENA": "simulators.athena", "SENDGRID": "simulators.sendgrid", "NOTIFYRE": "simulators.notifyre"}
START_SECONDS = 30


def configure(_parser: argparse.ArgumentParser) -> None:
    pass


def run(_args: argparse.Namespace) -> int:
    environment.use_demo_secrets(create=True)
    try:
        with Children(env().data_dir / "logs") as children:
            start(children)
            wait(children)
            for vendor in filter(environment.simulated, MODULES):
                print(f"{vendor.lower():<9} {address(vendor)}/", flush=True)
            children.watch()
    except StartError as fault:
        print(f"moonlit simulators: {fault}")
        return 1


def address(vendor: str) -> str:
    return os.environ[f"MOONLIT_{vendor}_BASE_URL"]


def start(children: Children) -> None:
    """Starts every vendor nobody has given another address for. Their secrets go by environment, not by argument."""
    secret_of = {
        "SIM_ATHENA_CLIENT_ID": env().athena_client_id,
        "SIM_ATHENA_CLIENT_SECRET": env().athena_client_secret.get_secret_value(),
        "SIM_ATHENA_PRACTICE_ID": env().athena_practice_id,
        "SIM_ATHENA_WEBHOOK_SECRET": env().athena_webhook_secret.get_secret_value(),
        "SIM_SENDGRID_API_KEY": env().sendgrid_api_key.get_secret_value(),
        environment.SIGNING_KEY: os.environ.get(environment.SIGNING_KEY, ""),
        "SIM_NOTIFYRE_API_TOKEN": env().notifyre_api_token.get_secret_value(),
        "SIM_NOTIFYRE_WEBHOOK_SECRET": env().notifyre_webhook_secret.get_secret_value(),
    }
    proof_of = {
        "ATHENA": secret_of["SIM_ATHENA_WEBHOOK_SECRET"],
        "SENDGRID": env().sendgrid_webhook_public_key and secret_of[environment.SIGNING_KEY],
        "NOTIFYRE": secret_of["SIM_NOTIFYRE_WEBHOOK_SECRET"],
    }
    for vendor in filter(environment.simulated, MODULES):
        state = env().data_dir.resolve() / "simulators" / vendor.lower()
        port = str(environment.web_port() + environment.PORT_OFFSET[vendor])
        # Without something to prove it with nothing is told.
        more = ["--webhook", _webhook(vendor)] if proof_of[vendor] else []
        children.start(
            vendor.lower(), "-m", MODULES[vendor], "--port", port, "--state-dir", state, *more, env=secret_of
        )


def _webhook(vendor: str) -> str:
    """Where the vendor tells what happened."""
    return f"http://127.0.0.1:{environment.web_port()}/api/v1/webhooks/{vendor.lower()}"


def wait(children: Children) -> None:
    """Returns when each started simulator answers. Raises StartError."""
    for child in children.running:
        vendor = child.name.upper()
        if vendor in MODULES:
            children.wait_until_it_answers(child, f"{address(vendor)}/_control/health", START_SECONDS)
