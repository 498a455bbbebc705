import threading
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction

from moonlit.platform.idempotency import (
    KEPT,
    LEASE,
    BodyChanged,
    Fresh,
    InProgress,
    Replay,
    ReservationLostError,
    finish,
    purge_idempotency_keys,
    release,
    reserve,
)
from moonlit.platform.models import IdempotencyKey

NOW = datetime(2026, 3, 2, 15, tzinfo=UTC)
ANSWER = b'{"state":"pending","name":"Marisol"}'


def take(key="key-0001", body=b"{}", scope="POST /appointments|client", now=NOW):
    return reserve(scope=scope, key=key, body=body, now=now)


def test_the_first_is_fresh_and_the_second_hears_that_it_is_in_progress(db):
    assert isinstance(take(), Fresh)
    assert isinstance(take(now=NOW + timedelta(seconds=2)), InProgress)


def test_a_finished_key_replays_byte_for_byte(db):
    finish(take(), status=202, body=ANSWER)
    assert take(now=NOW + timedelta(hours=47)) == Replay(202, ANSWER)


def test_another_body_under_the_same_key_is_told_so_finished_or_not(db):
    mine = take()
    assert take(body=b"{ }") == BodyChanged()
    finish(mine, status=201, body=ANSWER)
    assert take(body=b"{ }") == BodyChanged()


def test_a_released_key_is_fresh_again_even_for_another_body(db):
    release(take())
    assert isinstance(take(body=b"other"), Fresh)


def test_keys_of_two_clients_or_routes_never_meet(db):
    finish(take(), status=201, body=ANSWER)
    assert isinstance(take(scope="POST /appointments|somebody else"), Fresh)
    assert isinstance(take(scope="POST /leads|client"), Fresh)


def test_a_reservation_whose_process_died_is_taken_over_and_its_owner_cannot_answer_any_more(db):
    dead = take()
    assert isinstance(take(now=NOW + LEASE - timedelta(seconds=1)), InProgress)
    heir = take(now=NOW + LEASE)
    assert isinstance(heir, Fresh)
    with pytest.raises(ReservationLostError):
        finish(dead, status=201, body=b"late")
    release(dead)
    finish(heir, status=201, body=ANSWER)
    assert take(now=NOW + LEASE) == Replay(201, ANSWER)


def test_a_takeover_with_another_body_is_refused(db):
    take()
    assert take(body=b"other", now=NOW + LEASE) == BodyChanged()


def test_the_table_shows_neither_key_nor_body_nor_answer(db):
    finish(take(key="marisol-0001", body=b'{"name":"Marisol"}'), status=201, body=ANSWER)
    with connection.cursor() as cursor:
        cursor.execute("SELECT platform_idempotencykey::text FROM platform_idempotencykey")
        row = cursor.fetchone()[0]
    assert b"marisol".hex() not in row.lower()
    assert ANSWER.hex() not in row


def test_keys_are_forgotten_after_48_hours(db):
    take()
    purge_idempotency_keys(NOW + KEPT)
    assert IdempotencyKey.objects.count() == 1
    purge_idempotency_keys(NOW + KEPT + timedelta(seconds=1))
    assert IdempotencyKey.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_a_key_is_not_reserved_inside_a_transaction():
    with pytest.raises(RuntimeError), transaction.atomic():
        take()


@pytest.mark.django_db(transaction=True)
def test_an_answer_rolled_back_with_its_change_leaves_the_key_in_progress():
    mine = take()

    def finish_and_fail():
        with transaction.atomic():
            finish(mine, status=201, body=ANSWER)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        finish_and_fail()
    assert isinstance(take(now=NOW + timedelta(seconds=1)), InProgress)


@pytest.mark.django_db(transaction=True)
def test_of_eight_at_once_one_is_fresh():
    found, start = [], threading.Barrier(8)

    def race():
        try:
            start.wait(10)
            found.append(type(take()).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=race) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(found) == ["Fresh"] + ["InProgress"] * 7


@pytest.mark.django_db(transaction=True)
def test_of_eight_heirs_one_takes_over():
    take()
    found, start = [], threading.Barrier(8)

    def race(number):
        try:
            start.wait(10)
            found.append(type(take(now=NOW + LEASE + timedelta(milliseconds=number))).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=race, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert sorted(found) == ["Fresh"] + ["InProgress"] * 7
