"""The whole way in Spanish, and the language changed on the way without a loss."""

import pytest

from tests.states.people import somebody

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("system")]


def switch(walk, language):
    walk.press(f".language[lang={language}]")
    walk.prefix = "" if language == "en" else f"/{language}"
    assert walk.page.locator("html").get_attribute("lang") == language


def whole_way(walk, person):
    walk.open().look()
    walk.pay_with("regence", "regence").look()
    walk.answer_card("regence").look()
    walk.who_in_english().at("when").look()
    walk.clinician("Wexler").take_time(5).at("about").look()
    walk.submit().look()
    walk.to_check(person).look()
    walk.send().until_booked().look()
    return walk.page.watch.headings


def test_the_whole_way_in_spanish_says_nothing_in_english(walk):
    spanish = walk("es")
    found = whole_way(spanish, somebody())
    assert spanish.page.locator("html").get_attribute("lang") == "es"
    assert "/es/" in spanish.page.url
    english = ("How will you pay", "One question", "Who and how", "When", "About you", "Check and", "Booked")
    assert not [heading for heading in found if heading.startswith(english)]


@pytest.mark.long  # the widget's own tests change it on each page in every run
def test_the_language_changes_at_every_step_and_nothing_typed_is_lost(walk):
    walk, person = walk(), somebody()
    walk.open().pay_with("aetna", "aetna").at("who").check("help", "therapy_intake")
    switch(walk, "es")
    assert walk.page.locator("input[name=help][value=therapy_intake]").is_checked()
    walk.check("help", "intake").submit().at("when")
    switch(walk, "en")
    walk.take_time(2).at("about").about(person)
    switch(walk, "es")
    walk.look()
    for name, value in person.fields.items():
        assert walk.page.input_value(f"input[name={name}]") == value
    assert walk.page.locator("input[name=agree_terms]").is_checked()
    walk.submit().at("check")
    switch(walk, "en")
    assert person.last in walk.text
    switch(walk, "es")
    walk.send().until_booked()
    switch(walk, "en")
    walk.until_booked().look()
