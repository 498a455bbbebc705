"""The schedule in memory: slots that become visits, and the feed that tells which of them changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta

from moonlit.domain import zones
from moonlit.ehr.port import (
    AlreadyDone,
    Changed,
    Department,
    EhrAppointment,
    EhrStatus,
    OpenSlot,
    OpenSlots,
    Reason,
    Rejected,
)

DEFAULT_MIN_HOURS = 24
DEFAULT_MAX_DAYS = 90
FIRST_REOPENED = 700_000_001
"""Ids of reopened times begin here, out of the way of any that a test chose."""


@dataclass(slots=True)
class Row:
    slot: OpenSlot
    appointment: EhrAppointment
    bookable: bool = True


@dataclass(slots=True)
class Schedule:
    clock: Callable[[], datetime]
    departments: dict[str, Department] = field(default_factory=dict)
    reasons: dict[tuple[str, str], list[Reason]] = field(default_factory=lambda: defaultdict(list))
    rows: dict[str, Row] = field(default_factory=dict)
    in_gap: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    subscribed: bool = False
    queue: dict[str, None] = field(default_factory=dict)
    """Ids that changed and were not handed out yet, oldest first; several changes of one are one."""
    handed_out: list[tuple[datetime, str]] = field(default_factory=list)
    reopened: int = 0

    def add(self, slot: OpenSlot, *, template_id: str = "") -> None:
        zone = self.departments[slot.department_id].time_zone or "UTC"
        self.rows[slot.id] = Row(
            slot,
            EhrAppointment(
                id=slot.id,
                status=EhrStatus.OPEN,
                department_id=slot.department_id,
                provider_id=slot.provider_id,
                start=slot.start,
                time_zone=zone,
                minutes=slot.minutes,
                template_id=template_id,
                type_id=slot.type_id,
            ),
        )
        self._tell(slot.id)

    def remove(self, slot_id: str) -> None:
        del self.rows[slot_id]
        self.queue.pop(slot_id, None)

    def row(self, appointment_id: str) -> Row:
        if appointment_id not in self.rows:
            raise Rejected("no such appointment", code="not_found", status=404)
        return self.rows[appointment_id]

    def change(self, appointment_id: str, **changes: object) -> EhrAppointment:
        row = self.row(appointment_id)
        row.appointment = replace(row.appointment, **changes)
        self._tell(appointment_id)
        return row.appointment

    def free(self, slot_id: str) -> Row:
        """The open slot of that id. AlreadyDone: it is taken, frozen or gone."""
        row = self.rows.get(slot_id)
        if row is None or not row.bookable or row.appointment.status is not EhrStatus.OPEN:
            raise AlreadyDone("conflict")
        return row

    def booked(self, appointment_id: str) -> EhrAppointment:
        """The booked visit of that id. Rejected `not_booked` in every other state."""
        found = self.row(appointment_id).appointment
        if found.status is not EhrStatus.BOOKED:
            raise Rejected("refused as not_booked", code="not_booked")
        return found

    def has_room(self, appointment_id: str, clinics: set[str]) -> bool:
        """Whether the video of a visit that stands may be joined today. Rejected `not_booked`: it does not stand."""
        found = self.row(appointment_id).appointment
        if found.status not in {EhrStatus.BOOKED, EhrStatus.CHECKED_IN}:
            raise Rejected("refused as not_booked", code="not_booked")
        today, day = (zones.local_date(at, found.time_zone) for at in (self.clock(), found.start))
        return found.department_id not in clinics and today == day

    def cancel(self, appointment_id: str, *, reopen: bool = True, **changes: object) -> None:
        """The record keeps its id for good; its time is offered again under a new one."""
        row = self.row(appointment_id)
        self.change(appointment_id, status=EhrStatus.CANCELLED, cancelled_at=self.clock(), **changes)
        if reopen:
            self.reopened += 1
            again = replace(row.slot, id=str(FIRST_REOPENED + self.reopened))
            self.add(again, template_id=row.appointment.template_id or appointment_id)

    def move(self, appointment_id: str, new_slot_id: str) -> EhrAppointment:
        self.free(new_slot_id)
        patient_id = self.row(appointment_id).appointment.patient_id
        self.cancel(appointment_id, rescheduled_to=new_slot_id)
        return self.change(new_slot_id, status=EhrStatus.BOOKED, patient_id=patient_id)

    def set_frozen(self, slot_id: str, *, frozen: bool) -> None:
        row = self.row(slot_id)
        if row.appointment.status is not EhrStatus.OPEN:
            raise Rejected("refused as not_found", code="not_found")
        if row.bookable is not frozen:
            raise AlreadyDone("it was so before")
        row.bookable = not frozen
        self._tell(slot_id)

    def open_slots(
        self,
        department_id: str,
        time_zone: str,
        provider_ids: list[str],
        reason_ids: list[str],
        first_day: date,
        last_day: date,
    ) -> OpenSlots:
        found = []
        for row in self.rows.values():
            slot = row.slot
            here = slot.department_id == department_id and slot.provider_id in provider_ids
            inside = first_day <= zones.local_date(slot.start, time_zone) <= last_day
            if not (here and inside and row.bookable and row.appointment.status is EhrStatus.OPEN):
                continue
            reasons = tuple(r for r in slot.reason_ids if r in reason_ids and self._in_time(slot, r, time_zone))
            if reasons:
                found.append(replace(slot, reason_ids=reasons))
        return OpenSlots(tuple(found), tuple(sorted(self.in_gap[department_id])))

    def visits(self, department_ids: list[str], first_day: date, last_day: date) -> list[EhrAppointment]:
        found = [row.appointment for row in self.rows.values()]
        return [
            visit
            for visit in found
            if visit.status is not EhrStatus.OPEN
            and visit.department_id in department_ids
            and first_day <= zones.local_date(visit.start, visit.time_zone) <= last_day
        ]

    def changed(self, since: datetime | None) -> Changed:
        if not self.subscribed:
            raise Rejected("refused as forbidden", code="forbidden", status=403)
        if since is None:
            ids = list(self.queue)
            self.handed_out += [(self.clock(), found) for found in ids]
            self.queue.clear()
        else:
            ids = list(dict.fromkeys(found for at, found in self.handed_out if at >= since))
        visits = tuple(self.rows[found].appointment for found in ids if found in self.rows)
        return Changed(visits, tuple(_raw(visit) for visit in visits))

    def _tell(self, appointment_id: str) -> None:
        if self.subscribed:
            self.queue[appointment_id] = None

    def _in_time(self, slot: OpenSlot, reason_id: str, time_zone: str) -> bool:
        reasons = self.reasons[slot.department_id, slot.provider_id]
        reason = next((found for found in reasons if found.id == reason_id), None)
        if reason is None:
            return False
        now = self.clock()
        hours = DEFAULT_MIN_HOURS if reason.min_hours is None else reason.min_hours
        days = DEFAULT_MAX_DAYS if reason.max_days is None else reason.max_days
        last = zones.local_date(now, time_zone) + timedelta(days=days)
        return slot.start >= now + timedelta(hours=hours) and zones.local_date(slot.start, time_zone) <= last


def _raw(visit: EhrAppointment) -> dict[str, object]:
    return {"appointmentid": visit.id, "appointmentstatus": visit.status.value, "patientid": visit.patient_id}
