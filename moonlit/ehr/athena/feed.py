"""The change feed: which visits and slots changed, each row handed out once."""

from datetime import datetime, timedelta
from typing import Any

from moonlit.ehr.athena import forms, mapping, wire
from moonlit.ehr.athena.calls import Calls, readable
from moonlit.ehr.athena.settings import VENDOR
from moonlit.ehr.port import Changed, EhrAppointment, EhrError, Unknown
from moonlit.platform.budget import Lane
from moonlit.platform.log import get_logger

log = get_logger(__name__)

APPOINTMENTS, PATIENTS = "/appointments/changed", "/patients/changed"
MAX_READS = 20
MERGES_KNOWN_FOR = timedelta(days=30)
"""How long after a merge the chart that lives on can be found by the id of the other."""


class Feed(Calls):
    def subscribe(self) -> None:
        """Both feeds, of visits and of charts: the second is where merged charts are told."""
        for feed in (APPOINTMENTS, PATIENTS):
            route = f"{feed}/subscription"
            now = self.client.read(route, route=route, lane=Lane.SYNC)
            if wire.text(readable(lambda now=now: wire.one(now)).get("status")).upper() == "ACTIVE":
                continue
            answer, request_id = self.client.write("POST", route, route=route, lane=Lane.SYNC, form={})
            if not wire.succeeded(answer):
                raise Unknown("neither yes nor no", request_id=request_id)

    def changed_since(self, since: datetime | None) -> Changed:
        """One answer of the feed. With None: ask again until it is empty, for the rows leave the queue as they are
        read (so there are no pages, and a lost answer is not asked for again here: Retry, then come with an instant).
        With an instant: all of them at once, and perhaps some handed out within the hour before.

        A row that cannot be read, or whose department's zone cannot be learned now, is in `raw` only, behind the
        others: its visit must be read by id.
        """
        if since is None:
            rows = self._unread(APPOINTMENTS, {"showcopay": "false"})
        else:
            rows = self.client.read_all(
                APPOINTMENTS,
                route=APPOINTMENTS,
                lane=Lane.SYNC,
                key="appointments",
                query={"showcopay": "false", **forms.processed(since, self.clock())},
            )
        read: list[tuple[EhrAppointment, wire.Row]] = []
        unread: list[wire.Row] = []
        for row in rows:
            try:
                zone = self.zone(wire.an_id(row.get("departmentid")), Lane.SYNC)
                read.append((mapping.appointment(row, zone), row))
            except (wire.UnreadableError, EhrError):
                unread.append(row)
        if unread:
            log.warning("ehr_rows_skipped", vendor=VENDOR, route=APPOINTMENTS, skipped=len(unread), rows=len(rows))
        return Changed(tuple(visit for visit, _ in read), (*(row for _, row in read), *unread))

    def merged_into(self, patient_id: str) -> str:
        """The chart that this one was merged into, as the feed of charts tells; "" when it does not."""
        for _ in range(MAX_READS):  # what waits there becomes part of what was handed out, and is asked for next
            if not self._unread(PATIENTS, {}):
                break
        now = self.clock()
        rows = self.client.read_all(
            PATIENTS,
            route=PATIENTS,
            lane=Lane.LOOK,
            key="patients",
            query={"showpreviouspatientids": "true", **forms.processed(now - MERGES_KNOWN_FOR, now)},
        )
        found = [wire.an_id(row.get("patientid")) for row in rows if patient_id in mapping.previous_ids(row)]
        return next((number for number in reversed(found) if number != patient_id), "")

    def _unread(self, feed: str, query: dict[str, Any]) -> list[wire.Row]:
        answer = self.client.read(
            feed, route=feed, lane=Lane.SYNC, query={**query, "limit": self.settings.page_size}, once=True
        )
        handed_out = readable(lambda: wire.listed(answer, feed.split("/")[1]))
        return [row if isinstance(row, dict) else {"unreadable": row} for row in handed_out]
