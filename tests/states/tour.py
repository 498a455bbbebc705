"""Runs courses of the catalogue in a browser, each with a fresh context."""

from __future__ import annotations

from playwright.sync_api import Browser

from tests.states.catalogue import Course
from tests.states.gallery import HEIGHT, Gallery
from tests.states.people import own_address
from tests.states.walk import Walk
from tests.states.watch import Watch
from tests.system.demo import Demo

STEP_MS = 20_000


def run(course: Course, browser: Browser, demo: Demo, language: str, gallery: Gallery) -> int:
    """Walk it in one language; how many times axe looked. Raises when a state cannot be reached."""
    seen: set[str] = set()
    wide = {"width": 1280, "height": HEIGHT}
    with browser.new_context(viewport=wide, reduced_motion="reduce", extra_http_headers=own_address()) as context:
        page = context.new_page()
        page.set_default_timeout(STEP_MS)
        watch = Watch(page, ("http://127.0.0.1:", "http://localhost:"))

        def see(state: str) -> None:
            seen.add(state)
            gallery.take(page, watch, state, language)

        course.run(Walk(page, demo, language), see)
        watch.at_the_end()
    assert seen == course.states, f"{course.name}: {sorted(seen ^ course.states)}"
    return watch.axe_checks
