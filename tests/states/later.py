"""The demo some minutes from now: a second web server on the same database, whose clock a test sets.

What ends by the clock (a hold after ten minutes, a page after twenty) is met as it happens, without waiting and
without a hand in the database. `python -m moonlit web` runs it with the settings beside this file.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.system.demo import BEHIND_A_PROXY, ROOT, Demo, call, free_ports

READY_SECONDS = 60
FILE_NAME = "MOONLIT_LATER_FILE"


@dataclass
class Later:
    port: int
    file: Path

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def in_minutes(self, minutes: float) -> None:
        """From now on its clock is ahead by this much."""
        fresh = self.file.with_suffix(".new")
        fresh.write_text(str(minutes * 60))
        fresh.replace(self.file)


@contextmanager
def later_server(demo: Demo) -> Iterator[Later]:
    """Started for a few pages, then stopped. Its workers keep nothing that another process could miss."""
    found = Later(free_ports(), demo.data / "later")
    found.in_minutes(0)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOONLIT_", "DJANGO_"))}
    env = {
        **kept,
        **BEHIND_A_PROXY,
        "MOONLIT_DATA_DIR": str(demo.data),
        "MOONLIT_PORT": str(found.port),
        "MOONLIT_DATABASE_ROLE": "moonlit_app",
        "DJANGO_SETTINGS_MODULE": "tests.states.later_settings",
        FILE_NAME: str(found.file),
    }
    command = [sys.executable, "-m", "moonlit", "web", "--workers", "1"]
    with (demo.data / "logs" / "later.log").open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
        )
        try:
            _wait(process, found)
            yield found
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(30)


def _wait(process: subprocess.Popen[bytes], found: Later) -> None:
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            if call("GET", f"{found.base}/health/live")[0] == 200:
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError("the server with the other clock did not start; see later.log of the demo")
