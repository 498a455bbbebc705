"""The time is held while the patient types (rules 4.2): shown, kept longer, let go, taken again."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import Appointment
from moonlit.booking.services import place_hold
from moonlit.platform.testing import run_pending
from moonlit.widget.journey import Choices
from moonlit.widget.models import Draft
from moonlit.widget.queries import criteria_of
from moonlit.widget.tests.test_about_and_check import TOWN_ZOE
from moonlit.widget.tests.test_booking_path import lantern  # noqa: F401  a fixture
from moonlit.widget.tests.visitor import SAME_ORIGIN, WHO, ZOE, Visitor

NINE, TEN, ONE = (f"2026-03-09T{hour}:00:00Z" for hour in ("15", "16", "19"))
"""Nine, ten and one o'clock in Denver; Quintero-Hale has all, Wexler has ten too."""


def on_times(visitor=None):
    return (visitor or Visitor()).go("/book").press("/book", payer="selecthealth").press(**WHO)


def on_times_of_two(visitor):
    """Where ten o'clock can be had with either of two clinicians."""
    return visitor.go("/book").press("/book", payer="regence").press(benefit="regence").press(**WHO)


@pytest.fixture
def at_about(visitor):
    return on_times(visitor).press(start=NINE, provider="")


def held():
    return Appointment.objects.get(state="held")


def states():
    return sorted(Appointment.objects.values_list("state", flat=True))


def somebody_takes(town, start):
    """Another visitor holds the same start."""
    from moonlit.coverage.queries import facts

    choices = Choices(payer="selecthealth", answered=True, help="intake", state="UT")
    criteria = criteria_of(choices, facts())
    return place_hold(criteria, start, None, client_ref="other", address="", actor=PUBLIC, now=town.clock())


def test_choosing_a_time_holds_it_and_the_page_says_until_when(at_about):
    assert at_about.page == "about"
    assert "We hold this time for you until 9:10 AM Mountain Time (MST)." in at_about.text
    assert "less than two minutes" not in at_about.text
    assert "Keep this time longer" in at_about.text
    assert NINE not in on_times().times(), "others are not offered it"


def test_the_check_page_says_it_too_and_the_confirmed_visit_is_the_hold(at_about):
    hold = held().pk
    at_about.press(**TOWN_ZOE)
    assert "We hold this time for you until 9:10 AM Mountain Time (MST)." in at_about.text
    assert "You will see Marisol Quintero-Hale, MD" in at_about.text
    at_about.press()
    assert "/book/s/" in at_about.path
    assert (Appointment.objects.get().pk, states()) == (hold, ["pending"])


def test_a_held_visit_is_booked_in_the_ehr(lantern):  # noqa: F811
    visitor = Visitor().go("/book").press("/book", payer="alpine").press(**WHO)
    visitor.press(start=visitor.times()[0]).press(**ZOE).press()
    run_pending()
    assert states() == ["booked"]


def test_two_minutes_ahead_the_page_warns(at_about, town):
    town.clock.forward(minutes=8)
    at_about.go(at_about.path)
    assert "That is less than two minutes from now." in at_about.text


def test_one_press_keeps_the_time_longer_and_loses_nothing_that_was_typed(at_about, town):
    town.clock.forward(minutes=9)
    keep = re.search(r'formaction="([^"]+/keep)"', at_about.body)[1]
    at_about.press(keep, first_name="Zoë", email="zoe@", tell="yes")
    assert (at_about.page, at_about.status) == ("about", 200)
    assert "until 9:19 AM Mountain Time (MST)" in at_about.text
    assert (at_about.value_of("first_name"), at_about.value_of("email")) == ("Zoë", "zoe@")
    assert held().hold_extended == 1


def test_enter_in_a_field_continues_and_does_not_press_keep(at_about):
    buttons = re.findall(r"<button[^>]*>", at_about.body)
    assert "formaction" not in buttons[0]
    assert any("formaction" in button for button in buttons[1:])


def test_the_check_page_keeps_the_time_and_stays(at_about, town):
    at_about.press(**TOWN_ZOE)
    town.clock.forward(minutes=9)
    at_about.press(at_about.path.replace("/check", "/keep"), back="check")
    assert at_about.page == "check"
    assert "until 9:19 AM" in at_about.text
    assert "Zoë Ñandú-O'Leary" in at_about.text


def test_a_get_keeps_nothing(at_about, town):
    town.clock.forward(minutes=5)
    at_about.go(at_about.path.replace("/about", "/keep"))
    assert at_about.page == "about"
    assert held().hold_extended == 0


def test_a_hold_that_is_over_is_said_and_one_press_takes_the_time_again(at_about, town):
    town.clock.forward(minutes=11)
    at_about.go(at_about.path)
    assert "We no longer hold this time for you" in at_about.text
    assert "Keep this time longer" not in at_about.text
    at_about.press(at_about.path.replace("/about", "/keep"), first_name="Zoë")
    assert at_about.page == "about"
    assert "We hold this time for you until 9:21 AM" in at_about.text
    assert at_about.value_of("first_name") == "Zoë"


def test_going_on_after_the_hold_takes_the_time_again_by_itself(at_about, town):
    town.clock.forward(minutes=11)
    at_about.press(**TOWN_ZOE)
    assert at_about.page == "check"
    assert "We hold this time for you until 9:21 AM" in at_about.text


def test_a_time_taken_by_another_after_the_hold_asks_only_for_a_new_time(at_about, town):
    town.clock.forward(minutes=11)
    somebody_takes(town, held().start)
    at_about.press(**TOWN_ZOE)
    assert at_about.page == "when"
    assert "The time you chose has just been taken." in at_about.text
    at_about.press(start=TEN)
    assert at_about.page == "check", "everything typed was kept"
    at_about.press()
    assert "/book/s/" in at_about.path


