"""Rules 4.3 over HTTP: the same request twice is one booking and one answer, also when both come at once."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event, Thread

import pytest
from django.db import DatabaseError, connection, connections, transaction
from django.test import Client

from moonlit.api import appointments, waiting
from moonlit.booking.models import Appointment
from moonlit.booking.services import advance, sweep
from moonlit.ehr.port import Rejected
from moonlit.platform.idempotency import LEASE, reserve
from moonlit.platform.models import IdempotencyKey
from tests.support.api import booking

NINE, TEN = "2026-03-06T09:00:00-07:00", "2026-03-06T10:00:00-07:00"
KEY = "key-00000001"
SCOPE = "POST /appointments"


def send(body, key=KEY, client=None, **headers):
    return (client or Client(raise_request_exception=False)).post(
        "/api/v1/appointments",
        body if isinstance(body, bytes) else json.dumps(body),
        content_type="application/json",
        headers={"Idempotency-Key": key, **headers},
    )


def told(answer):
    return answer.status_code, answer.json().get("code") or answer.json()["state"]


def in_thread(work):
    """Runs with a connection of its own, as another process would."""
    failed = []

    def run():
        try:
            work()
        except BaseException as fault:  # noqa: BLE001  shown to the test below
            failed.append(fault)
        finally:
            connections.close_all()

    thread = Thread(target=run)
    thread.start()
    thread.join(20)
    assert not failed, failed


@pytest.fixture
def worker(open_scene, monkeypatch):
    """While a request waits, the worker works in a thread of its own: its job at the first pause, then its sweep."""
    worked = []

    def pause():
        if not worked:
            in_thread(lambda: [advance(row.pk, clock=open_scene.clock) for row in Appointment.objects.all()])
        elif len(worked) == 1:
            open_scene.clock.forward(minutes=1)
            in_thread(lambda: sweep(clock=open_scene.clock))
        worked.append(True)

    monkeypatch.setattr(waiting, "pause", pause)
    return worked


@pytest.mark.django_db(transaction=True)
def test_of_rivals_with_one_key_one_books_and_the_others_get_its_answer_or_wait(open_scene):
    rivals = 4
    start = Barrier(rivals)

    def rival(_):
        try:
            start.wait(10)
            return send(booking(NINE))
        finally:
            connections.close_all()

    with ThreadPoolExecutor(rivals) as pool:
        answers = list(pool.map(rival, range(rivals)))
    assert Appointment.objects.count() == 1
    accepted = {answer.content for answer in answers if answer.status_code == 202}
    assert len(accepted) == 1
    for answer in answers:
        if answer.status_code != 202:
            assert told(answer) == (409, "request_in_progress")
            assert int(answer["Retry-After"]) >= 1
    assert send(booking(NINE)).content in accepted


@pytest.mark.django_db(transaction=True)
def test_while_the_first_is_at_work_the_second_is_told_to_come_back(open_scene, monkeypatch):
    inside, go_on = Event(), Event()
    real = appointments.request_booking

    def slow(*args, **kwargs):
        inside.set()
        assert go_on.wait(20)
        return real(*args, **kwargs)

    monkeypatch.setattr(appointments, "request_booking", slow)
    answers = []
    first = Thread(target=lambda: (answers.append(send(booking(NINE))), connections.close_all()))
    first.start()
    assert inside.wait(20)
    second = send(booking(NINE))
    other = send(booking(TEN))
    go_on.set()
    first.join(20)
    assert told(second) == (409, "request_in_progress")
    assert int(second["Retry-After"]) >= 1
    assert told(other) == (422, "idempotency_key_reused")
    assert told(answers[0]) == (202, "pending")
    assert send(booking(NINE)).content == answers[0].content


@pytest.mark.django_db(transaction=True)
def test_a_fault_of_ours_writes_nothing_and_gives_the_key_back(open_scene, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(appointments, "pending_member", lambda _: 1 / 0)  # after everything has been written
        assert told(send(booking(NINE))) == (500, "internal_error")
    assert not Appointment.objects.exists()
    assert not IdempotencyKey.objects.exists()
    assert told(send(booking(NINE))) == (202, "pending")


@pytest.mark.django_db(transaction=True)
def test_a_fault_after_the_commit_gives_nothing_back(open_scene, monkeypatch):
    real = appointments.request_booking

    def fail_later(*args, **kwargs):
        transaction.on_commit(lambda: 1 / 0)
        return real(*args, **kwargs)

    with monkeypatch.context() as patched:
        patched.setattr(appointments, "request_booking", fail_later)
        assert told(send(booking(NINE))) == (500, "internal_error")
    assert told(send(booking(NINE))) == (202, "pending")
    assert Appointment.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_key_taken_over_by_another_process_rolls_the_slow_one_back(open_scene, monkeypatch, time_machine):
    real = appointments.request_booking

    def overtaken(*args, **kwargs):
        accepted = real(*args, **kwargs)
        in_thread(
            lambda: reserve(
                scope=SCOPE, key=KEY, body=json.dumps(booking(NINE)).encode(), now=open_scene.clock() + 2 * LEASE
            )
        )
        return accepted

    with monkeypatch.context() as patched:
        patched.setattr(appointments, "request_booking", overtaken)
        answer = send(booking(NINE))
    assert told(answer) == (409, "request_in_progress")
    assert not Appointment.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_refusal_under_a_key_taken_over_is_not_told_either(open_scene, monkeypatch):
    def overtaken(*_, **__):
        in_thread(lambda: reserve(scope=SCOPE, key=KEY, body=b"[]", now=open_scene.clock() + 2 * LEASE))
        return real(*_, **__)

    real = appointments.parsed
    monkeypatch.setattr(appointments, "parsed", overtaken)
    assert told(send(b"[]")) == (409, "request_in_progress")


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (booking("2026-03-06T03:00:00-07:00"), (422, "provider_not_bookable")),
        (booking(NINE, insurances=[]), (422, "patient_invalid")),
        ({}, (422, "invalid_request")),
        ([], (422, "invalid_request")),
    ],
)
def test_what_was_decided_is_kept_and_replayed(open_scene, client, body, answer):
    first = send(body, client=client)
    assert told(first) == answer
    again = send(body, client=client)
    assert (again.content, again["Content-Type"]) == (first.content, first["Content-Type"])
    assert told(send(booking(TEN), client=client)) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(("body", "status"), [(b"{", 400), (b"x" * 70_000, 413)])
def test_what_was_not_decided_leaves_the_key_free(open_scene, client, body, status):
    assert send(body, client=client).status_code == status
    assert told(send(booking(NINE), client=client)) == (202, "pending")


def test_a_taken_time_stays_taken_in_the_replay_though_it_is_free_again(open_scene, client):
    ada = str(open_scene.providers["71"].pk)
    open_scene.ehr.fail_next("book", Rejected("no", code="reason_refused"))
    first = send(booking(NINE, provider=ada), client=client).json()
    taken = send(booking(NINE, provider=ada), "key-00000002", client=client)
    assert told(taken) == (409, "slot_taken")
    advance(first["appointment"], clock=open_scene.clock)
    assert send(booking(NINE, provider=ada), "key-00000002", client=client).content == taken.content


def test_an_answer_lost_on_the_way_is_given_again_though_the_visit_is_booked(open_scene, client):
    first = send(booking(NINE), client=client)
    advance(first.json()["appointment"], clock=open_scene.clock)
    replay = send(booking(NINE), client=client)
    assert told(replay) == (202, "pending")  # the truth is at status_url
    assert replay.content == first.content
    path = first.json()["status_url"].partition("/api/")[2]
    assert client.get(f"/api/{path}").json()["state"] == "booked"


def test_the_manage_token_is_told_in_the_first_answer_and_its_replay_alone(open_scene, client):
    first = send(booking(NINE), client=client).json()
    token = first["manage_token"]
    assert send(booking(NINE), client=client).json()["manage_token"] == token
    for path in (first["status_url"].partition("/api/")[2], f"v1/appointments/{token}"):
        assert token not in client.get(f"/api/{path}").content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SELECT response FROM platform_idempotencykey")
        assert token.encode() not in bytes(cursor.fetchone()[0])


@pytest.mark.django_db(transaction=True)
def test_with_prefer_wait_the_word_of_the_ehr_is_the_answer(worker, open_scene):
    answer = send(booking(NINE), Prefer="wait=6")
    document = answer.json()
    assert told(answer) == (201, "booked")
    assert (document["start"], document["provider"]) == (NINE, str(open_scene.providers["71"].pk))
    replay = send(booking(NINE))
    assert (replay.status_code, replay.content) == (201, answer.content)
    assert document["manage_token"]


@pytest.mark.django_db(transaction=True)
def test_with_prefer_wait_the_answer_names_who_it_became(worker, open_scene):
    ada, rui = (str(open_scene.providers[ehr].pk) for ehr in ("71", "72"))
    open_scene.ehr.staff_book("17103060900", open_scene.ehr.add_patient(None))  # Ada's, at nine
    document = send(booking(NINE), Prefer="wait=6").json()
    assert (document["state"], document["provider"]) == ("booked", rui)
    assert (document["route"], document["supervisor"]) == ("supervised", ada)


@pytest.mark.django_db(transaction=True)
def test_with_prefer_wait_a_lost_time_is_a_conflict_with_alternatives(worker, open_scene):
    open_scene.ehr.fail_next("book", Rejected("no", code="reason_refused"))
    answer = send(booking(NINE), Prefer="respond-async, wait=6")
    assert told(answer) == (409, "slot_taken")
    assert answer.json()["alternatives"]
    assert "manage_token" not in answer.json()
    assert send(booking(NINE), Prefer="wait=6").content == answer.content


@pytest.mark.django_db(transaction=True)
def test_an_undecided_visit_is_told_as_pending(open_scene, monkeypatch):
    monkeypatch.setattr(waiting, "LONGEST_WAIT", 0.01)
    monkeypatch.setattr(waiting, "pause", lambda: None)
    answer = send(booking(NINE), Prefer="wait=6")
    assert told(answer) == (202, "pending")
    assert send(booking(NINE)).content == answer.content


@pytest.mark.django_db(transaction=True)
def test_a_second_waiter_of_the_process_does_not_wait(worker, open_scene):
    assert waiting._one_waiter.acquire(blocking=False)
    try:
        assert told(send(booking(NINE), Prefer="wait=6")) == (202, "pending")
    finally:
        waiting._one_waiter.release()
    assert worker == []


@pytest.mark.django_db(transaction=True)
def test_while_waiting_no_connection_is_held(open_scene, monkeypatch):
    held = []
    monkeypatch.setattr(waiting, "LONGEST_WAIT", 0.01)
    monkeypatch.setattr(waiting.time, "sleep", lambda _: held.append(connection.connection))
    send(booking(NINE), Prefer="wait=6")
    assert held
    assert set(held) == {None}


@pytest.mark.django_db(transaction=True)
def test_a_database_that_fails_while_waiting_does_not_take_the_answer_back(open_scene, monkeypatch):
    def broken(*_):
        raise DatabaseError("gone")

    monkeypatch.setattr(waiting, "status_by_token", broken)
    assert told(send(booking(NINE), Prefer="wait=6")) == (202, "pending")
    assert Appointment.objects.count() == 1
    monkeypatch.undo()
    assert waiting._one_waiter.acquire(blocking=False)
    waiting._one_waiter.release()


@pytest.mark.parametrize(
    ("prefer", "seconds"),
    [
        ("", 0), ("wait=6", 6), ("wait=2", 2), ("wait=600", 6), ("respond-async, wait=3", 3), ("Wait = 4", 4),
        ("wait=", 0), ("wait=-1", 0), ("wait=6s", 0), ("await=6", 0), ("wait=٣", 0), ("wait=1000", 0), ("return=minimal;wait=5", 5),
    ],
)  # fmt: skip
def test_how_long_the_caller_is_ready_to_wait(rf, prefer, seconds):
    assert waiting.wanted_wait(rf.post("/", headers={"Prefer": prefer})) == seconds
