"""A patient books in real Chromium; staff sign in with both factors and find the visit."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe

from moonlit.platform import clock
from moonlit.staff import totp
from tests.states.people import somebody
from tests.states.watch import axe_faults
from tests.system.demo import call, eventually

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]


def in_the_ehr(demo, person):
    rows = call("GET", f"{demo.athena}/_control/appointments?limit=500")[1]["appointments"]
    return [row for row in rows if row["patient"]["lastname"] == person.last]


def test_staff_sign_in_with_two_factors_and_find_the_visit(walk, visit, demo):
    person = somebody()
    walk().book(person)
    (row,) = eventually(lambda: in_the_ehr(demo, person), bool)
    page = visit(viewport={"width": 1280, "height": 900})
    page.goto(f"{demo.base}/staff/appointments")
    assert page.url.startswith(f"{demo.base}/staff/login")
    page.fill("input[name=login]", demo.shown["user"])
    page.fill("input[name=password]", demo.shown["password"])
    page.keyboard.press("Enter")
    page.locator("input[name=code]").wait_for()
    secret = re.search(r"secret=([A-Z2-7]+)", demo.shown["second factor"]).group(1)
    page.fill("input[name=code]", totp.code(secret, clock.now()))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo.base}/staff/appointments")
    axe = Axe()
    for path in ("", "leads", "tasks", "appointments"):
        page.goto(f"{demo.base}/staff/{path}")
        assert page.locator("h1").count() == 1
        found = axe_faults(axe, page)
        assert not found, (path, found)
    shown = page.locator("main").inner_text()
    assert person.last in shown
    assert "Theo Wexler" in shown
    assert row["id"] in shown
