"""The budget of the first page and of the loader, as Chromium counts them. Times are `python -m bench.pages`."""

import gzip
import urllib.request

import pytest

from tests.states.wire import Wire

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

FIRST_PAGE = 60_000
LOADER = 3_000


@pytest.mark.parametrize("language", ["en", "es"])
def test_the_first_page_is_small_and_the_second_takes_its_files_from_the_cache(walk, language):
    walk = walk(language)
    wire = Wire(walk.page)
    walk.open()
    walk.page.wait_for_load_state("networkidle")
    assert wire.size <= FIRST_PAGE, [(each.path, each.size) for each in wire.answers]
    first = {each.path for each in wire.answers if each.kind in {"Stylesheet", "Script"}}
    assert first
    wire.clear()
    walk.pay_with("aetna", "aetna").at("who")
    walk.page.wait_for_load_state("networkidle")
    again = [each for each in wire.answers if each.path in first]
    assert again
    assert all(each.cached for each in again), again


def test_the_loader_is_small(demo):
    request = urllib.request.Request(f"{demo.base}/embed.js", headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=20) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        sent = answer.read()
    assert len(sent) <= LOADER
    assert b"moonlit-booking" in gzip.decompress(sent)
