"""The children of `moonlit demo` and `moonlit simulators`: started, watched, stopped without leaving any behind."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn, Self

STOP_SECONDS = 25  # a worker gets 20 s to end the job it is at
ROOT = Path(__file__).resolve().parents[2]
# No proxy stands between this machine and itself, whatever the environment says.
_LOCAL = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_HEIR = 'while read group; do groups="$groups $group"; done; [ -z "$groups" ] || kill -TERM $groups'


class StartError(Exception):
    """A child did not come up; the text names it and its log."""


@dataclass
class Child:
    name: str
    process: subprocess.Popen[bytes]
    log: Path


class Children:
    """Processes in sessions of their own, so that Ctrl-C reaches the parent alone, which then stops them in order."""

    def __init__(self, logs: Path) -> None:
        self.logs = logs
        self.running: list[Child] = []
        # Is told each child's process group; should this process be killed, its input ends and it ends them.
        self._heir = subprocess.Popen(
            ["/bin/sh", "-c", _HEIR], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def __enter__(self) -> Self:
        self.logs.mkdir(parents=True, exist_ok=True)
        return self

    def __exit__(self, *_: object) -> None:
        """The newest first: web server and worker end before the simulators they call."""
        for child in reversed(self.running):
            with suppress(ProcessLookupError):
                child.process.send_signal(signal.SIGTERM)
            try:
                child.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                child.process.kill()
            with suppress(ProcessLookupError):  # what it may have left in its group
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self._heir.kill()
        self._heir.wait()

    def start(self, name: str, *arguments: str | Path, env: Mapping[str, str] | None = None) -> Child:
        """Runs `python <arguments>` with its output in the log folder."""
        log = self.logs / f"{name}.log"
        with log.open("wb") as output:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                cwd=ROOT,
                env={**os.environ, **(env or {}), "PYTHONUNBUFFERED": "1"},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        child = Child(name, process, log)
        self.running.append(child)
        self._heir.stdin.write(f"-{process.pid}\n")
        self._heir.stdin.flush()
        return child

    def wait_until_it_answers(self, child: Child, url: str, seconds: float) -> None:
        """Returns when the address answers 200. Raises StartError when the child ends before or takes too long."""
        give_up = time.monotonic() + seconds
        while not answers(url):
            if child.process.poll() is not None:
                raise StartError(f"{child.name} ended with status {child.process.returncode}; its log: {child.log}")
            if time.monotonic() > give_up:
                raise StartError(f"{child.name} did not answer within {seconds:.0f} s; its log: {child.log}")
            time.sleep(0.05)

    def watch(self) -> NoReturn:
        """Waits until a child ends, which none does by itself. Raises StartError naming it."""
        while True:
            for child in self.running:
                if child.process.poll() is not None:
                    raise StartError(f"{child.name} ended by itself; its log: {child.log}")
            time.sleep(0.5)


def answers(url: str) -> bool:
    """Whether the address answers 200 now."""
    try:
        with _LOCAL.open(url, timeout=5) as answer:
            return answer.status == 200
    except (urllib.error.URLError, OSError):
        return False


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
