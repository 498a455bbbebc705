"""Whatever is sent, the API answers what its document says, and never with a fault of its own.

A sample with a fixed seed always; thousands of requests, other ones each time, with the long tests.
"""

from datetime import date
from typing import Any

import pytest
import schemathesis
from django.test.client import ClientHandler
from hypothesis import HealthCheck, settings
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from moonlit.api import guard, waiting
from moonlit.platform.ratelimit import Verdict
from tests.support.api import CRITERIA, booking

AGAINST = {"location", "self_pay", "age", "provider", "hold", "sex", "booked_by"}
handler = ClientHandler(enforce_csrf_checks=False)
sampled = settings(max_examples=15, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
in_full = settings(max_examples=800, deadline=None, suppress_health_check=list(HealthCheck))


def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The web server's application inside the transaction of the test, as Django's own test client runs it."""
    response = handler(environ)
    start_response(f"{response.status_code} {response.reason_phrase}", list(response.items()))
    return [response.content]


schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def open_scene(scene, time_machine, monkeypatch):
    scene.open("71", date(2026, 3, 6), "09:00", "10:00")
    scene.open("72", date(2026, 3, 6), "09:00")
    scene.sync()
    time_machine.move_to(scene.clock(), tick=False)
    monkeypatch.setattr(guard, "allow", lambda *_, **__: Verdict(allowed=True, retry_after=0))
    monkeypatch.setattr(waiting, "LONGEST_WAIT", 0.0)
    return scene


def known(path: str) -> dict[str, Any]:
    """Members that the practice of the scene knows, by which a random request gets past the first look."""
    query = {**CRITERIA, "from": "2026-03-02", "to": "2026-03-08"}
    return {
        "/api/v1/eligibility": CRITERIA,
        "/api/v1/availability": query,
        "/api/v1/appointments": booking("2026-03-06T09:00:00-07:00"),
        "/api/v1/holds": {"start": "2026-03-06T10:00:00-07:00", "provider": None, "criteria": CRITERIA},
        "/api/v1/leads": {"email": "quill@example.org", "reason": "payer_unlisted"},
    }.get(path, {})


def grafted(given: Any, core: dict[str, Any]) -> dict[str, Any]:
    """The random members, with the known ones in their place at every depth, less those that contradict them."""
    found = {name: value for name, value in given.items() if name not in AGAINST} if isinstance(given, dict) else {}
    for name, value in core.items():
        found[name] = grafted(found.get(name), value) if isinstance(value, dict) else value
    return found


def examine(case) -> None:
    # A request of the right form may still be refused: its codes and ids are of no practice.
    case.call_and_validate(excluded_checks=[positive_data_acceptance])
    core = known(case.operation.path)
    if not core or case.method not in {"GET", "POST"}:
        return
    if case.method == "GET":
        case.query = grafted(case.query, core)
    elif isinstance(case.body, dict):
        case.body = grafted(case.body, core)
    else:
        return
    case.call_and_validate(excluded_checks=[positive_data_acceptance, negative_data_rejection])


@schema.parametrize()
@sampled
def test_a_sample_of_requests_is_answered_as_documented(case, open_scene):
    examine(case)


@pytest.mark.long
@schema.parametrize()
@in_full
def test_every_request_is_answered_as_documented(case, open_scene):
    examine(case)
