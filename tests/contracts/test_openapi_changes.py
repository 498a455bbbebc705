"""Codes, sessions and changes of a visit: each answer the document promises is one the server gives, and no other."""

from datetime import UTC, date, datetime, timedelta

import pytest

from moonlit.api import guard, waiting
from moonlit.booking.models import Appointment, OneTimeCode
from moonlit.booking.services import advance, advance_change, mint_code
from moonlit.platform.idempotency import reserve
from moonlit.platform.ratelimit import Verdict
from tests.contracts.openapi_check import Contract
from tests.contracts.test_openapi import BY_LINK, ELEVEN, FRIDAY, NINE, TEN, TWELVE
from tests.support.api import CRITERIA, booking

NOBODY = "A" * 22


@pytest.fixture
def holder(scene, time_machine, client, monkeypatch):
    scene.open("71", FRIDAY, "09:00", "10:00", "11:00")
    scene.open("72", FRIDAY, "12:00", "13:00")
    scene.open("71", date(2026, 3, 9), "09:00", "10:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    monkeypatch.setattr("moonlit.booking.services.codes.LINK_LIMIT", (100, 60))
    monkeypatch.setattr("moonlit.booking.services.codes.VISIT_LIMIT", (100, 60))
    return Holder(scene, Contract(client), time_machine)


class Holder:
    """Books by the API and proves himself; `ask` sends a change."""

    def __init__(self, scene, contract, time_machine):
        self.scene, self.contract, self.time_machine = scene, contract, time_machine
        self.keys = iter(f"change-{number}" for number in range(1000, 2000))

    def books(self, start, **changes):
        body = booking(start, **changes)
        return self.contract.post("/appointments", body, Idempotency_Key=next(self.keys)).json()

    def has_booked(self, start, **changes):
        accepted = self.books(start, **changes)
        advance(accepted["appointment"], clock=self.scene.clock)
        self.visit, self.token = accepted["appointment"], accepted["manage_token"]
        self.session = self.proves()
        return accepted

    def proves(self):
        self.contract.post(f"/appointments/{self.token}/code", {"channel": "email"})
        code = mint_code(
            OneTimeCode.objects.get(ended_at=None, link__appointment=self.visit).pk, now=self.scene.clock()
        )
        answer = self.contract.post(f"/appointments/{self.token}/verify", {"code": code})
        return answer.json()["session_token"]

    def ask(self, call, body, *, key=None, session=None, token=None, **headers):
        path = f"/appointments/{token or self.token}/{call}"
        names = {"Idempotency_Key": key or next(self.keys), "Authorization": f"Bearer {session or self.session}"}
        return self.contract.post(path, body, **{**names, **headers})

    def clock_at(self, at):
        self.scene.clock.at = at
        self.time_machine.move_to(at, tick=False)


def person(number):
    return {**booking(NINE)["patient"], "first_name": "Quill" + "abcdefgh"[number], "email": f"q{number}@example.org"}


def test_the_server_gives_every_promised_answer_and_no_other(holder, monkeypatch):
    holder.has_booked(NINE)
    _links(holder)
    _bodies_at_fault(holder)
    _moves_refused(holder)
    _changes(holder, monkeypatch)
    monkeypatch.setattr(guard, "allow", lambda *_, **__: Verdict(allowed=False, retry_after=7))
    for call in ("code", "verify", "cancel", "reschedule"):
        assert holder.ask(call, {})["Retry-After"] == "7"
    contract = holder.contract
    assert {name: contract.seen[name] for name in BY_LINK} == {name: contract.promised()[name] for name in BY_LINK}


def _links(holder):
    contract = holder.contract
    contract.get(f"/appointments/{holder.token}")
    contract.get(f"/appointments/{NOBODY}")
    contract.get(f"/appointments/{holder.token}", Authorization=f"Bearer {NOBODY}")
    contract.get(f"/appointments/{holder.token}", Authorization=f"Bearer {holder.session}")
    contract.post(f"/appointments/{holder.token}/verify", {"code": "000000"})
    for call, body in (
        ("code", {"channel": "sms"}),
        ("verify", {"code": "000000"}),
        ("cancel", {}),
        ("reschedule", {}),
    ):
        holder.ask(call, body, token=NOBODY)
    for call in ("cancel", "reschedule"):
        holder.ask(call, {}, session=NOBODY)


def _bodies_at_fault(holder):
    for call in ("code", "verify", "cancel", "reschedule"):
        holder.ask(call, b"{")
        holder.ask(call, b"[]")
        holder.ask(call, b'{"x": "' + b"y" * 70_000 + b'"}')
        holder.ask(call, b"x=y", content_type="application/x-www-form-urlencoded")
    for call in ("cancel", "reschedule"):
        holder.ask(call, {}, key="short")
        half = next(holder.keys)
        scope = f"POST /appointments/{call} {holder.token} {holder.session}"
        reserve(scope=scope, key=half, body=b"{}", now=holder.scene.clock())
        assert holder.ask(call, b"{}", key=half)["Retry-After"]
        holder.ask(call, {"as_request": True}, key=half)


def _moves_refused(holder):
    def move(start, **more):
        return holder.ask("reschedule", {"start": start, **more}).json()["code"]

    row = Appointment.objects.get(pk=holder.visit)
    asked = row.criteria
    seen = {move("2026-03-06T03:00:00-07:00"), move("2026-03-03T08:00:00-07:00"), move("2026-09-06T09:00:00-06:00")}
    for changed in ({"payer": "canyon"}, {"place_state": "ID"}, {"date_of_birth": "2015-01-01"}):
        row.criteria = {**asked, **changed}
        row.save()
        seen.add(move(TWELVE))
    row.criteria = asked
    row.save()
    wanted = {"start": TWELVE, "provider": None, "criteria": CRITERIA}
    hold = holder.contract.post("/holds", wanted).json()["hold"]
    holder.clock_at(holder.scene.clock() + timedelta(minutes=10))
    seen.add(holder.ask("reschedule", {"hold": hold}).json()["code"])
    holder.books(TEN, patient=person(1), provider=str(row.provider_id))
    seen.add(move(TEN, provider=str(row.provider_id)))
    holder.books(TWELVE)  # the same person, by another booking
    advance(Appointment.objects.order_by("created_at").last().pk, clock=holder.scene.clock)
    seen.add(move(TWELVE))
    assert seen == {
        "provider_not_bookable", "notice_too_short", "beyond_horizon", "payer_not_bookable", "license_state",
        "age_not_served", "hold_expired", "slot_taken", "patient_overlap",
    }  # fmt: skip


def _changes(holder, monkeypatch):
    holder.has_booked("2026-03-09T09:00:00-06:00", patient=person(2))
    assert holder.ask("reschedule", {"start": ELEVEN}).status_code == 202
    holder.scene.open("72", date(2026, 3, 9), "11:00")
    holder.scene.sync()

    def pause():
        for row in Appointment.objects.order_by("created_at"):
            advance(row.pk, clock=holder.scene.clock)
            advance_change(row.pk, clock=holder.scene.clock)

    with monkeypatch.context() as patched:
        patched.setattr(waiting, "pause", pause)
        assert holder.ask("reschedule", {"start": ELEVEN}, Prefer="wait=6").status_code == 200
        holder.has_booked("2026-03-09T11:00:00-06:00", patient=person(3))
        assert holder.ask("cancel", {}, Prefer="wait=6").status_code == 200
    holder.has_booked("2026-03-09T10:00:00-06:00", patient=person(4))
    assert holder.ask("cancel", {}).status_code == 202
    holder.has_booked("2026-03-06T13:00:00-07:00", patient=person(5))
    holder.clock_at(datetime(2026, 3, 6, 20, tzinfo=UTC))
    holder.session = holder.proves()
    assert holder.ask("cancel", {}).json()["code"] == "late_change"
    assert holder.ask("reschedule", {"start": "2026-03-09T11:00:00-06:00"}).json()["code"] == "late_change"
