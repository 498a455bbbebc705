"""The staff pages in a real browser: by keyboard, at two widths, in both themes, with axe."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect, sync_playwright

from moonlit.audit.actor import SYSTEM
from moonlit.availability.models import DepartmentZone
from moonlit.booking.services import advance, write_supervision
from moonlit.dashboard.tests.incoming import text_in
from moonlit.ehr.port import Rejected, Unknown
from moonlit.notifications.models import Message
from moonlit.notifications.services import stop_contact
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
    message = Message.objects.get(subject=str(supervised), kind="confirmation", channel="email")
    Message.objects.filter(pk=message.pk).update(state="failed", error="vendor_500", next_at=None)
    reply = text_in("I have a fever, may I come later?", desk.clock())
    stop_contact("email", "gone@example.org", "bounced", "", actor=SYSTEM, now=desk.clock())
    DepartmentZone.objects.filter(location__code="clinic").update(agrees=False, ehr_time_zone="America/Boise")
    return [
        "/staff/",
        "/staff/appointments",
        "/staff/appointments?state=nonsense&from=soon",
        f"/staff/appointments/{supervised}",
        "/staff/leads?todo=book",
        f"/staff/leads/{lead}",
        "/staff/messages",
        f"/staff/messages/{message.pk}",
        f"/staff/replies/{reply.pk}",
        "/staff/stopped",
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
    ("theme", "size", "pages"),
    [  # every run looks at each page once, at both sizes and themes in turn; the long one at each in all of them
        ("light", "phone", slice(0, None, 2)),
        ("dark", "desk", slice(1, None, 2)),
        *(
            pytest.param(theme, size, slice(None), marks=pytest.mark.long)
            for theme in ("light", "dark")
            for size in SIZES
        ),
    ],
)
def test_every_page_is_clean_by_axe_and_fits_its_screen(live_server, busy, browser, account, desk, size, theme, pages):
    tab = sign_in(browser, live_server, account, desk.clock(), viewport=SIZES[size], color_scheme=theme)
    for address in busy[pages]:
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


def test_a_dead_letter_is_found_and_sent_again(live_server, busy, browser, account, desk):
    tab = sign_in(browser, live_server, account, desk.clock(), viewport=SIZES["phone"])
    tab.get_by_role("link", name="1 message needs a hand").click()
    tab.locator("#messages").get_by_role("link", name="Confirmation").click()
    expect(tab.get_by_text("The vendor answered with error 500")).to_be_visible()
    tab.get_by_role("button", name="Send again").click()
    expect(tab.get_by_role("status")).to_contain_text("It is on its way again")
    expect(tab.get_by_text("Sent again by staff")).to_be_visible()
    tab.get_by_role("link", name="All messages").click()
    expect(tab.get_by_text("No message needs a hand.")).to_be_visible()


def test_a_lead_is_worked_by_two_people_who_do_not_overwrite_each_other(live_server, busy, browser, account, desk):
    tab = sign_in(browser, live_server, account, desk.clock(), viewport=SIZES["phone"])
    tab.get_by_role("navigation", name="Pages").get_by_role("link", name="Leads").click()
    tab.get_by_role("link", name="Inés").click()
    other = tab.context.new_page()
    other.goto(tab.url)
    other.get_by_role("button", name="I take it").click()
    expect(other.get_by_role("status")).to_contain_text("you take care of this lead")
    other.get_by_label("New note").fill("Called, comes in May.")
    other.get_by_role("button", name="Add the note").click()
    expect(other.get_by_text("Called, comes in May.")).to_be_visible()
    tab.get_by_label("Close it, because").select_option("Helped otherwise")
    tab.get_by_role("button", name="Close this lead").click()
    expect(tab.get_by_role("alert")).to_contain_text("Somebody else changed this lead")
    expect(tab.get_by_label("Close it, because")).to_have_value("helped_otherwise")
    tab.get_by_role("button", name="Close this lead").click()
    expect(tab.locator(".lead")).to_contain_text("Helped otherwise")


@pytest.mark.long
def test_a_lead_gets_a_link_on_the_phone(live_server, busy, browser, account, desk):
    tab = sign_in(browser, live_server, account, desk.clock(), viewport=SIZES["desk"])
    tab.goto("/staff/leads")
    tab.get_by_text("Find somebody by e-mail or phone").click()
    tab.get_by_label("The whole e-mail address or phone number").fill("ines@example.org")
    tab.keyboard.press("Enter")
    tab.get_by_role("link", name="Inés").click()
    tab.get_by_role("button", name="Show a booking link").click()
    expect(tab.get_by_label("Booking link")).to_have_value(re.compile("/book/i/.{20,}"))
    tab.goto(tab.url.removesuffix("/link"))
    expect(tab.get_by_text("A booking link of theirs works until")).to_be_visible()


@pytest.mark.long
def test_a_text_is_read_and_a_stop_lifted(live_server, busy, browser, account, desk):
    tab = sign_in(browser, live_server, account, desk.clock(), viewport=SIZES["phone"])
    tab.get_by_role("link", name="1 text to read").click()
    tab.get_by_role("link", name="Number ending in ...0142").click()
    expect(tab.get_by_text("I have a fever")).to_be_visible()
    tab.get_by_role("button", name="Read, nothing more to do").click()
    expect(tab.get_by_role("status")).to_contain_text("marked as read")
    tab.get_by_role("link", name="Stopped contacts").click()
    tab.locator("summary", has_text="Send there again").click()
    tab.get_by_role("button", name="Yes, send there again").click()
    expect(tab.get_by_text("Nobody is stopped")).to_be_visible()
