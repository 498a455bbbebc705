"""The program as it runs in production, on ports and in a folder of its own: one PostgreSQL, two web servers, a worker.

Real processes and the real clock; the Athena simulator stands in for the EHR. Nobody shares a line of memory.
"""

from __future__ import annotations

import json
import os
import secrets
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg

from moonlit.cli.processes import Child, Children
from moonlit.platform import localpg
from moonlit.platform.crypto.keys import new_keyset
from simulators.running import running
from tests.faults.athena_seed import ACCOUNT, SEED, VIDEO
from tests.support.practice import PRACTICE
from tests.system.demo import free_ports

START_SECONDS = 120
SERVERS = 2
THREADS = 4
"""Per server: so all eight rivals are inside at once."""
HOURS = range(8, 18)
FIRST_DAY, LAST_DAY = 3, 85
"""From today; between the notice and the horizon of the practice."""


@dataclass
class Installation:
    servers: list[str]
    """Addresses of the web servers."""
    athena: str
    database: str
    env: dict[str, str]
    children: Children
    worker: Child
    providers: dict[str, int]
    """Our ids by those of the EHR."""

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows as they lie in the database; no personal column can be read this way."""
        with psycopg.connect(self.database, autocommit=True) as link:
            found = link.execute(statement, values)
            return found.fetchall() if found.description else []

    def control(self, method: str, what: str, body: object = None) -> Any:
        """The simulator's side door."""
        request = urllib.request.Request(
            f"{self.athena}/_control/{what}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def visits(self) -> list[dict[str, Any]]:
        """Everything in the EHR but open slots."""
        found: list[dict[str, Any]] = []
        while True:
            page = self.control("GET", f"appointments?limit=1000&offset={len(found)}")
            found += page["appointments"]
            if len(found) >= page["total"]:
                return found

    def start_worker(self) -> None:
        self.worker = self.children.start(f"worker{len(self.children.running)}", "-m", "moonlit", "worker")

    def kill_worker(self) -> None:
        """SIGKILL: no handler runs, no transaction ends."""
        self.worker.process.kill()
        self.worker.process.wait()

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted(self.children.logs.glob("*.log")))


def days() -> list[date]:
    """On which the simulated practice has open hours."""
    return [date.today() + timedelta(days=number) for number in range(FIRST_DAY, LAST_DAY)]


@contextmanager
def installation(folder: Path, *, providers: tuple[str, ...] = ("71", "72")) -> Iterator[Installation]:
    """Everything up and the calendars filled: an open hour at each of HOURS of each day, for these providers."""
    with ExitStack() as stack:
        before = dict(os.environ)
        stack.callback(_put_back, before)
        data = folder / "data"
        data.mkdir(parents=True)
        stack.callback(localpg.remove, data)
        major = int(os.environ.get("MOONLIT_PG_MAJOR", "16"))
        bindir = Path(os.environ["MOONLIT_PG_BINDIR"]) if os.environ.get("MOONLIT_PG_BINDIR") else None
        place = stack.enter_context(localpg.running(data, bindir, major, durable=False))
        arguments = ("--client-id", ACCOUNT["client_id"], "--client-secret", ACCOUNT["client_secret"])
        athena = stack.enter_context(
            running("simulators.athena", *arguments, "--practice-id", ACCOUNT["practice_id"], "--token-limit", "100000")
        )
        port = free_ports()
        database = f"postgresql://{localpg.USER}@/{localpg.DATABASE}?host={place.base}"
        env = _environment(data, database, athena, port)
        os.environ.update(env)
        for name in {name for name in os.environ if name.startswith("MOONLIT_")} - set(env):
            del os.environ[name]
        children = stack.enter_context(Children(data / "logs"))
        practice = folder / "practice.yaml"
        practice.write_text(PRACTICE)
        made = Installation([], athena, database, env, children, None, {})  # type: ignore[arg-type]
        with ThreadPoolExecutor(1) as beside:
            laying = beside.submit(_lay_slots, made, providers)
            _finish(children, "migrate", "--quiet")
            _finish(children, "load", str(practice))
            laying.result()
        _finish(children, "sync", "--once")
        for number in range(SERVERS):
            made.servers.append(f"http://127.0.0.1:{port + number}")
            children.start(
                f"web{number}", "-m", "moonlit", "web", "--workers", "1", "--blocking-threads", str(THREADS),
                env={"MOONLIT_PORT": str(port + number)},
            )  # fmt: skip
        made.start_worker()
        for child, address in zip(children.running[-SERVERS - 1 :], made.servers, strict=False):
            children.wait_until_it_answers(child, f"{address}/health/ready", START_SECONDS)
        made.providers = dict(made.sql("SELECT calendar_source_id, id FROM practice_provider"))
        yield made


def _environment(data: Path, database: str, athena: str, port: int) -> dict[str, str]:
    nowhere = "http://127.0.0.1:9"
    return {
        "MOONLIT_DATA_DIR": str(data),
        "MOONLIT_DATABASE_URL": database,
        "MOONLIT_BASE_URL": f"http://127.0.0.1:{port}",
        "MOONLIT_TRUSTED_PROXIES": "127.0.0.1/32",
        "MOONLIT_SECRET_KEY": secrets.token_hex(32),
        "MOONLIT_BLIND_INDEX_KEY": secrets.token_hex(32),
        "MOONLIT_ENCRYPTION_KEYSET": new_keyset(),
        "MOONLIT_ATHENA_BASE_URL": athena,
        "MOONLIT_ATHENA_CLIENT_ID": ACCOUNT["client_id"],
        "MOONLIT_ATHENA_CLIENT_SECRET": ACCOUNT["client_secret"],
        "MOONLIT_ATHENA_PRACTICE_ID": ACCOUNT["practice_id"],
        "MOONLIT_ATHENA_RPS": "0",
        "MOONLIT_ATHENA_DAILY_LIMIT": "0",
        "MOONLIT_SENDGRID_BASE_URL": nowhere,
        "MOONLIT_SENDGRID_API_KEY": secrets.token_hex(32),
        "MOONLIT_NOTIFYRE_BASE_URL": nowhere,
        "MOONLIT_NOTIFYRE_API_TOKEN": secrets.token_hex(32),
        "MOONLIT_WORKER_CONCURRENCY": "8",
        "MOONLIT_LOG_LEVEL": "info",
    }


def _put_back(before: dict[str, str]) -> None:
    for name in [name for name in os.environ if name.startswith("MOONLIT_")]:
        del os.environ[name]
    os.environ.update(before)


def _lay_slots(made: Installation, providers: tuple[str, ...]) -> None:
    made.control("POST", "seed", SEED)
    for day in days():
        slots = [
            {
                "providerid": provider,
                "departmentid": VIDEO,
                "date": day.isoformat(),
                "starttime": f"{hour:02}:00",
                "minutes": 60,
                "reasonids": [f"1{provider}"],
            }
            for provider in providers
            for hour in HOURS
        ]
        made.control("POST", "slots", slots)


def _finish(children: Children, *command: str) -> None:
    """Run one command of the program to its end."""
    child = children.start(command[0], "-m", "moonlit", *command)
    if child.process.wait(START_SECONDS):
        raise AssertionError(f"moonlit {command[0]} failed:\n{child.log.read_text()}")
    children.running.remove(child)
