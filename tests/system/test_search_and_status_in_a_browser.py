"""What scripts make nicer at both ends: the search that answers as one types, and the page that turns by itself."""

from contextlib import suppress

import pytest
from playwright.sync_api import Error

from tests.states import scene
from tests.states.people import somebody
from tests.system.demo import call

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

FOUND = "#found button[name=payer]"


def payers(page):
    return page.locator(FOUND).evaluate_all("all => all.map(each => each.value)")


def type_in(page, words):
    """Letter by letter, as a person does, faster than the search waits."""
    page.locator("#id_q").press_sequentially(words, delay=20)


def test_the_search_answers_as_one_types_and_says_how_many_it_has_found(walk):
    walk = walk()
    page = walk.open().page
    asked = []
    page.on("request", lambda request: asked.append(request.url) if "?q=" in request.url else None)
    type_in(page, "blue cross")
    page.locator(FOUND).first.wait_for()
    assert payers(page) == ["regence", "blue-cross-id"]
    assert page.locator("#found-news").inner_text() == "2 insurances found"
    assert len(asked) == 1, "one question for a word typed without a pause"
    assert page.evaluate("document.activeElement.id") == "id_q"
    assert page.url.endswith("/book"), "what was typed stands in no address"
    walk.look()
    page.locator("#id_q").fill("")
    page.locator(FOUND).first.wait_for(state="detached")
    assert page.locator("#found-news").inner_text() == ""
    type_in(page, "blue cross")
    page.locator(FOUND).first.wait_for()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    walk.at("pay")
    assert "One question about your card" in walk.text


def test_an_answer_that_comes_late_does_not_replace_a_newer_one(walk):
    page = walk().open().page
    late = []

    def keep(route):
        late.append(route)

    page.route("**/book?q=em", keep)
    type_in(page, "em")
    while not late:
        page.wait_for_timeout(20)
    type_in(page, "i health")
    page.locator(f"{FOUND}[value=emi-health]").wait_for()
    newest = payers(page)
    answer = '<div id="answer"><button name="payer" value="stale">Stale</button></div>'
    with suppress(Error):  # the page does not wait for it any more
        late[0].fulfill(body=answer, content_type="text/html")
    page.wait_for_timeout(300)
    assert payers(page) == newest


def test_while_the_ehr_is_down_the_page_waits_and_then_turns_without_a_reload(walk):
    walk = walk()
    walk.open().pay_with("aetna", "aetna").who().take_time(5).to_check(somebody())
    page = walk.page
    with scene.ehr_down(walk.demo):
        walk.send()
        page.evaluate("window.still = true")
        page.locator("#onward").focus()
        with page.expect_response(lambda answer: "look=" in answer.url):
            pass
        assert page.title().startswith("We have your request")
        assert page.evaluate("document.activeElement.id") == "onward"
        walk.look()
    walk.until_booked()
    assert page.title().startswith("Booked - ")
    assert page.locator("#news").inner_text().startswith("Booked: ")
    assert page.evaluate("window.still"), "nothing was reloaded"
    assert page.evaluate("document.activeElement.tagName") == "H1", "who stood on a link that is gone reads on"
    walk.look()


@pytest.mark.long  # the same loss while typing is in test_journeys.py
def test_a_time_lost_at_the_last_moment_leads_to_another_with_one_press(walk):
    walk, person = walk(), somebody()
    walk.open().pay_with_regence().who_in_english().clinician("Wexler").take_time(3).to_check(person)
    call("POST", f"{walk.demo.athena}/_control/faults", {"kind": "slot_taken", "op": "book"})
    walk.send()
    again = walk.page.locator("form[action$='/again'] button[name=start]").first
    again.wait_for(timeout=60_000)
    assert walk.page.title().startswith("Not booked - ")
    walk.look()
    walk.press(again).at("check")
    assert person.last in walk.text
    walk.send().until_booked()


@pytest.mark.long  # test_without_scripts.py books so in every run
def test_without_scripts_the_page_reloads_until_it_is_booked(walk):
    walk = walk(java_script_enabled=False)
    walk.page.watch.axe = None
    walk.open().pay_with("aetna", "aetna").who().take_time(6).to_check(somebody()).send()
    walk.until_booked()
    assert walk.page.title().startswith("Booked - ")
