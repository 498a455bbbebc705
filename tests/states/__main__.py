"""Every state of the patient's pages as a picture: python -m tests.states [--only TEXT] [--language en es].

Starts a demo of its own in a folder of its own, walks through all states in each language, in both colour schemes and
two widths, lets axe look at each, and writes build/screenshots/*.png with an index.html. 1 when anything was found.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Error, sync_playwright

from tests.browser import launch_options
from tests.states import tour
from tests.states.catalogue import STATES, courses
from tests.states.gallery import Gallery
from tests.states.index import write_index
from tests.system import demo as demo_process

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.states", description=__doc__)
    parser.add_argument("--only", default="", help="courses whose name, or a state of theirs, contains this")
    parser.add_argument("--language", nargs="+", default=["en", "es"])
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "screenshots")
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    began, checks, lost = time.monotonic(), 0, []
    gallery = Gallery(asked.out)
    chosen = [each for each in courses() if any(asked.only in name for name in (each.name, *each.states))]
    with tempfile.TemporaryDirectory(prefix="moonlit-states-") as folder, sync_playwright() as playwright:
        demo = demo_process.start(Path(folder) / "data")
        browser = playwright.chromium.launch(**launch_options())
        try:
            for language in asked.language:
                for course in chosen:
                    try:
                        checks += tour.run(course, browser, demo, language, gallery)
                    except (AssertionError, Error) as fault:
                        lost.append(f"{course.name} ({language}): {str(fault)[:2000]}")
                    _say(f"[{time.monotonic() - began:5.0f} s] {language} {course.name}")
        finally:
            browser.close()
            demo.stop()
    states = len({each.state for each in gallery.pictures})
    counts = f"{states} of {len(STATES)} states, {len(gallery.pictures)} pictures, {checks} axe checks"
    summary = [f"{counts}, {len(gallery.faulty)} pictures with a fault.", *lost]
    found = [f"{each.file}: {fault}" for each in gallery.faulty for fault in each.faults]
    if not asked.only:  # some pictures anew stand in the index of all
        write_index(asked.out, STATES, gallery.pictures, summary)
    _say("\n".join([*found, *summary, str(asked.out / "index.html")]))
    return 1 if found or lost else 0


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
