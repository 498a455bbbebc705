"""A scratch installation: its own folder, secrets, database and web server. Nothing of the user's is touched."""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from moonlit.cli import environment
from moonlit.cli.processes import Child, Children
from moonlit.platform import localpg, roles

KEPT = {"MOONLIT_PG_BINDIR", "MOONLIT_PG_MAJOR", "MOONLIT_DATABASE_POOL"}
START_SECONDS = 120


@dataclass
class Scratch:
    folder: Path
    port: int
    children: Children

    @property
    def bytes_file(self) -> Path:
        """What the baseline view answers with; written before the server is first asked for it."""
        return self.folder / "same-bytes"

    def start_server(self) -> Child:
        """The product's own web server, with the bench's addresses beside the product's."""
        server = self.children.start(
            "web",
            "-m",
            "moonlit",
            "web",
            env={
                "DJANGO_SETTINGS_MODULE": "bench.settings",
                "MOONLIT_DATABASE_ROLE": roles.APP,
                "MOONLIT_BENCH_BYTES": str(self.bytes_file),
            },
        )
        self.children.wait_until_it_answers(server, f"http://127.0.0.1:{self.port}/health/ready", START_SECONDS)
        return server


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Migrated and empty; gone without a trace afterwards."""
    for name in [name for name in os.environ if name.startswith("MOONLIT_") and name not in KEPT]:
        del os.environ[name]
    with ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix="moonlit-bench-"))
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        stack.callback(localpg.remove, folder)
        port = _free_port()
        os.environ |= {"MOONLIT_DATA_DIR": str(folder), "MOONLIT_PORT": str(port), "MOONLIT_LOG_LEVEL": "warning"}
        environment.use_demo_secrets(create=True)
        bindir = os.environ.get("MOONLIT_PG_BINDIR")
        major = int(os.environ.get("MOONLIT_PG_MAJOR", "16"))
        stack.enter_context(localpg.running(folder, Path(bindir) if bindir else None, major, durable=False))
        environment.prepare("bench", stack, database=False, owner=True)
        from django.db import connection

        from moonlit.cli import migrate

        migrate.run(argparse.Namespace(quiet=True))
        connection.close()  # it still has the time limits of a migration
        children = stack.enter_context(Children(folder / "logs"))
        yield Scratch(folder, port, children)


def processes_below(pid: int) -> list[int]:
    """The process and everything it started."""
    parents: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        parents.setdefault(parent, []).append(int(entry.parent.name))
    found = [pid]
    for each in found:
        found += parents.get(each, [])
    return found


def resident_megabytes(pid: int) -> float:
    """Memory in use, shared pages included."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmRSS"))


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
