"""Somebody who holds the link of a booked visit, and talks to the API about it."""

import json

from moonlit.booking.models import Appointment, OneTimeCode
from moonlit.booking.services import advance, mint_code
from tests.support.api import booking

NINE, TEN, ELEVEN = (f"2026-03-06T{hour}:00:00-07:00" for hour in ("09", "10", "11"))
NOBODY = "A" * 22


class Holder:
    """Somebody with a booked visit at nine on Friday and the link to it."""

    def __init__(self, scene, client):
        self.scene, self.client = scene, client
        accepted = self.post("/appointments", booking(NINE), key="booking-0001").json()
        self.visit, self.token = accepted["appointment"], accepted["manage_token"]
        advance(self.visit, clock=scene.clock)
        self.keys = iter(f"change-{number}" for number in range(1000, 2000))

    def post(self, path, body=None, *, key=None, session=None, **headers):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not None:
            sent["Idempotency-Key"] = key
        if session is not None:
            sent["Authorization"] = f"Bearer {session}"
        content = body if isinstance(body, bytes) else json.dumps(body or {})
        return self.client.post(f"/api/v1{path}", content, content_type="application/json", headers=sent)

    def get(self, path, session=None):
        headers = {} if session is None else {"Authorization": f"Bearer {session}"}
        return self.client.get(f"/api/v1{path}", headers=headers)

    def code(self, channel="email"):
        assert self.post(f"/appointments/{self.token}/code", {"channel": channel}).status_code == 202
        return mint_code(OneTimeCode.objects.get(ended_at=None).pk, now=self.scene.clock())

    def session(self):
        return self.post(f"/appointments/{self.token}/verify", {"code": self.code()}).json()["session_token"]

    def change(self, name, body=None, *, session=None, key=None, **headers):
        session = session or self.session()
        return self.post(
            f"/appointments/{self.token}/{name}", body, key=key or next(self.keys), session=session, **headers
        )

    @property
    def row(self):
        return Appointment.objects.get(pk=self.visit)


def told(answer):
    return answer.status_code, answer.json().get("code") or answer.json().get("state")
