"""Cancelling and moving over HTTP (rules 4.10, 4.3): proven, once, and the old time stands until the new one is won."""

import json
from datetime import UTC, datetime

import pytest

from moonlit.api import waiting
from moonlit.api.tests.holder import ELEVEN, NINE, NOBODY, TEN, told
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, advance_change
from moonlit.platform.models import IdempotencyKey
from moonlit.worklist.models import Task
from tests.support.api import booking

pytestmark = pytest.mark.django_db


def test_a_cancel_is_under_way_until_the_ehr_has_released_the_visit(holder, open_scene):
    answer = holder.change("cancel", {"reason": "I feel better"})
    assert (told(answer), answer.json()["change"]) == ((202, "booked"), "cancel")
    path = "/api" + answer.json()["status_url"].partition("/api")[2]
    assert holder.client.get(path).json()["change"] == "cancel"
    advance_change(holder.visit, clock=open_scene.clock)
    found = holder.client.get(path).json()
    assert (found["state"], found["change"]) == ("cancelled", None)
    assert holder.row.change_note == "I feel better"


def test_after_the_cancel_link_and_session_are_dead_and_the_same_request_is_still_answered(holder, open_scene):
    session = holder.session()
    first = holder.change("cancel", session=session, key="change-0001")
    advance_change(holder.visit, clock=open_scene.clock)
    again = holder.change("cancel", session=session, key="change-0001")
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert told(holder.change("cancel", session=session)) == (404, "not_found")
    assert told(holder.get(f"/appointments/{holder.token}", session)) == (404, "not_found")


def test_a_cancel_within_the_notice_period_is_late_and_possible(holder, open_scene, time_machine):
    open_scene.clock.at = datetime(2026, 3, 6, 2, tzinfo=UTC)
    time_machine.move_to(open_scene.clock(), tick=False)
    assert holder.change("cancel").status_code == 202
    advance_change(holder.visit, clock=open_scene.clock)
    assert holder.row.state == "late_cancelled"


def test_a_visit_that_has_begun_is_not_cancelled_online(holder, open_scene, time_machine):
    open_scene.clock.at = datetime(2026, 3, 6, 16, tzinfo=UTC)
    time_machine.move_to(open_scene.clock(), tick=False)
    assert told(holder.change("cancel")) == (409, "late_change")


@pytest.mark.parametrize("call", ["cancel", "reschedule"])
@pytest.mark.parametrize("session", [None, NOBODY, ""])
def test_no_change_without_a_session_and_the_key_stays_free(holder, call, session):
    path = f"/appointments/{holder.token}/{call}"
    answer = holder.post(path, {"start": TEN}, key="change-0001", session=session)
    assert told(answer) == (401, "verification_required")
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert holder.row.change == ""
    assert IdempotencyKey.objects.count() == 1  # that of the booking


def test_a_session_dies_after_twenty_minutes(holder, open_scene, time_machine):
    session = holder.session()
    open_scene.clock.forward(minutes=20)
    time_machine.move_to(open_scene.clock(), tick=False)
    assert told(holder.change("cancel", session=session)) == (401, "verification_required")


def test_a_session_of_another_visit_is_none_here(holder):
    other = holder.post("/appointments", booking(TEN), key="booking-0002").json()
    session = holder.session()
    answer = holder.post(f"/appointments/{other['manage_token']}/cancel", key="change-0001", session=session)
    assert told(answer) == (401, "verification_required")
    assert Appointment.objects.get(pk=other["appointment"]).state == "pending"


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with space", "x" * 1_000_000, "ключ-ключ"])
@pytest.mark.parametrize("call", ["cancel", "reschedule"])
def test_a_key_of_another_form_is_refused(holder, call, key):
    answer = (
        holder.change(call, {"start": TEN}, key=key or None)
        if key
        else holder.post(f"/appointments/{holder.token}/{call}", {"start": TEN}, session=holder.session())
    )
    assert told(answer) == (400, "idempotency_key_missing")
    assert holder.row.change == ""


def test_the_same_key_with_another_body_is_refused(holder):
    session = holder.session()
    holder.change("cancel", {"reason": "a"}, session=session, key="change-0001")
    answer = holder.change("cancel", {"reason": "b"}, session=session, key="change-0001")
    assert told(answer) == (422, "idempotency_key_reused")


def test_a_stored_answer_is_only_for_the_session_that_asked(holder):
    first = holder.change("cancel", key="change-0001")
    thief = holder.post(f"/appointments/{holder.token}/cancel", key="change-0001", session=NOBODY)
    assert told(thief) == (401, "verification_required")
    assert first.json()["status_url"].encode() not in thief.content


@pytest.mark.parametrize("body", [{"reason": "x" * 501}, {"reason": 7}, {"late": True}, {"reason": "a\x00b"}, []])
def test_a_cancel_with_members_at_fault_changes_nothing(holder, body):
    content = json.dumps(body).encode()
    assert told(holder.change("cancel", content)) == (422, "invalid_request")
    assert holder.row.change == ""


# move


