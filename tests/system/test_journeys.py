"""Whole ways through the pages in real Chromium, with axe and the other rules of every page at each step."""

import re
from datetime import date, timedelta

import pytest
from playwright.sync_api import expect

from tests.states import scene
from tests.states.later import later_server
from tests.states.people import somebody
from tests.states.walk import WEXLER, front_desk_takes

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]

NEVER_SAID = ("covered", "insured", "verified")


WIDTHS = (1280, 320)


def said_plainly(walk, widths=()):
    shown = walk.text.casefold()
    assert not [word for word in NEVER_SAID if re.search(rf"\b{word}\b", shown)]
    for width in widths:
        walk.page.set_viewport_size({"width": width, "height": 800})
        walk.look()
    if not widths:
        walk.look()


def test_a_patient_books_a_resident_under_supervision(walk):
    walk, person = walk(), somebody()
    walk.open()
    said_plainly(walk, WIDTHS)
    walk.pay_with("regence", "regence")
    said_plainly(walk, WIDTHS)
    walk.answer_card("regence")
    said_plainly(walk, WIDTHS)
    walk.who().at("when")
    said_plainly(walk, WIDTHS)
    assert "Mountain Time" in walk.text
    walk.clinician("Wexler").take_time(1).at("about")
    said_plainly(walk, WIDTHS)
    walk.submit().at("about")
    said_plainly(walk, WIDTHS)
    assert "legal first name" in walk.text
    walk.to_check(person)
    said_plainly(walk, WIDTHS)
    for part in ("Theo Wexler", "Marisol Quintero-Hale", f"{person.first} {person.last}", "Regence", "At home"):
        assert part in walk.text
    draft = walk.draft
    walk.send().until_booked()
    said_plainly(walk, WIDTHS)
    for old in ("about", "check", "when"):  # the links a patient may have mailed or left open read nobody's data
        walk.go(f"{draft}/{old}")
        assert person.last not in walk.page.content()


def test_the_calendar_of_insurance_that_starts_in_20_days_opens_on_that_day(walk):
    walk = walk()
    walk.open().pay_with("emi-health", "emi").at("pay")
    said_plainly(walk)
    walk.press("main a[href$='/who']").who().at("when")
    said_plainly(walk)
    starts = walk.page.locator("button[name=start]").evaluate_all("all => all.map(each => each.value.slice(0, 10))")
    first = min(map(date.fromisoformat, starts))
    assert first >= date.today() + timedelta(days=19)
    walk.take_time().to_check(somebody()).look()


@pytest.mark.parametrize(
    ("payer", "words"),
    [("pehp", "pehp"), ("tricare-west", "tricare"), ("cigna", "cigna")],
    ids=["starts in 45 days", "in credentialing", "denied"],
)
def test_where_there_is_no_calendar_two_fields_leave_word_and_self_pay_stands_beside(walk, payer, words):
    walk = walk()
    walk.open().pay_with(payer, words).at("ask")
    said_plainly(walk)
    assert walk.page.locator("button[name=self_pay]").count() == 1
    walk.fill(contact=somebody().email).submit().at("sent")
    said_plainly(walk)


@pytest.mark.long  # the exits have their own tests on the pages
def test_insurance_that_is_not_listed_is_told_by_name(walk):
    walk = walk()
    walk.open().pay_with_unlisted("Harborlight Mutual").at("ask")
    said_plainly(walk)
    walk.submit()
    said_plainly(walk)
    walk.fill(contact="801-555-0187").submit().at("sent")


@pytest.mark.long  # the widget's own tests see the price in every run
def test_who_pays_for_themselves_sees_the_price_before_confirming(walk):
    walk = walk()
    walk.open().pay_self().who().take_time().to_check(somebody())
    assert re.search(r"\$\s?4[02]0", walk.text)
    said_plainly(walk)
    walk.send().until_booked()


def test_a_time_taken_by_somebody_else_while_typing_loses_nothing(walk):
    walk, person = walk(), somebody()
    walk.open().pay_with_regence().who_in_english().clinician("Wexler").take_time(2).about(person)
    front_desk_takes(walk.demo, WEXLER, walk.start)
    scene.until_taken(walk)
    walk.submit().at("when")
    said_plainly(walk)
    lost = walk.start
    walk.press(walk.page.locator("ul.near button[name=start], button[name=start]")).at("check")
    for typed in (person.last, person.email, person.member_id):
        assert typed in walk.text
    walk.look()
    walk.go(f"{walk.draft}/about")
    assert walk.page.input_value("input[name=first_name]") == person.first
    walk.submit().at("check").send().until_booked()
    assert walk.start == lost


@pytest.mark.long  # test_search_and_status_in_a_browser.py looks at the same moment in every run
def test_while_the_ehr_is_down_the_page_promises_and_then_turns_into_booked_by_itself(walk):
    walk = walk()
    walk.open().pay_with("aetna", "aetna").who().take_time(3).to_check(somebody())
    with scene.ehr_down(walk.demo):
        walk.send()
        said_plainly(walk)
        assert not walk.page.locator("form[action$='/change']").count()
    walk.until_booked()
    said_plainly(walk)


@pytest.mark.long  # test_hold_in_a_browser.py looks at each part in every run
def test_a_hold_warns_can_be_kept_longer_and_ends_without_loss(walk):
    walk, person = walk(), somebody()
    walk.page.watch.ours = ("http://127.0.0.1:",)
    walk.open().pay_with("aetna", "aetna").who().take_time(4).at("about")
    about = f"{walk.draft}/about"
    with later_server(walk.demo) as later:
        walk.base = later.base
        later.in_minutes(5)
        calm = _attention(walk.go(about))
        later.in_minutes(8.6)
        assert _attention(walk.go(about)) > calm, "the page warns before the time is let go"
        walk.look()
        walk.fill(first_name=person.first)
        _keep(walk)
        assert _attention(walk.go(about)) == calm
        assert walk.page.input_value("input[name=first_name]") == person.first
        later.in_minutes(20)
        assert _attention(walk.go(about)) > calm, "the page says that the time is not held any more"
        walk.look()
        walk.to_check(person)
        assert _attention(walk) == calm, "going on has taken the time again"
        later.in_minutes(0)  # as the worker's clock: what is sent tomorrow is not done today
        walk.go(f"{walk.draft}/check").send().until_booked()


def _attention(walk):
    return walk.page.locator("main .attention:visible").count()


def _keep(walk):
    """Be it a script or a new page that keeps the time."""
    walk.page.locator("button[formaction$='/keep']").click()
    expect(walk.page.locator("main .attention:visible")).to_have_count(0)
