"""Advisory locks of PostgreSQL, named by a namespace (a word) and a key."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction


def _lock_number(namespace: str, key: int | str) -> int:
    """A signed 64-bit number for (namespace, key): the lock space of PostgreSQL is one for the whole database."""
    digest = hashlib.blake2b(f"{namespace}\0{key}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)


def advisory_lock(namespace: str, key: int | str) -> None:
    """Wait for the lock and keep it until the transaction ends.

    Raises TransactionManagementError outside `transaction.atomic()`, where it would be given back at once.
    Take several in ascending key order, or two transactions can wait for each other.
    """
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("advisory_lock() needs an open transaction")
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_lock_number(namespace, key)])


@contextmanager
def try_advisory_lock(namespace: str, key: int | str = 0) -> Iterator[bool]:
    """Take the lock without waiting; the value of the `with` is False when another connection holds it.

    The lock belongs to this thread's connection and outlives transactions; if the process dies it is given back.
    """
    number = _lock_number(namespace, key)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s)", [number])
        mine = bool(cursor.fetchone()[0])
    try:
        yield mine
    finally:
        if mine:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_unlock(%s)", [number])
