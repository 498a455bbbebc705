import threading

import pytest
from django.db import close_old_connections, connection, transaction

from moonlit.platform.db import advisory_lock, try_advisory_lock


def in_another_connection(work):
    found = []

    def run():
        try:
            found.append(work())
        finally:
            connection.close()
            close_old_connections()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(10)
    return found[0]


def try_it(namespace, key=0):
    with try_advisory_lock(namespace, key) as mine:
        return mine


@pytest.mark.django_db(transaction=True)
def test_a_session_lock_is_held_by_one_connection_at_a_time():
    with try_advisory_lock("sync", "here") as mine:
        assert mine
        assert in_another_connection(lambda: try_it("sync", "here")) is False
        assert in_another_connection(lambda: try_it("sync", "there")) is True
        assert in_another_connection(lambda: try_it("other", "here")) is True
    assert in_another_connection(lambda: try_it("sync", "here")) is True


@pytest.mark.django_db(transaction=True)
def test_a_session_lock_is_given_back_after_an_error():
    with pytest.raises(ZeroDivisionError), try_advisory_lock("sync"):
        1 / 0  # noqa: B018
    assert in_another_connection(lambda: try_it("sync")) is True


@pytest.mark.django_db(transaction=True)
def test_a_transaction_lock_ends_with_its_transaction():
    def somebody_can_take_it():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '200ms'")
            try:
                advisory_lock("provider", 7)
            except Exception as refusal:  # noqa: BLE001
                return type(refusal).__name__
            return "taken"

    with transaction.atomic():
        advisory_lock("provider", 7)
        assert in_another_connection(somebody_can_take_it) == "OperationalError"
    assert in_another_connection(somebody_can_take_it) == "taken"


@pytest.mark.django_db(transaction=True)
def test_a_transaction_lock_needs_a_transaction():
    with pytest.raises(transaction.TransactionManagementError):
        advisory_lock("provider", 7)
