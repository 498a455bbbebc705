"""The table of `make faults`: what was injected where, how it ended, and whether the invariants held."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HEADS = ("case", "where", "injected", "times", "outcome", "invariants")


@dataclass
class Line:
    """All cases with one (case, where, injected)."""

    outcomes: Counter[str] = field(default_factory=Counter)
    violated: int = 0

    @property
    def times(self) -> int:
        return self.outcomes.total()

    @property
    def outcome(self) -> str:
        if len(self.outcomes) == 1:
            return next(iter(self.outcomes))
        return ", ".join(f"{outcome} {times}" for outcome, times in sorted(self.outcomes.items()))

    @property
    def verdict(self) -> str:
        return f"VIOLATED {self.violated}" if self.violated else "hold"


class FaultTable:
    """A plugin of pytest: collects what the fixture `matrix` was told, prints it at the end and writes it to a file."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self.lines: dict[tuple[str, str, str], Line] = {}
        self.began = time.monotonic()

    @property
    def violated(self) -> int:
        return sum(line.violated for line in self.lines.values())

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        told = [tuple(value) for name, value in report.user_properties if name == "fault"]
        if report.when == "call":
            for case, where, injected, outcome in told:
                self.lines.setdefault((case, where, injected), Line()).outcomes[outcome] += 1
        if not report.failed:
            return
        # What failed is the case told last; without one, the test did not get so far as to tell.
        key = told[-1][:3] if told else (report.nodeid.rpartition("::")[2], "", report.when)
        line = self.lines.setdefault(key, Line())
        line.violated += 1
        if not told:
            line.outcomes["did not end"] += 1

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        text = self.text()
        terminalreporter.write_line("")
        terminalreporter.write(text)
        self.file.parent.mkdir(parents=True, exist_ok=True)
        self.file.write_text(text)

    def text(self) -> str:
        rows = [
            (*key, str(line.times), line.outcome, line.verdict)
            for key, line in sorted(self.lines.items(), key=lambda item: item[0])
        ]
        widths = [max(len(row[column]) for row in [HEADS, *rows]) for column in range(len(HEADS))]
        shown = ["  ".join(f"{cell:{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        head = "  ".join(f"{cell:{width}}" for cell, width in zip(HEADS, widths, strict=True)).rstrip()
        ends = Counter[str]()
        for line in self.lines.values():
            ends.update(line.outcomes)
        total = (
            f"{ends.total()} cases in {len(rows)} groups, {time.monotonic() - self.began:.0f} s; "
            + ", ".join(f"{times} {outcome}" for outcome, times in ends.most_common())
            + f"; invariants violated: {self.violated or 'none'}"
        )
        return "\n".join([head, "-" * len(head), *shown, "", total, ""])
