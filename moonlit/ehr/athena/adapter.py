"""athenahealth behind the port. Only configuration imports this."""

import time
from collections.abc import Callable
from datetime import datetime

from moonlit.ehr.athena import push, wire
from moonlit.ehr.athena.catalog import Catalog
from moonlit.ehr.athena.charts import Charts
from moonlit.ehr.athena.settings import AthenaSettings
from moonlit.ehr.athena.visits import Visits
from moonlit.ehr.port import Pushed, Retry
from moonlit.platform import clock as system_clock
from moonlit.platform.budget import Lane


class AthenaEhr(Catalog, Charts, Visits):
    """The EhrPort over Athena's REST API v1. One per process, shared by its threads."""

    def __init__(
        self,
        settings: AthenaSettings,
        *,
        clock: Callable[[], datetime] = system_clock.now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(settings, clock, sleep)

    def ping(self) -> None:
        answer = self.client.read("/ping", route="/ping", lane=Lane.LOOK)
        if not (isinstance(answer, dict) and wire.flag(answer.get("pong"))):
            raise Retry("no pong")

    def parse_push(self, *, signature: str, body: bytes) -> list[Pushed]:
        push.prove(self.settings.webhook_secret, signature, body)
        return push.events(body, self.settings.practice_id)
