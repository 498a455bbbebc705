"""One patient's way through the pages in a real browser, found by field names and addresses: it reads either language.

Every verb is one step of a person: it needs no script on the page and works just as well with them.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from playwright.sync_api import Frame, Locator, Page

from tests.states.people import Person, code_in_mail, link_in_mail, mails
from tests.system.demo import Demo, call

MAIN = "main form:has(button.main) button.main"
DENVER = ZoneInfo("America/Denver")
WEXLER = "72"
"""The resident's id in the EHR."""
BOOKED = "form[action$='/change']"
"""Stands on the page of a booked visit alone."""


See = Callable[[str], None]
"""Called with the name of each state a walk passes."""


class Walk:
    def __init__(self, page: Page | Frame, demo: Demo, language: str = "en") -> None:
        self.page = page
        self.demo = demo
        self.prefix = "" if language == "en" else f"/{language}"
        self.base = demo.base
        self.start: datetime | None = None
        """The time that was pressed last."""
        self.status = 200
        """Of the page that was opened last by its address."""
        self.look: Callable[[], None] = lambda: None
        """What a test looks at on every page."""

    # moving about

    def go(self, path: str) -> Walk:
        answer = self.page.goto(f"{self.base}{path}")
        self.status = answer.status if answer else 0
        return self

    def open(self, path: str = "/book") -> Walk:
        """A page of ours in the language of the walk."""
        return self.go(f"{self.prefix}{path}")

    def press(self, what: str | Locator) -> Walk:
        """Press what leads to another page, and be there."""
        found = self.page.locator(what) if isinstance(what, str) else what
        button = self.visible(found.first)
        with self.page.expect_navigation():
            button.click()
        return self

    def submit(self) -> Walk:
        """The main button of the page's form."""
        return self.press(MAIN)

    def visible(self, found: Locator) -> Locator:
        """The same, with the closed part of the page that holds it opened first."""
        found.wait_for(state="attached")
        if not found.is_visible():
            closed = found.locator("xpath=ancestor::details[not(@open)]")
            while closed.count():
                closed.first.locator("summary").first.click()
        return found

    def check(self, name: str, value: str) -> Walk:
        self.visible(self.page.locator(f"input[name={name}][value='{value}']")).check()
        return self

    def choose(self, name: str, value: str) -> Walk:
        """One answer to a question, be it asked by circles or by a list."""
        circle = self.page.locator(f"input[name={name}][value='{value}']")
        if circle.count():
            self.visible(circle).check()
        else:
            self.visible(self.page.locator(f"select[name={name}]")).select_option(value)
        return self

    def fill(self, **fields: str) -> Walk:
        for name, value in fields.items():
            self.visible(self.page.locator(f"input[name={name}], textarea[name={name}]").first).fill(value)
        return self

    def at(self, last: str) -> Walk:
        """The path must end like this."""
        self.page.wait_for_url(re.compile(rf"/{last}(\?[^#]*)?(#.*)?$"))
        return self

    @property
    def draft(self) -> str:
        """The path of the draft."""
        return "/".join(self.page.url.removeprefix(self.base).partition("?")[0].split("/")[:-1])

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()

    # step 1

    def search(self, words: str) -> Walk:
        box = self.visible(self.page.locator("input[name=q]"))
        box.fill(words)
        with self.page.expect_navigation():
            box.press("Enter")
        return self

    def pay_with(self, code: str, words: str) -> Walk:
        """Search for the insurance and press it."""
        return self.search(words).press(f"button[name=payer][value='{code}']")

    def pay_self(self) -> Walk:
        return self.press("button[name=self_pay]")

    def pay_with_unlisted(self, name: str) -> Walk:
        self.fill(payer_name=name)
        return self.press("form:has(input[name=payer_name]) button[type=submit]")

    def answer_card(self, value: str) -> Walk:
        return self.check("benefit", value).submit()

    def pay_with_regence(self) -> Walk:
        return self.pay_with("regence", "regence").answer_card("regence")

    # steps 2 and 3

    def who(self, **answers: str) -> Walk:
        for name, value in answers.items():
            self.choose(name, value)
        return self.submit()

    def who_in_english(self) -> Walk:
        """Whoever reads Spanish pages is offered visits in Spanish first; the residents speak English."""
        return self.who(visit_language="en")

    def clinician(self, name: str) -> Walk:
        """The times of one clinician, by family name."""
        card = self.page.locator("li", has=self.page.locator("h3", has_text=name))
        return self.press(card.locator("a[href*='provider='], button[name=provider]"))

    def take_time(self, number: int = 0) -> Walk:
        button = self.page.locator("#times button[name=start], button[name=start]").nth(number)
        self.start = datetime.fromisoformat(button.get_attribute("value") or "")
        return self.press(button)

    # steps 4 to 6

    def about(self, person: Person, *, video: bool = True, agree: tuple[str, ...] = ("email",)) -> Walk:
        """Everything that must be said, typed but not sent."""
        self.check("for_whom", "self")
        insured = self.page.locator("input[name=member_id]").count()
        self.fill(**{name: value for name, value in person.fields.items() if insured or name != "member_id"})
        if video:
            self.choose("place_of_visit", "home")
        for kind in ("terms", "privacy_notice", *agree):
            self.visible(self.page.locator(f"input[name=agree_{kind}]")).check()
        return self

    def to_check(self, person: Person, **more: object) -> Walk:
        return self.about(person, **more).submit().at("check")

    def send(self) -> Walk:
        return self.submit()

    def until_booked(self, seconds: float = 60) -> Walk:
        """The page turns by itself; nobody reloads it."""
        self.page.locator(BOOKED).first.wait_for(timeout=seconds * 1000)
        return self

    def book(self, person: Person, *, number: int = 0) -> Walk:
        """The usual way, whole: a resident under supervision, by video."""
        self.open().pay_with_regence().who_in_english().clinician("Wexler").take_time(number)
        return self.to_check(person).send().until_booked()

    # behind the link

    def prove(self, person: Person) -> Walk:
        """From the page of the code to the visit, by the code that comes by mail."""
        before = len(mails(self.demo, person.email))
        self.choose("channel", "email").submit()
        code = code_in_mail(self.demo, person.email, before=before)
        return self.fill(code=code).submit()

    def by_link(self, person: Person) -> Walk:
        """Open the link of the confirmation."""
        path = link_in_mail(self.demo, person.email)
        return self.open(path.removeprefix("/es"))


def front_desk_takes(demo: Demo, ehr_provider: str, start: datetime) -> None:
    """Somebody at the practice books this time in the EHR itself, whatever we hold."""
    at = start.astimezone(DENVER)
    query = f"providerid={ehr_provider}&from={at:%Y-%m-%d}&to={at:%Y-%m-%d}&limit=100"
    slots = call("GET", f"{demo.athena}/_control/slots?{query}")[1]["slots"]
    slot = next(each for each in slots if each["starttime"] == f"{at:%H:%M}")
    walk_in = {"firstname": "Walk", "lastname": "In", "dob": "01/02/1980", "homephone": "8015550188"}
    taken = {"slotid": slot["id"], "patient": walk_in}
    assert call("POST", f"{demo.athena}/_control/staff/book", taken)[0] == 200
