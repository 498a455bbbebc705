"""What we have of the EHR's records, and what follows from the difference. Reads only."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q

from moonlit.availability.queries import busy_spans
from moonlit.booking.models import Appointment
from moonlit.booking.services.supervision import is_written
from moonlit.domain.booking import OPEN, State
from moonlit.domain.ehr_states import Do, Judgement, OurVisit, SeenVisit, judge
from moonlit.ehr.port import EhrAppointment
from moonlit.practice.queries import practice
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.queries import open_subjects


class Outcome(enum.StrEnum):
    """What taking in one record came to."""

    UNCHANGED = "unchanged"
    ADDED = "added"
    CHANGED = "changed"
    CANCELLED = "cancelled"
    """It no longer takes place, or nobody came."""
    DIFFERS = "differs"
    """Not taken over: a task says what."""
    WAITING = "waiting"
    """A write or a change of ours is under way; its machine has been woken. Ask again."""
    STALE = "stale"
    """Our row changed after the EHR was asked: read it again."""
    UNMAPPED = "unmapped"
    """A clinician or a department that is not in the practice's data."""


@dataclass(frozen=True, slots=True)
class Look:
    """One record of the EHR beside ours."""

    judgement: Judgement
    appointment: UUID | None = None
    imported: bool = False
    chart: str = ""
    """Where the record is on another chart than ours: the id of ours. Merged, or somebody else's visit."""
    supervisor_differs: bool = False
    """Somebody took the supervisor we had written out again, or put another one in."""
    successor_missing: bool = False
    """The record names the one that replaces it, and our visit does not know it yet."""
    told_differs: bool = False
    """A person has been told of a difference: whether there still is one takes a closer look."""

    @property
    def quiet(self) -> bool:
        """Nothing is to be done."""
        done = self.judgement.do is Do.NOTHING
        return done and not (self.chart or self.supervisor_differs or self.successor_missing or self.told_differs)


def look_at(found: Sequence[EhrAppointment]) -> list[Look]:
    """In the same order; a fixed number of queries."""
    rows = _rows(found)
    spans = busy_spans([row.pk for row in rows.values()])
    replaced = [each.rescheduled_to for each in found if each.rescheduled_to]
    heirs = {row.athena_appt_id or "": row for row in Appointment.objects.filter(athena_appt_id__in=replaced)}
    notice = notice_period()
    told = set(open_subjects(TaskKind.VISIT_DIFFERS))
    return [_look(rows.get(each.id), each, spans, heirs, told, notice) for each in found]


def believed_booked(location_id: int, begins: datetime, ends: datetime, *, before: datetime) -> list[str]:
    """EHR ids of the visits we believe to take place there in that time, booked before that instant."""
    rows = Appointment.objects.filter(
        location_id=location_id,
        start__gte=begins,
        start__lt=ends,
        state__in=[State.BOOKED, State.CHECKED_IN],
        booked_at__lt=before,
    )
    return [ehr_id for ehr_id in rows.values_list("athena_appt_id", flat=True) if ehr_id]


def notice_period() -> timedelta:
    """How long before a visit a cancel is a late one."""
    return timedelta(hours=practice().change_notice_hours)


def seen_visit(found: EhrAppointment) -> SeenVisit:
    return SeenVisit(
        status=found.status.value,
        start=found.start,
        minutes=busy_minutes(found),
        department_id=found.department_id,
        provider_ids=frozenset({found.provider_id, found.scheduling_provider_id} - {""}),
        no_show=found.no_show,
        rescheduled_to=found.rescheduled_to,
        cancelled_at=found.cancelled_at,
    )


def busy_minutes(found: EhrAppointment) -> int:
    """A record without a length blocks a little: its time is somebody's."""
    return found.minutes if found.minutes > 0 else 15


def last_told(row: Appointment) -> datetime:
    """When the row last changed its state or was last told by the EHR; an answer asked for before is old news."""
    at: datetime | None = row.history.order_by("-at").values_list("at", flat=True).first()
    return max(found for found in (at, row.ehr_seen_at, row.created_at) if found is not None)


def our_visit(row: Appointment, span: tuple[datetime, datetime] | None) -> OurVisit:
    return OurVisit(
        state=State(row.state),
        start=span[0] if span else row.start,
        minutes=(span[1] - span[0]) // timedelta(minutes=1) if span else None,
        department_id=row.location.ehr_department_id or "",
        provider_id=row.provider.calendar_source_id or "",
        change_under_way=row.change != Appointment.Change.NONE,
    )


def _rows(found: Iterable[EhrAppointment]) -> dict[str, Appointment]:
    """EHR id -> the row that claims it: the visit of that id, before one that is still on its way there."""
    ids = [each.id for each in found]
    under_way = Q(slot_ehr_id__in=ids, athena_appt_id=None, state__in=[state.value for state in OPEN])
    rows = Appointment.objects.select_related("location", "provider", "supervisor", "patient").filter(
        Q(athena_appt_id__in=ids) | under_way
    )
    claimed: dict[str, Appointment] = {}
    for row in rows:
        ehr_id = row.athena_appt_id or row.slot_ehr_id or ""
        if row.athena_appt_id or ehr_id not in claimed:
            claimed[ehr_id] = row
    return claimed


def _look(
    row: Appointment | None,
    found: EhrAppointment,
    spans: Mapping[UUID, tuple[datetime, datetime]],
    heirs: Mapping[str, Appointment],
    told: set[str],
    notice: timedelta,
) -> Look:
    if row is None:
        return Look(judge(None, seen_visit(found), notice))
    judgement = judge(our_visit(row, spans.get(row.pk)), seen_visit(found), notice)
    settled = row.athena_appt_id is not None and not row.change
    return Look(
        judgement,
        appointment=row.pk,
        imported=row.origin == Appointment.Origin.EHR,
        chart=other_chart(row, found) if settled else "",
        supervisor_differs=settled and supervisor_differs(row, found),
        successor_missing=settled
        and bool(found.rescheduled_to)
        and not _replaces(heirs.get(found.rescheduled_to), row),
        told_differs=settled and f"appointment:{row.pk}" in told,
    )


def _replaces(heir: Appointment | None, row: Appointment) -> bool:
    """Whether our copy of the visit that replaces this one is known as such: the patient's, or imported as this is."""
    if heir is None or heir.origin != row.origin:
        return False
    return row.origin == Appointment.Origin.EHR or heir.patient_id == row.patient_id


def other_chart(row: Appointment, found: EhrAppointment) -> str:
    """The id of our chart where the record names another one; "" where they agree or it names none."""
    ours = (row.patient.ehr_patient_id if row.patient else row.ehr_patient_id) or ""
    return ours if found.patient_id and found.patient_id != ours else ""


def supervisor_differs(row: Appointment, found: EhrAppointment) -> bool:
    """Whether the supervisor that was written and read back no longer stands in the EHR (rules 4.7)."""
    written = row.supervision_write == Appointment.SupervisionWrite.WRITTEN
    return written and not supervisor_agrees(row, found)


def supervisor_agrees(row: Appointment, found: EhrAppointment) -> bool:
    """Whether the EHR shows the supervisor that a booked visit is to have; true where none is to be shown."""
    if row.supervision_write == Appointment.SupervisionWrite.NOT_NEEDED or row.supervisor is None:
        return True
    if row.state != State.BOOKED or found.status.value != "booked":
        return True
    return is_written(
        found,
        seen=row.provider.calendar_source_id or "",
        supervisor=row.supervisor.calendar_source_id or "",
        claim_mode=row.claim_mode,
    )
