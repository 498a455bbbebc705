"""Starts a simulator as its own process and waits until it answers; for tests and for whoever starts several."""

import contextlib
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running(module: str, *arguments: str, port: int | None = None) -> Iterator[str]:
    """Runs `python -m <module> --port N <arguments>`; yields its address, ends it by SIGTERM."""
    number = port or free_port()
    command = [sys.executable, "-m", module, "--port", str(number), *arguments]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{number}"
    try:
        _wait(process, address)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[bytes], address: str) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            raise RuntimeError(f"the simulator ended at once with {process.returncode}")
        with contextlib.suppress(OSError, ValueError), urllib.request.urlopen(f"{address}/_control/health") as answer:  # noqa: S310
            if json.load(answer)["ok"]:
                return
        time.sleep(0.05)
    raise RuntimeError("the simulator did not answer in time")
