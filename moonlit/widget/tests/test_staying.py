"""What a script asks for while somebody types: the time kept longer in place, the answers kept as they are typed."""

import re
from datetime import timedelta

import pytest

from moonlit.booking.models import Appointment
from moonlit.platform.testing import run_pending
from moonlit.widget import queries, services
from moonlit.widget.models import Draft
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.test_hold import held, on_times, somebody_takes
from moonlit.widget.tests.visitor import SAME_ORIGIN, WHO

NINE = "2026-03-09T15:00:00Z"


@pytest.fixture
def at_about(visitor):
    return on_times(visitor).press(start=NINE, provider="")


def ask(visitor, what, **fields):
    """As the script of the page does that the visitor has open; `revision` is that of the page unless it is given."""
    headers = {**SAME_ORIGIN, "Accept": "application/json"}
    path = f"/book/d/{visitor.token}/{what}"
    return visitor.client.post(path, {"revision": visitor.value_of("revision"), **fields}, headers=headers)


def answers():
    return Draft.objects.get(identified=True).answers


def clocks(visitor):
    """What the page tells the script."""
    found = re.search(r'<div id="clocks"([^>]*)>', visitor.body)[1]
    return dict(re.findall(r'data-([a-z-]+)="([^"]*)"', found))


def test_the_page_tells_how_many_seconds_are_left(at_about, town):
    assert (clocks(at_about)["hold-left"], clocks(at_about)["idle"], clocks(at_about)["last"]) == (
        "600",
        "1200",
        "7200",
    )
    town.clock.forward(minutes=9)
    at_about.go(at_about.path)
    assert (clocks(at_about)["hold-left"], clocks(at_about)["idle"], clocks(at_about)["last"]) == ("60", "1200", "6660")


def test_pages_before_the_time_count_the_answers_only(visitor):
    on_times(visitor)
    assert clocks(visitor)["idle"] == "1200"
    assert "keep" not in clocks(visitor)
    assert "form" not in clocks(visitor), "only what is typed on step 4 is kept as it is typed"


def test_a_script_keeps_the_time_in_place_and_hears_until_when(at_about, town):
    town.clock.forward(minutes=9)
    told = ask(at_about, "keep", first_name="Zoë").json()
    assert (told["hold"], told["idle"], told["taken"]) == (600, 1200, "")
    assert told["said"] == "We hold this time for you until 9:19 AM Mountain Time (MST)."
    assert answers()["first_name"] == "Zoë"


def test_a_script_on_the_check_page_keeps_the_answers_as_they_are(at_about, town):
    at_about.press(**TOWN_ZOE)
    assert clocks(at_about)["back"] == "check"
    town.clock.forward(minutes=9)
    assert ask(at_about, "keep", back="check").json()["hold"] == 600
    assert answers()["first_name"] == "Zoë"


def test_a_time_can_be_kept_longer_at_least_ten_times(at_about, town):
    for _ in range(11):
        town.clock.forward(minutes=9)
        assert ask(at_about, "keep").json()["hold"] == 600
    assert held().hold_extended == 11


def test_a_time_that_somebody_took_meanwhile_is_said_and_the_answers_are_kept(at_about, town):
    town.clock.forward(minutes=11)
    somebody_takes(town, held().start)
    told = ask(at_about, "keep", first_name="Zoë").json()
    assert told["taken"] == f"/book/d/{at_about.token}/when?notice=taken"
    assert (told["hold"], told["said"]) == (0, "")
    assert answers()["first_name"] == "Zoë"
    assert "The time you chose has just been taken." in at_about.go(told["taken"]).text


def test_what_is_typed_is_kept_as_it_is_typed_and_found_again(at_about):
    typed = {**TOWN_ZOE, "email": "zoe@", "note": "call\nfirst"}
    assert ask(at_about, "stay", typed="1", **typed).json()["hold"] == 600
    at_about.go(at_about.path)
    assert at_about.value_of("email") == "zoe@"
    assert "call\nfirst</textarea>" in at_about.body
    assert at_about.status == 200, "kept, and not judged"


def test_a_field_that_was_emptied_stays_empty(at_about):
    told = ask(at_about, "stay", typed="1", first_name="Zoë", last_name="Quill").json()
    ask(at_about, "stay", typed="1", last_name="Quill", revision=told["revision"])
    assert "first_name" not in answers()


def test_staying_without_having_typed_keeps_the_answers(at_about):
    ask(at_about, "stay", typed="1", first_name="Zoë")
    ask(at_about, "stay")
    assert answers()["first_name"] == "Zoë"


def test_staying_does_not_keep_the_time_from_others(at_about, town):
    town.clock.forward(minutes=9)
    assert ask(at_about, "stay", typed="1", first_name="Zoë").json()["hold"] == 60
    assert held().hold_extended == 0


