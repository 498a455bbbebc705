"""`moonlit demo`: the whole program on one machine, from an empty folder to a page that books."""

import argparse
import fcntl
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import TextIO

from moonlit.cli import assets, demo_staff, environment, host_page, simulators
from moonlit.cli.processes import Children, StartError, is_free
from moonlit.platform import localpg, roles
from moonlit.platform.env import ConfigurationError, env
from moonlit.platform.localpg import LocalPgError

PRACTICE_FILE = Path(__file__).resolve().parents[2] / "examples" / "practice.yaml"
START_SECONDS = 60
SYNC_SECONDS = 30
STOPPERS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
KEPT_BY_RESET = {"demo.lock"}  # we hold it


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--reset", action="store_true", help="forget everything first: database, accounts, simulators")


def run(args: argparse.Namespace) -> int:
    for number in STOPPERS:
        # Under nohup SIGHUP stays ignored. SIGINT does not: a shell that starts us in the background ignores it for us,
        # and then only a kill would end the demo.
        if number is not signal.SIGHUP or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _stop_once)
    started = time.monotonic()
    try:
        with ExitStack() as stack:
            stack.enter_context(_alone(environment.data_dir()))
            stack.callback(_say, "stopped; nothing is left running")
            if args.reset:
                _reset(environment.data_dir())
            children = _start(stack)
            _say(f"ready after {time.monotonic() - started:.1f} s")
            _print_addresses()
            children.watch()
    except KeyboardInterrupt:
        return 0
    except (StartError, ConfigurationError, LocalPgError) as fault:
        print(f"moonlit demo: {fault}", file=sys.stderr, flush=True)
        return 1


def _start(stack: ExitStack) -> Children:
    environment.use_demo_secrets(create=True)
    servers = {"MOONLIT_DATABASE_ROLE": os.environ.get("MOONLIT_DATABASE_ROLE", roles.APP)}
    os.environ["MOONLIT_DATABASE_ROLE"] = "none"  # this process migrates; the servers take the application's role
    settings = env()
    _check_ports()
    if assets.build():  # before Django starts, which looks for the folder of built sheets
        raise StartError("the style sheets could not be compiled")
    if not settings.database_url.get_secret_value():
        place = stack.enter_context(localpg.running(settings.data_dir, settings.pg_bindir, settings.pg_major))
        _say(f"PostgreSQL: running, data in {place.data}")
    children = stack.enter_context(Children(settings.data_dir / "logs"))  # after the database: they end before it
    _say("simulators: starting")
    simulators.start(children)
    clinic = host_page.start(children)
    environment.prepare("demo", stack, database=False, owner=True)
    _prepare_database()
    simulators.wait(children)
    host_page.wait(children, clinic)
    if environment.simulated("ATHENA"):
        from moonlit.cli import demo_seed

        counts = demo_seed.seed(simulators.address("ATHENA"))
        _say(f"Athena simulator: {counts['providers']} providers, {counts['slots_added']} new open slots")
    worker = children.start("worker", "-m", "moonlit", "worker", env=servers)
    web = children.start("web", "-m", "moonlit", "web", env=servers)
    children.wait_until_it_answers(web, f"http://127.0.0.1:{settings.port}/health/ready", START_SECONDS)
    if worker.process.poll() is not None:
        raise StartError(f"the worker ended; its log: {worker.log}")
    _say("web server and worker: running")
    _wait_for_first_sync()
    return children


def _wait_for_first_sync() -> None:
    """Until every place has been asked for its open times once, the booking page has none to show."""
    from moonlit.sync.models import SyncWindow

    give_up = time.monotonic() + SYNC_SECONDS
    while time.monotonic() < give_up:
        if SyncWindow.objects.exists() and not SyncWindow.objects.filter(succeeded_at=None).exists():
            _say("calendars: filled")
            return
        time.sleep(0.2)
    _say("calendars: the first sync still runs")


def _prepare_database() -> None:
    from django.core.management import call_command
    from django.db import connection

    from moonlit.audit.actor import SYSTEM
    from moonlit.cli import migrate
    from moonlit.platform import clock
    from moonlit.practice.models import Practice
    from moonlit.practicefile.services import load

    _say("database: migrating")
    migrate.run(argparse.Namespace(quiet=True))
    if not Practice.objects.exists():
        _say(f"practice: loading {PRACTICE_FILE.name}")
        load(PRACTICE_FILE.read_text(), actor=SYSTEM, now=clock.now())
    host_page.allow()
    demo_staff.ensure(clock.now())
    call_command("collectstatic", interactive=False, verbosity=0)
    connection.close()


def _print_addresses() -> None:
    from moonlit.platform import clock

    account = demo_staff.read()
    here = env().base_url
    rows = [
        ("booking page", f"{here}/book"),
        ("host page", f"{host_page.address()}/"),
        ("dashboard", f"{here}/staff/"),
        ("  user", account.email),
        ("  password", account.password),
        ("  second factor", account.otpauth_url),
        ("  code right now", demo_staff.code(account, clock.now())),
        *((f"{vendor.lower()} console", f"{simulators.address(vendor)}/") for vendor in simulators.MODULES
          if environment.simulated(vendor)),
        ("logs", f"{env().data_dir / 'logs'}/"),
    ]  # fmt: skip
    print(
        "\n" + "\n".join(f"  {name:<18} {value}" for name, value in rows) + "\n\nCtrl-C stops everything.", flush=True
    )


def _check_ports() -> None:
    wanted = {environment.web_port(): "the web server", host_page.port(): "the host page"}
    for vendor in filter(environment.simulated, simulators.MODULES):
        wanted[environment.web_port() + environment.PORT_OFFSET[vendor]] = f"the {vendor.lower()} simulator"
    if taken := [f"{port} ({who})" for port, who in wanted.items() if not is_free(port)]:
        raise StartError(f"port taken by another program: {', '.join(taken)}; choose others with MOONLIT_PORT=9000")


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """One demo per data folder. Raises StartError while another holds it."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with (data_dir / "demo.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise StartError(
                f"a demo already runs on {data_dir.resolve()} ({_who(lock)}). Use that one, stop it first, or take "
                "another folder and port with MOONLIT_DATA_DIR and MOONLIT_PORT.",
            ) from None
        lock.truncate(0)
        lock.write(f"process {os.getpid()}, port {environment.web_port()}")
        lock.flush()
        yield


def _who(lock: TextIO) -> str:
    lock.seek(0)
    return lock.read() or "just starting"


def _reset(data_dir: Path) -> None:
    """Under the lock no demo runs, but a database left by a killed one may."""
    localpg.stop(localpg.prepare(data_dir))
    localpg.remove(data_dir)
    for path in data_dir.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name not in KEPT_BY_RESET:
            path.unlink()
    _say(f"reset: {data_dir} is empty")


def _stop_once(*_: object) -> None:
    """The first signal stops everything; a second, impatient one must not leave things behind."""
    for number in STOPPERS:
        signal.signal(number, signal.SIG_IGN)
    _say("stopping")
    raise KeyboardInterrupt


def _say(text: str) -> None:
    with suppress(BrokenPipeError):  # a terminal that is gone must not stop the stopping
        print(f"[moonlit] {text}", flush=True)
