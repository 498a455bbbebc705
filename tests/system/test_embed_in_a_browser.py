"""The widget inside a clinic's page on another site, in real Chromium, under that site's strict policy."""

import json
from itertools import pairwise

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page, expect

from tests.browser import launch_options

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]
expect.set_options(timeout=20_000)

PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
BLOCK = 2
"""What "never" is called in Chromium's settings."""
LISTEN = """
    if (window.parent === window) {
        window.heard = []; window.messages = []; window.broken = []; window.shifted = 0;
        document.addEventListener("moonlit", (event) => heard.push({...event.detail, from: event.target.lang}));
        window.addEventListener("message", ({data, origin}) => messages.push({data, origin}));
        document.addEventListener("securitypolicyviolation", (event) => broken.push(event.violatedDirective));
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => window.shifted += entry.value))
            .observe({type: "layout-shift", buffered: true});
    }
"""
FITS = "() => Math.abs(window.innerHeight - Math.ceil(document.body.getBoundingClientRect().height)) < 2"
GROW = """() => {
    const grown = document.createElement("div");
    grown.id = "grown";
    grown.style.height = "400px";
    document.querySelector("main").append(grown);
}"""
SCROLLS_INSIDE = "document.documentElement.scrollHeight > window.innerHeight"


@pytest.fixture
def visit(chromium, demo):
    """Opens a page of the clinic's. Whatever it does, no third address is asked, no cookie set, no policy broken."""
    opened = []

    def open_page(path: str, *, site: str = demo.clinic, **options) -> Page:
        context = chromium.new_context(**{"viewport": DESK, **options})
        context.add_init_script(LISTEN)
        page = context.new_page()
        page.set_default_timeout(20_000)
        page.asked, page.complaints = [], []
        page.on("request", lambda request: page.asked.append(request.url))
        page.on("console", lambda said: said.type == "error" and page.complaints.append(said.text))
        page.on("pageerror", lambda fault: page.complaints.append(str(fault)))
        opened.append((context, page, options.get("java_script_enabled", True)))
        page.goto(f"{site}{path}")
        return page

    yield open_page
    for context, page, scripts in opened:
        assert all(url.startswith((demo.base, demo.clinic, "data:")) for url in page.asked), page.asked
        assert not context.cookies()
        assert page.complaints == []
        if scripts and page.url.startswith(demo.clinic):
            assert page.evaluate("broken") == []
        context.close()


def inside(page: Page, number: int = 0) -> Frame:
    """The page in the widget, once its height is known outside."""
    handle = page.locator("moonlit-booking iframe").nth(number).element_handle()
    frame = handle.content_frame()
    frame.locator("h1").wait_for()
    return frame


def press(frame: Frame, selector: str, heading: str) -> None:
    frame.locator(selector).first.click()
    frame.locator(f"h1:has-text('{heading}')").wait_for()
    frame.wait_for_load_state()


def to_the_times(frame: Frame) -> None:
    frame.fill("input[name=q]", "regence")
    frame.press("input[name=q]", "Enter")
    press(frame, "button:has-text('Regence BlueCross')", "One question about your card")
    frame.check("input[value=regence]")
    press(frame, "button:has-text('Continue')", "Who and how?")
    press(frame, "button:has-text('See times')", "When?")


