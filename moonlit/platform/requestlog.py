"""One log line per request, naming the route and never the path: paths of this program hold tokens."""

import time
from collections.abc import Callable

from django.http import HttpRequest, HttpResponseBase

from moonlit.platform import metrics
from moonlit.platform.log import get_logger, request_id
from moonlit.platform.tokens import new_token

log = get_logger(__name__)


class RequestLog:
    """Outermost middleware: gives the request its id, answers with it, logs and counts the outcome."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request.request_id = new_token()  # type: ignore[attr-defined]
        reset = request_id.set(request.request_id)  # type: ignore[attr-defined]
        started = time.perf_counter()
        try:
            response = self.get_response(request)
            seconds = time.perf_counter() - started
            route = request.resolver_match.view_name or request.resolver_match.route if request.resolver_match else ""
            metrics.request_done(route, request.method or "", response.status_code, seconds)
            log.info("request", route=route, method=request.method, status=response.status_code, ms=int(seconds * 1000))
        finally:
            request_id.reset(reset)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response
