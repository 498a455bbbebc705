"""`moonlit bench`: how fast the program answers, on scratch data of its own, with a baseline from the same run."""

import argparse
import sys
from pathlib import Path

from moonlit.cli.processes import ROOT


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what", nargs="?", choices=["availability", "pages"], default="availability", help="what to measure"
    )
    parser.add_argument("--providers", type=int, default=1000, help="clinicians (default 1000)")
    parser.add_argument("--days", type=int, default=90, help="days of open slots ahead (default 90)")
    parser.add_argument("--appointments", type=int, default=50_000, help="past appointments (default 50000)")
    parser.add_argument("--out", type=Path, default=ROOT / "bench" / "results", help="folder for the results as JSON")
    parser.add_argument("--requests", type=int, default=2000, help="measured requests per case (default 2000)")


def run(args: argparse.Namespace) -> int:
    sys.path.insert(0, str(ROOT))  # the bench stands beside the package, in the repository
    from bench import availability, pages

    return (pages if args.what == "pages" else availability).measure(args)
