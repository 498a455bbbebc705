"""The loader on pages that make it hard: moved by a plugin, beside another vendor's, or refused its frame."""

import pytest
from playwright.sync_api import expect

from moonlit.widget.views.embed import SOURCE

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

JOINED = "http://clinic.test/joined.js"
"""The loader in a file with others, as plugins do it."""
WIDGET = '<moonlit-booking><a href="http://ours.test/book">Book</a></moonlit-booking>'
OTHERS = '<script src="http://vendor.test/embed.js"></script><script src="http://vendor.test/x/embed.js?y=/embed.js"></script>'


@pytest.fixture
def clinic(chromium):
    """Opens a page of a clinic's with this body. Nothing of ours but the loader answers."""
    with chromium.new_context() as context:
        page = context.new_page()
        served = {
            "http://ours.test/embed.js": SOURCE.read_text(),
            # run later by a plugin, a script does not know its own tag
            JOINED: f"setTimeout(() => {{ {SOURCE.read_text()} ; window.ran = true; }})",
        }
        page.body = ""

        def answer(route):
            address = route.request.url
            if address == "http://clinic.test/":
                route.fulfill(content_type="text/html", body=f"<!doctype html><html lang=en>{page.body}")
            else:
                route.fulfill(content_type="text/javascript", body=served.get(address, "1"))

        page.route("**/*", answer)

        def visit(body):
            page.body = body
            page.goto("http://clinic.test/")
            return page

        yield visit


def framed(page):
    page.wait_for_function("window.ran")
    return page.evaluate("document.querySelector('moonlit-booking').shadowRoot?.querySelector('iframe')?.src ?? null")


@pytest.mark.parametrize(
    "ours", ['<script src="http://ours.test/embed.js?ver=6.1"></script>', '<script data-moonlit src="http://ours.test/min.js"></script>']
)  # fmt: skip
def test_a_loader_that_a_plugin_moved_finds_its_own_address_and_not_anothers(clinic, ours):
    marked = "data-moonlit" in ours
    before = OTHERS if marked else OTHERS.partition("</script>")[2]
    page = clinic(f"{before}{ours}<script src='{JOINED}'></script>{WIDGET}")
    assert framed(page) == "http://ours.test/book"


def test_a_loader_that_cannot_tell_its_address_leaves_the_link(clinic):
    page = clinic(f"{OTHERS.partition('</script>')[2]}<script src='{JOINED}'></script>{WIDGET}")
    assert framed(page) is None
    expect(page.get_by_role("link", name="Book")).to_be_visible()


def test_a_dialog_that_was_refused_its_frame_shows_the_link_however_often_it_is_opened(clinic):
    page = clinic(
        "<script src='http://ours.test/embed.js'></script>" + WIDGET.replace("<moonlit-booking", "<moonlit-booking mode=button")
    )  # fmt: skip
    page.clock.install()
    page.get_by_role("button", name="Book a visit").click()
    page.locator("moonlit-booking iframe").wait_for()
    page.frame_locator("moonlit-booking iframe").locator("body").wait_for(state="attached")
    page.clock.run_for(5000)
    link = page.get_by_role("link", name="Book")
    expect(link).to_be_visible()
    for _ in range(2):
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Book a visit").click()
        expect(link).to_be_visible()
        assert page.locator("moonlit-booking iframe").count() == 0
