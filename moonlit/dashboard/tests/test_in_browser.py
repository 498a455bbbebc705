"""The staff pages in a real browser: by keyboard, at two widths, in both themes, with axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from moonlit.availability.models import DepartmentZone
from moonlit.booking.services import advance, write_supervision
from moonlit.ehr.port import Rejected, Unknown
from moonlit.platform.testing import run_pending
from moonlit.staff import totp
from moonlit.staff.testing import PASSWORD, make_staff
from tests.browser import launch_options
from tests.support.people import patient

pytestmark = pytest.mark.browser
SIZES = {"phone": {"width": 360, "height": 800}, "desk": {"width": 1280, "height": 900}}
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@pytest.fixture
def busy(desk, book, leave):
    """A day on which everything that can need a hand does; the addresses of all pages."""
    desk.open("71", desk.clock.at.date().replace(day=6), "13:00", "14:00")
    desk.sync()
    supervised = book(11, confirmed=True, patient=patient(first_name="Oona", last_name="Featherstone-Haughey"))
    desk.ehr.fail_next("set_supervisor", Unknown("lost"))
    write_supervision(supervised, clock=desk.clock)
    lost = book(10, patient=patient(first_name="Ilse", last_name="Brandt"))
    desk.ehr.fail_next("book", Rejected("refused", code="patient_refused"))
    advance(lost, clock=desk.clock)
    run_pending(now=desk.clock())
    book(9)
    lead = leave(phone="801-555-0177", insurance_effective_date="2026-05-01", criteria={"visit_type": "intake"})
    DepartmentZone.objects.filter(location__code="clinic").update(agrees=False, ehr_time_zone="America/Boise")
    return [
        "/staff/",
        "/staff/appointments",
        "/staff/appointments?state=nonsense&from=soon",
        f"/staff/appointments/{supervised}",
        "/staff/leads",
        f"/staff/leads/{lead}",
        "/staff/tasks",
        "/staff/tasks?team=billing",
        "/staff/changes",
        "/staff/restrictions",
    ]


@pytest.fixture
def account(desk):
    return make_staff()


@pytest.fixture
def browser(busy, account):
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(**launch_options())
        yield started
        started.close()


def sign_in(browser, live_server, account, now, **options):
    """A tab past both factors, everything typed; it fails the test when a page breaks its own security policy."""
    tab = browser.new_context(base_url=live_server.url, **options).new_page()
    tab.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    tab.refused = refused = []
    tab.goto("/staff/")
    expect(tab.get_by_label("E-mail")).to_be_focused()
    tab.keyboard.type(account.email)
    tab.keyboard.press("Tab")
    tab.keyboard.type(PASSWORD)
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Enter your code")
    expect(tab.get_by_label("Code")).to_be_focused()
    tab.keyboard.type(totp.code(account.totp_secret, now))
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("heading", level=1)).to_have_text("Today")
    return tab


@pytest.mark.parametrize(
    ("theme", "size"),
    [  # each theme and each size once in every run, all four in the long one
        ("light", "phone"),
        ("dark", "desk"),
        pytest.param("light", "desk", marks=pytest.mark.long),
        pytest.param("dark", "phone", marks=pytest.mark.long),
    ],
)
def test_every_page_is_clean_by_axe_and_fits_its_screen(live_server, busy, browser, account, desk, size, theme):
    tab = sign_in(browser, live_server, account, desk.clock(), viewport=SIZES[size], color_scheme=theme)
    for address in busy:
        tab.goto(address)
        found = Axe().run(tab, options=RULES).response["violations"]
        assert [(each["id"], [node["html"] for node in each["nodes"]]) for each in found] == [], address
        assert tab.evaluate("document.documentElement.scrollWidth") <= SIZES[size]["width"], address
    assert tab.refused == []


def test_a_task_is_closed_by_keyboard_from_today(live_server, busy, browser, account, desk):
    tab = sign_in(browser, live_server, account, desk.clock(), viewport=SIZES["desk"])
    tab.keyboard.press("Tab")
    expect(tab.get_by_role("link", name="Skip to the content")).to_be_focused()
    tab.keyboard.press("Enter")
    chosen = tab.get_by_label("How it ended: Call: the requested visit could not be booked")
    for _ in range(40):
        tab.keyboard.press("Tab")
        if chosen.evaluate("found => found === document.activeElement"):
            break
    tab.keyboard.type("Patient reached")
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    expect(tab.get_by_role("status")).to_have_text("The task is closed: Patient reached.")
    expect(tab.get_by_text("No request was turned down without a call.")).to_be_visible()


def test_two_people_at_one_lead_do_not_overwrite_each_other(live_server, busy, browser, account, desk):
    tab = sign_in(browser, live_server, account, desk.clock(), viewport=SIZES["phone"])
    tab.get_by_role("navigation", name="Pages").get_by_role("link", name="Leads").click()
    tab.get_by_role("link", name="Inés").click()
    other = tab.context.new_page()
    other.goto(tab.url)
    other.get_by_role("button", name="Mark as contacted").click()
    expect(other.get_by_role("status")).to_contain_text("Saved")
    tab.get_by_role("button", name="Close this lead").click()
    expect(tab.get_by_role("alert")).to_contain_text("Somebody else changed this lead")
    expect(tab.locator(".lead")).to_contain_text("Contacted")
