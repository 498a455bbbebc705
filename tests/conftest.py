"""Says in the last lines of a run what it could not look at."""

import os
from pathlib import Path


def reference_dir() -> Path:
    """The folder of recorded vendor answers; it is no part of this repository and may be absent."""
    return Path(os.environ.get("MOONLIT_REFERENCE_DIR") or Path(__file__).resolve().parents[2] / "shared" / "reference")


def pytest_terminal_summary(terminalreporter) -> None:
    if not (reference_dir() / "athena").is_dir():
        terminalreporter.write_line(
            "recorded vendor answers: none under MOONLIT_REFERENCE_DIR, so the parsers met only synthetic ones"
        )
