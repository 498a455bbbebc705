"""Fixtures; imports of models wait until Django stands."""

from datetime import date

import pytest
import time_machine

FRIDAY = date(2026, 3, 6)


@pytest.fixture
def desk(scene):
    """The scene with open times on Friday, and the wall clock at the scene's time."""
    from django.core.cache import cache

    cache.clear()
    scene.open("71", FRIDAY, "09:00", "10:00")
    scene.open("72", FRIDAY, "11:00")
    scene.sync()
    with time_machine.travel(scene.clock.at, tick=False):
        yield scene


@pytest.fixture
def staff(desk):
    from moonlit.platform.policy import Role
    from moonlit.staff.testing import signed_in_client

    return signed_in_client(Role.SCHEDULER)


@pytest.fixture
def book(desk):
    """Ask for a visit at Friday 9:00 unless told otherwise; with `confirmed` the EHR has answered."""
    from moonlit.audit.actor import PUBLIC
    from moonlit.booking.services import advance, request_booking
    from tests.support.people import a_request

    def asked(hour=9, *, confirmed=False, **changes):
        start = desk.clock.at.replace(day=6, hour=hour + 7)
        accepted = request_booking(a_request(start, now=desk.clock(), **changes), actor=PUBLIC, now=desk.clock())
        if confirmed:
            advance(accepted.appointment, clock=desk.clock)
        return accepted.appointment

    return asked


@pytest.fixture
def leave(desk):
    """Leave a lead."""
    from moonlit.audit.actor import PUBLIC
    from moonlit.leads.inputs import LeadInput
    from moonlit.leads.services import create_lead

    def left(**changes):
        given = {
            "email": "ines@example.org",
            "preferred_name": "Inés",
            "reason": "out_of_network",
            "payer_name": "Faraway Mutual",
            **changes,
        }
        return create_lead(LeadInput.model_validate(given), actor=PUBLIC, now=desk.clock())

    return left
