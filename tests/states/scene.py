"""What happens around a patient: an EHR that fails, somebody who is faster, a form from elsewhere, another policy."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from playwright.sync_api import Locator

from tests.states.people import Person
from tests.states.walk import See, Walk
from tests.system.demo import ROOT, Demo, call, eventually

LATE_HOURS = 700
"""A notice period in which every visit of the next four weeks lies."""
PRACTICE_FILE = ROOT / "examples" / "practice.yaml"


@contextmanager
def ehr_fault(demo: Demo, **fault: Any) -> Iterator[None]:
    """The EHR fails in this way, and is well again afterwards."""
    status, answer = call("POST", f"{demo.athena}/_control/faults", {"times": None, **fault})
    assert status == 200, answer
    try:
        yield
    finally:
        for number in answer["ids"]:
            call("DELETE", f"{demo.athena}/_control/faults/{number}")


def ehr_down(demo: Demo) -> Any:
    """No visit can be written to the EHR; what it says is only that it is not there."""
    return ehr_fault(demo, kind="503", op="book")


def until_taken(walk: Walk) -> None:
    """Our calendar knows that the time which was pressed is gone."""
    draft = walk.draft
    with walk.page.context.browser.new_context() as context:  # another page: the patient's own stays as it is
        other = context.new_page()
        value = f"{walk.start:%Y-%m-%dT%H:%M:%SZ}"

        def gone() -> bool:
            other.goto(f"{walk.base}{draft}/about")
            return not other.locator("form[action$='/keep'], button[formaction$='/keep']").count()

        assert eventually(gone, bool), value


def until_settled(walk: Walk) -> None:
    """The EHR has answered: the page of a visit or of a change says something else than before."""
    page, under_way = walk.page, walk.page.locator("h1").inner_text()

    def said() -> str:
        page.goto(page.url.partition("?")[0])
        return page.locator("h1").inner_text()

    assert eventually(said, lambda found: found != under_way, 60) != under_way


def send_from_elsewhere(walk: Walk) -> None:
    """A form on somebody else's page that posts to ours."""
    page = walk.page
    page.goto("about:blank")
    page.set_content(
        f"<form method=post action='{walk.base}{walk.prefix}/book'><button name=self_pay value=1>x</button></form>"
    )
    with page.expect_navigation():
        page.locator("button").click()


def month_link(walk: Walk) -> Locator:
    return walk.page.locator("main a[href*='month=']")


def fill_for_someone_else(walk: Walk, person: Person) -> None:
    """A case manager books; the patient's own agreements stay open."""
    walk.fill(
        booker_name="Casey Harborview",
        booker_organization="Harborlight House",
        booker_phone="801-555-0103",
        booker_email="casey@example.org",
        **person.fields,
    )
    walk.choose("booker_kind", "case_manager").choose("messages_to", "both").choose("place_of_visit", "home")


def codes_until_too_many(walk: Walk) -> None:
    """Ask for codes until the answer is to wait."""
    for _ in range(10):
        walk.choose("channel", "email").submit()
        if not walk.page.locator("input[name=code]").count():
            return
        walk.page.go_back()
    raise AssertionError("codes are sent without end")


@contextmanager
def everything_is_late(demo: Demo) -> Iterator[None]:
    """The practice's notice period is so long that every visit falls into it; then it is as it was."""
    text = PRACTICE_FILE.read_text()
    _load(demo, re.sub(r"change_notice_hours: \d+", f"change_notice_hours: {LATE_HOURS}", text))
    try:
        yield
    finally:
        _load(demo, text)


def _load(demo: Demo, text: str) -> None:
    path = demo.data / "practice-of-this-test.yaml"
    path.write_text(text.replace("embed_origins: []", f'embed_origins: ["{demo.host}"]'))  # as the demo has it
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MOONLIT_", "DJANGO_"))}
    env = {**kept, "MOONLIT_DATA_DIR": str(demo.data), "MOONLIT_PORT": str(demo.port)}
    command = [sys.executable, "-m", "moonlit", "load", str(path)]
    done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr


def details(walk: Walk, see: See, session: str) -> None:
    """What may follow by link: the page of the member number and the address."""
    walk.go(session).press("main a[href*='/details']")
    see("manage-details")
    walk.fill(zip="1").submit()
    see("manage-details-error")
