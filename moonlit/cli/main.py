"""The `moonlit` command: finds the module of a command, prepares what it needs, runs it."""

import argparse
import importlib
import sys
from contextlib import ExitStack
from dataclasses import dataclass

from moonlit.cli import environment
from moonlit.platform.env import ConfigurationError
from moonlit.platform.localpg import LocalPgError


@dataclass(frozen=True)
class Command:
    """A command of `moonlit/cli/<name>.py`, which has `configure(parser)` and `run(args) -> int`."""

    help: str
    django: bool = True  # reads the environment and sets Django up first
    database: bool = True  # starts the embedded PostgreSQL for its own duration when none runs


COMMANDS = {
    "demo": Command("everything on this machine: database, simulators, web server, worker", django=False),
    "web": Command("the web server", django=False),
    "worker": Command("jobs, sweeps and the EHR sync"),
    "migrate": Command("bring the database to this release: tables, roles, rights"),
    "load": Command("bring a practice in from its file"),
    "photo": Command("set or remove the photo on a clinician's card"),
    "createstaff": Command("make a staff account and print its second factor"),
    "doctor": Command("check configuration, database, EHR credentials and mapping"),
    "simulators": Command("the simulated Athena, SendGrid and Notifyre", django=False),
    "sync": Command("keep the mirror of the EHR fresh, where the worker does not"),
    "assets": Command("compile the style sheets", django=False),
    "messages": Command("words: update or check the translations, show e-mails and texts", django=False),
    "bench": Command("measure; prints a table and writes bench/results", django=False),
    "manage": Command("Django's own commands (makemigrations, collectstatic, ...)", database=False),
}
OWNER_COMMANDS = {"migrate", "manage"}  # they change tables, which the application's role may not


def main(argv: list[str]) -> int:
    """Runs one command line; the exit status. Faults of configuration are told in a sentence, without a trace."""
    if not argv or argv[0] in {"-h", "--help", "help"}:
        print(_overview())
        return 0
    name, rest = argv[0], argv[1:]
    if name not in COMMANDS:
        print(f"moonlit: there is no command {name!r}\n\n{_overview()}", file=sys.stderr)
        return 2
    command = COMMANDS[name]
    module = importlib.import_module(f"moonlit.cli.{name}")
    parser = argparse.ArgumentParser(prog=f"moonlit {name}", description=command.help, allow_abbrev=False)
    module.configure(parser)
    args = parser.parse_args(rest)
    try:
        with ExitStack() as stack:
            if command.django:
                environment.prepare(name, stack, database=command.database, owner=name in OWNER_COMMANDS)
            return module.run(args)
    except (ConfigurationError, LocalPgError) as fault:
        print(f"moonlit {name}: {fault}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


def _overview() -> str:
    width = max(map(len, COMMANDS))
    lines = [f"  {name:<{width}}  {command.help}" for name, command in COMMANDS.items()]
    return "usage: moonlit <command> [--help]\n\n" + "\n".join(lines)
