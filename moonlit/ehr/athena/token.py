"""The access token: one for all processes, in a sealed row, renewed by one of them while the others wait.

No transaction is open while the token endpoint is asked; the claim `renewing_until` is what keeps the others away,
and it lapses by itself if its owner dies. The endpoint allows few calls a minute (5 in preview), so nobody asks twice.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NoReturn

from django.db.models import Q

from moonlit.ehr.athena import wire
from moonlit.ehr.athena.settings import VENDOR, AthenaSettings
from moonlit.ehr.port import NotReached, Throttled
from moonlit.platform.crypto.seal import CannotDecryptError, seal, unseal
from moonlit.platform.http import AnswerLost, ConnectionNotMade, HttpAnswer, VendorClient
from moonlit.platform.log import get_logger
from moonlit.platform.vendor_models import VendorToken

log = get_logger(__name__)

PATH = "/oauth2/v1/token"
RENEW_EARLY = timedelta(seconds=60)
CLAIM = timedelta(seconds=30)
"""Longer than a call may take, shorter than a patient waits."""
AFTER_REFUSAL = timedelta(seconds=12)
"""Wrong credentials stay wrong: no more than the five calls a minute that the preview allows."""
WAIT_STEP = 0.1
WAIT_STEPS = 250
_CONTEXT = "platform_vendortoken|sealed|"


@dataclass(frozen=True, slots=True)
class Token:
    value: str
    version: int

    def __repr__(self) -> str:
        return f"Token(version={self.version})"


class TokenStore:
    """Gives out the shared token. `clock` and `sleep` are parameters so that tests need neither."""

    def __init__(
        self,
        settings: AthenaSettings,
        http: VendorClient,
        clock: Callable[[], datetime],
        sleep: Callable[[float], None],
    ) -> None:
        self._settings = settings
        self._http = http
        self._clock = clock
        self._sleep = sleep
        account = f"{settings.base_url}|{settings.client_id}".encode()
        self._key = f"{VENDOR}:{hashlib.sha256(account).hexdigest()[:16]}"

    def get(self) -> Token:
        """A token good for a while. Raises Throttled when the endpoint said "too many", NotReached for any failure."""
        for _ in range(WAIT_STEPS):
            now = self._clock()
            row, _created = VendorToken.objects.get_or_create(vendor=self._key)
            if row.expires_at and row.expires_at > now + RENEW_EARLY and (token := self._open(row)):
                return token
            if row.refused_until and row.refused_until > now:
                wait = (row.refused_until - now).total_seconds()
                raise Throttled("token endpoint said no a moment ago", retry_after=wait)
            if self._claim(now):
                return self._renew(now + CLAIM)
            if row.expires_at and row.expires_at > now and (token := self._open(row)):
                return token
            self._sleep(WAIT_STEP)
        raise NotReached("no token: its renewal takes too long elsewhere")

    def drop(self, token: Token) -> None:
        """Athena no longer takes this token: forget it, unless somebody has renewed it meanwhile."""
        VendorToken.objects.filter(vendor=self._key, version=token.version).update(sealed=None, expires_at=None)

    def _claim(self, now: datetime) -> bool:
        free = Q(renewing_until__isnull=True) | Q(renewing_until__lte=now)
        stale = Q(expires_at__isnull=True) | Q(expires_at__lte=now + RENEW_EARLY)
        return bool(VendorToken.objects.filter(free, stale, vendor=self._key).update(renewing_until=now + CLAIM))

    def _renew(self, claim: datetime) -> Token:
        mine = VendorToken.objects.filter(vendor=self._key)
        try:
            answer = self._ask()
            now = self._clock()
            if 400 <= answer.status < 500:
                self._refused(answer, now)
            return self._store(answer, now)
        finally:
            mine.filter(renewing_until=claim).update(renewing_until=None)

    def _refused(self, answer: HttpAnswer, now: datetime) -> NoReturn:
        """Remember the refusal, so that no process asks again too soon, and raise it."""
        full = answer.status == 429
        until = (now + timedelta(minutes=1)).replace(second=0, microsecond=0) if full else now + AFTER_REFUSAL
        VendorToken.objects.filter(vendor=self._key).update(refused_until=until)
        log.warning("ehr_token_refused", vendor=VENDOR, status=answer.status, vendor_request_id=answer.request_id)
        if full:
            wait = (until - now).total_seconds()
            raise Throttled("token endpoint is full", retry_after=wait, request_id=answer.request_id)
        raise NotReached(f"no token: status {answer.status}", request_id=answer.request_id)

    def _ask(self) -> HttpAnswer:
        try:
            return self._http.send(
                "POST",
                PATH,
                route=PATH,
                form={"grant_type": "client_credentials", "scope": self._settings.scope},
                basic=(self._settings.client_id, self._settings.client_secret),
            )
        except (ConnectionNotMade, AnswerLost) as fault:
            raise NotReached(f"no token: {fault.kind}") from fault

    def _store(self, answer: HttpAnswer, now: datetime) -> Token:
        try:
            body = wire.one(answer.json()) if answer.ok else {}
        except ValueError:
            body = {}
        value, seconds = wire.text(body.get("access_token")), wire.number(body.get("expires_in"))
        if not value or not seconds:
            raise NotReached(f"no token: status {answer.status}", request_id=answer.request_id)
        row = VendorToken.objects.get(vendor=self._key)
        token = Token(value, row.version + 1)
        VendorToken.objects.filter(vendor=self._key, version=row.version).update(
            sealed=seal(value.encode(), _CONTEXT + self._key),
            expires_at=now + timedelta(seconds=seconds),
            version=token.version,
            refused_until=None,
        )
        log.info("ehr_token_renewed", vendor=VENDOR, version=token.version)
        return token

    def _open(self, row: VendorToken) -> Token | None:
        """The row's token. One that our keys no longer open is dropped, so that a new one is fetched."""
        try:
            return Token(unseal(bytes(row.sealed or b""), _CONTEXT + self._key).decode(), row.version)
        except CannotDecryptError:
            self.drop(Token("", row.version))
            return None
