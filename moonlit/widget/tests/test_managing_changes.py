"""Cancelling and moving on the pages: asked once more, told when it is done, and everything typed is kept."""

from datetime import time, timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import Appointment
from moonlit.booking.services import request_booking
from moonlit.domain.zones import first_instant
from moonlit.widget.tests.person import FRIDAY
from moonlit.widget.tests.visitor import SAME_ORIGIN
from moonlit.worklist.models import Task
from tests.support.people import a_request, patient
from tests.support.scene import DENVER

NASTY = ["", " ", "\x00", "🙂", "<script>alert(1)</script>", "' OR 1=1 --", "\u202egnp", "x" * 5000, "-1", "9" * 30]


def test_cancelling_asks_once_more_keeps_the_reason_and_says_done_when_it_is(person):
    person.prove().go(f"{person.session}/cancel")
    assert "Cancel this appointment?" in person.text
    assert "late cancellation" not in person.text
    person.press(words="I feel better")
    assert person.path.startswith("/m/p/")
    assert "We are cancelling your appointment" in person.text
    assert f'<noscript><meta http-equiv="refresh" content="2; url={person.path}?look=1">' in person.body
    assert (person.row.change, person.row.change_note) == ("cancel", "I feel better")
    person.until_done().go(person.path)
    assert "Your appointment is cancelled" in person.text
    assert 'http-equiv="refresh"' not in person.body
    assert "hx-get" not in person.body
    assert person.row.state == "cancelled"
    assert person.go(f"/m/{person.link}").status == 404


def test_the_page_stops_turning_after_a_while_and_when_told_to(person):
    person.prove().go(f"{person.session}/cancel").press(words="")
    path = person.path
    assert 'http-equiv="refresh"' not in person.go(f"{path}?look=6").body
    assert "hx-get" not in person.body, "only without scripts is a page reloaded so often, and then it rests"
    assert "does not update by itself any more" in person.text
    assert "hx-get" not in person.go(f"{path}?look=stop").body
    assert "Check again" in person.text


def test_the_open_page_learns_by_itself_when_to_look_again_and_then_that_it_is_done(person):
    person.prove().go(f"{person.session}/cancel").press(words="")
    path = person.path
    waiting = person.client.get(f"{path}?look=1", headers={"HX-Request": "true"}).content.decode()
    assert "<h1" not in waiting
    assert "?look=2" in waiting
    person.until_done()
    answer = person.client.get(f"{path}?look=2", headers={"HX-Request": "true"})
    assert answer["HX-Retarget"] == "#outcome"
    assert "<title>Your appointment is cancelled - " in answer.content.decode()
    assert "Step" not in answer.content.decode()
    assert "<html" not in answer.content.decode()


def test_a_late_cancel_is_called_so_when_it_is_done(person):
    person.late().prove().go(f"{person.session}/cancel").press(words="", policy_shown="1")
    person.until_done().go(person.path)
    assert "It counts as a late cancellation" in person.text


def test_in_time_the_policy_says_until_when(person):
    person.prove().go(f"{person.session}/cancel")
    assert "that lasts until Thursday, March 5, 2026 at 9:00 AM Mountain Time" in person.text
    assert person.text.index("You can cancel here") < person.text.index("Would you like to tell us why?")
    assert f'href="{person.session}">Keep the appointment' in person.body


def test_inside_the_notice_period_the_policy_comes_first(person):
    person.late().prove().go(f"{person.session}/cancel")
    assert "It counts as a late cancellation, and a fee may follow." in person.text
    person.press(words="", policy_shown="1")
    person.until_done()
    assert person.row.state == "late_cancelled"


def test_a_page_opened_in_time_and_sent_late_comes_back_with_the_policy_and_the_words(person):
    person.late(person.row.start - timedelta(hours=24, minutes=1)).prove().go(f"{person.session}/cancel")
    assert "late cancellation" not in person.text
    person.scene.clock.forward(minutes=2)
    person.press(words="My car broke down")
    assert person.status == 422
    assert "It counts as a late cancellation" in person.text
    assert "My car broke down" in person.text
    assert person.row.change == ""
    person.press(words="My car broke down", policy_shown="1")
    assert person.row.change == "cancel"


def test_words_over_the_limit_come_back_as_typed(person):
    person.prove().go(f"{person.session}/cancel").press(words="x" * 501)
    assert person.status == 422
    assert "Please write at most 500 letters." in person.text
    assert "x" * 501 in person.body
    assert person.row.change == ""


def test_a_visit_that_has_begun_can_be_looked_at_and_nothing_else(person):
    person.late(person.row.start).prove()
    assert "Cancel the appointment" not in person.text
    for page in ("cancel", "move", "check"):
        person.go(f"{person.session}/{page}")
        assert person.path == person.session
        person.press(f"{person.session}/{page}", words="x", policy_shown="1", start="2026-03-06T17:00:00Z")
    assert person.row.change == ""


# move


