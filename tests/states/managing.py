"""Behind the link of a message: the code, the visit, and what may be done about it."""

from __future__ import annotations

from tests.states import scene
from tests.states.later import later_server
from tests.states.people import somebody
from tests.states.walk import See, Walk

STATES = {
    "manage-link": "The link of a message",
    "manage-code": "Prove that it is you",
    "manage-code-error": "No way for the code was chosen",
    "manage-enter": "Enter the code",
    "manage-enter-error": "A code that is wrong",
    "manage-visit": "The visit, and what may be done about it",
    "manage-ended": "The session has ended",
    "manage-sign": "What is still to be signed",
    "manage-sign-error": "Nothing was ticked",
    "manage-messages": "Which messages come, and how",
    "manage-messages-saved": "What comes from now on",
    "manage-details": "Member number, address, subscriber",
    "manage-details-error": "Details that cannot be right",
    "manage-move": "Choose a new time",
    "manage-move-month": "Choose a new time: the month",
    "manage-move-check": "Move to this time?",
    "manage-moving": "We are moving your appointment",
    "manage-moved": "Your appointment is moved",
    "manage-cancel": "Cancel this appointment?",
    "manage-cancelling": "We are cancelling your appointment",
    "manage-cancelled": "Your appointment is cancelled",
    "manage-over": "The page of a booking that was cancelled",
    "manage-late-visit": "The visit begins soon",
    "manage-late-cancel": "A late cancellation",
    "manage-late-move": "A late move is a request",
    "manage-asked": "We have your request",
    "page-too-much": "Too many codes were asked for",
}


def behind_the_link(walk: Walk, see: See) -> None:
    person = somebody()
    walk.book(person, number=4)
    status = walk.page.url.removeprefix(walk.base)
    walk.by_link(person)
    see("manage-link")
    walk.press("main a[href$='/code']").at("code")
    see("manage-code")
    walk.submit()
    see("manage-code-error")
    walk.choose("channel", "email").submit().at("enter")
    see("manage-enter")
    walk.fill(code="000000").submit()
    see("manage-enter-error")
    walk.press("main a[href$='/code']").prove(person)
    see("manage-visit")
    session = walk.page.url.removeprefix(walk.base)
    walk.go(f"{session}/messages")
    see("manage-messages")
    walk.page.locator("input[name=reminders_sms]").check()
    walk.submit()
    see("manage-messages-saved")
    _move(walk, see, session)
    walk.go(status).press("form[action$='/change'] button").prove(person)
    _cancel(walk, see, walk.page.url.removeprefix(walk.base))


def _move(walk: Walk, see: See, session: str) -> None:
    walk.go(f"{session}/move")
    see("manage-move")
    walk.press(scene.month_link(walk))
    see("manage-move-month")
    walk.go(f"{session}/move").press(walk.page.locator("button[name=start]").nth(7))
    see("manage-move-check")
    with scene.ehr_fault(walk.demo, kind="503", op="reschedule"), scene.ehr_fault(walk.demo, kind="503", op="book"):
        walk.submit()
        see("manage-moving")
    scene.until_settled(walk)
    see("manage-moved")


def _cancel(walk: Walk, see: See, session: str) -> None:
    walk.go(f"{session}/cancel")
    see("manage-cancel")
    with scene.ehr_fault(walk.demo, kind="503", op="cancel"):
        walk.submit()
        see("manage-cancelling")
    scene.until_settled(walk)
    see("manage-cancelled")


def to_be_signed_and_added(walk: Walk, see: See) -> None:
    person = somebody()
    walk.open().pay_with("aetna", "aetna").who().take_time(8)
    walk.to_check(person).send().until_booked()
    status = walk.page.url.removeprefix(walk.base)
    walk.press("form[action$='/change'] button").prove(person)
    session = walk.page.url.removeprefix(walk.base)
    walk.go(f"{session}/sign")
    see("manage-sign")
    walk.submit()
    see("manage-sign-error")
    scene.details(walk, see, session)
    with later_server(walk.demo) as later:
        walk.base = later.base
        later.in_minutes(30)
        walk.go(session)
        see("manage-ended")
    walk.base = walk.demo.base
    with scene.everything_is_late(walk.demo):
        walk.go(session)
        see("manage-late-visit")
        walk.go(f"{session}/cancel")
        see("manage-late-cancel")
        walk.go(f"{session}/move")
        see("manage-late-move")
        walk.fill(words="Tuesdays after four").submit()
        see("manage-asked")
    walk.go(f"{session}/cancel").submit()
    scene.until_settled(walk)
    walk.go(status)
    see("manage-over")


def too_many_codes(walk: Walk, see: See) -> None:
    person = somebody()
    walk.book(person, number=6).press("form[action$='/change'] button")
    scene.codes_until_too_many(walk)
    see("page-too-much")


WALKS = {
    behind_the_link: [
        "manage-link",
        "manage-code",
        "manage-code-error",
        "manage-enter",
        "manage-enter-error",
        "manage-visit",
        "manage-messages",
        "manage-messages-saved",
        "manage-move",
        "manage-move-month",
        "manage-move-check",
        "manage-moving",
        "manage-moved",
        "manage-cancel",
        "manage-cancelling",
        "manage-cancelled",
    ],
    to_be_signed_and_added: [
        "manage-sign",
        "manage-sign-error",
        "manage-details",
        "manage-details-error",
        "manage-ended",
        "manage-late-visit",
        "manage-late-cancel",
        "manage-late-move",
        "manage-asked",
        "manage-over",
    ],
    too_many_codes: ["page-too-much"],
}
