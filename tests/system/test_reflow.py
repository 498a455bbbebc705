"""320 px, 400 %, larger text, forced colours, less motion: the pages bend and nothing is lost."""

import pytest

from tests.states.keys import Keys
from tests.states.people import somebody

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

CUT = """() => [...document.querySelectorAll('main *, header *')].filter((each) => {
    const style = getComputedStyle(each);
    if (each.closest('.unseen, .skip') || each.matches('input, select, textarea, option') || !each.innerText) return false;
    const hides = [style.overflowX, style.overflowY].some((way) => way === 'hidden' || way === 'clip');
    return hides && each.clientWidth > 1 && (each.scrollWidth > each.clientWidth + 1 || each.scrollHeight > each.clientHeight + 1);
}).map((each) => each.outerHTML.slice(0, 100))"""
MOVES = """() => document.getAnimations().length + [...document.querySelectorAll('*')].filter((each) => {
    const style = getComputedStyle(each);
    const seconds = (text) => Math.max(...text.split(',').map((part) => parseFloat(part) * (part.includes('ms') ? 0.001 : 1)));
    return seconds(style.transitionDuration) > 0.011 || seconds(style.animationDuration) > 0.011
        || style.scrollBehavior === 'smooth';
}).length"""
EDGES = """() => [...document.querySelectorAll('main button, main input:not([type=hidden]), main select')]
    .filter((each) => each.checkVisibility({ opacityProperty: true }) && each.getBoundingClientRect().width > 2)
    .filter((each) => { const style = getComputedStyle(each);
        return parseFloat(style.borderTopWidth) + parseFloat(style.outlineWidth) === 0 && style.appearance === 'none'
            && style.textDecorationLine === 'none'; })
    .map((each) => each.outerHTML.slice(0, 100))"""


def six_steps(walk, look):
    """The page of each step, and of its faults, in turn."""
    walk.open()
    look()
    walk.pay_with_regence()
    look()
    walk.who()
    look()
    walk.take_time(8)
    look()
    walk.submit()
    look()
    walk.to_check(somebody())
    look()
    walk.send().until_booked()
    look()


def test_at_400_percent_everything_is_there_and_nothing_scrolls_sideways(walk):
    walk = walk(viewport={"width": 320, "height": 256}, device_scale_factor=4)

    def look():
        walk.page.watch.no_sideways_scroll(walk.page.locator("h1").inner_text())
        assert not walk.page.evaluate(CUT)

    six_steps(walk, look)


@pytest.mark.long
def test_text_of_twice_the_size_cuts_nothing_off(walk):
    walk = walk()

    def look():
        walk.page.evaluate("document.documentElement.style.fontSize = '200%'")
        for width in (640, 1280):
            walk.page.set_viewport_size({"width": width, "height": 800})
            walk.page.watch.no_sideways_scroll(walk.page.locator("h1").inner_text())
            assert not walk.page.evaluate(CUT)

    six_steps(walk, look)


@pytest.mark.long  # the whole way once more in forced colours
def test_in_forced_colours_every_control_has_an_edge_and_the_focus_is_seen(walk):
    walk = walk(forced_colors="active", reduced_motion="reduce")

    def look():
        assert not walk.page.evaluate(EDGES)
        keys = Keys(walk.page)
        for _ in range(6):
            keys.press("Tab")
            keys.stop()

    six_steps(walk, look)


@pytest.mark.long
def test_who_asks_for_less_motion_gets_none(walk):
    walk = walk(reduced_motion="reduce")
    for step in (
        lambda: walk.open().search("regence"),
        lambda: walk.open().pay_with_regence(),
        walk.who,
        lambda: walk.take_time(9),
    ):
        step()
        assert walk.page.evaluate(MOVES) == 0
