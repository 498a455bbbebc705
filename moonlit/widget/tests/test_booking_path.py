"""The whole way of somebody insured, to a visit the EHR has accepted."""

from datetime import timedelta

import pytest

from moonlit.availability.services import record_department_zone
from moonlit.booking.models import Appointment
from moonlit.platform import clock
from moonlit.platform.testing import run_pending
from moonlit.practice.models import Location
from moonlit.widget.models import Draft
from moonlit.widget.tests.town import open_times
from moonlit.widget.tests.visitor import WHO, ZOE, Visitor
from tests.support.scene import MONDAY

WEDNESDAY = MONDAY + timedelta(days=2)


@pytest.fixture
def lantern(scene, monkeypatch):
    """The small practice whose EHR answers: one resident, two open times by video."""
    monkeypatch.setattr(clock, "now", scene.clock)
    video = Location.objects.get(code="video")
    record_department_zone(video, video.time_zone, now=scene.clock())
    scene.open("72", WEDNESDAY, "09:00", "10:00")
    open_times(scene.providers["72"], video, WEDNESDAY, "09:00", "10:00", now=scene.clock())
    return scene


def test_a_patient_with_insurance_books_a_resident_under_supervision(lantern):
    visitor = Visitor().go("/book?q=alpine")
    assert "Alpine Health Plan" in visitor.text
    visitor.press("/book", payer="alpine")
    assert visitor.page == "who"
    assert "We take this insurance. We will check your plan before your visit." in visitor.text
    visitor.press(**WHO)
    assert visitor.page == "when"
    assert "All times are in Mountain Time." in visitor.text
    first_token = visitor.token
    visitor.press(start=visitor.times()[0], provider="")
    assert visitor.page == "about"
    assert visitor.token != first_token
    visitor.press(**ZOE)
    assert visitor.page == "check"
    assert "Zoë Ñandú-O'Leary" in visitor.text
    assert "You will see Rui Resident, MD Supervised by Ada Attending, MD" in visitor.text
    visitor.press()
    assert "/book/s/" in visitor.path
    assert "We have your request and are holding the time" in visitor.text
    assert 'http-equiv="refresh" content="2; url=/book/s/' in visitor.body
    assert Appointment.objects.get().state == "pending"
    run_pending()
    visitor.go(visitor.path)
    assert visitor.title.startswith("Booked - Step 6 of 6")
    assert "Wednesday, March 4, 2026 at 9:00 AM Mountain Time (MST)" in visitor.text
    assert "Supervised by Ada Attending, MD" in visitor.text
    assert Draft.objects.get(identified=True).answers == {}
