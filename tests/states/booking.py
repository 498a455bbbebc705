"""Steps 2 to 6: who, when, about, check, and what became of it; and the pages that say why there is nothing else."""

from __future__ import annotations

from tests.states import scene
from tests.states.later import later_server
from tests.states.people import somebody
from tests.states.walk import WEXLER, See, Walk, front_desk_takes

STATES = {
    "who": "Step 2: who and how?",
    "who-all-open": "Step 2: every question open",
    "who-errors": "Step 2: questions without an answer",
    "when": "Step 3: the first days that have times",
    "when-more-days": "Step 3: later days",
    "when-month": "Step 3: the month",
    "when-one-clinician": "Step 3: the times of one clinician",
    "when-clinic": "Step 3: in the clinic",
    "lead-no-time-suits": "Step 3: none of the free times suits",
    "when-opens-later": "Step 3: insurance that starts in 20 days opens there",
    "when-no-times": "Step 3: no times on these days",
    "when-lost": "Step 3: the time was taken while typing, with others near it",
    "about-empty": "Step 4: about you",
    "about-age": "Step 4: the date of birth is a minor's",
    "about-errors": "Step 4: nothing was filled in",
    "about-bad-input": "Step 4: answers that cannot be right",
    "about-someone-else": "Step 4: for someone else",
    "about-hold-ending": "Step 4: less than two minutes are left",
    "about-hold-over": "Step 4: the time is not held any more",
    "check": "Step 5: check and confirm",
    "check-supervised": "Step 5: a resident under supervision",
    "check-self-pay": "Step 5: paying oneself",
    "check-someone-else": "Step 5: booked for someone else",
    "check-hold-ending": "Step 5: less than two minutes are left",
    "check-hold-over": "Step 5: the time is not held any more",
    "status-pending": "Step 6: the EHR does not answer",
    "status-pending-at-rest": "Step 6: the page does not look again by itself",
    "status-booked": "Step 6: booked, by video",
    "status-booked-clinic": "Step 6: booked, in the clinic",
    "status-not-booked": "Step 6: somebody else has the time",
    "page-idle": "Nothing was pressed for almost twenty minutes",
    "page-gone": "A page that has ended",
    "page-not-found": "An address that never was",
    "page-refused": "A form from somebody else's page",
    "page-cleared": "Finished and cleared",
    "page-text": "The text of a notice",
}


def second_and_third_step(walk: Walk, see: See) -> None:
    walk.open().pay_with("aetna", "aetna").at("who")
    see("who")
    walk.page.evaluate("for (const each of document.querySelectorAll('main details')) each.open = true")
    see("who-all-open")
    walk.page.evaluate("for (const each of document.querySelectorAll('main input[type=radio]')) each.checked = false")
    walk.submit()
    see("who-errors")
    walk.go(f"{walk.draft}/who").who().at("when")
    see("when")
    draft = walk.draft
    walk.press("main a[href*='from=']")
    see("when-more-days")
    walk.go(f"{draft}/when").press(scene.month_link(walk))
    see("when-month")
    walk.go(f"{draft}/ask?notify=time").at("ask")
    see("lead-no-time-suits")
    walk.go(f"{draft}/who").who_in_english().clinician("Quintero")
    see("when-one-clinician")
    walk.go(f"{draft}/when?from=2099-01-01")
    see("when-no-times")
    walk.go(f"{draft}/who").who(place="sugarhouse")
    see("when-clinic")
    walk.open().pay_with("emi-health", "emi").press("a.main[href$='/who']").who().at("when")
    see("when-opens-later")


def fourth_and_fifth_step(walk: Walk, see: See) -> None:
    person = somebody()
    walk.open().pay_with("aetna", "aetna").who().take_time(3).at("about")
    see("about-empty")
    walk.go(f"{walk.draft}/about?notice=age")
    see("about-age")
    walk.submit()
    see("about-errors")
    walk.fill(first_name="Bram", dob_month="13", dob_day="45", dob_year="1990", phone="12", email="bram at example")
    walk.submit()
    see("about-bad-input")
    walk.to_check(person)
    see("check")
    walk.press("form[action$='/finish'] button")
    see("page-cleared")
    walk.open().pay_self().who().take_time(2).to_check(somebody())
    see("check-self-pay")


