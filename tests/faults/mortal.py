"""Worker processes that really die: SIGKILL at a chosen remote call or commit, or whenever the test says so.

`python -m tests.faults.mortal DATABASE` waits for orders, one JSON object a line, and forks a worker for each: it says
{"pid"} at once and, when the worker is gone, what it had done. The product knows nothing of this: calls and commits are
counted here, around the HTTP client and the database connection of the forked process.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO
from uuid import UUID

ROOT = Path(__file__).resolve().parents[2]
MOMENTS = ("before call", "after call", "before commit", "after commit")


@dataclass(frozen=True)
class Death:
    """The worker is gone. `calls` and `commits` are counted for one that was let live."""

    killed: bool
    calls: tuple[str, ...] = ()
    commits: int = 0
    status: int = 0
    """What it answered to the request of its order."""


class Workers:
    """The process that forks workers; the test's end of its pipes."""

    def __init__(self, database: str) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.mortal", database],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, **order: object) -> int:
        """Fork a worker; its process id. Ask `gone` for its end before the next one."""
        self._write(order)
        return int(self._read()["pid"])

    def gone(self) -> Death:
        """Wait until the worker has ended, by itself or not. Raises when it ended with an error."""
        found = self._read()
        if found["status"] not in {0, -signal.SIGKILL}:
            raise AssertionError(f"the worker ended with {found['status']}: {found['said']}")
        said = json.loads(found["said"] or "{}")
        return Death(found["status"] != 0, tuple(said.get("calls", ())), said.get("commits", 0), said.get("status", 0))

    def run(self, **order: object) -> Death:
        self.start(**order)
        return self.gone()

    @staticmethod
    def kill(pid: int) -> None:
        os.kill(pid, signal.SIGKILL)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait(20)

    def _write(self, order: dict[str, object]) -> None:
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()

    def _read(self) -> dict[str, Any]:
        line = self._process.stdout.readline()
        if not line:
            raise AssertionError("the process that forks workers is gone")
        return json.loads(line)


@contextlib.contextmanager
def workers() -> Iterator[Workers]:
    """For a test that really commits (a forked worker sees nothing else)."""
    from django.db import connection

    made = Workers(connection.settings_dict["NAME"])
    try:
        yield made
    finally:
        made.close()


def _serve(database: str) -> None:
    import django
    from django.conf import settings

    told = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # what the workers print is no answer
    django.setup()
    settings.DATABASES["default"]["NAME"] = database
    settings.EHR_FACTORY = "tests.faults.athena_scene.current_ehr"
    import tests.faults.athena_scene  # imported once, before the forks
    import tests.faults.message_scene  # noqa: F401

    for line in sys.stdin:
        reader, writer = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(reader)
            _live(json.loads(line), writer)
        os.close(writer)
        _say(told, {"pid": pid})
        with os.fdopen(reader) as pipe:
            said = pipe.read()
        _, status = os.waitpid(pid, 0)
        _say(told, {"status": os.waitstatus_to_exitcode(status), "said": said})


def _say(told: TextIO, message: dict[str, object]) -> None:
    told.write(json.dumps(message) + "\n")
    told.flush()


def _live(order: dict[str, Any], writer: int) -> None:
    """The forked worker's whole life; never returns."""
    try:
        counted = _work(order)
        os.write(writer, json.dumps(counted).encode())
        os._exit(0)
    except BaseException as fault:  # noqa: BLE001  told to the test
        os.write(writer, f"{type(fault).__name__}: {fault}".encode())
        os._exit(1)


def _work(order: dict[str, Any]) -> dict[str, object]:
    from tests.support.scene import Clock

    at = Clock(datetime.fromisoformat(order["now"]))
    return _work_on_messages(order, at) if "vendors" in order else _work_on_bookings(order, at)


def _work_on_bookings(order: dict[str, Any], at: Any) -> dict[str, object]:
    from tests.faults import athena_scene

    scene = athena_scene.AthenaScene(order["address"], at)
    scene.ehr = scene.adapter()
    with athena_scene.standing(scene):
        calls, commits = _count(order.get("moment", ""), order.get("number", 0))
        for appointment in order["appointments"]:
            scene.work_on(UUID(appointment))
        scene.settle_all()
    return {"calls": calls, "commits": commits[0]}


def _work_on_messages(order: dict[str, Any], at: Any) -> dict[str, object]:
    """A web server with one request, when the order holds one, and then a worker at this instant."""
    from tests.faults import message_gate, message_scene

    scene = message_scene.MessageScene(order["vendors"], order["public_key"], clock=at)
    scene.plug()
    status = 0
    with message_scene.standing(scene):
        calls, commits = _count(order.get("moment", ""), order.get("number", 0))
        if "webhook" in order:
            path, headers, body = order["webhook"]
            status = message_gate.deliver_webhook(path, headers, body.encode())
        scene.work()
    return {"calls": calls, "commits": commits[0], "status": status}


def _count(moment: str, number: int) -> tuple[list[str], list[int]]:
    """Count remote calls and commits from here on, and die at the chosen one."""
    from django.db import connection

    from moonlit.platform.http import VendorClient

    calls: list[str] = []
    commits = [0]
    send, commit = VendorClient.send, connection._commit

    def reached(what: str, count: int) -> None:
        if moment == what and count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    def counted_send(self: Any, method: str, path: str, **more: Any) -> Any:
        calls.append(f"{method} {more['route']}")
        reached("before call", len(calls))
        try:
            return send(self, method, path, **more)
        finally:  # also when the answer was lost
            reached("after call", len(calls))

    def counted_commit() -> None:
        commits[0] += 1
        reached("before commit", commits[0])
        commit()
        reached("after commit", commits[0])

    def counted_statement(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        alone = not connection.in_atomic_block and not sql.lstrip().upper().startswith("SELECT")
        if not alone:
            return execute(sql, params, many, context)
        commits[0] += 1
        reached("before commit", commits[0])
        found = execute(sql, params, many, context)
        reached("after commit", commits[0])
        return found

    VendorClient.send = counted_send
    connection._commit = counted_commit
    connection.execute_wrappers.append(counted_statement)
    return calls, commits


if __name__ == "__main__":
    _serve(sys.argv[1])
