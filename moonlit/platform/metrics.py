"""Prometheus metrics, on MOONLIT_METRICS_PORT only. Labels are route names, methods and status codes: never an id."""

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.multiprocess import MultiProcessCollector

_REQUESTS = Counter("moonlit_requests_total", "Requests answered", ["route", "method", "status"])
_SECONDS = Histogram(
    "moonlit_request_seconds",
    "Time to answer a request",
    ["route"],
    buckets=(0.005, 0.01, 0.015, 0.025, 0.04, 0.1, 0.25, 0.5, 1, 2.5, 6),
)
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def request_done(route: str, method: str, status: int, seconds: float) -> None:
    """Counts one answered request."""
    _REQUESTS.labels(route, method if method in _METHODS else "other", str(status)).inc()
    _SECONDS.labels(route).observe(seconds)


def serve(port: int, counts: str) -> None:
    """Answers /metrics on its own port, which deployment keeps private, adding up the processes that count into the
    folder (PROMETHEUS_MULTIPROC_DIR); port 0 serves nothing.
    """
    if port:
        registry = CollectorRegistry()
        MultiProcessCollector(registry, path=counts)
        start_http_server(port, registry=registry)
