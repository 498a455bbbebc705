"""What looks at the pages must see a fault when there is one."""

from urllib.parse import quote

import pytest

from tests.states.keys import Keys
from tests.states.people import somebody
from tests.states.watch import Watch

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

GOOD = """<!doctype html><html lang="en"><head><title>Step</title>
<style>:focus-visible { outline: 3px solid #000 } body { margin: 0 }</style></head>
<body><main><h1>Step</h1><p>Call 988 or 801-555-0100.</p>
<button>One</button> <button>Two</button></main></body></html>"""


@pytest.fixture
def page(chromium):
    with chromium.new_context(viewport={"width": 320, "height": 500}) as context:
        page = context.new_page()
        page.body = GOOD
        page.route(
            "http://ours.test/**", lambda route: route.fulfill(content_type="text/html; charset=utf-8", body=page.body)
        )
        page.route("http://theirs.test/**", lambda route: route.fulfill(content_type="text/javascript", body="1"))
        yield page


def looked(page, body=GOOD, address="http://ours.test/book", do=""):
    watch = Watch(page, ("http://ours.test/",))
    page.body = body
    page.goto(address)
    if do:
        page.evaluate(do)
    watch.look()
    watch.at_the_end()
    return watch


def test_a_page_without_a_fault_passes(page):
    assert looked(page).axe_checks == 1


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ((' lang="en"', ""), "Step"),
        (("988", "899"), "Step"),
        (("801-555-0100", "us"), "Step"),
        (("<h1>Step</h1>", "<h1>Step</h1><h1>Step</h1>"), "2 main headings"),
        (("<button>One</button>", "<input>"), "label"),
        (("<p>", "<p style='width: 400px'>"), "sideways by 80 px"),
        (("</main>", "</main><script src='http://theirs.test/x.js'></script>"), "theirs.test"),
        (("</main>", "</main><script>throw new Error('broken')</script>"), "broken"),
    ],
)
def test_each_fault_is_seen(page, change, fault):
    with pytest.raises(AssertionError, match=fault):
        looked(page, GOOD.replace(*change))


@pytest.mark.parametrize("do", ["localStorage.setItem('a', 'b')", "sessionStorage.setItem('a', 'b')"])
def test_what_a_page_keeps_in_the_browser_is_seen(page, do):
    with pytest.raises(AssertionError, match="storage"):
        looked(page, do=do)


def test_a_cookie_is_seen(page):
    with pytest.raises(AssertionError, match="Step"):
        looked(page, do="document.cookie = 'a=b'")


def test_a_name_in_an_address_the_title_or_the_console_is_seen(page):
    person = somebody()
    with pytest.raises(AssertionError, match="in an address"):
        looked(page, address=f"http://ours.test/book?name={quote(person.last)}")
    with pytest.raises(AssertionError, match="in an address"):
        looked(page, GOOD.replace("<title>Step", f"<title>{person.last}"))
    with pytest.raises(AssertionError, match="in an address"):
        looked(page, do=f"console.log('{person.member_id}')")


def test_a_page_is_left_by_tab(page):
    looked(page)
    assert Keys(page).round() == 2


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        (("outline: 3px solid #000", "outline: none"), "not marked"),
        (("<button>Two", "<button style='position: absolute; left: -99px'>Two"), "nobody sees"),
        (("</main>", "<p style='position: fixed; inset: 0; background: red'>Over</p></main>"), "covers"),
    ],
)
def test_a_focus_that_is_not_seen_is_a_fault(page, change, fault):
    page.body = GOOD.replace(*change)
    page.goto("http://ours.test/book")
    with pytest.raises(AssertionError, match=fault):
        Keys(page).round()


def test_a_keyboard_trap_is_a_fault(page):
    page.body = GOOD.replace(
        "</main>", "<script>addEventListener('keydown', (e) => e.preventDefault())</script></main>"
    )
    page.goto("http://ours.test/book")
    page.locator("button").first.focus()
    with pytest.raises(AssertionError):
        Keys(page).tab_to("button:nth-of-type(2)")
