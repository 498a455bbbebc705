"""The whole fault matrix as a table: python -m tests.faults [--sample] [--only WORD] [--jobs N]; writes
build/faults.txt.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

import pytest

from tests.faults.table import FaultTable

ROOT = Path(__file__).resolve().parents[2]
WHERE = [str(ROOT / "tests" / "faults")]


def main() -> int:
    """0 when every case ended as it must, with every invariant held; 1 otherwise."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--sample", action="store_true", help="only the cases that `make test` runs")
    parser.add_argument("--only", default="", help="only cases whose test or file name has this word, such as message")
    parser.add_argument("--jobs", type=int, default=2)
    asked = parser.parse_args()
    if not asked.sample:
        os.environ["MOONLIT_LONG"] = "1"
    table = FaultTable(ROOT / "build" / "faults.txt")
    arguments = ["-n", str(asked.jobs), "--dist", "loadgroup", "--rootdir", str(ROOT), "-k", asked.only, *WHERE]
    status = pytest.main(arguments, plugins=[table])
    return 1 if status or table.violated else 0


if __name__ == "__main__":
    sys.exit(main())
