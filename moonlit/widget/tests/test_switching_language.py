"""The switch loses nothing: on every step, into Spanish and back, everything typed is still there."""

import re
from datetime import UTC, datetime

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.audit.verbs import Verb
from moonlit.leads.models import Lead
from moonlit.practice.models import Practice
from moonlit.practice.services import changing_facts
from moonlit.widget.tests.visitor import WHO, ZOE
from tests.support.reader import Reader

LATE = datetime(2026, 3, 6, 2, tzinfo=UTC)
"""Inside the notice period of the visit of `person`."""


@pytest.fixture
def reader(town):
    return Reader()


def there_and_back(reader, typed, shows):
    """Both pages show what was typed, and no fault is found with it. `shows` fails where one does not."""
    here = reader.path.partition("?")[0]
    for language, path in (("es", f"/es{here}"), ("en", here)):
        reader.switch(**typed)
        assert (reader.status, reader.language) == (200, language)
        assert reader.path.partition("?")[0] == path
        assert 'aria-invalid="true"' not in reader.body
        shows()


def test_the_search_for_an_insurance(reader):
    reader.go("/book?q=regence")

    def shows():
        assert reader.value_of("q") == "regence"
        assert "Regence BlueCross" in reader.text

    there_and_back(reader, {"q": "regence"}, shows)


def test_the_name_of_an_insurance_we_do_not_list(reader):
    reader.go("/book")
    there_and_back(reader, {"payer_name": "Acme Mut"}, lambda: one(reader.value_of("payer_name"), "Acme Mut"))


def test_the_question_about_the_card(reader):
    reader.go("/book").press("/book", payer="regence")
    there_and_back(reader, {"benefit": "hmhi-bhn"}, lambda: one(reader.is_checked("benefit", "hmhi-bhn"), True))


def test_who_and_how(reader):
    reader.go("/book").press("/book", self_pay="1")
    typed = {**WHO, "help": "therapy_intake", "seen_before": "yes", "place": "sugarhouse", "visit_language": "vi"}

    def shows():
        assert reader.is_checked("help", "therapy_intake")
        assert reader.is_checked("seen_before", "yes")
        assert reader.is_checked("place", "sugarhouse")
        assert reader.is_selected("vi")

    there_and_back(reader, typed, shows)


def test_the_language_of_the_visit_follows_the_page_until_somebody_chooses_one(reader):
    def as_drawn():
        return {**WHO, "visit_language": chosen(), "language_filled_in": reader.value_of("language_filled_in")}

    def chosen():
        return re.search(r'<select name="visit_language".*?value="(\w+)" selected', reader.body, re.DOTALL)[1]

    reader.go("/book").press("/book", self_pay="1")
    assert chosen() == "en"
    reader.switch(**as_drawn())
    assert chosen() == "es", "as on a Spanish page that was opened at once"
    reader.switch(**as_drawn())
    assert chosen() == "en"
    reader.switch(**as_drawn())
    for _ in range(3):
        reader.switch(**{**as_drawn(), "visit_language": "en"})
        assert chosen() == "en", "chosen on the Spanish page"


def test_after_an_answer_is_missing_too_the_language_of_the_visit_follows_the_page(reader):
    reader.go("/book").press("/book", self_pay="1")
    untouched = {**WHO, "age": "", "language_filled_in": "en"}
    reader.press(**untouched)
    assert reader.status == 422
    assert reader.value_of("language_filled_in") == "en"
    reader.switch(**untouched)
    assert reader.is_selected("es")


def test_the_times_of_one_clinician(reader):
    reader.go("/book").press("/book", self_pay="1").press(**WHO)
    times = reader.times()
    there_and_back(reader, {}, lambda: one(reader.times(), times))


