"""What every group of calls to Athena shares: the client, the clock, departments' zones, and how rows are read."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from moonlit.ehr.athena import mapping, wire
from moonlit.ehr.athena.client import AthenaClient
from moonlit.ehr.athena.settings import VENDOR, AthenaSettings
from moonlit.ehr.port import NotReached, Rejected, Retry
from moonlit.platform.budget import Lane
from moonlit.platform.log import get_logger

log = get_logger(__name__)

Found = TypeVar("Found")

ZONE_KNOWN_FOR = timedelta(hours=1)


class Calls:
    def __init__(self, settings: AthenaSettings, clock: Callable[[], datetime], sleep: Callable[[float], None]) -> None:
        self.settings = settings
        self.clock = clock
        self.client = AthenaClient(settings, clock, sleep)
        self._zones: dict[str, tuple[str, datetime]] = {}
        self._zones_lock = Lock()

    def read_beside(self, route: str, number: str, lane: Lane) -> Any:
        """A read that only completes another one: that it is refused must not pass for a word about the other."""
        try:
            return self.client.read(route.replace("{id}", path(number)), route=route, lane=lane)
        except Rejected as error:
            raise Retry(error.detail, request_id=error.request_id) from error

    def zone_before_write(self, department_id: str) -> str:
        """The zone in which the write's answer will be read; without it nothing is sent."""
        try:
            return self.zone(department_id, Lane.COMMIT)
        except (Retry, Rejected) as error:  # Rejected: no usable zone
            raise NotReached(f"department unknown: {error.detail}", request_id=error.request_id) from error

    def zone(self, department_id: str, lane: Lane) -> str:
        with self._zones_lock:
            zone, until = self._zones.get(department_id, ("", None))
        if until is not None and until > self.clock():
            return zone
        answer = self.read_beside("/departments/{id}", department_id, lane)
        found = readable(lambda: mapping.working_zone(wire.one(answer)))
        if found is None:
            raise Rejected("a department without usable time zone", code="unknown_zone")
        with self._zones_lock:
            self._zones[department_id] = (found, self.clock() + ZONE_KNOWN_FOR)
        return found


def each(rows: list[wire.Row], read: Callable[[wire.Row], Found], route: str) -> list[Found]:
    """Every readable row; one bad row must not hide the others, but is told."""
    found: list[Found] = []
    skipped = 0
    for row in rows:
        try:
            found.append(read(row))
        except wire.UnreadableError:
            skipped += 1
    if skipped:
        log.warning("ehr_rows_skipped", vendor=VENDOR, route=route, skipped=skipped, rows=len(rows))
    return found


def readable(read: Callable[[], Found]) -> Found:
    """The value read; an answer of unknown shape to a read is a passing failure."""
    try:
        return read()
    except wire.UnreadableError as error:
        raise Retry(f"unreadable answer: {error}") from None


def chunks(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def path(value: Any) -> str:
    """An id as a path segment. Athena's are numbers; anything else would name another address."""
    found = str(value)
    if not found.isascii() or not found.isdigit():
        raise Rejected("no such id", code="not_found", status=404)
    return found
