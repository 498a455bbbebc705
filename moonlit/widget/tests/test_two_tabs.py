"""The same pages in two tabs: an older one neither wipes newer answers nor books what it does not show."""

from urllib.parse import urlencode

import pytest

from moonlit.booking.models import Appointment
from moonlit.platform.testing import run_pending
from moonlit.widget.models import Draft
from moonlit.widget.revision import answers_revision, draft_revision
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.test_hold import held
from moonlit.widget.tests.test_staying import answers, ask, at_about  # noqa: F401  a fixture
from moonlit.widget.tests.visitor import Visitor

CHANGED = "Your answers changed in another tab. Please look at them once more."


@pytest.fixture
def tabs(at_about):  # noqa: F811
    """Two tabs with the same page, made from the same answers."""
    return at_about, Visitor().go(at_about.path)


def test_a_tab_that_was_opened_before_wipes_nothing_that_was_typed_since(tabs, town):
    one, older = tabs
    ask(one, "stay", typed="1", first_name="Zoë")
    town.clock.forward(seconds=40)
    assert ask(older, "stay", typed="1").json()["revision"] == ""
    assert ask(older, "keep", typed="1", last_name="Quill").json()["revision"] == ""
    assert answers() == {"first_name": "Zoë"}


def test_a_refused_save_still_keeps_the_time_and_the_answers_alive(tabs, town):
    one, older = tabs
    ask(one, "stay", typed="1", first_name="Zoë")
    town.clock.forward(minutes=9)
    told = ask(older, "keep", typed="1", last_name="Quill").json()
    assert (told["hold"], told["idle"], told["taken"]) == (600, 1200, "")
    assert held().hold_extended == 1


def test_the_tab_whose_answers_are_kept_goes_on_keeping_them(tabs):
    one, _ = tabs
    first = ask(one, "stay", typed="1", first_name="Z").json()["revision"]
    second = ask(one, "stay", typed="1", first_name="Zo", revision=first).json()["revision"]
    assert ask(one, "keep", typed="1", first_name="Zoë", revision=second).json()["revision"] == answers_revision(
        {"first_name": "Zoë"}
    )
    assert answers() == {"first_name": "Zoë"}


def test_a_save_whose_answer_was_lost_on_the_way_does_not_make_its_own_tab_an_older_one(tabs):
    one, older = tabs
    ask(one, "stay", typed="1", first_name="Zo")
    lost = urlencode({"first_name": "Zo", "revision": one.value_of("revision")})
    assert ask(one, "stay", typed="1", first_name="Zoë", after=[lost]).json()["revision"]
    assert answers() == {"first_name": "Zoë"}
    ask(older, "stay", typed="1", last_name="Quill", after=[urlencode({"last_name": "Q"})])
    assert answers() == {"first_name": "Zoë"}


def test_a_script_that_only_says_still_here_hears_no_revision_and_changes_nothing(tabs):
    one, older = tabs
    ask(one, "stay", typed="1", first_name="Zoë")
    assert ask(older, "stay").json()["revision"] == ""
    assert ask(older, "keep").json()["revision"] == ""
    assert answers() == {"first_name": "Zoë"}


def test_a_page_that_names_no_revision_has_seen_no_answers(tabs):
    one, _ = tabs
    assert ask(one, "stay", typed="1", first_name="Zoë", revision="").json()["revision"] == ""
    assert answers() == {}


def test_continue_is_the_last_word_in_any_tab(tabs):
    one, older = tabs
    ask(one, "stay", typed="1", first_name="Zo")
    assert older.press(**TOWN_ZOE).page == "check"
    assert answers()["first_name"] == "Zoë"


def test_keep_pressed_in_an_older_tab_without_a_script_shows_the_newer_answers_and_says_so(tabs):
    one, older = tabs
    ask(one, "stay", typed="1", first_name="Zoë")
    older.press(older.path.replace("/about", "/keep"), last_name="Quill")
    assert older.page == "about"
    assert CHANGED in older.text
    assert older.value_of("first_name") == "Zoë"
    assert CHANGED not in older.go(older.path.partition("?")[0]).text


def test_only_what_the_check_page_showed_is_booked(tabs):
    """Step 4 in one tab, then the check page; the other tab, opened in between, keeps something else."""
    at_check, other = tabs
    at_check.press(**TOWN_ZOE)
    other.go(other.path)
    ask(other, "stay", typed="1", **{**TOWN_ZOE, "phone": "801-555-0199"})
    at_check.press()
    assert (at_check.page, at_check.status) == ("check", 409)
    assert CHANGED in at_check.text
    assert "801-555-0199" in at_check.text
    assert Appointment.objects.get().state == "held"
    at_check.press()
    assert "/book/s/" in at_check.path


@pytest.mark.parametrize(
    ("page", "fields", "shown"),
    [
        ("when", {"start": "2026-03-09T16:00:00Z", "provider": ""}, "10:00 AM"),
        ("pay", {"self_pay": "1"}, "You get a written estimate of the cost"),
    ],
)
def test_what_another_tab_chose_otherwise_is_shown_before_it_is_booked(tabs, page, fields, shown):
    at_check, other = tabs
    at_check.press(**TOWN_ZOE)
    other.press(other.path.replace("/about", f"/{page}"), **fields)
    at_check.press()
    assert (at_check.page, at_check.status) == ("check", 409)
    assert shown in at_check.text
    assert not Appointment.objects.filter(state="pending").exists()


def test_a_check_page_without_a_revision_is_shown_once_more(tabs):
    at_check, _ = tabs
    at_check.press(**TOWN_ZOE)
    assert at_check.press(revision="").status == 409
    at_check.press()
    assert "/book/s/" in at_check.path
    run_pending()


def test_a_revision_follows_the_content_and_tells_nothing_of_it():
    one = answers_revision({"first_name": "Zoë", "last_name": "Quill"})
    assert one == answers_revision({"last_name": "Quill", "first_name": "Zoë"})
    assert one != answers_revision({"first_name": "Zoë"})
    assert len(one) == 24
    drafts = [Draft(), Draft(provider_id=7), Draft(choices={"payer": "emi"}), Draft(answers={"first_name": "Zoë"})]
    assert len({draft_revision(each) for each in drafts}) == 4