def test_about_you_with_half_an_answer(reader):
    reader.go("/book").press("/book", self_pay="1").press(**WHO).press(start=reader.times()[0], provider="")
    typed = {**ZOE, **reader.ticks(), "last_name": "", "dob_month": "13", "email": "zoe@", "for_whom": "other"}
    agreed = typed["agree_terms"]
    del typed["agree_privacy_notice"]

    def shows():
        for name in ("first_name", "last_name", "dob_month", "email", "phone"):
            assert reader.value_of(name) == typed[name], name
        assert reader.is_checked("for_whom", "other")
        assert reader.is_checked("agree_terms", agreed)
        assert not reader.is_checked("agree_privacy_notice", reader.ticks()["agree_privacy_notice"])

    there_and_back(reader, typed, shows)


def test_check_and_confirm(reader):
    reader.go("/book").press("/book", self_pay="1").press(**WHO).press(start=reader.times()[0], provider="")
    reader.press(**{**ZOE, **reader.ticks()})
    assert reader.page == "check"
    there_and_back(reader, {}, lambda: one("Zoë Ñandú-O'Leary" in reader.text, True))


def test_word_to_us(reader):
    reader.go("/book").press("/book", payer_name="Acme Mutual")
    typed = {"contact": "zoe@", "name": "Zoë", "may_write": "on"}

    def shows():
        assert reader.value_of("contact") == "zoe@"
        assert reader.value_of("name") == "Zoë"
        assert "checked" in reader.body.split('name="may_write"')[1].split(">")[0]

    there_and_back(reader, typed, shows)
    assert not Lead.objects.exists()


@pytest.fixture
def person(person):
    """Behind the link, with Spanish published."""
    with changing_facts(Verb.PRACTICE_CHANGED, actor=SYSTEM, subject="practice:1"):
        Practice.objects.update(published_languages={"es": {"reviewer": "Perpetua Oyelaran", "on": "2026-03-01"}})
    return behind_the_link(person)


def behind_the_link(person):
    reader = Reader()
    reader.proves = person
    reader.client, reader.session, reader.link = person.client, person.prove().session, person.link
    return reader


def test_the_code_and_where_it_goes(person):
    person.go(f"/m/{person.link}/code")
    there_and_back(person, {"channel": "sms"}, lambda: one(person.is_checked("channel", "sms"), True))
    person.go(f"/m/{person.link}/enter")
    there_and_back(person, {"code": "12"}, lambda: one(person.value_of("code"), "12"))


@pytest.mark.parametrize("page", ["", "/move"])
def test_pages_of_a_booked_visit_on_which_nothing_is_typed(person, page):
    person.go(f"{person.session}{page}")
    there_and_back(person, {}, lambda: None)


def test_why_a_visit_is_cancelled(person):
    person.go(f"{person.session}/cancel")
    there_and_back(
        person, {"words": "Mi hijo está enfermo"}, lambda: one(person.text_of("words"), "Mi hijo está enfermo")
    )


def test_what_is_ticked_to_be_signed(person):
    person.go(f"{person.session}/sign")
    boxes = re.findall(r'<input type="checkbox" name="([^"]+)"[^>]*value="([^"]+)"', person.body)
    assert boxes
    there_and_back(person, dict(boxes), lambda: one([box for box in boxes if not person.is_checked(*box)], []))
    there_and_back(person, {}, lambda: one([box for box in boxes if person.is_checked(*box)], []))


def test_what_is_added_later(person):
    person.go(f"{person.session}/details")
    typed = {
        "member_id": "MX-200",
        "relationship": "spouse",
        "subscriber_first_name": "Ñ",
        "dob_month": "13",
        "zip": "8",
    }

    def shows():
        for name in ("member_id", "subscriber_first_name", "dob_month", "zip"):
            assert person.value_of(name) == typed[name], name
        assert person.is_checked("relationship", "spouse")

    there_and_back(person, typed, shows)


def test_a_wish_for_another_time(person, scene):
    scene.clock.at = LATE
    person = behind_the_link(person.proves)
    person.go(f"{person.session}/move")
    there_and_back(person, {"words": "¿El lunes?"}, lambda: one(person.text_of("words"), "¿El lunes?"))


def one(found, expected):
    assert found == expected
