"""The whole booking by keyboard: Tab, Shift+Tab, Enter, Space and arrows, and the focus seen at every stop."""

import pytest

from tests.states.keys import Keys
from tests.states.people import somebody
from tests.states.walk import MAIN

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

SUBMIT = "button.main"


def test_a_visit_is_booked_by_keyboard_only(walk):
    walk, person = walk(viewport={"width": 1024, "height": 700}), somebody()
    page, keys = walk.page, Keys(walk.page)
    walk.open()
    assert keys.round() > 5
    keys.tab_to(".skip")
    keys.press("Enter")
    keys.type("input[name=q]", "regence")
    with page.expect_navigation():
        keys.press("Enter")
    keys.enter("button[name=payer][value=regence]")
    keys.circle("benefit", "regence").enter(SUBMIT)
    walk.at("who")
    assert keys.round() > 5
    keys.circle("help", "intake").enter(SUBMIT)
    walk.at("when")
    assert keys.round() > 10
    keys.tab_to("button[name=start]").tab_to("a.back", key="Shift+Tab").enter("button[name=start]")
    walk.at("about")
    assert keys.round() > 15
    keys.circle("for_whom", "self")
    for name, value in person.fields.items():
        if name != "member_id":
            keys.type(f"input[name={name}]", value)
    keys.circle("place_of_visit", "home").type("input[name=member_id]", person.member_id)
    for kind in ("terms", "privacy_notice", "email"):
        keys.tick(f"input[name=agree_{kind}]")
    keys.enter(SUBMIT)
    walk.at("check")
    assert keys.round() > 5
    keys.enter(SUBMIT)
    walk.until_booked()
    assert keys.round() > 3
    assert keys.stops > 100


def test_the_faults_of_a_page_lead_to_their_fields_by_keyboard(walk):
    walk = walk()
    keys = Keys(walk.page)
    walk.open().pay_with("aetna", "aetna").who().take_time(6).submit()
    keys.tab_to(".summary a")
    keys.press("Enter")
    target = walk.page.evaluate("document.activeElement.name || document.activeElement.id")
    assert target, "the link leads into the form"
    assert walk.page.locator(MAIN).count()
