"""Calls to Athena: whose turn it is (breaker, budget), who we are (token), and what an answer means (errors).

Reads are tried again a few times, writes never: only the caller can read back and decide (rules 4.5).
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

import stamina

from moonlit.ehr.athena import errors, wire
from moonlit.ehr.athena.settings import VENDOR, AthenaSettings
from moonlit.ehr.athena.token import TokenStore
from moonlit.ehr.port import EhrError, NotReached, Retry, Unknown
from moonlit.platform import http
from moonlit.platform.breaker import Breaker
from moonlit.platform.budget import Budget, Lane
from moonlit.platform.http import AnswerLost, ConnectionNotMade, HttpAnswer
from moonlit.platform.log import get_logger

log = get_logger(__name__)

MAX_PAGES = 500


class AthenaClient:
    """One per process, shared by its threads."""

    def __init__(self, settings: AthenaSettings, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        self._settings = settings
        self._clock = clock
        self._sleep = sleep
        self._http = http.client(
            VENDOR,
            settings.base_url,
            connect_seconds=settings.connect_seconds,
            read_seconds=settings.read_seconds,
        )
        self._tokens = TokenStore(settings, self._http, clock, sleep)
        self._breaker = Breaker(VENDOR)
        self._budget = Budget(VENDOR, settings.rps, settings.daily_limit)

    def read(
        self,
        path: str,
        *,
        route: str,
        lane: Lane,
        query: Mapping[str, Any] | None = None,
        once: bool = False,
    ) -> Any:
        """GET and decode. Raises NotReached, Throttled, Rejected, and Retry after the last attempt.

        `once`: not asked again, because the read itself changes what the next one says.
        """
        if once:
            return self._read_once(path, route, lane, query)
        for attempt in stamina.retry_context(
            on=Retry,
            attempts=self._settings.read_attempts,
            timeout=self._settings.read_retry_seconds,
            wait_initial=0.2,
            wait_max=2.0,
            wait_jitter=0.3,
        ):
            with attempt:
                return self._read_once(path, route, lane, query)
        raise AssertionError("unreachable: the last attempt raises or returns")

    def read_all(
        self, path: str, *, route: str, lane: Lane, key: str, query: Mapping[str, Any] | None = None
    ) -> list[wire.Row]:
        """Every row of a paged list. Rows without end, or a page that is no list, raise Retry."""
        found: list[wire.Row] = []
        offset = 0
        for _ in range(MAX_PAGES):
            page = self.read(
                path,
                route=route,
                lane=lane,
                query={**(query or {}), "limit": self._settings.page_size, "offset": offset},
            )
            try:
                rows = wire.rows(page, key)
            except wire.UnreadableError as error:
                raise Retry(f"unreadable list: {error}") from None
            found += rows
            following = wire.next_offset(page)
            total = wire.number(page.get("totalcount")) if isinstance(page, dict) else None
            if not rows or (following is None and (total is None or offset + len(rows) >= total)):
                return found
            offset = following if following is not None and following > offset else offset + len(rows)
        raise Retry("a list that does not end")

    def write(
        self,
        method: str,
        path: str,
        *,
        route: str,
        lane: Lane,
        form: Mapping[str, Any],
        send_by: datetime | None = None,
    ) -> tuple[Any, str]:
        """Send a form once, after `send_by` not at all. Returns the decoded answer and the vendor's request id.

        Raises NotReached, Throttled, AlreadyDone, Rejected (all: nothing was stored) or Unknown.
        """
        try:
            answer = self._send(method, path, route=route, lane=lane, send_by=send_by, form=form)
        except AnswerLost as fault:
            raise Unknown(f"answer lost: {fault.kind}") from fault
        if (error := errors.write_error(answer)) is not None:
            raise self._told(error, route, answer)
        try:
            payload = answer.json()
        except ValueError:
            raise self._told(Unknown("unreadable answer", request_id=answer.request_id), route, answer) from None
        reason = wire.refusal(payload)
        if reason:
            raise self._told(errors.refused_politely(reason, answer), route, answer)
        if reason is not None:
            raise self._told(Unknown("neither yes nor no", request_id=answer.request_id), route, answer)
        return payload, answer.request_id

    def _read_once(self, path: str, route: str, lane: Lane, query: Mapping[str, Any] | None) -> Any:
        try:
            answer = self._send("GET", path, route=route, lane=lane, query=query)
        except AnswerLost as fault:
            raise Retry(f"answer lost: {fault.kind}") from fault
        if (error := errors.read_error(answer)) is not None:
            raise self._told(error, route, answer)
        try:
            return answer.json()
        except ValueError:
            raise self._told(Retry("unreadable answer", request_id=answer.request_id), route, answer) from None

    def _send(
        self, method: str, path: str, *, route: str, lane: Lane, send_by: datetime | None = None, **content: Any
    ) -> HttpAnswer:
        """One request. A 401 means it was not carried out, so even a write is sent again, once, with a new token."""
        for last_try in (False, True):
            self._wait_for_turn(lane)
            token = self._token()
            if send_by is not None and self._clock() > send_by:
                raise NotReached("too late to be sent")
            try:
                answer = self._http.send(
                    method,
                    f"/v1/{self._settings.practice_id}{path}",
                    route=route,
                    headers={"Authorization": f"Bearer {token.value}"},
                    **content,
                )
            except ConnectionNotMade as fault:
                self._breaker.failed(self._clock())
                raise NotReached(f"no connection: {fault.kind}") from fault
            except AnswerLost:
                self._breaker.failed(self._clock())
                raise
            if answer.status >= 500:
                self._breaker.failed(self._clock())
            else:
                self._breaker.ok()
            if answer.status != 401:
                return answer
            if not last_try:
                self._tokens.drop(token)
        raise NotReached("our credentials are refused", request_id=answer.request_id)

    def _wait_for_turn(self, lane: Lane) -> None:
        if not self._breaker.allow(self._clock()):
            raise NotReached("breaker is open")
        waited = 0.0
        while wait := self._budget.take(lane, self._clock()):
            waited += wait
            if waited > self._settings.budget_wait_seconds:
                raise NotReached("budget is spent")
            self._sleep(wait)

    def _token(self) -> Any:
        try:
            return self._tokens.get()
        except NotReached:
            self._breaker.failed(self._clock())
            raise

    @staticmethod
    def _told(error: EhrError, route: str, answer: HttpAnswer) -> EhrError:
        log.warning(
            "ehr_refused",
            vendor=VENDOR,
            route=route,
            outcome=type(error).__name__,
            code=getattr(error, "code", ""),
            status=answer.status,
            vendor_request_id=answer.request_id,
        )
        return error
