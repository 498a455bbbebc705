"""The one way out: a thin HTTP client for vendors, whose outcome says whether the request can have been carried out.

A caller gets an `HttpAnswer` for every complete answer, whatever its status, `ConnectionNotMade` when the request
provably never left, and `AnswerLost` for everything else. Nothing here repeats a request.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import orjson
from django.db import connection
from django.db.transaction import TransactionManagementError

from moonlit.platform.log import get_logger

log = get_logger(__name__)

# The library's own loggers write whole URLs, and a query may hold a name or a birth date.
for _name in ("httpx2", "httpcore2"):
    logging.getLogger(_name).setLevel(logging.CRITICAL)

CONNECT_SECONDS = 5.0
READ_SECONDS = 20.0
TOTAL_SECONDS = 60.0
"""Between two bytes 20 s may pass; an answer that drips is given up after this long."""
MAX_BYTES = 20 * 1024 * 1024

_NEVER_SENT = (
    httpx2.ConnectError,
    httpx2.ConnectTimeout,
    httpx2.PoolTimeout,
    httpx2.UnsupportedProtocol,
)


class HttpFault(Exception):  # noqa: N818
    """No whole answer. `kind` is a constant word for logs; neither holds an address, a query or a body."""

    def __init__(self, vendor: str, kind: str) -> None:
        super().__init__(f"{vendor}: {kind}")
        self.vendor = vendor
        self.kind = kind


class ConnectionNotMade(HttpFault):
    """The request provably never left this machine: safe to send again."""


class AnswerLost(HttpFault):
    """The request may have been carried out; its answer is missing, partial, too large or too slow."""


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer of any status. The body may hold patient data and is kept out of `repr`."""

    status: int
    headers: Mapping[str, str] = field(repr=False)
    """Names in lower case."""
    body: bytes = field(repr=False)
    request_id: str = ""
    """The vendor's own id of this exchange, for its support; empty if it gave none."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    def json(self) -> Any:
        """The decoded body. Raises ValueError, without quoting the body, when it is not JSON."""
        try:
            return orjson.loads(self.body.removeprefix(b"\xef\xbb\xbf").strip())
        except orjson.JSONDecodeError:
            raise ValueError("body is not JSON") from None


class VendorClient:
    """Requests to one vendor over a shared connection pool; safe to share between threads."""

    def __init__(self, http: httpx2.Client, vendor: str, request_id_header: str, max_bytes: int) -> None:
        self._http = http
        self._vendor = vendor
        self._request_id_header = request_id_header
        self._max_bytes = max_bytes

    def send(
        self,
        method: str,
        path: str,
        *,
        route: str,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
        basic: tuple[str, str] | None = None,
    ) -> HttpAnswer:
        """Send once and read the whole answer. At most one of `form` and `json`.

        `route` is the path as a template ("/patients/{id}"); only it is logged. List values become repeated fields.
        Redirects are answers like any other. Raises ConnectionNotMade or AnswerLost, and TransactionManagementError
        inside `transaction.atomic()`: rows would stay locked for as long as a vendor likes to think.
        """
        _refuse_inside_transaction()
        started = time.perf_counter()
        extra = dict(headers or {})
        content = None
        if json is not None:
            content = orjson.dumps(json)
            extra.setdefault("Content-Type", "application/json")
        try:
            with self._http.stream(
                method,
                path,
                params=query,
                data=form,
                content=content,
                headers=extra,
                auth=httpx2.BasicAuth(*basic) if basic else None,
            ) as response:
                body = self._read(response, started)
        except _NEVER_SENT as error:
            raise self._fault(ConnectionNotMade, type(error).__name__, method, route, started) from None
        except (httpx2.RequestError, httpx2.StreamError) as error:
            raise self._fault(AnswerLost, type(error).__name__, method, route, started) from None
        except _TooMuchError as error:
            raise self._fault(AnswerLost, str(error), method, route, started) from None
        answer = HttpAnswer(
            status=response.status_code,
            headers={name.lower(): value for name, value in response.headers.items()},
            body=body,
            request_id=response.headers.get(self._request_id_header, ""),
        )
        log.info(
            "vendor_call",
            vendor=self._vendor,
            method=method,
            route=route,
            status=answer.status,
            ms=_elapsed_ms(started),
            vendor_request_id=answer.request_id,
        )
        return answer

    def close(self) -> None:
        self._http.close()

    def _read(self, response: httpx2.Response, started: float) -> bytes:
        chunks: list[bytes] = []
        size = 0
        for chunk in response.iter_bytes():
            size += len(chunk)
            if size > self._max_bytes:
                raise _TooMuchError("answer_too_large")
            if time.perf_counter() - started > TOTAL_SECONDS:
                raise _TooMuchError("answer_too_slow")
            chunks.append(chunk)
        return b"".join(chunks)

    def _fault(self, kind: type[HttpFault], reason: str, method: str, route: str, started: float) -> HttpFault:
        log.warning(
            "vendor_call_failed",
            vendor=self._vendor,
            method=method,
            route=route,
            outcome=kind.__name__,
            reason=reason,
            ms=_elapsed_ms(started),
        )
        return kind(self._vendor, reason)


def client(
    vendor: str,
    base_url: str,
    *,
    headers: Mapping[str, str] | None = None,
    request_id_header: str = "x-request-id",
    connect_seconds: float = CONNECT_SECONDS,
    read_seconds: float = READ_SECONDS,
    max_bytes: int = MAX_BYTES,
    transport: httpx2.BaseTransport | None = None,
) -> VendorClient:
    """A client of one vendor at `base_url`; `headers` go with every request. `transport` is for tests."""
    http = httpx2.Client(
        base_url=base_url.rstrip("/"),
        headers=dict(headers or {}),
        timeout=httpx2.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        follow_redirects=False,
        trust_env=False,
        transport=transport,
    )
    return VendorClient(http, vendor, request_id_header, max_bytes)


class _TooMuchError(Exception):
    """Raised inside `send` when an answer outgrows its limits."""


def _refuse_inside_transaction() -> None:
    blocks = connection.atomic_blocks
    if blocks and not blocks[-1]._from_testcase:  # noqa: SLF001  as Django's own `durable` does
        raise TransactionManagementError("a vendor is called with a transaction open")


def _elapsed_ms(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)
