"""Every page works with scripts off; they only make it nicer."""

import pytest

from tests.states.people import somebody

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]


def test_a_visit_is_booked_moved_in_mind_and_cancelled_without_a_script(walk):
    walk, person = walk(java_script_enabled=False), somebody()
    walk.open().search("zzqx")
    walk.pay_with_regence().who_in_english().clinician("Wexler").take_time(7).at("about")
    walk.submit().at("about").check("for_whom", "other")
    assert walk.page.locator("input[name=booker_name]").is_visible()
    walk.to_check(person).send().until_booked()
    walk.press("form[action$='/change'] button").prove(person)
    session = walk.page.url.removeprefix(walk.base)
    walk.press("main a[href$='/move']").press(walk.page.locator("button[name=start]").nth(4))
    walk.go(f"{session}/cancel").submit()
    walk.page.locator("main a[href$='/book']").wait_for()
    assert not [line for line in walk.page.watch.asked if line.endswith(".js")]
