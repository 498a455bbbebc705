"""The time that is held and the answers that are kept, in real Chromium with a clock of its own (WCAG 2.2.1)."""

import re

import pytest

from tests.states.people import somebody

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

KEEPER = ".keeper"
SPOKEN = "#clocks [role=alert]"
SAID = "#clocks [role=status]"


@pytest.fixture
def at_about(walk):
    """Step 4 with a time held. The page's clock runs when told; the server's goes on as ever."""
    found = walk()
    found.page.clock.install()
    return found.open().pay_with_regence().who().take_time(3).at("about")


def saved(page):
    """Let what was typed reach the server, so that its answer does not set the clock right in the middle."""
    with page.expect_response(re.compile("/stay$")) as answer:
        page.clock.run_for(3_000)
    answer.value.finished()
    page.wait_for_timeout(100)


def part(page, name):
    return page.locator(f"{KEEPER} [data-part={name}]")


def test_two_minutes_ahead_the_page_warns_once_and_one_press_keeps_the_time_in_place(at_about):
    page = at_about.page
    at_about.fill(first_name="Zoë", email="zoe@")
    page.locator("input[name=last_name]").focus()
    saved(page)
    page.clock.run_for("07:30")
    assert not page.locator(KEEPER).is_visible()
    page.clock.run_for("00:40")
    assert part(page, "ending").is_visible()
    spoken = page.locator(SPOKEN).text_content()
    assert "We hold this time for you for 2:00 more." in spoken
    before = page.locator("[data-count=hold]").text_content()
    page.clock.run_for(5_000)
    assert page.locator("[data-count=hold]").text_content() < before
    assert page.locator(SPOKEN).text_content() == spoken, "read once, not every second"
    assert page.locator("[data-count=hold]").locator("xpath=ancestor::*[@aria-live or @role]").count() == 0
    at_about.look()
    assert page.evaluate("document.activeElement.name") == "last_name", "it takes the keyboard from nobody"

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.dataset.do") == "keep", "and is its next stop"
    with page.expect_response(re.compile("/keep$")):
        page.keyboard.press("Enter")
    page.locator(KEEPER).wait_for(state="hidden")
    page.clock.run_for(1_000)
    assert page.locator(SAID).text_content().startswith("We hold this time for you until ")
    assert page.locator("[data-until]").first.text_content() == page.locator(SAID).text_content()
    assert page.evaluate("document.activeElement.name") == "last_name"
    assert page.input_value("input[name=email]") == "zoe@"
    at_about.at("about")


def test_at_the_end_it_says_so_and_offers_the_time_again(at_about):
    page = at_about.page
    at_about.fill(first_name="Zoë")
    saved(page)
    page.clock.run_for("10:05")
    assert part(page, "over").is_visible()
    assert not part(page, "ending").is_visible()
    assert "We no longer hold this time for you." in page.locator(SPOKEN).text_content()
    assert page.locator("main [data-hold=over]").first.is_visible()
    assert not page.locator("main [data-hold=held]").first.is_visible()
    at_about.look()
    with page.expect_response(re.compile("/keep$")):
        part(page, "over").locator("button").click()
    page.locator(KEEPER).wait_for(state="hidden")
    assert page.input_value("input[name=first_name]") == "Zoë"


def test_a_time_somebody_else_has_is_said_in_place_and_the_answers_stay(at_about):
    page = at_about.page
    at_about.fill(first_name="Zoë")
    saved(page)
    gone = f"{at_about.draft}/when?notice=taken"
    page.route("**/keep", lambda route: route.fulfill(json={"hold": 0, "idle": 1200, "last": 7000, "taken": gone}))
    page.clock.run_for("10:05")
    part(page, "over").locator("button").click()
    part(page, "taken").wait_for()
    page.clock.run_for(1_000)
    assert "Somebody else has just taken this time." in page.locator(SPOKEN).text_content()
    assert page.input_value("input[name=first_name]") == "Zoë"
    at_about.look()
    at_about.press(part(page, "taken").locator("a")).at("when")


@pytest.mark.long  # a rarer moment of the same script
def test_no_connection_is_said_and_nothing_is_lost(at_about):
    page = at_about.page
    page.clock.run_for("08:05")
    page.route("**/keep", lambda route: route.abort())
    part(page, "ending").locator("button").click()
    part(page, "failed").wait_for()
    page.unroute("**/keep")
    part(page, "ending").locator("button").click()
    page.locator(KEEPER).wait_for(state="hidden")


def test_what_is_typed_is_there_after_a_reload_without_a_press(at_about):
    page = at_about.page
    at_about.check("for_whom", "other").fill(booker_name="Bartholomew Quill", first_name="Zoë", note="call first")
    saved(page)
    page.reload()
    assert page.input_value("input[name=booker_name]") == "Bartholomew Quill"
    assert page.input_value("textarea[name=note]") == "call first"
    assert page.locator("h1").inner_text() == "About the patient"


def test_what_is_typed_last_is_kept_by_the_way_out(at_about):
    page = at_about.page
    at_about.fill(first_name="Zoë")
    at_about.press("a.back").at("when")
    page.go_back()
    at_about.at("about")
    page.reload()
    assert page.input_value("input[name=first_name]") == "Zoë"