def the_hold_ends(walk: Walk, see: See) -> None:
    """Met on the same database by a server whose clock is ahead."""
    walk.open().pay_with_regence().who_in_english().clinician("Wexler").take_time(1)
    about = f"{walk.draft}/about"
    with later_server(walk.demo) as later:
        walk.base = later.base
        later.in_minutes(8.6)
        walk.go(about)
        see("about-hold-ending")
        later.in_minutes(11)
        walk.go(about)
        see("about-hold-over")
        later.in_minutes(0)
        walk.go(about).to_check(somebody())
        check = f"{walk.draft}/check"
        see("check-supervised")
        later.in_minutes(8.6)
        walk.go(check)
        see("check-hold-ending")
        later.in_minutes(11)
        walk.go(check)
        see("check-hold-over")
        later.in_minutes(125)
        walk.go(check)
        assert walk.status == 404
        see("page-gone")


def lost_while_typing(walk: Walk, see: See) -> None:
    walk.open().pay_with_regence().who_in_english().clinician("Wexler").take_time(2)
    walk.about(somebody())
    assert walk.start is not None
    front_desk_takes(walk.demo, WEXLER, walk.start)
    scene.until_taken(walk)
    walk.submit().at("when")
    see("when-lost")


def for_someone_else(walk: Walk, see: See) -> None:
    person = somebody()
    walk.open().pay_with("aetna", "aetna").who().take_time(6).check("for_whom", "other")
    see("about-someone-else")
    scene.fill_for_someone_else(walk, person)
    walk.submit().at("check")
    see("check-someone-else")


def the_ehr_answers_late(walk: Walk, see: See) -> None:
    walk.open().pay_with("aetna", "aetna").who().take_time(4).to_check(somebody())
    with scene.ehr_down(walk.demo):
        walk.send()
        see("status-pending")
        status = walk.page.url.removeprefix(walk.base).partition("?")[0]
        walk.go(f"{status}?look=stop")
        see("status-pending-at-rest")
    walk.go(status)
    walk.until_booked()
    see("status-booked")


def in_the_clinic(walk: Walk, see: See) -> None:
    walk.open().pay_with("aetna", "aetna").who(place="sugarhouse").take_time(5)
    walk.to_check(somebody(), video=False).send().until_booked()
    see("status-booked-clinic")


def somebody_was_faster(walk: Walk, see: See) -> None:
    walk.open().pay_with_regence().who_in_english().clinician("Wexler").take_time(3)
    walk.to_check(somebody())
    with scene.ehr_down(walk.demo):
        walk.send()
        assert walk.start is not None
        front_desk_takes(walk.demo, WEXLER, walk.start)
    scene.until_settled(walk)
    see("status-not-booked")


def nothing_is_pressed(walk: Walk, see: See) -> None:
    """On the clock of the browser alone: what is asked of the server in between would count as a press."""
    walk.open().pay_with("aetna", "aetna").at("who")
    walk.page.clock.install()
    walk.go(f"{walk.draft}/who")
    walk.page.clock.run_for("19:00")
    walk.page.locator("[data-part=idle]").wait_for()
    see("page-idle")


def nothing_here(walk: Walk, see: See) -> None:
    walk.open("/nowhere")
    see("page-not-found")
    scene.send_from_elsewhere(walk)
    see("page-refused")
    walk.open("/documents/privacy-notice/2026-01")
    see("page-text")


WALKS = {
    second_and_third_step: [
        "who",
        "who-all-open",
        "who-errors",
        "when",
        "when-more-days",
        "when-month",
        "lead-no-time-suits",
        "when-one-clinician",
        "when-no-times",
        "when-clinic",
        "when-opens-later",
    ],
    fourth_and_fifth_step: [
        "about-empty",
        "about-age",
        "about-errors",
        "about-bad-input",
        "check",
        "page-cleared",
        "check-self-pay",
    ],
    the_hold_ends: [
        "about-hold-ending",
        "about-hold-over",
        "check-supervised",
        "check-hold-ending",
        "check-hold-over",
        "page-gone",
    ],
    lost_while_typing: ["when-lost"],
    for_someone_else: ["about-someone-else", "check-someone-else"],
    the_ehr_answers_late: ["status-pending", "status-pending-at-rest", "status-booked"],
    in_the_clinic: ["status-booked-clinic"],
    somebody_was_faster: ["status-not-booked"],
    nothing_is_pressed: ["page-idle"],
    nothing_here: ["page-not-found", "page-refused", "page-text"],
}
