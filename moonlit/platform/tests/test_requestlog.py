import json

import pytest
from prometheus_client import REGISTRY, generate_latest

from moonlit.platform import log

pytestmark = pytest.mark.django_db


@pytest.fixture
def lines(capsys):
    import logging

    root, own = logging.getLogger(), logging.getLogger("moonlit")
    before = (root.handlers, root.level, own.level)
    log.configure("info")
    yield lambda: [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    root.handlers, root.level, own.level = before


def test_a_request_is_one_line_with_the_routes_name_and_the_id_the_caller_got(client, lines):
    answer = client.get("/health/live?email=canary@example.org")
    (line,) = [line for line in lines() if line["event"] == "request"]
    assert line.items() >= {"route": "health_live", "method": "GET", "status": 200}.items()
    assert line["request_id"] == answer["X-Request-Id"]
    assert "canary" not in json.dumps(line)


def test_an_unknown_path_is_not_repeated_in_logs_or_metrics(client, lines):
    assert client.get("/book/d/canary-token-0123456789").status_code == 404
    assert "canary-token" not in json.dumps(lines())
    assert b"canary-token" not in generate_latest(REGISTRY)


def test_requests_are_counted_by_route_method_and_status(client):
    labels = {"route": "health_live", "method": "GET", "status": "200"}
    before = REGISTRY.get_sample_value("moonlit_requests_total", labels) or 0
    client.get("/health/live")
    assert REGISTRY.get_sample_value("moonlit_requests_total", labels) == before + 1


def test_an_invented_method_makes_no_label_of_its_own(client):
    client.generic("CANARY", "/health/live")
    assert b"CANARY" not in generate_latest(REGISTRY)


def test_two_requests_have_two_ids(client):
    assert client.get("/health/live")["X-Request-Id"] != client.get("/health/live")["X-Request-Id"]
