"""Fixtures shared by the tests of every room (loaded by the root conftest)."""

import json
import logging

import pytest


@pytest.fixture
def lines(capsys):
    """What has been logged so far as a process prints it, parsed: whatever a neighbour has configured."""
    from moonlit.platform import log

    root, own = logging.getLogger(), logging.getLogger("moonlit")
    before = (root.handlers, root.level, own.level)
    log.configure("info")
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    root.handlers, root.level, own.level = before


@pytest.fixture
def scene(db, settings):
    """A small practice with an EHR in memory (tests/support/scene.py)."""
    from moonlit.availability.queries import snapshot
    from tests.support.scene import build_scene

    snapshot.forget()
    settings.EHR_FACTORY = "tests.support.scene.current_ehr"
    yield build_scene()
    snapshot.forget()


@pytest.fixture(scope="session")
def athena_address():
    """The Athena simulator as one process for the whole run."""
    from simulators.running import running
    from tests.faults.athena_seed import ACCOUNT

    arguments = ("--client-id", ACCOUNT["client_id"], "--client-secret", ACCOUNT["client_secret"])
    with running("simulators.athena", *arguments, "--practice-id", ACCOUNT["practice_id"]) as address:
        yield address


@pytest.fixture
def athena(athena_address, db, settings):
    """The same small practice with the simulator, over HTTP, as its EHR (tests/faults/athena_scene.py)."""
    from tests.faults.athena_scene import athena_scene

    settings.EHR_FACTORY = "tests.faults.athena_scene.current_ehr"
    with athena_scene(athena_address) as scene:
        yield scene


@pytest.fixture(autouse=True)
def an_empty_queue(request):
    """After a test that really commits: its jobs go too. The flush of Django leaves the queue's unmanaged tables alone."""
    marker = request.node.get_closest_marker("django_db")
    commits = marker is not None and marker.kwargs.get("transaction")
    if not commits and not {"transactional_db", "live_server"} & set(request.fixturenames):
        yield
        return
    request.getfixturevalue("transactional_db")
    yield
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


@pytest.fixture(scope="module")
def playwright():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="module")
def chromium(playwright):
    """The browser of one file's tests; each opens contexts of its own in it."""
    from tests.browser import launch_options

    browser = playwright.chromium.launch(**launch_options())
    yield browser
    browser.close()
