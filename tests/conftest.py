"""Says in the last lines of a run what it could not look at."""

import os
import sys
from pathlib import Path

import pytest

_axe_checks = 0


def reference_dir() -> Path:
    """The folder of recorded vendor answers; it is no part of this repository and may be absent."""
    return Path(os.environ.get("MOONLIT_REFERENCE_DIR") or Path(__file__).resolve().parents[2] / "shared" / "reference")


def _axe_checks_here() -> int:
    """How often axe has looked at a page in this process."""
    watch = sys.modules.get("tests.states.watch")
    return watch.Watch.all_axe_checks if watch else 0


def pytest_sessionfinish(session) -> None:
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["axe_checks"] = _axe_checks_here()


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node, error) -> None:
    global _axe_checks  # noqa: PLW0603 one number of this run
    _axe_checks += getattr(node, "workeroutput", {}).get("axe_checks", 0)


def pytest_terminal_summary(terminalreporter) -> None:
    if checks := _axe_checks + _axe_checks_here():
        terminalreporter.write_line(f"axe looked at {checks} pages")
    if not (reference_dir() / "athena").is_dir():
        terminalreporter.write_line(
            "recorded vendor answers: none under MOONLIT_REFERENCE_DIR, so the parsers met only synthetic ones"
        )
