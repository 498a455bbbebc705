import pytest
from playwright.sync_api import Page

from tests.states.people import own_address
from tests.states.walk import Walk
from tests.states.watch import Watch
from tests.system import demo as demo_process

WIDTH = 360
STEP_MS = 20_000


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """One running demo for all system tests: each of their files carries the mark that keeps them on one worker."""
    running = demo_process.start(tmp_path_factory.mktemp("demo") / "data")
    yield running
    assert running.stop() == 0


@pytest.fixture
def visit(chromium, demo):
    """Opens a page of a new visitor; nothing may leave our own origin, no script may fail."""
    opened = []

    def open_page(**options) -> Page:
        usual = {"viewport": {"width": WIDTH, "height": 800}, "extra_http_headers": own_address()}
        context = chromium.new_context(**{**usual, **options})
        page = context.new_page()
        page.set_default_timeout(STEP_MS)
        page.watch = Watch(page, (f"{demo.base}/",))
        opened.append((context, page.watch))
        return page

    yield open_page
    for context, watch in opened:
        context.close()
        watch.at_the_end()


@pytest.fixture
def walk(visit, demo):
    """A patient; `walk.look()` is what holds on each page, axe included."""

    def begin(language: str = "en", **options) -> Walk:
        page = visit(**options)
        found = Walk(page, demo, language)
        found.look = page.watch.look
        return found

    return begin