def test_moving_shows_times_old_and_new_and_who_will_be_seen(person):
    person.prove().go(f"{person.session}/move")
    assert "Your time now: Friday, March 6, 2026 at 9:00 AM Mountain Time (MST)." in person.text
    assert "All times are in Mountain Time." in person.text
    assert person.times() == ["2026-03-06T17:00:00Z", "2026-03-06T18:00:00Z"]
    person.go(f"{person.session}/check?start={person.times()[1]}")
    assert "New Date and time Friday, March 6, 2026 at 11:00 AM" in person.text
    assert "You will see Rui Resident, MD Supervised by Ada Attending, MD" in person.text
    assert "You would have seen Ada Attending, MD" in person.text
    assert person.row.change == ""
    person.press(person.path.partition("?")[0], start=person.value_of("start"), provider=person.value_of("provider"))
    assert "We are moving your appointment" in person.text
    assert "Friday, March 6, 2026 at 9:00 AM" in person.text, "the old time stands"
    person.until_done().go(person.path)
    assert "Your appointment is moved" in person.text
    assert "We look forward to seeing you on Friday, March 6, 2026 at 11:00 AM" in person.text
    assert "Rui Resident" in person.text


def test_the_same_clinician_comes_first_and_can_be_the_only_one(person):
    person.scene.open("72", FRIDAY, "10:00")
    person.scene.sync()
    person.prove().go(f"{person.session}/move?with=same")
    assert person.times() == ["2026-03-06T17:00:00Z"]
    person.go(f"{person.session}/check?start={person.times()[0]}")
    assert "You will see Ada Attending, MD" in person.text


def test_the_time_one_has_is_not_offered_as_a_new_one(person):
    person.scene.open("72", FRIDAY, "09:00")
    person.scene.sync()
    person.prove().go(f"{person.session}/move")
    assert person.times() == ["2026-03-06T17:00:00Z", "2026-03-06T18:00:00Z"]


def test_a_time_taken_meanwhile_leaves_everything_as_it_was(person):
    here = person.prove().session
    rui = person.scene.providers["72"].pk
    eleven = first_instant(FRIDAY, time(11), DENVER)
    somebody = patient(first_name="Bartholomew", email="quill@example.org")
    request_booking(
        a_request(eleven, now=person.scene.clock(), provider=rui, patient=somebody),
        actor=PUBLIC,
        now=person.scene.clock(),
    )
    person.press(f"{here}/check", start="2026-03-06T18:00:00Z", provider=str(rui))
    assert person.page == "move"
    assert "That time has just been taken. Your appointment has not changed." in person.text
    assert (person.row.state, person.row.change) == ("booked", "")


def test_a_move_that_the_ehr_refuses_leaves_the_old_time_and_says_so(person):
    here = person.prove().session
    person.scene.ehr.staff_book("17203061100", person.scene.ehr.add_patient(None))
    rui = person.scene.providers["72"].pk
    person.press(f"{here}/check", start="2026-03-06T18:00:00Z", provider=str(rui))
    for _ in range(10):
        person.until_done()
        person.scene.clock.forward(seconds=30)
    person.go(person.path)
    assert "Your appointment stands as it was" in person.text
    assert "Friday, March 6, 2026 at 9:00 AM" in person.text
    assert (person.row.state, person.row.change) == ("booked", "")


def test_a_late_move_is_a_request_to_staff_with_the_phone_beside_it(person):
    person.late().prove().go(f"{person.session}/move")
    assert "Your visit begins soon, so a person has to move it." in person.text
    assert "801-555-0100" in person.text
    person.press(words="Any morning next week")
    assert person.page == "asked"
    assert "A person answers you by the end of" in person.text
    assert Task.objects.filter(kind="move_requested", subject=f"appointment:{person.visit_id}").count() == 1
    assert (person.row.state, person.row.change, Appointment.objects.count()) == ("booked", "", 1)
    assert person.go(f"{person.session}/check?start=2026-03-06T17:00:00Z").page == "move"


def test_while_a_change_is_under_way_the_pages_say_so_and_take_no_other(person):
    here = person.prove().session
    person.press(f"{here}/check", start="2026-03-06T17:00:00Z", provider="")
    person.go(here)
    assert "We are moving this appointment" in person.text
    assert "Cancel the appointment" not in person.text
    person.press(f"{here}/check", start="2026-03-06T18:00:00Z", provider="")
    assert Appointment.objects.filter(moved_from=person.visit_id).count() == 1


@pytest.mark.parametrize("value", NASTY, ids=lambda value: ascii(value[:12]))
def test_no_value_of_any_field_breaks_a_page(person, value):
    here = person.prove().session
    for path, names in (
        (f"/m/{person.link}/code", ["channel"]),
        (f"/m/{person.link}/enter", ["code"]),
        (f"{here}/check", ["start", "provider"]),
        (f"{here}/move", ["words"]),
    ):
        response = person.client.post(path, dict.fromkeys(names, value), headers=SAME_ORIGIN)
        assert response.status_code in {200, 303, 422}, path
        assert b"<script>alert" not in response.content
        response = person.client.get(path, {"start": value, "from": value, "with": value, "by": value, "look": value})
        assert response.status_code in {200, 303}, path
        assert b"<script>alert" not in response.content
    assert person.row.change == ""
