"""What holds on every page a patient sees, whatever the test is about: looked at in the browser, after each step."""

from __future__ import annotations

import re
from collections.abc import Iterable
from urllib.parse import unquote_plus

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Frame, Page

from tests.states.people import traces

PHONE = "801-555-0100"
RESOURCE_ERROR = "Failed to load resource"
"""What Chromium itself writes to the console about an answer of 4xx: those pages are meant to have one."""
ABANDONED = ("htmx:sendAbort", "htmx:afterRequest")
"""What htmx writes there when somebody types on and the answer to the shorter word is not waited for."""
_OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_STORED = """() => {
    try { return localStorage.length + sessionStorage.length } catch (refused) { return 0 }
}"""


class Watch:
    """Remembers what the page asks for and says; `look()` checks one state and counts the axe checks."""

    all_axe_checks = 0
    """Of this process."""

    def __init__(self, page: Page, ours: Iterable[str], *, axe: bool = True) -> None:
        self.page = page
        self.ours = tuple(ours)
        """Origins that may be asked."""
        self.axe = Axe() if axe else None
        self.axe_checks = 0
        self.headings: list[str] = []
        self.asked: list[str] = []
        self.said: list[str] = []
        page.on("request", lambda request: self.asked.append(request.url))
        page.on("console", lambda message: self.said.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda fault: self.said.append(f"error: {fault}"))

    def look(self) -> None:
        """Every rule that holds on each page. Raises AssertionError naming the page's heading and what is wrong."""
        page = self.page
        headings = page.locator("h1")
        assert headings.count() == 1, f"{headings.count()} main headings at {_without_tokens(page.url)}"
        heading = headings.inner_text()
        self.headings.append(heading)
        text = page.locator("body").inner_text()
        assert "988" in text, heading
        assert PHONE in text, heading
        assert re.match(r"(en|es)$", page.locator("html").get_attribute("lang") or ""), heading
        self.nothing_kept(heading)
        self.no_sideways_scroll(heading)
        self.no_fault_for_axe(page, heading)

    def look_at_a_host(self) -> None:
        """A clinic's page with ours inside: theirs and ours, each by axe; ours keeps nothing either."""
        self.no_sideways_scroll("host page")
        self.no_fault_for_axe(self.page, "host page")
        for frame in self.page.frames[1:]:
            heading = frame.locator("h1").inner_text()
            assert not self.page.context.cookies(), heading
            assert frame.evaluate(_STORED) == 0, f"{heading}: something stands in the browser's storage"
            self.no_fault_for_axe(frame, heading)

    def nothing_kept(self, heading: str) -> None:
        """No cookie, no storage, and nothing about a person where a browser keeps or shows it."""
        page = self.page
        assert not page.context.cookies(), heading
        assert page.evaluate(_STORED) == 0, f"{heading}: something stands in the browser's storage"
        shown = "\n".join(map(_without_tokens, (page.title(), page.url, *self.asked, *self.said))).casefold()
        found = [word for word in traces() if word.casefold() in shown]
        assert not found, f"{heading}: {found} in an address, the title or the console"

    def no_sideways_scroll(self, heading: str) -> None:
        wide = self.page.evaluate(_OVERFLOW)
        assert wide <= 0, f"{heading} scrolls sideways by {wide} px"

    def no_fault_for_axe(self, where: Page | Frame, heading: str) -> None:
        if self.axe is None:
            return
        found = axe_faults(self.axe, where)
        self.axe_checks += 1
        Watch.all_axe_checks += 1
        assert not found, f"{heading}: {found}"

    def at_the_end(self) -> None:
        """Nobody else was asked for anything, and no script failed or was refused."""
        strange = [url for url in self.asked if not url.startswith((*self.ours, "data:", "blob:", "about:"))]
        assert not strange, strange
        meant = (RESOURCE_ERROR, *ABANDONED)
        wrong = [line for line in self.said if line.startswith("error") and not any(each in line for each in meant)]
        assert not wrong, wrong


def axe_faults(axe: Axe, where: Page | Frame) -> list[tuple[str, list[str]]]:
    """The rule and the places of each violation that axe finds with its usual rules."""
    violations = axe.run(where).response["violations"]
    return [(fault["id"], [str(node["target"]) for node in fault["nodes"]]) for fault in violations]


def _without_tokens(text: str) -> str:
    """As people write it; what can hold a word only by chance, a token or a port, is cut."""
    return re.sub(r"[\w-]{20,}|//[\w.]+:\d+", "...", unquote_plus(text), flags=re.ASCII)