def test_a_move_wins_the_new_time_first(holder, open_scene):
    answer = holder.change("reschedule", {"start": ELEVEN, "provider": None})
    assert (told(answer), answer.json()["change"]) == ((202, "booked"), "move")
    path = "/api" + answer.json()["status_url"].partition("/api")[2]
    assert holder.client.get(path).json()["start"] == NINE
    new = Appointment.objects.get(moved_from=holder.visit)
    advance(new.pk, clock=open_scene.clock)
    advance_change(holder.visit, clock=open_scene.clock)
    found = holder.client.get(path).json()
    assert (found["state"], found["change"], found["start"]) == ("booked", None, ELEVEN)
    assert holder.row.state == "moved"


def test_a_move_inside_the_notice_period_goes_to_staff_when_asked_to(holder, open_scene, time_machine):
    open_scene.clock.at = datetime(2026, 3, 5, 17, tzinfo=UTC)
    time_machine.move_to(open_scene.clock(), tick=False)
    session = holder.session()
    assert told(holder.change("reschedule", {"start": TEN}, session=session)) == (409, "late_change")
    wish = {"as_request": True, "start": TEN, "note": "Ten would suit me"}
    answer = holder.change("reschedule", wish, session=session)
    assert (told(answer), answer.json()["change"]) == ((202, "booked"), None)
    assert Task.objects.filter(kind="move_requested", subject=f"appointment:{holder.visit}", state="open").count() == 1
    assert Appointment.objects.count() == 1


def test_a_move_to_a_taken_time_is_refused_with_alternatives(holder, open_scene):
    rui = str(open_scene.providers["72"].pk)
    somebody = {**booking(ELEVEN)["patient"], "first_name": "Bartholomew", "email": "quill@example.org"}
    holder.post("/appointments", booking(ELEVEN, provider=rui, patient=somebody), key="booking-0002")
    answer = holder.change("reschedule", {"start": ELEVEN})
    assert told(answer) == (409, "slot_taken")
    assert answer.json()["alternatives"]
    assert (holder.row.state, holder.row.change) == ("booked", "")


def test_a_move_to_a_time_never_offered_is_refused(holder):
    assert holder.change("reschedule", {"start": "2026-03-06T03:00:00-07:00"}).status_code == 422
    assert (holder.row.state, holder.row.change) == ("booked", "")


def test_while_a_change_is_under_way_another_is_told_to_come_back_and_its_key_stays_free(holder, open_scene):
    session = holder.session()
    holder.change("reschedule", {"start": TEN}, session=session)
    answer = holder.change("reschedule", {"start": ELEVEN}, session=session, key="change-0001")
    assert (told(answer), answer["Retry-After"]) == ((409, "request_in_progress"), "60")
    assert Appointment.objects.filter(moved_from=holder.visit).count() == 1
    assert told(holder.change("reschedule", {"start": TEN}, session=session, key="change-0001")) == (202, "booked")


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"provider": "1"},
        {"hold": NOBODY},
        {"hold": "00000000-0000-4000-8000-000000000000", "start": TEN},
        {"hold": "00000000-0000-4000-8000-000000000000", "as_request": True},
        {"start": "tomorrow"},
        {"start": TEN, "as_request": "yes"},
        {"start": TEN, "late_ok": True},
    ],
)
def test_a_move_with_members_at_fault_changes_nothing(holder, body):
    assert told(holder.change("reschedule", body)) == (422, "invalid_request")
    assert (holder.row.change, Appointment.objects.count()) == ("", 1)


# Prefer: wait


@pytest.fixture
def worker(holder, open_scene, monkeypatch):
    """While a request waits, the worker takes every step that is due."""

    def pause():
        for row in Appointment.objects.order_by("created_at"):
            advance(row.pk, clock=open_scene.clock)
        for row in Appointment.objects.exclude(change=""):
            advance_change(row.pk, clock=open_scene.clock)
        open_scene.clock.forward(seconds=30)

    monkeypatch.setattr(waiting, "pause", pause)


def test_with_prefer_wait_a_cancel_that_is_done_is_told_as_done_and_replayed(worker, holder):
    session = holder.session()
    answer = holder.change("cancel", session=session, key="change-0001", Prefer="wait=6")
    assert (told(answer), answer.json()["change"]) == ((200, "cancelled"), None)
    assert holder.change("cancel", session=session, key="change-0001").content == answer.content


def test_with_prefer_wait_a_move_that_is_done_is_told_as_done(worker, holder):
    answer = holder.change("reschedule", {"start": ELEVEN}, Prefer="wait=6")
    assert (told(answer), answer.json()["change"]) == ((200, "booked"), None)


def test_with_prefer_wait_a_move_that_was_lost_is_a_conflict_and_the_old_time_stands(worker, holder, open_scene):
    open_scene.ehr.staff_book("17103061000", open_scene.ehr.add_patient(None))  # Ada's, at ten
    ada = str(open_scene.providers["71"].pk)
    answer = holder.change("reschedule", {"start": TEN, "provider": ada}, Prefer="wait=6")
    assert told(answer) == (409, "slot_taken")
    assert (holder.row.state, holder.row.change) == ("booked", "")
