"""The page of a visit under its status link: what it says in each state, and how it turns by itself."""

from dataclasses import replace
from datetime import timedelta

import pytest

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import Appointment
from moonlit.booking.services import request_cancel
from moonlit.people.models import Consent, Insurance, Patient
from moonlit.widget.tests.person import FRIDAY, Person
from tests.support.people import BY_VIDEO

PART = {"HX-Request": "true"}


def pending(person):
    """The same visit as it was before the EHR had answered."""
    Appointment.objects.filter(pk=person.visit_id).update(state="pending", created_at=person.scene.clock())
    return person.go(f"/book/s/{person.status_token}")


def part(person, look):
    return person.client.get(f"/book/s/{person.status_token}?{look}", headers=PART)


def test_without_scripts_the_page_reloads_itself_and_can_be_stopped(person):
    pending(person)
    path = person.path
    assert (
        f'<noscript><meta http-equiv="refresh" content="2; url={path}?look=1&amp;said=fresh"></noscript>' in person.body
    )
    assert "Stop updating" in person.text
    assert not person.response.has_header("Refresh"), "with scripts nothing reloads"
    person.go(f"{path}?look=stop")
    assert 'http-equiv="refresh"' not in person.body
    assert "hx-get" not in person.body


def test_while_nothing_is_new_the_page_only_learns_when_to_look_again(person):
    pending(person)
    answer = part(person, "look=1&said=fresh")
    body = answer.content.decode()
    assert "<h1" not in body
    assert "?look=2&amp;said=fresh" in body
    assert "load delay:3s" in body
    assert "HX-Retarget" not in answer
    assert answer["Cache-Control"] == "no-store"
    assert answer["Vary"].split(", ").count("HX-Request") == 1


def test_the_page_turns_into_booked_by_itself_with_its_title_and_says_so(person):
    answer = part(person, "look=1&said=fresh")
    body = answer.content.decode()
    assert answer["HX-Retarget"] == "#outcome"
    assert "<title>Booked - Step 6 of 6" in body
    assert 'id="onward" tabindex="-1">Booked</h1>' in body
    assert '<p id="news" hx-swap-oob="innerHTML">Booked: Friday, March 6, 2026 at 9:00 AM' in body
    assert "<html" not in body
    assert "http-equiv" not in body


@pytest.mark.parametrize(
    ("minutes", "sentence"),
    [
        (0, "Mostly it comes within a minute."),
        (3, "It takes longer than usual. We keep trying, and the time stays yours."),
        (20, "our team looks after it by hand"),
        (60 * 9, "You should have had our answer by now. We are sorry."),
    ],
)
def test_the_longer_it_takes_the_plainer_the_page(person, minutes, sentence):
    pending(person)
    person.scene.clock.forward(minutes=minutes)
    assert sentence in person.go(person.path).text
    assert "You may close this page." in person.text
    assert ("Mostly it comes within a minute." in person.text) == (minutes == 0)


def test_a_new_sentence_replaces_the_old_one_without_a_reload(person):
    pending(person)
    person.scene.clock.forward(minutes=3)
    answer = part(person, "look=7&said=fresh")
    assert answer["HX-Retarget"] == "#outcome"
    assert "It takes longer than usual" in answer.content.decode()
    assert "said=slow" in answer.content.decode()


def test_a_link_that_has_ended_changes_nothing_on_the_page(person):
    assert person.client.get("/book/s/nothing", headers=PART).status_code == 404


def test_booked_says_when_where_and_who_and_what_to_do(person):
    person.go(f"/book/s/{person.status_token}")
    assert person.title.startswith("Booked - Step 6 of 6")
    for sentence in (
        "We look forward to seeing you on Friday, March 6, 2026 at 9:00 AM Mountain Time (MST).",
        "Ada Attending, MD",
        "You get the link to the video visit before it begins.",
        "Use a phone, tablet or computer with a camera and a microphone.",
        "We check your plan before your visit and tell you what we learn.",
        "Save it to your calendar",
        "Change or cancel",
    ):
        assert sentence in person.text


def test_booked_lists_what_is_still_to_do_and_nothing_that_is_done(person):
    Insurance.objects.update(member_id=None)
    Patient.objects.update(address=None)
    text = person.go(f"/book/s/{person.status_token}").text
    assert "Tell us the member number on your insurance card" in text
    assert "Tell us your address" in text
    for row in Insurance.objects.all():
        row.member_id = "MX-100"
        row.save()
    for row in Patient.objects.all():
        row.address = {"line1": "10 Fictional Way", "city": "Provo", "state": "UT", "zip": "84604"}
        row.save()
    text = person.go(person.path).text
    assert "Tell us" not in text
    signed = "Read and sign the texts for this visit"
    Consent.objects.all().delete()
    assert signed in person.go(person.path).text
    person.press(f"{person.path}/change")
    assert person.path.endswith("/code"), "there it is done, after a code"


def test_who_pays_himself_hears_of_the_written_estimate(scene, monkeypatch):
    from moonlit.platform import clock

    monkeypatch.setattr(clock, "now", scene.clock)
    scene.open("71", FRIDAY, "09:00")
    scene.sync()
    person = Person(scene, criteria=replace(BY_VIDEO, payer=None, self_pay=True))
    text = person.go(f"/book/s/{person.status_token}").text
    assert "We send you a written estimate of the price by Tuesday, March 3, 2026." in text
    assert "We check your plan" not in text


def test_a_visit_that_fell_to_another_clinician_names_both(person):
    row = person.row
    rui = person.scene.providers["72"].pk
    Appointment.objects.filter(pk=row.pk).update(any_provider=True, tried_providers=[rui, row.provider_id])
    assert (
        "You will see Ada Attending, MD instead of Rui Resident, MD" in person.go(f"/book/s/{person.status_token}").text
    )


def test_the_patients_own_clock_stands_beside_the_visits(person):
    Appointment.objects.update(place_state="CA")
    text = person.go(f"/book/s/{person.status_token}").text
    assert "On your own clock Friday, March 6, 2026 at 8:00 AM Pacific Time (PST)" in text


def test_a_cancel_under_way_is_no_promise_to_see_anybody(person):
    request_cancel(person.visit_id, note="", late_ok=False, actor=PUBLIC, now=person.scene.clock())
    text = person.go(f"/book/s/{person.status_token}").text
    assert "You asked us to cancel this visit." in text
    assert "We look forward" not in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("cancelled", "You need not do anything."),
        ("late_cancelled", "Our financial policy says whether there is a fee."),
        ("checked_in", "You are checked in"),
        ("completed", "This visit has taken place or is over"),
        ("no_show", "This visit has taken place or is over"),
    ],
)
def test_every_other_end_says_what_it_is_and_what_next(person, state, sentence):
    Appointment.objects.update(state=state)
    text = person.go(f"/book/s/{person.status_token}").text
    assert sentence in text
    assert "If you have a question, call us: 801-555-0100" in text


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("lost", "was taken in our calendar before your request arrived."),
        ("failed", "Our calendar did not take your request for"),
    ],
)
def test_not_booked_says_why_and_that_somebody_calls(person, state, sentence):
    Appointment.objects.update(state=state)
    text = person.go(f"/book/s/{person.status_token}").text
    assert sentence in text
    assert "Our team knows and will try to reach you." in text
    assert "Friday, March 6 at 10:00 AM" in text
    assert "All times are in Mountain Time." in text


def test_what_is_past_has_nothing_left_to_do(person):
    person.scene.clock.at = person.row.end + timedelta(hours=1)
    text = person.go(f"/book/s/{person.status_token}").text
    assert "Change or cancel" not in text
