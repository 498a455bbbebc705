"""A person with a keyboard and nothing else. At each stop the element that has the focus must be seen to have it."""

from __future__ import annotations

from playwright.sync_api import Page

MOST_STOPS = 250
_STOP = """() => {
    const at = document.activeElement;
    if (!at || at === document.body || at === document.documentElement) return null;
    const seen = (each) => {
        const style = getComputedStyle(each), box = each.getBoundingClientRect();
        const ring = (style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2) || style.boxShadow !== "none";
        const inside = box.width > 1 && box.height > 1 && box.bottom > 0 && box.top < innerHeight
            && box.right > 0 && box.left < innerWidth && style.visibility === "visible" && Number(style.opacity) > 0.1;
        return { ring, inside, box };
    };
    // a circle or box that is drawn by its label shows its focus there
    const candidates = [at, ...(at.labels || []), at.closest(".choice")].filter(Boolean).map(seen);
    const { box } = candidates[0];
    const x = (Math.max(box.left, 0) + Math.min(box.right, innerWidth)) / 2;
    const y = (Math.max(box.top, 0) + Math.min(box.bottom, innerHeight)) / 2;
    const top = document.elementFromPoint(x, y);
    return {
        name: at.outerHTML.slice(0, 120),
        ring: candidates.some((each) => each.ring && each.inside),
        inside: candidates.some((each) => each.inside),
        covered: Boolean(top) && !at.contains(top) && !top.contains(at) && ![...(at.labels || [])].some((l) => l.contains(top)),
    };
}"""


class Keys:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.stops = 0

    def press(self, key: str) -> None:
        self.page.keyboard.press(key)

    def stop(self) -> str | None:
        """The element in focus, which must be visible, uncovered and marked; None at the end of the page."""
        found = self.page.evaluate(_STOP)
        if found is None:
            return None
        self.stops += 1
        assert found["inside"], f"the focus is where nobody sees it: {found['name']}"
        assert found["ring"], f"the focus is not marked: {found['name']}"
        assert not found["covered"], f"something covers the focus: {found['name']}"
        return str(found["name"])

    def tab_to(self, selector: str, *, key: str = "Tab") -> Keys:
        """Press Tab until the focus is there."""
        seen = []
        for _ in range(MOST_STOPS):
            self.press(key)
            name = self.stop()
            if self.is_at(selector):
                return self
            seen.append(name)
            assert seen[-3:] != [name] * 3 or name is None, f"a trap: {name}"
        raise AssertionError(f"{selector} is not reached; stops: {seen[:40]}")

    def is_at(self, selector: str) -> bool:
        return bool(self.page.evaluate("wanted => document.activeElement?.matches(wanted) ?? false", selector))

    def round(self) -> int:
        """Tab through the whole page and out of it again; the number of stops."""
        names: list[str] = []
        for _ in range(MOST_STOPS):
            self.press("Tab")
            name = self.stop()
            if name is None:
                return len(names)
            names.append(name)
        raise AssertionError(f"no end of stops; the last: {names[-5:]}")

    def type(self, selector: str, text: str) -> Keys:
        self.tab_to(selector)
        self.page.keyboard.type(text)
        return self

    def tick(self, selector: str) -> Keys:
        self.tab_to(selector)
        self.press("Space")
        return self

    def circle(self, name: str, value: str) -> Keys:
        """Into the group by Tab, to the answer by arrows, or by Space where none is chosen yet."""
        self.tab_to(f"input[type=radio][name={name}]")
        for _ in range(10):
            if self.is_at(f"input[name={name}][value='{value}']"):
                if not self.page.locator(f"input[name={name}][value='{value}']").is_checked():
                    self.press("Space")
                return self
            self.press("ArrowDown")
            self.stop()
        raise AssertionError(f"no {value} among the answers of {name}")

    def enter(self, selector: str, *, key: str = "Tab") -> Keys:
        """Reach it, press Enter, and be on the next page."""
        self.tab_to(selector, key=key)
        with self.page.expect_navigation():
            self.press("Enter")
        return self
