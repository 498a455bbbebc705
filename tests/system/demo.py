"""The program as a newcomer starts it: `moonlit demo` in a process of its own, on ports and in a folder of its own."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
READY_SECONDS = 120
BEHIND_A_PROXY = {"MOONLIT_TRUSTED_PROXIES": "127.0.0.0/8"}
"""So that each visitor can have an address of their own: many on one machine are no flood."""
_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass
class Demo:
    process: subprocess.Popen[str]
    port: int
    data: Path
    shown: dict[str, str]
    """What it printed: booking page, dashboard, user, password, second factor ..."""

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        """A clinic's own site with our pages inside."""
        return f"http://localhost:{self.port + 1}"

    @property
    def clinic(self) -> str:
        """The example of a clinic's own site; another host name, so another site than `base`."""
        return f"http://localhost:{self.port + 1}"

    @property
    def athena(self) -> str:
        return f"http://127.0.0.1:{self.port + 2}"

    @property
    def sendgrid(self) -> str:
        return f"http://127.0.0.1:{self.port + 3}"

    @property
    def notifyre(self) -> str:
        return f"http://127.0.0.1:{self.port + 4}"

    def logs(self) -> str:
        return "\n".join(path.read_text(errors="replace") for path in sorted((self.data / "logs").glob("*.log")))

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(60)


def start(data: Path) -> Demo:
    """Start it and wait until it says that it is ready."""
    port = free_ports()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOONLIT_", "DJANGO_"))}
    log = (data.parent / f"{data.name}.log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "moonlit", "demo"],
        cwd=ROOT,
        env={
            **kept,
            **BEHIND_A_PROXY,
            "MOONLIT_DATA_DIR": str(data),
            "MOONLIT_PORT": str(port),
            "PYTHONUNBUFFERED": "1",
        },
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    until = time.monotonic() + READY_SECONDS
    while time.monotonic() < until and process.poll() is None:
        said = Path(log.name).read_text()
        if "Ctrl-C stops everything" in said:
            return Demo(process, port, data, _shown(said))
        time.sleep(0.2)
    process.kill()
    raise AssertionError(f"the demo did not become ready:\n{Path(log.name).read_text()}")


def call(method: str, address: str, body: Any = None, **headers: str) -> tuple[int, Any]:
    """One HTTP call; the status and the JSON, or the text, of the answer."""
    data = json.dumps(body).encode() if body is not None else None
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(address, data, {"Content-Type": "application/json", **names}, method=method)
    try:
        with _LOCAL.open(request, timeout=30) as answer:
            status, content = answer.status, answer.read()
    except urllib.error.HTTPError as refused:
        status, content = refused.code, refused.read()
    try:
        return status, json.loads(content)
    except ValueError:
        return status, content.decode()


def eventually(read: Any, wanted: Any, seconds: float = 30) -> Any:
    """Read until the answer is as wanted; the last answer either way."""
    until = time.monotonic() + seconds
    while not wanted(found := read()) and time.monotonic() < until:
        time.sleep(0.1)
    return found


def _shown(said: str) -> dict[str, str]:
    rows = (line.strip().split("  ", 1) for line in said.splitlines() if line.startswith("  "))
    return {row[0].strip(): row[1].strip() for row in rows if len(row) == 2}


def free_ports() -> int:
    """A port with four more free above it, below those the system gives out; never the same as a moment before."""
    for base in random.SystemRandom().sample(range(20000, 32000, 10), 200):
        with contextlib.ExitStack() as held, contextlib.suppress(OSError):
            for offset in range(5):
                held.enter_context(socket.create_server(("127.0.0.1", base + offset)))
            return base
    raise AssertionError("no five free ports in a row")
