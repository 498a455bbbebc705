"""What is still open about the person of one visit: who it is, what the chart lacks, whether the visit is ready."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services.identity import ABOUT_THE_CHART
from moonlit.booking.services.readiness import missing_for
from moonlit.domain.booking import State
from moonlit.people.models import Patient


@dataclass(frozen=True, slots=True)
class Written:
    """One write to the chart."""

    kind: str
    """insurance | privacy"""
    state: str
    problem: str
    written_at: datetime | None


@dataclass(frozen=True, slots=True)
class Care:
    missing: tuple[str, ...]
    """identity, coverage, consents, location; empty: the visit is ready."""
    ahead: bool
    """Still to come, so that readiness matters."""
    chart_to_decide: bool
    """Staff must say which chart is the patient's."""
    restricted: bool
    unverified: bool
    """Booked on a chart that nobody has proven to be the patient's."""
    writes: tuple[Written, ...]
    can_write_again: bool


def care_of(appointment_id: UUID) -> Care | None:
    """None for a visit that was made in the EHR. Shows nothing about the person, so it is not audited."""
    rows = Appointment.objects.select_related("patient", "location")
    row = rows.filter(pk=appointment_id, origin=Appointment.Origin.MOONLIT, patient__isnull=False).first()
    if row is None or row.patient is None:
        return None
    writes = list(ChartWrite.objects.filter(appointment=row).order_by("kind"))
    waiting = row.state == State.PENDING
    return Care(
        missing=tuple(missing.value for missing in missing_for([row])[row.pk]),
        ahead=row.state in {State.PENDING, State.SUBMITTING, State.UNKNOWN, State.BOOKED},
        chart_to_decide=waiting and row.blocked in ABOUT_THE_CHART,
        restricted=waiting and row.blocked == "restricted",
        unverified=row.patient.identity == Patient.Identity.UNVERIFIED,
        writes=tuple(Written(write.kind, write.state, write.problem, write.written_at) for write in writes),
        can_write_again=any(write.state == ChartWrite.State.STOPPED for write in writes),
    )
