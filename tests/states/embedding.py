"""Our pages inside a clinic's own site."""

from __future__ import annotations

from playwright.sync_api import Frame

from tests.states.walk import See, Walk

STATES = {
    "embed-inline": "A clinic's page with the booking inside",
    "embed-inline-times": "A clinic's page: the times inside",
    "embed-button": "A clinic's page with a button",
    "embed-dialog": "A clinic's page: the dialog that the button opens",
    "embed-two": "A clinic's page with two of them",
}


def inside_a_clinics_site(walk: Walk, see: See) -> None:
    page = walk.page
    page.goto(f"{walk.demo.host}/")
    inner = Walk(frame_of(walk), walk.demo)
    inner.visible(inner.page.locator("input[name=q]"))
    see("embed-inline")
    inner.pay_with("aetna", "aetna").who().at("when")
    see("embed-inline-times")
    page.goto(f"{walk.demo.host}/button")
    see("embed-button")
    page.locator("moonlit-booking button").first.click()
    frame_of(walk).locator("input[name=q]").wait_for()
    see("embed-dialog")
    page.goto(f"{walk.demo.host}/two")
    frame_of(walk).locator("input[name=q]").wait_for()
    see("embed-two")


def frame_of(walk: Walk) -> Frame:
    """The first frame of ours on the page."""
    found = walk.page.locator("moonlit-booking iframe").first.element_handle().content_frame()
    assert found is not None
    return found


WALKS = {inside_a_clinics_site: list(STATES)}
