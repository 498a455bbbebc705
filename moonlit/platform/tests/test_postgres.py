"""Pooled connections survive a server that cuts them (platform.postgres)."""

from copy import deepcopy

import psycopg
import pytest
from django.db import connection as ordinary

from moonlit.platform.postgres import base
from moonlit.platform.postgres.base import DatabaseWrapper

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def pooled():
    """A connection of its own pool, as a web process has it."""
    settings = deepcopy(ordinary.settings_dict)
    settings["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 1, "timeout": 10}
    settings["CONN_HEALTH_CHECKS"] = False
    wrapper = DatabaseWrapper(settings, alias="default")
    yield wrapper
    wrapper.close()
    wrapper.close_pool()


def backend(wrapper):
    with wrapper.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return cursor.fetchone()[0]


def cut(pid):
    with ordinary.cursor() as cursor:
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def test_a_connection_that_was_cut_in_the_pool_is_replaced(pooled):
    first = backend(pooled)
    pooled.close()
    cut(first)
    assert backend(pooled) != first
    pooled.close()
    assert backend(pooled) != first


def test_a_living_connection_is_not_asked(pooled, monkeypatch):
    backend(pooled)
    pooled.close()
    monkeypatch.setattr(psycopg.Connection, "execute", lambda *_: pytest.fail("asked"))
    assert backend(pooled)


def test_all_that_died_in_the_pool_are_passed_over(pooled, monkeypatch):
    pid = backend(pooled)
    pooled.close()
    answers = iter([False, False, True])
    monkeypatch.setattr(base, "_lives", lambda _: next(answers))
    assert backend(pooled) != pid
    assert next(answers, None) is None
