"""Somebody with a booked visit and the link to it, in a browser without scripts."""

from datetime import UTC, datetime, time, timedelta

from moonlit.audit.actor import PUBLIC
from moonlit.booking.models import Appointment, OneTimeCode
from moonlit.booking.services import advance, advance_change, mint_code, request_booking
from moonlit.domain.zones import first_instant
from moonlit.widget.tests.visitor import Visitor
from tests.support.people import a_request
from tests.support.scene import DENVER, MONDAY

FRIDAY = MONDAY + timedelta(days=4)


class Person(Visitor):
    def __init__(self, scene, **changes):
        super().__init__()
        self.scene = scene
        nine = first_instant(FRIDAY, time(9), DENVER)
        wanted = a_request(nine, now=scene.clock(), provider=scene.providers["71"].pk, **changes)
        accepted = request_booking(wanted, actor=PUBLIC, now=scene.clock())
        self.visit_id, self.link, self.status_token = accepted.appointment, accepted.manage_token, accepted.status_token
        advance(self.visit_id, clock=scene.clock)

    @property
    def row(self):
        return Appointment.objects.get(pk=self.visit_id)

    def code(self):
        """The code of the message that is on its way."""
        return mint_code(OneTimeCode.objects.get(ended_at=None).pk, now=self.scene.clock())

    def prove(self, channel="email"):
        self.go(f"/m/{self.link}/code").press(channel=channel)
        self.press(code=self.code())
        assert "/s/" in self.path
        return self

    @property
    def session(self):
        """The address of the session's own page."""
        return "/".join(self.path.partition("?")[0].split("/")[:5])

    def until_done(self):
        for row in Appointment.objects.order_by("created_at"):
            advance(row.pk, clock=self.scene.clock)
        for row in Appointment.objects.exclude(change=""):
            advance_change(row.pk, clock=self.scene.clock)
        return self

    def late(self, at=datetime(2026, 3, 6, 2, tzinfo=UTC)):
        """Inside the notice period."""
        self.scene.clock.at = at
        return self
