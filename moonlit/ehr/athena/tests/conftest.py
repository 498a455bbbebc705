"""An Athena of one test, which says what it is told to: for answers that no simulator gives on purpose."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import stamina
from werkzeug import Request, Response

from moonlit.ehr.athena.adapter import AthenaEhr
from moonlit.ehr.athena.settings import AthenaSettings

NOW = datetime(2026, 3, 2, 15, 0, 40, tzinfo=UTC)
TOKEN = {"token_type": "Bearer", "expires_in": "3600", "access_token": "opaque"}


class Vendor:
    """An Athena of one test: answers by path, counts calls, and a clock that sleeping moves on."""

    def __init__(self, httpserver):
        self.server = httpserver
        self.now = NOW
        self.slept = []
        self.tokens = 0
        self.token_answer = (200, TOKEN)
        httpserver.expect_request("/oauth2/v1/token").respond_with_handler(self._token)

    def _token(self, request: Request) -> Response:
        self.tokens += 1
        status, body = self.token_answer
        return Response(json.dumps(body), status)

    def says(self, path, body, status=200, method="GET", media="application/json"):
        data = body if isinstance(body, str) else json.dumps(body)
        self.server.expect_request(f"/v1/9{path}", method=method).respond_with_data(data, status, content_type=media)

    @staticmethod
    def json(body):
        return Response(json.dumps(body), content_type="application/json")

    def asked(self, path):
        return [request for request, _ in self.server.log if request.path == f"/v1/9{path}"]

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += timedelta(seconds=seconds)

    def ehr(self, **changes):
        plain = {"client_id": "id", "client_secret": "secret", "practice_id": "9", "rps": 0.0, "daily_limit": 0}
        settings = AthenaSettings(**{"base_url": self.server.url_for("").rstrip("/"), **plain, **changes})
        return AthenaEhr(settings, clock=lambda: self.now, sleep=self.sleep)


@pytest.fixture
def vendor(httpserver):
    with stamina.set_testing(True, attempts=2):
        yield Vendor(httpserver)