def test_keep_pressed_too_late_keeps_what_was_typed_and_asks_for_a_new_time(at_about, town):
    town.clock.forward(minutes=11)
    somebody_takes(town, held().start)
    at_about.press(at_about.path.replace("/about", "/keep"), first_name="Zoë")
    assert at_about.page == "when"
    assert "The time you chose has just been taken." in at_about.text
    at_about.press(start=TEN)
    assert at_about.page == "about"
    assert at_about.value_of("first_name") == "Zoë"


def test_a_hold_that_ended_on_the_check_page_is_booked_while_its_time_is_free(at_about, town):
    at_about.press(**TOWN_ZOE)
    town.clock.forward(minutes=11)
    at_about.press()
    assert "/book/s/" in at_about.path
    assert "pending" in states()


def test_another_clinician_may_have_the_time_again_when_anybody_would_do(visitor, town):
    on_times_of_two(visitor).press(start=TEN, provider="")
    first = held().provider_id
    town.clock.forward(minutes=11)
    assert somebody_takes(town, held().start).provider == first
    visitor.press(**TOWN_ZOE)
    assert visitor.page == "check"
    mine = Appointment.objects.exclude(client_ref="other").get(state="held")
    assert mine.provider_id != first
    assert f"You will see {mine.provider.display_name}" in visitor.text


def test_choosing_another_time_moves_the_hold(at_about):
    at_about.go(at_about.path.replace("/about", "/when")).press(start=TEN)
    assert (states(), held().start.hour) == (["held", "released"], 16)
    assert NINE in on_times().times()


def test_choosing_the_same_time_again_keeps_the_hold(at_about, town):
    hold = held().pk
    town.clock.forward(minutes=5)
    at_about.press(at_about.path.replace("/about", "/when"), start=NINE, provider="")
    assert at_about.page == "about"
    assert (held().pk, held().hold_extended) == (hold, 1)


def test_a_second_click_on_a_time_finds_the_hold_of_the_first(visitor):
    on_times(visitor)
    path = visitor.path
    first = visitor.press(path, start=NINE, provider="").page
    second = visitor.press(path, start=NINE, provider="").page
    assert (first, second, states()) == ("about", "about", ["held"])


def test_one_way_through_the_pages_holds_two_times_at_most(visitor, town):
    on_times(visitor)
    path = visitor.path
    for start in (NINE, TEN, ONE):
        town.clock.forward(seconds=1)
        visitor.press(path, start=start, provider="")
        assert visitor.page == "about", "choosing again is never refused"
    assert states() == ["held", "held", "released"]
    assert held_starts() == [16, 19]


def held_starts():
    return sorted(each.hour for each in Appointment.objects.filter(state="held").values_list("start", flat=True))


def test_visitors_behind_one_address_do_not_count_together(town):
    from moonlit.domain import holds

    visitors = [on_times_of_two(Visitor()) for _ in range(4)]
    for visitor, start in zip(visitors, (NINE, TEN, TEN, ONE), strict=True):
        visitor.press(start=start, provider="")
        assert visitor.page == "about"
    assert states() == ["held"] * 4
    assert not any(Appointment.objects.values_list("holder_index", flat=True))
    assert holds.MOST_PER_CLIENT == 2


def test_finish_and_clear_lets_the_time_go(at_about):
    at_about.press(at_about.path.replace("/about", "/finish"))
    assert states() == ["released"]
    assert NINE in on_times().times()


def test_other_answers_for_which_the_time_does_not_fit_let_it_go(at_about):
    at_about.press(at_about.path.replace("/about", "/who"), **{**WHO, "place": "sugarhouse"})
    assert at_about.page == "when"
    assert states() == ["released"]


def test_answers_for_which_it_still_fits_keep_it(at_about):
    at_about.press(at_about.path.replace("/about", "/who"), **WHO)
    assert states() == ["held"]


def test_a_lead_left_instead_lets_the_time_go(at_about):
    at_about.press(**{**TOWN_ZOE, "dob_year": "2012"})
    assert at_about.page == "ask"
    assert states() == ["released"]


def test_the_last_time_there_is_can_be_held_and_booked(visitor):
    """The patient's own hold hides it from everybody; it must not hide it from him."""
    on_times(visitor).press(visitor.path.replace("/when", "/who"), **{**WHO, "place": "sugarhouse"})
    assert len(visitor.times()) == 1
    visitor.press(start=visitor.times()[0])
    assert visitor.page == "about"
    visitor.press(**TOWN_ZOE)
    assert visitor.page == "check"
    visitor.press()
    assert "/book/s/" in visitor.path


def test_a_draft_that_names_a_strange_hold_books_by_itself(at_about, town):
    other = somebody_takes(town, held().start + timedelta(hours=1))
    at_about.press(**TOWN_ZOE)
    Draft.objects.filter(identified=True).update(hold=other.hold)
    Appointment.objects.filter(pk=other.hold).update(state="released")
    at_about.go(at_about.path)
    assert at_about.page in {"check", "when"}
    assert Appointment.objects.get(pk=other.hold).state == "released"


def test_clicks_on_one_time_at_the_same_instant_all_lead_on(transactional_db, town):
    path, together = on_times(Visitor()).path, Barrier(4)

    def click(_):
        try:
            together.wait(timeout=20)
            response = Visitor().client.post(path, {"start": NINE, "provider": ""}, headers=SAME_ORIGIN)
            return response.status_code, response.headers.get("Location", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(click, range(4)))
    assert {status for status, _ in answers} == {303}
    assert all(place.endswith("/about") for _, place in answers)
    assert states() == ["held"]