@pytest.mark.parametrize(
    "viewport", [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk", marks=pytest.mark.long)]
)
def test_inline_the_height_follows_each_step_both_ways_and_nothing_scrolls_inside(visit, demo, viewport):
    page = visit("/", viewport=viewport)
    frame = inside(page)
    frame.wait_for_function(FITS)
    assert page.evaluate("shifted") < 0.05
    assert not frame.evaluate(SCROLLS_INSIDE)
    to_the_times(frame)
    frame.wait_for_function(FITS)
    assert not frame.evaluate(SCROLLS_INSIDE)
    press(frame, "main button[name=start]", "About you")
    frame.wait_for_function(FITS)
    assert not frame.evaluate(SCROLLS_INSIDE)
    heights = [each["height"] for each in page.evaluate("heard")]
    assert any(later > earlier for earlier, later in pairwise(heights))
    assert any(later < earlier for earlier, later in pairwise(heights))
    assert {each["step"] for each in page.evaluate("heard")} == {1, 2, 3, 4}
    frame.evaluate(GROW)
    frame.wait_for_function(FITS)
    frame.evaluate("document.getElementById('grown').remove()")
    frame.wait_for_function(FITS)


def test_a_form_sent_in_the_frame_is_taken_and_its_faults_are_read_first(visit):
    page = visit("/")
    frame = inside(page)
    to_the_times(frame)
    press(frame, "main button[name=start]", "About you")
    frame.locator("main form button[type=submit]:has-text('Continue')").click()
    frame.locator(".summary").wait_for()
    frame.wait_for_function("() => document.activeElement.matches('.summary')")
    assert [said for said in page.complaints if "422" not in said] == []
    page.complaints.clear()


def test_the_clinics_page_hears_the_step_and_the_height_and_nothing_else(visit, demo):
    page = visit("/")
    frame = inside(page)
    to_the_times(frame)
    messages = page.evaluate("messages")
    assert len(messages) >= 4
    for message in messages:
        assert message["origin"] == demo.base
        assert list(message["data"]) == ["moonlit", "step", "height"]
        assert message["data"]["moonlit"] == 1
        assert isinstance(message["data"]["height"], int)
    assert {tuple(each) for each in page.evaluate("heard.map(Object.keys)")} == {("step", "height", "from")}


@pytest.mark.long  # a rarer way of embedding
def test_a_page_at_rest_says_nothing(visit):
    page = visit("/", viewport=PHONE)
    inside(page).wait_for_function(FITS)
    page.wait_for_function("() => messages.length >= 2")  # at once, and again to the loader's hello
    page.wait_for_timeout(2000)
    assert page.evaluate("messages.length") <= 3


def test_messages_of_others_move_nothing(visit):
    page = visit("/")
    frame = inside(page)
    frame.wait_for_function(FITS)
    page.evaluate("window.postMessage({moonlit: 1, step: 6, height: 9999}, '*')")
    page.evaluate(
        "new Promise((done) => { addEventListener('message', done, {once: true}); window.postMessage(0, '*'); })"
    )
    assert page.evaluate("heard.filter((each) => each.height === 9999)") == []
    frame.wait_for_function(FITS)


def test_focus_goes_to_the_new_heading_but_is_never_taken_from_the_clinics_page(visit):
    page = visit("/")
    frame = inside(page)
    frame.wait_for_function(FITS)
    assert page.evaluate("document.activeElement === document.body"), "the first page takes no focus"
    frame.fill("input[name=q]", "regence")
    frame.press("input[name=q]", "Enter")
    press(frame, "button:has-text('Regence BlueCross')", "One question about your card")
    frame.wait_for_function("() => document.activeElement.tagName === 'H1'")
    page.focus("nav a")
    said = page.evaluate("heard.length")
    frame.evaluate("location.reload()")
    page.wait_for_function("(said) => heard.length >= said + 2", arg=said)
    assert page.evaluate("document.activeElement.matches('nav a')")


@pytest.mark.long  # a rarer way of embedding
def test_a_new_page_is_shown_from_its_top(visit):
    page = visit("/", viewport=PHONE, reduced_motion="reduce")
    frame = inside(page)
    to_the_times(frame)
    frame.wait_for_function(FITS)
    frame.locator("main button[name=start]").last.scroll_into_view_if_needed()
    assert page.evaluate("document.querySelector('moonlit-booking').getBoundingClientRect().top") < 0
    press(frame, "main button[name=start] >> nth=-1", "About you")
    page.wait_for_function("() => Math.abs(document.querySelector('moonlit-booking').getBoundingClientRect().top) < 2")


@pytest.mark.parametrize(
    "viewport", [pytest.param(PHONE, id="phone"), pytest.param(DESK, id="desk", marks=pytest.mark.long)]
)
def test_the_button_opens_a_dialog_that_keeps_its_place_and_gives_the_focus_back(visit, viewport):
    page = visit("/button", viewport=viewport)
    assert len(page.frames) == 1, "nothing is loaded before it is wanted"
    button = page.get_by_role("button", name="Book a visit")
    button.click()
    dialog = page.get_by_role("dialog", name="Book a visit")
    expect(dialog).to_be_visible()
    expect(page.get_by_role("button", name="Close")).to_be_focused()
    frame = inside(page)
    assert page.locator("moonlit-booking iframe").get_attribute("title") == "Book a visit"
    box = dialog.bounding_box()
    if viewport is PHONE:
        assert (box["width"], box["height"]) == (PHONE["width"], PHONE["height"])
    else:
        assert box["height"] <= DESK["height"]
    assert page.evaluate("getComputedStyle(document.documentElement).overflow") == "hidden"
    found = Axe().run(page).response["violations"]
    assert not found, [(fault["id"], [node["target"] for node in fault["nodes"]]) for fault in found]

    to_the_times(frame)
    page.keyboard.press("Escape")  # the focus is inside the frame
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    page.wait_for_function("() => getComputedStyle(document.documentElement).overflow !== 'hidden'")

    button.click()
    assert frame.locator("h1").inner_text() == "When?", "it is where it was"
    page.get_by_role("button", name="Close").press("Escape")
    expect(dialog).to_be_hidden()
    button.click()
    page.get_by_role("button", name="Close").click()
    expect(button).to_be_focused()


@pytest.mark.long  # a rarer way of embedding
def test_tab_goes_from_the_dialog_into_the_frame_and_out_of_it(visit):
    page = visit("/button")
    page.get_by_role("button", name="Book a visit").click()
    frame = inside(page)
    page.keyboard.press("Tab")
    frame.wait_for_function("() => document.hasFocus()")
    page.keyboard.press("Shift+Tab")
    expect(page.get_by_role("button", name="Close")).to_be_focused()


@pytest.mark.long  # a rarer way of embedding
def test_two_widgets_live_side_by_side(visit, demo):
    page = visit("/two")
    english, spanish = inside(page, 0), inside(page, 1)
    for frame in (english, spanish):
        frame.wait_for_function(FITS)
    assert english.url == f"{demo.base}/book?payer=regence"
    assert spanish.url == f"{demo.base}/es/book"
    assert spanish.evaluate("document.documentElement.lang") == "es"
    titles = [each.get_attribute("title") for each in page.locator("moonlit-booking iframe").all()]
    assert titles == ["Book a visit", "Programar una visita"]
    before = spanish.evaluate("innerHeight")
    press(english, "button:has-text('Continue')", "One question about your card")
    english.wait_for_function(FITS)
    assert spanish.evaluate("innerHeight") == before


@pytest.mark.long  # a rarer way of embedding
def test_a_widget_added_later_moved_or_loaded_twice_works(visit, demo):
    page = visit("/button")
    page.evaluate(
        """(src) => new Promise((done) => {
            const again = document.createElement("script");
            again.src = src;
            again.onload = done;
            document.head.append(again);
        })""",
        f"{demo.base}/embed.js",
    )
    page.evaluate(
        """() => {
            const widget = document.createElement("moonlit-booking");
            widget.id = "later";
            widget.lang = "es";
            document.querySelector("main").prepend(widget);
        }"""
    )
    frame = inside(page)
    frame.wait_for_function(FITS)
    assert frame.url == f"{demo.base}/es/book"
    page.evaluate("document.querySelector('main').append(document.querySelector('#later'))")
    frame = page.locator("#later iframe").element_handle().content_frame()
    frame.locator("h1").wait_for()
    frame.wait_for_function(FITS)
    assert page.evaluate("document.querySelectorAll('#later').length") == 1
    page.evaluate("document.querySelector('#later').remove()")
    page.get_by_role("button", name="Book a visit").click()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_a_site_that_is_not_the_practices_gets_the_link_and_no_frame(visit, demo):
    elsewhere = demo.clinic.replace("localhost", "127.0.0.1")
    page = visit("/", site=elsewhere)
    link = page.get_by_role("link", name="Book a visit on our booking page")
    expect(link).to_be_visible(timeout=10_000)
    assert page.locator("moonlit-booking iframe").count() == 0
    assert any("frame-ancestors" in said for said in page.complaints)
    page.complaints.clear()
    page.asked.clear()
    link.click()
    page.wait_for_url(f"{demo.base}/book")


def test_without_scripts_the_link_leads_to_the_same_pages(visit, demo):
    page = visit("/", java_script_enabled=False)
    page.get_by_role("link", name="Book a visit on our booking page").click()
    page.wait_for_url(f"{demo.base}/book")
    assert page.locator("h1").count() == 1


def test_it_needs_no_cookie_and_no_storage_where_the_browser_blocks_them_all(playwright, demo, tmp_path):
    choices = {"profile": {"default_content_setting_values": {"cookies": BLOCK}}}
    (tmp_path / "Default").mkdir()
    (tmp_path / "Default" / "Preferences").write_text(json.dumps(choices))
    context = playwright.chromium.launch_persistent_context(str(tmp_path), **launch_options())
    page = context.pages[0]
    page.goto(demo.clinic)
    frame = inside(page)
    frame.evaluate("document.cookie = 'probe=1; SameSite=None; Secure; Partitioned'")
    assert frame.evaluate("document.cookie") == "", "the mildest cookie of another site is refused"
    to_the_times(frame)
    frame.wait_for_function(FITS)
    press(frame, "main button[name=start]", "About you")
    context.close()


@pytest.mark.long  # a rarer way of embedding
def test_it_is_light_on_a_light_site_though_the_device_is_dark(playwright, demo):
    options = launch_options()
    options["args"] = [*options["args"], "--force-dark-mode", "--blink-settings=preferredColorScheme=0"]
    browser = playwright.chromium.launch(**options)
    page = browser.new_context(color_scheme="null").new_page()
    page.goto(demo.clinic)
    dark = "matchMedia('(prefers-color-scheme: dark)').matches"
    assert page.evaluate(dark)
    assert not inside(page).evaluate(dark)
    page.goto(f"{demo.clinic}/button")
    page.evaluate("document.documentElement.style.colorScheme = 'light dark'")
    page.get_by_role("button", name="Book a visit").click()
    assert inside(page).evaluate(dark), "a site that follows the device takes the widget along"
    browser.close()
