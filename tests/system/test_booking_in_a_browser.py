"""A patient books a resident under supervision in real Chromium; staff sign in with both factors and find the visit.

Once with scripts off, as the pages must work; once with axe looking at each step.
"""

import re
import time

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, sync_playwright

from tests.browser import launch_options
from tests.system.demo import call, eventually

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

WIDTHS = (320, 1280)
PERSON = {
    "first_name": "Zoë",
    "last_name": "Ñandú-O'Leary",
    "dob_month": "2",
    "dob_day": "28",
    "dob_year": "1990",
    "email": "zoe@example.org",
    "member_id": "MX 100",
}


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, demo):
    """Opens a page that remembers every request; nothing may leave our own origin and no cookie may be set."""
    opened = []

    def open_page(**options) -> Page:
        context = chromium.new_context(**options)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        opened.append((context, page))
        return page

    yield open_page
    for context, page in opened:
        assert all(url.startswith((demo.base, "data:", "blob:")) for url in page.asked), page.asked
        context.close()


class Look:
    """What is checked on each page a patient sees."""

    def __init__(self, page: Page, *, axe: bool) -> None:
        self.page = page
        self.axe = Axe() if axe else None
        self.seen: list[str] = []

    def at(self, heading: str) -> None:
        page = self.page
        assert page.locator("h1").inner_text().startswith(heading), page.locator("h1").inner_text()
        assert page.locator("h1").count() == 1
        self.seen.append(heading)
        text = page.locator("body").inner_text()
        assert "988" in text
        assert "801-555-0100" in text
        assert not page.context.cookies()
        for personal in ("Zoë", "Ñandú", "zoe@", "1990"):
            assert personal not in page.title()
            assert personal not in page.url
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{heading} scrolls sideways by {overflow}px"
        if self.axe is not None:
            found = self.axe.run(page).response["violations"]
            assert not found, [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found]


def press(page: Page, selector: str) -> None:
    page.locator(selector).first.click()
    page.wait_for_load_state()


def book(page: Page, demo, look, *, phone: str) -> None:
    page.goto(f"{demo.base}/book")
    look("How will you pay?")
    page.fill("input[name=q]", "regence")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    press(page, "button:has-text('Regence BlueCross')")
    look("One question about your card")
    page.check("input[value=regence]")
    press(page, "button:has-text('Continue')")
    look("Who and how?")
    press(page, "button:has-text('See times')")
    look("When?")
    assert "Mountain Time" in page.locator("main").inner_text()
    press(page, "a:has-text('Theo Wexler'), button:has-text('Theo Wexler')")
    earlier = page.url.partition("?")[0].removesuffix("/when")
    press(page, "main button:has-text('AM')")
    look("About you")
    press(page, "main form button[type=submit]:has-text('Continue')")
    look("About you")
    assert "legal first name" in page.locator("main").inner_text()
    page.check("input[name=for_whom][value=self]")
    for name, value in {**PERSON, "phone": phone}.items():
        page.fill(f"input[name={name}]", value)
    page.check("input[name=place_of_visit][value=home]")
    for kind in ("terms", "privacy_notice", "sms"):
        page.check(f"input[name=agree_{kind}]")
    press(page, "main form button[type=submit]:has-text('Continue')")
    look("Check and confirm")
    shown = page.locator("main").inner_text()
    for part in ("Theo Wexler", "Marisol Quintero-Hale", "Zoë Ñandú-O'Leary", "Regence", "At home"):
        assert part in shown
    assert "covered" not in shown.casefold()
    confirm = page.url
    press(page, "button:has-text('Book this visit')")
    until = time.monotonic() + 30
    while page.locator("h1").inner_text() != "Booked" and time.monotonic() < until:
        page.wait_for_timeout(500)
        page.reload()
    look("Booked")
    # The links a patient may have mailed or left open read nobody's data any more.
    for old in (earlier + "/about", confirm):
        page.goto(old)
        assert "Zoë" not in page.content()


@pytest.mark.parametrize("width", WIDTHS)
def test_a_patient_books_without_scripts_and_finds_no_fault(visit, demo, width):
    page = visit(viewport={"width": width, "height": 800}, java_script_enabled=True)
    book(page, demo, Look(page, axe=True).at, phone=f"801-555-01{width % 90 + 10}")


def test_the_pages_need_no_script(visit, demo):
    page = visit(viewport={"width": 360, "height": 800}, java_script_enabled=False)
    book(page, demo, lambda heading: page.locator(f"h1:has-text('{heading}')").wait_for(), phone="801-555-0133")


def test_staff_sign_in_with_two_factors_and_find_the_visit(visit, demo):
    book(visit(viewport={"width": 360, "height": 800}), demo, lambda _: None, phone="801-555-0134")
    rows = eventually(
        lambda: call("GET", f"{demo.athena}/_control/appointments?limit=500")[1]["appointments"],
        lambda rows: any(row["patient"]["lastname"] == "Ñandú-O'Leary" for row in rows),
    )
    row = next(row for row in rows if row["patient"]["lastname"] == "Ñandú-O'Leary")
    page = visit(viewport={"width": 1280, "height": 900})
    page.goto(f"{demo.base}/staff/appointments")
    assert page.url.startswith(f"{demo.base}/staff/login")
    page.fill("input[name=login]", demo.shown["user"])
    page.fill("input[name=password]", demo.shown["password"])
    page.keyboard.press("Enter")
    page.locator("input[name=code]").wait_for()
    secret = re.search(r"secret=([A-Z2-7]+)", demo.shown["second factor"]).group(1)
    from moonlit.platform import clock
    from moonlit.staff import totp

    page.fill("input[name=code]", totp.code(secret, clock.now()))
    page.keyboard.press("Enter")
    page.wait_for_url(f"{demo.base}/staff/appointments")
    axe = Axe()
    for path in ("", "appointments", "leads", "tasks"):
        page.goto(f"{demo.base}/staff/{path}")
        assert page.locator("h1").count() == 1
        found = axe.run(page).response["violations"]
        assert not found, [(path, fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found]
    page.goto(f"{demo.base}/staff/appointments")
    shown = page.locator("main").inner_text()
    assert "Ñandú-O'Leary" in shown
    assert "Theo Wexler" in shown
    assert row["id"] in shown
