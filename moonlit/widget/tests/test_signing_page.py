"""Signing what is still open, behind the link and the code (rules 4.11)."""

import re

import pytest

from moonlit.audit.actor import SYSTEM
from moonlit.booking.models import ManageLink
from moonlit.booking.services import mint_link
from moonlit.people.inputs import BookerInput
from moonlit.people.models import Consent, RoiContact
from moonlit.platform import clock
from moonlit.widget.tests.person import FRIDAY, Person

OTTO = BookerInput(kind="case_manager", name="Otto Quill", email="otto@example.org", messages_to="both")


@pytest.fixture
def person(scene, monkeypatch):
    """Somebody for whom a case manager has booked, with the link from the patient's own message."""
    monkeypatch.setattr(clock, "now", scene.clock)
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.sync()
    found = Person(scene, booked_by=OTTO)
    found.link = a_link(scene, found, "patient")
    return found


def a_link(scene, person, holder):
    holder = ManageLink.Holder(holder)
    return mint_link(person.visit_id, ManageLink.Purpose.MANAGE, actor=SYSTEM, now=scene.clock(), holder=holder)


def states(person):
    return dict(Consent.objects.filter(appointment=person.visit_id).values_list("kind", "state"))


def boxes(person):
    return re.findall(r'<input type="checkbox" name="([^"]+)"[^>]*value="([^"]+)"', person.body)


def test_the_patient_reads_ticks_and_signs(person):
    person.prove()
    assert "Something is still to be signed" in person.text
    person.go(f"{person.session}/sign")
    assert "checked" not in re.sub(r"<label.*?</label>", "", person.body)
    assert set(states(person).values()) == {"to_be_signed"}
    ticked = dict(boxes(person))
    assert set(ticked) == {"agree_terms", "agree_privacy_notice", "person"}
    person.press(**ticked)
    assert person.path == f"{person.session}?notice=signed"
    assert "Thank you. It is signed." in person.text
    assert (states(person)["terms"], states(person)["privacy_notice"]) == ("given", "given")
    assert RoiContact.objects.get(appointment=person.visit_id).signed_at is not None
    assert "still to be signed" not in person.text


def test_what_is_not_ticked_stays_open(person):
    person.prove().go(f"{person.session}/sign").press(agree_terms="1")
    assert (states(person)["terms"], states(person)["privacy_notice"]) == ("given", "to_be_signed")
    assert RoiContact.objects.get(appointment=person.visit_id).signed_at is None
    assert "Something is still to be signed" in person.text


@pytest.mark.parametrize("typed", [{}, {"agree_terms": "0"}, {"agree_terms": ""}, {"agree_sms": "1"}, {"person": "x"}])
def test_a_press_that_agrees_to_nothing_signs_nothing(person, typed):
    person.prove().go(f"{person.session}/sign").press(**typed)
    assert person.status == 422
    assert "Nothing was signed" in person.text
    assert set(states(person).values()) == {"to_be_signed"}


def test_who_booked_cannot_sign_for_the_patient(scene, person):
    person.link = a_link(scene, person, "booker")
    person.prove().go(f"{person.session}/sign").press(agree_terms="1")
    assert person.status == 422
    assert "Only the patient or a recorded representative can sign this." in person.text
    assert set(states(person).values()) == {"to_be_signed"}


def test_looking_signs_nothing_and_without_a_session_there_is_no_page(person):
    person.prove().go(f"{person.session}/sign")
    assert set(states(person).values()) == {"to_be_signed"}
    session = person.session
    person.scene.clock.forward(minutes=30)
    person.go(f"{session}/sign")
    assert "/code" in person.path
