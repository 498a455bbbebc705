"""The bench itself, on next to nothing: it must run when it is wanted."""

import json
import os
import subprocess
import sys

from moonlit.cli.processes import ROOT


def test_the_bench_measures_every_case_and_writes_it_down(tmp_path):
    own = {name: value for name, value in os.environ.items() if not name.startswith(("MOONLIT_", "DJANGO_"))}
    small = ["--providers", "3", "--days", "16", "--appointments", "9", "--requests", "6", "--out", str(tmp_path)]
    done = subprocess.run(
        [sys.executable, "-m", "moonlit", "bench", "availability", *small],
        cwd=ROOT,
        env={**own, "PYTHONUNBUFFERED": "1"},
        capture_output=True,
        check=False,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    (written,) = tmp_path.glob("availability-*.json")
    found = json.loads(written.read_text())
    names = [case["name"] for case in found["cases"]]
    assert names == [
        "3 x 14, 9 past visits",
        "3 x 14",
        "3 x 14, days",
        "3 x 1, names",
        "3 x 16, days",
        "3 x 14, 20 changes a second",
        "same bytes, from memory",
        "3 x 14, once more",
    ]
    assert all(name in done.stdout for name in names)
    assert (found["open_slots"], found["occupied"]) == (16 * (10 + 10 + 9), 9 + 3)
    assert all(case["closed_ms"]["p50"] > 0 and case["throughput"] > 0 for case in found["cases"])
    assert len(found["worker_megabytes"]) == 2
    assert any("Index" in line for line in found["freshness_plan"])
