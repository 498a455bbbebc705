"""Races over two server processes: python -m tests.races [--races N] [--rivals N]."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from tests.races.installation import installation
from tests.races.rivals import Results, check_both_sides, run_races

say = partial(print, flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.races", description=__doc__.splitlines()[0])
    parser.add_argument("--races", type=int, default=1000)
    parser.add_argument("--rivals", type=int, default=8)
    parser.add_argument("--crowd", type=int, default=200, help="rivals of one last, large race; 0 for none")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="moonlit-races-") as folder, installation(Path(folder)) as made:
        say(f"two web servers, one worker, one database: {asked.races} races of {asked.rivals}")
        began = time.monotonic()
        races = run_races(made, asked.races, rivals=asked.rivals, say=say)
        took = time.monotonic() - began
        crowd = run_races(made, 1, rivals=asked.crowd, after=asked.races) if asked.crowd else Results()
        check_both_sides(made, Results([*races.races, *crowd.races]), seconds=600)
        report(f"{asked.races} races of {asked.rivals}", races)
        if asked.crowd:
            report(f"one race of {asked.crowd}", crowd)
        say(f"every winner is booked in the EHR, nobody else is, on either side; the races took {took:.0f} s")
    return 0


def report(what: str, results: Results) -> None:
    say(
        f"{what}: {results.winners} winners, {results.losers} clean conflicts; losers' answers: median "
        f"{results.percentile(0.5):.0f} ms, p99 {results.percentile(0.99):.0f} ms, "
        f"slowest {results.slowest_loser:.0f} ms"
    )


if __name__ == "__main__":
    sys.exit(main())