def test_staying_puts_off_when_the_answers_are_forgotten_but_not_the_two_hours(at_about, town):
    for _ in range(6):
        town.clock.forward(minutes=19)
        told = ask(at_about, "stay").json()
    assert (told["idle"], told["last"]) == (360, 360), "114 minutes have passed"
    town.clock.forward(minutes=6)
    assert ask(at_about, "stay").status_code == 404


def test_who_never_chose_a_time_has_no_answers_to_keep(visitor):
    on_times(visitor)
    assert ask(visitor, "stay", typed="1", first_name="Zoë").status_code == 200
    assert not Draft.objects.get().answers


def test_a_draft_that_was_sent_takes_no_more_and_gets_nothing_back(at_about, town):
    """The script's last words arrive after the press: read before it, and written after the answers were forgotten."""
    at_about.press(**TOWN_ZOE)
    before = Draft.objects.get(identified=True)
    at_about.press()
    services.forget_answers(Appointment.objects.get().pk)
    services.keep_answers_meanwhile(before, {"first_name": "Zoë"}, now=town.clock())
    after = Draft.objects.get(identified=True)
    assert after.answers == {}
    assert after.sent_at is not None
    run_pending()


def test_the_scripts_late_words_do_not_undo_what_was_submitted(at_about, town):
    stale = Draft.objects.get(identified=True)
    town.clock.forward(seconds=1)
    at_about.press(**TOWN_ZOE)
    services.keep_answers_meanwhile(stale, {"first_name": "Zo"}, now=town.clock())
    assert answers()["first_name"] == "Zoë"


def test_asking_to_stay_needs_our_own_page_and_a_press(at_about):
    path = f"/book/d/{at_about.token}/stay"
    assert at_about.client.post(path, {"typed": "1"}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert at_about.client.get(path).status_code == 303


def test_typing_does_not_use_up_the_presses_of_an_address(at_about, monkeypatch):
    monkeypatch.setattr("moonlit.widget.guard.MOST_POSTS", 30)
    for _ in range(40):
        last = ask(at_about, "stay", typed="1")
    assert last.status_code == 429
    assert at_about.press(**TOWN_ZOE).page == "check"


def test_the_end_of_a_draft_is_the_earlier_of_the_two():
    class At:
        seen_at = started_at = None

    from moonlit.widget.tests.town import Clock

    now = Clock()()
    At.started_at, At.seen_at = now - timedelta(minutes=115), now
    assert queries.ends(At, now) == queries.Ends(300, 300)


def test_a_change_of_language_keeps_what_was_typed_and_judges_nothing(at_about):
    path = at_about.path
    at_about.press("/es" + path, first_name="Zoë", email="zoe@", language="es")
    assert (at_about.path, at_about.status) == ("/es" + path, 200)
    assert (at_about.value_of("first_name"), at_about.value_of("email")) == ("Zoë", "zoe@")
    at_about.press(path, **TOWN_ZOE)
    assert at_about.page == "check"
    at_about.go("/es" + at_about.path)
    assert at_about.page == "check"
    assert "Zoë Ñandú-O'Leary" in at_about.text


def test_what_stands_on_the_check_page_is_asked_where_its_change_link_leads(at_about):
    at_about.press(**{**TOWN_ZOE, "plan": "FocalPoint", "note": "call first"})
    sections = re.findall(r'<section class="card facts".*?</section>', at_about.body, re.DOTALL)
    page_of = {
        re.search(r"<h2[^>]*>([^<]+)", each)[1]: (each, re.search(r'href="[^"]*/(\w+)">', each)[1]) for each in sections
    }
    for said in ("FocalPoint", "MX-100", "At home", "call first", "801-555-0142"):
        assert [to for each, to in page_of.values() if said in each] == ["about"], said


@pytest.mark.parametrize(
    ("page", "fields"),
    [
        ("pay", {"payer": "selecthealth"}),
        ("who", WHO),
        ("when", {"start": "2026-03-09T16:00:00Z", "provider": ""}),
        ("about", {**TOWN_ZOE, "preferred_name": "Zo"}),
    ],
)
def test_each_change_leads_back_to_the_check_and_asks_nothing_again(at_about, page, fields):
    at_about.press(**TOWN_ZOE)
    links = re.findall(r'<a href="([^"]+)">Change', at_about.body)
    (link,) = {each for each in links if each.endswith(f"/{page}")}
    at_about.go(link)
    assert at_about.page == page
    at_about.press(link, **fields)
    assert (at_about.page, at_about.status) == ("check", 200)
    assert "Zoë Ñandú-O'Leary" in at_about.text
