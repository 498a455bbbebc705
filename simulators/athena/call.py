"""One call as the handlers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from simulators.athena.faults import Fault
from simulators.athena.state import World
from simulators.athena.wire import Params, paged


@dataclass
class Call:
    world: World
    method: str
    path: str  # as asked, with /v1/{practice}
    op: str
    params: Params
    args: dict[str, int]  # ids in the path
    fault: Fault | None = None
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)

    def has_fault(self, kind: str) -> bool:
        return self.fault is not None and self.fault.kind == kind

    def page(self, key: str, rows: list[Any], default: int = 1500) -> dict[str, Any]:
        return paged(key, rows, self.params, self.path, default)
