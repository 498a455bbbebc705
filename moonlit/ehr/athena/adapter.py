"""athenahealth behind the port. Only configuration imports this."""

import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from threading import Lock
from typing import Any, TypeVar

from moonlit.ehr.athena import forms, mapping, wire
from moonlit.ehr.athena.client import AthenaClient
from moonlit.ehr.athena.settings import VENDOR, AthenaSettings
from moonlit.ehr.port import (
    Department,
    EhrAppointment,
    EhrPatient,
    EhrProvider,
    EhrStatus,
    NotReached,
    OpenSlot,
    OpenSlots,
    PersonDetails,
    Reason,
    Rejected,
    Retry,
    Unknown,
)
from moonlit.platform import clock as system_clock
from moonlit.platform.budget import Lane
from moonlit.platform.log import get_logger

log = get_logger(__name__)

Found = TypeVar("Found")

ZONE_KNOWN_FOR = timedelta(hours=1)
SEND_WITHIN = timedelta(seconds=10)
"""A booking that waited longer for zone, turn and token is not sent: the caller's clock runs (rules 4.5)."""


class AthenaEhr:
    """The EhrPort over Athena's REST API v1. One per process, shared by its threads."""

    def __init__(
        self,
        settings: AthenaSettings,
        *,
        clock: Callable[[], datetime] = system_clock.now,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._client = AthenaClient(settings, clock, sleep)
        self._zones: dict[str, tuple[str, datetime]] = {}
        self._zones_lock = Lock()

    def ping(self) -> None:
        answer = self._client.read("/ping", route="/ping", lane=Lane.LOOK)
        if not (isinstance(answer, dict) and wire.flag(answer.get("pong"))):
            raise Retry("no pong")

    def departments(self) -> list[Department]:
        rows = self._client.read_all(
            "/departments",
            route="/departments",
            lane=Lane.SYNC,
            key="departments",
            query={"showalldepartments": "true"},
        )
        return _each(rows, mapping.department, "/departments")

    def providers(self) -> list[EhrProvider]:
        rows = self._client.read_all("/providers", route="/providers", lane=Lane.SYNC, key="providers")
        return _each(rows, mapping.provider, "/providers")

    def reasons(self, *, department_id: str, provider_id: str) -> list[Reason]:
        rows = self._client.read_all(
            "/patientappointmentreasons",
            route="/patientappointmentreasons",
            lane=Lane.SYNC,
            key="patientappointmentreasons",
            query={"departmentid": department_id, "providerid": provider_id},
        )
        return _each(rows, mapping.reason, "/patientappointmentreasons")

    def open_slots(
        self,
        *,
        department_id: str,
        time_zone: str,
        provider_ids: list[str],
        reason_ids: list[str],
        first_day: date,
        last_day: date,
    ) -> OpenSlots:
        """One call, and one per further page, for all providers and reasons of a department and window."""
        if not provider_ids or not reason_ids:
            return OpenSlots(())
        only_reason = reason_ids[0] if len(reason_ids) == 1 else ""
        slots: dict[str, OpenSlot] = {}
        in_gap: set[str] = set()
        for providers in _chunks(provider_ids, self._settings.providers_per_call):
            rows = self._client.read_all(
                "/appointments/open",
                route="/appointments/open",
                lane=Lane.SYNC,
                key="appointments",
                query={
                    "departmentid": department_id,
                    "providerid": ",".join(providers),
                    "reasonid": ",".join(reason_ids),
                    **forms.window(first_day, last_day),
                },
            )
            for found in _each(
                rows, lambda row: mapping.open_slot(row, time_zone, only_reason=only_reason), "/appointments/open"
            ):
                if isinstance(found, mapping.InGap):
                    in_gap.add(found.id)
                else:
                    slots[found.id] = found
        return OpenSlots(tuple(slots.values()), tuple(sorted(in_gap)))

    def find_patient(self, person: PersonDetails, *, department_id: str) -> list[EhrPatient]:
        lowest = self._settings.min_match_score
        route = "/patients/enhancedbestmatch"
        answer = self._client.read(
            route, route=route, lane=Lane.COMMIT, query=forms.match_query(person, department_id, lowest)
        )
        try:
            rows = wire.rows(answer, "patients")
        except wire.UnreadableError as error:
            raise Retry(f"unreadable list: {error}") from None
        found = _each(rows, mapping.patient, route)
        return sorted((patient for patient in found if patient.score >= lowest), key=lambda patient: -patient.score)

    def patient(self, patient_id: str) -> EhrPatient:
        answer = self._client.read(f"/patients/{_path(patient_id)}", route="/patients/{id}", lane=Lane.COMMIT)
        return _readable(lambda: mapping.patient(wire.one_of(answer, "patientid", patient_id)))

    def create_patient(self, person: PersonDetails, *, department_id: str) -> str:
        answer, request_id = self._client.write(
            "POST",
            "/patients",
            route="/patients",
            lane=Lane.COMMIT,
            form=forms.new_patient(person, department_id),
        )
        try:
            return mapping.patient(wire.one(answer)).id
        except wire.UnreadableError as error:
            raise Unknown(f"unreadable answer: {error}", request_id=request_id) from None

    def book(self, *, slot_id: str, patient_id: str, reason_id: str, department_id: str, note: str) -> EhrAppointment:
        send_by = self._clock() + SEND_WITHIN
        zone = self._zone_before_write(department_id)
        answer, request_id = self._client.write(
            "PUT",
            f"/appointments/{_path(slot_id)}",
            route="/appointments/{id}",
            lane=Lane.COMMIT,
            form=forms.booking(patient_id, reason_id, department_id, note),
            send_by=send_by,
        )
        try:
            booked = mapping.appointment(wire.one(answer), zone)
        except wire.UnreadableError as error:
            raise Unknown(f"unreadable answer: {error}", request_id=request_id) from None
        if (booked.status, booked.id, booked.patient_id) != (EhrStatus.BOOKED, slot_id, patient_id):
            raise Unknown("the answer is about something else", request_id=request_id)
        return booked

    def set_supervisor(
        self, *, appointment_id: str, seen_provider_id: str, supervisor_provider_id: str, claim_mode: str
    ) -> None:
        answer, request_id = self._client.write(
            "PUT",
            f"/appointments/booked/{_path(appointment_id)}",
            route="/appointments/booked/{id}",
            lane=Lane.COMMIT,
            form=forms.supervision(
                self._settings.supervision_write,
                claim_mode,
                seen=seen_provider_id,
                supervisor=supervisor_provider_id,
            ),
        )
        if not wire.succeeded(answer):
            raise Unknown("neither yes nor no", request_id=request_id)

    def appointment(self, appointment_id: str) -> EhrAppointment:
        path = f"/appointments/{_path(appointment_id)}"
        answer = self._client.read(path, route="/appointments/{id}", lane=Lane.LOOK)
        row = _readable(lambda: wire.one_of(answer, "appointmentid", appointment_id))
        if wire.an_id(row.get("appointmentid")) != appointment_id:
            raise Retry("the answer is about something else")
        zone = self._zone(wire.an_id(row.get("departmentid")), Lane.LOOK)
        found = _readable(lambda: mapping.appointment(row, zone))
        if found.status is EhrStatus.OPEN or "appointmentnotes" in row:
            return found
        # Not every answer brings the notes along, and they are how we know our own write again.
        listed = self._read_beside("/appointments/{id}/notes", appointment_id, Lane.LOOK)
        return _readable(lambda: mapping.with_notes(found, listed))

    def _read_beside(self, route: str, number: str, lane: Lane) -> Any:
        """A read that only completes another one: that it is refused must not pass for a word about the other."""
        try:
            return self._client.read(route.replace("{id}", _path(number)), route=route, lane=lane)
        except Rejected as error:
            raise Retry(error.detail, request_id=error.request_id) from error

    def _zone_before_write(self, department_id: str) -> str:
        """The zone in which the write's answer will be read; without it nothing is sent."""
        try:
            return self._zone(department_id, Lane.COMMIT)
        except (Retry, Rejected) as error:  # Rejected: no usable zone
            raise NotReached(f"department unknown: {error.detail}", request_id=error.request_id) from error

    def _zone(self, department_id: str, lane: Lane) -> str:
        with self._zones_lock:
            zone, until = self._zones.get(department_id, ("", None))
        if until is not None and until > self._clock():
            return zone
        answer = self._read_beside("/departments/{id}", department_id, lane)
        found = _readable(lambda: mapping.working_zone(wire.one(answer)))
        if found is None:
            raise Rejected("a department without usable time zone", code="unknown_zone")
        with self._zones_lock:
            self._zones[department_id] = (found, self._clock() + ZONE_KNOWN_FOR)
        return found


def _each(rows: list[wire.Row], read: Callable[[wire.Row], Found], route: str) -> list[Found]:
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


def _readable(read: Callable[[], Found]) -> Found:
    """The value read; an answer of unknown shape to a read is a passing failure."""
    try:
        return read()
    except wire.UnreadableError as error:
        raise Retry(f"unreadable answer: {error}") from None


def _chunks(items: list[str], size: int) -> Iterator[list[str]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _path(value: Any) -> str:
    """An id as a path segment. Athena's are numbers; anything else would name another address."""
    found = str(value)
    if not found.isascii() or not found.isdigit():
        raise Rejected("no such id", code="not_found", status=404)
    return found