@pytest.mark.long  # a rarer moment of the same script
def test_a_page_without_a_time_warns_before_the_answers_are_forgotten(walk):
    found = walk()
    page = found.page
    page.clock.install()
    found.open().pay_with_regence().at("who")
    page.clock.run_for("18:05")
    assert part(page, "idle").is_visible()
    assert "Are you still there?" in page.locator(SPOKEN).text_content()
    found.look()
    with page.expect_response(re.compile("/stay$")):
        part(page, "idle").locator("button").click()
    page.locator(KEEPER).wait_for(state="hidden")
    page.clock.run_for(1_000)
    assert page.locator(SAID).text_content() == "Your answers are kept."


@pytest.mark.long  # a rarer moment of the same script
def test_the_two_hours_are_said_honestly_and_cannot_be_put_off(at_about):
    page = at_about.page

    def nearly_over(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=re.sub(r'data-last="\d+"', 'data-last="500"', answer.text()))

    page.route("**/about", nearly_over)
    page.reload()
    assert "this cannot be put off" in part(page, "last").inner_text()
    assert not part(page, "last").locator("button").count()
    assert part(page, "last").locator("a[href^='tel:']").count() == 1
    at_about.look()


SHOWN_AGAIN = "dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))"
TO_THE_FRONT = "document.dispatchEvent(new Event('visibilitychange'))"


@pytest.mark.long  # a rarer moment of the same script
def test_a_page_shown_again_as_it_was_asks_what_time_is_left(at_about):
    page = at_about.page
    page.clock.run_for("08:05")
    with page.expect_response(re.compile("/stay$")) as asked:
        page.evaluate(SHOWN_AGAIN)
    assert not asked.value.request.post_data, "nothing was typed here: there is nothing to keep"
    page.locator(KEEPER).wait_for(state="hidden")


@pytest.mark.long  # a rarer moment of the same script
def test_an_older_tab_brought_to_the_front_takes_nothing_from_the_newer_one(at_about):
    page = at_about.page
    older = page.context.new_page()
    older.clock.install()
    older.goto(page.url)
    at_about.fill(first_name="Zoë")
    saved(page)
    older.clock.run_for("00:40")
    for event in (TO_THE_FRONT, SHOWN_AGAIN):
        with older.expect_response(re.compile("/stay$")):
            older.evaluate(event)
    older.locator("input[name=last_name]").fill("Quill")
    saved(older)
    at_about.fill(preferred_name="Zo")
    saved(page)
    assert older.input_value("input[name=last_name]") == "Quill", "what was typed stands in its own tab"
    older.reload()
    found = [older.input_value(f"input[name={each}]") for each in ("first_name", "last_name", "preferred_name")]
    assert found == ["Zoë", "", "Zo"]


@pytest.mark.long  # a rarer moment of the same script
def test_a_tab_goes_on_saving_after_an_answer_of_the_server_was_lost(at_about):
    page, lost = at_about.page, []

    def lose_the_first(route):
        if lost:
            return route.continue_()
        lost.append(route.fetch().status)
        return route.abort()

    page.route("**/stay", lose_the_first)
    at_about.fill(first_name="Zoë")
    with page.expect_event("requestfailed"):
        page.clock.run_for(3_000)
    at_about.fill(last_name="Quill")
    saved(page)
    page.reload()
    assert lost == [200]
    assert page.input_value("input[name=last_name]") == "Quill"


@pytest.mark.long  # a rarer moment of the same script
def test_what_is_typed_while_a_save_is_on_its_way_is_kept_by_the_way_out(at_about):
    page, on_its_way = at_about.page, []

    def hold_the_first(route):
        on_its_way.append(route)
        if len(on_its_way) > 1:
            route.continue_()

    page.route("**/stay", hold_the_first)
    at_about.fill(first_name="Zoë")
    with page.expect_request(re.compile("/stay$")):
        page.clock.run_for(3_000)
    at_about.fill(last_name="Quill")
    with page.expect_response(re.compile("/stay$")):  # sent again at once, though the first has no answer yet
        page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    page.unroute("**/stay")
    page.reload()
    assert page.input_value("input[name=first_name]") == "Zoë"
    assert page.input_value("input[name=last_name]") == "Quill"


@pytest.mark.long  # a rarer moment of the same script
def test_a_machine_that_slept_asks_what_time_is_left(at_about):
    page = at_about.page
    with page.expect_response(re.compile("/stay$")):
        page.clock.fast_forward("09:30")
    assert not part(page, "over").is_visible()


@pytest.mark.long  # a rarer moment of the same script
def test_the_check_page_keeps_the_time_in_place_too(at_about):
    page = at_about.page
    at_about.to_check(somebody())
    page.clock.run_for("08:05")
    with page.expect_response(re.compile("/keep$")):
        part(page, "ending").locator("button").click()
    page.locator(KEEPER).wait_for(state="hidden")
    at_about.at("check")


@pytest.mark.long  # a rarer moment of the same script
def test_at_400_percent_the_warning_leaves_the_page_to_be_used(walk):
    found = walk(viewport={"width": 320, "height": 256})
    page = found.page
    page.clock.install()
    found.open().pay_with_regence().who().take_time(4).at("about")
    page.clock.run_for("08:05")
    box = page.locator(KEEPER).bounding_box()
    assert box["height"] <= 0.5 * 256
    field = page.locator("input[name=last_name]")
    field.focus()
    found.look()
    assert field.bounding_box()["y"] + field.bounding_box()["height"] <= box["y"] + 1, "never under the warning"
