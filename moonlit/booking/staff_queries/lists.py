"""Appointments as rows of a list."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q, QuerySet

from moonlit.audit.actor import Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.coverage.queries import facts
from moonlit.domain.booking import ALERT_STAFF_AFTER, OPEN, State
from moonlit.people.queries import display_names
from moonlit.worklist.kinds import TaskKind
from moonlit.worklist.queries import open_subjects

UNDECIDED = [state.value for state in OPEN]
NOT_BOOKED = [State.LOST.value, State.FAILED.value]
NO_VISIT = [State.EXPIRED.value, State.RELEASED.value]
_SHOWN_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class StaffRow:
    id: UUID
    state: str
    problem: str
    """Why staff must act, else what stopped the last step; "" when nothing did."""
    start: datetime
    time_zone: str
    patient: str
    provider: str
    supervisor: str
    rendering: str
    location: str
    payer: str
    """Name; "" when self-pay."""
    self_pay: bool
    route: str
    athena_appt_id: str
    supervision_write: str
    supervision_attempts: int
    created_at: datetime
    overdue: bool
    """Not confirmed by the EHR for longer than staff should wait (rules 4.5), or blocked until they act."""


@dataclass(frozen=True, slots=True)
class Attention:
    """Visits somebody has to look at, the oldest request first."""

    undecided: tuple[StaffRow, ...]
    """The EHR has not confirmed them yet."""
    not_booked: tuple[StaffRow, ...]
    """Lost or failed, and nobody has called yet."""
    supervision: tuple[StaffRow, ...]
    """Booked, but the supervising provider does not stand in the EHR after at least one try."""


def list_appointments(
    *,
    actor: Actor,
    now: datetime,
    states: Collection[str] = (),
    since: datetime | None = None,
    before: datetime | None = None,
    limit: int = 50,
    offset: int = 0,
) -> tuple[list[StaffRow], int]:
    """A page of appointments in these states that start in [since, before), soonest first; and how many there are.

    Without states: all but the holds that came to nothing.
    """
    rows = Appointment.objects.filter(state__in=states) if states else Appointment.objects.exclude(state__in=NO_VISIT)
    if since:
        rows = rows.filter(start__gte=since)
    if before:
        rows = rows.filter(start__lt=before)
    with transaction.atomic():
        page = _rows(rows.order_by("start", "id")[offset : offset + limit], "appointments", actor=actor, now=now)
    return page, rows.count()


def needing_a_hand(*, actor: Actor, now: datetime) -> Attention:
    """What *Today* opens with. A visit leaves the last two lists when its task is closed."""
    not_booked = _about(TaskKind.NOT_BOOKED_CALL)
    unwritten = _about(TaskKind.WRITE_SUPERVISION_FAILED)
    supervision = Q(pk__in=unwritten, supervision_write=Appointment.SupervisionWrite.FAILED) | Q(
        supervision_write=Appointment.SupervisionWrite.TO_WRITE, supervision_attempts__gt=0
    )
    lists = (
        Appointment.objects.filter(state__in=UNDECIDED, origin=Appointment.Origin.MOONLIT),
        Appointment.objects.filter(pk__in=not_booked, state__in=NOT_BOOKED),
        Appointment.objects.filter(supervision),
    )
    with transaction.atomic():
        undecided, lost, unsupervised = (
            tuple(_rows(rows.order_by("created_at", "id")[:_SHOWN_AT_ONCE], "appointments:today", actor=actor, now=now))
            for rows in lists
        )
    return Attention(undecided, lost, unsupervised)


def as_row(row: Appointment, patient: str, payers: dict[str, str], now: datetime) -> StaffRow:
    """`payers` maps codes to names."""
    waits = row.state in UNDECIDED
    return StaffRow(
        id=row.pk,
        state=row.state,
        problem=row.blocked or row.problem,
        start=row.start,
        time_zone=row.time_zone,
        patient=patient,
        provider=row.provider.display_name,
        supervisor=row.supervisor.display_name if row.supervisor else "",
        rendering=row.rendering_provider.display_name if row.rendering_provider else "",
        location=row.location.name,
        payer="" if row.self_pay else payers.get(row.payer_code, row.payer_code),
        self_pay=row.self_pay,
        route=row.route,
        athena_appt_id=row.athena_appt_id or "",
        supervision_write=row.supervision_write,
        supervision_attempts=row.supervision_attempts,
        created_at=row.created_at,
        overdue=waits and (bool(row.blocked) or now - row.created_at >= ALERT_STAFF_AFTER),
    )


def payer_names() -> dict[str, str]:
    return {code: payer.name for code, payer in facts().payers.items()}


def _rows(found: QuerySet[Appointment], subject: str, *, actor: Actor, now: datetime) -> list[StaffRow]:
    rows = list(found.select_related("provider", "supervisor", "rendering_provider", "location"))
    names = display_names([row.patient_id for row in rows if row.patient_id])
    if names:
        record(Verb.BOOKING_LISTED, actor=actor, subject=subject, facts={"patients": [str(key) for key in names]})
    payers = payer_names()
    return [as_row(row, names.get(row.patient_id, "") if row.patient_id else "", payers, now) for row in rows]


def _about(kind: TaskKind) -> list[UUID]:
    """The appointments that open tasks of this kind are about."""
    subjects = (subject.partition(":") for subject in open_subjects(kind))
    return [UUID(key) for what, _, key in subjects if what == "appointment"]
