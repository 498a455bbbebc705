"""Faults on order: which call fails next, and how."""

from __future__ import annotations

import itertools
from dataclasses import asdict, dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from simulators.athena.wire import Reply

INSTEAD = ("429", "500", "503", "401", "403_qps", "html", "hang", "reset", "success_false")  # nothing is done
AFTER = (  # done, and the answer is lost
    "commit_then_timeout", "commit_then_500", "commit_then_503", "commit_then_html", "commit_then_reset",
)  # fmt: skip
FRONT_DESK = ("slot_taken", "staff_cancelled", "staff_checked_in")  # somebody at the practice is faster
FEED = ("feed_repeated", "feed_reversed")  # what is handed out comes again; newest first
BESIDE = ("slow", "stale_open", "quota", "unknown_zone", *FRONT_DESK, *FEED)  # the handler still answers
KINDS = (*INSTEAD, *AFTER, *BESIDE)

MAINTENANCE = "<html><head><title>Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>"


@dataclass
class Fault:
    """Hits the calls of one operation, or of a method and path, `times` times after letting `after` pass."""

    kind: str
    op: str | None = None
    method: str | None = None
    path: str | None = None
    match: dict[str, str] = field(default_factory=dict)
    times: int | None = 1
    after: int = 0
    seconds: float | None = None
    status: int | None = None
    departmentid: str | None = None
    timezonename: str | None = None
    id: int = 0
    hits: int = 0

    def hits_call(self, op: str, method: str, path: str, values: dict[str, str]) -> bool:
        return (
            (self.op is None or self.op == op)
            and (self.method is None or self.method.upper() == method)
            and (self.path is None or fnmatchcase(path, self.path))
            and all(values.get(name.lower()) == str(value) for name, value in self.match.items())
        )


class Faults:
    def __init__(self) -> None:
        self.waiting: list[Fault] = []
        self.numbers = itertools.count(1)

    def add(self, wanted: dict[str, Any]) -> Fault:
        """Raises ValueError for an unknown kind or member."""
        if wanted.get("kind") not in KINDS:
            raise ValueError(f"kind must be one of: {', '.join(KINDS)}")
        try:
            fault = Fault(**wanted)
        except TypeError as error:
            raise ValueError(str(error)) from error
        fault.id = next(self.numbers)
        self.waiting.append(fault)
        return fault

    def remove(self, number: int | None) -> int:
        """Removes one, or all; returns how many there were."""
        before = len(self.waiting)
        self.waiting = [fault for fault in self.waiting if number is not None and fault.id != number]
        return before - len(self.waiting)

    def take(self, op: str, method: str, path: str, values: dict[str, str]) -> Fault | None:
        """The first fault that hits this call, counted; None when it may pass."""
        for fault in self.waiting:
            if not fault.hits_call(op, method, path, values):
                continue
            if fault.after > 0:
                fault.after -= 1
                continue
            fault.hits += 1
            if fault.times is not None:
                fault.times -= 1
                if fault.times <= 0:
                    self.waiting.remove(fault)
            return fault
        return None

    def listed(self) -> list[dict[str, Any]]:
        return [asdict(fault) for fault in self.waiting]


def failing(fault: Fault, op: str) -> Reply:
    """The answer a fault gives in place of the real one. Hang and reset have none: their connection is dropped."""
    kind = fault.kind.removeprefix("commit_then_")
    if kind == "success_false":
        if op == "update_booked":
            return Reply("Invalid SUPERVISINGPROVIDERID input")
        return Reply({"success": False, "errormessage": "The request could not be completed."})
    if kind == "html":
        return Reply(MAINTENANCE.encode(), fault.status or 502, media="text/html")
    if kind == "403_qps":
        return Reply(b"Developer Over Qps", 403, media="text/plain")
    if kind == "429":
        return Reply(b"Too Many Requests", 429, media="text/plain")
    if kind == "503":
        return Reply(b"Service Unavailable", 503, media="text/plain")
    return Reply({"error": "An unexpected error occurred. Please try again later."}, 500)
