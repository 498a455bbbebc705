"""Insurances, signed forms and later details, written to the chart once the visit is booked (rules 4.11-4.13).

Nothing on a chart is overwritten, nothing goes to a chart that may be another person's, and every try looks at the
chart first: a write whose answer was lost is found there, never repeated. What cannot be written ends in a task.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Case, F, Value, When

from moonlit.audit.actor import SYSTEM, Actor
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment, ChartWrite
from moonlit.booking.services.chart_writes.details import has_details, write_details
from moonlit.booking.services.chart_writes.forms import has_forms, write_forms
from moonlit.booking.services.chart_writes.insurances import write_insurances
from moonlit.booking.services.chart_writes.notes import DIFFERS, has_note, write_note
from moonlit.booking.services.state import visit_date
from moonlit.domain.booking import QUARANTINE, State
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.readiness import SURE
from moonlit.ehr.port import EhrError, Rejected, get_ehr
from moonlit.people.models import Insurance
from moonlit.people.queries import person_for_chart
from moonlit.platform.jobs import enqueue
from moonlit.platform.log import get_logger
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

log = get_logger(__name__)

MAX_TRIES = 6
FIRST_RETRY = timedelta(seconds=10)
CALL_LASTS = timedelta(minutes=6)
"""Longer than three policies written and read back: until then nobody else tries."""
STANDING = frozenset({State.BOOKED.value, State.CHECKED_IN.value, State.COMPLETED.value})
"""A visit that was held is still to be billed."""
UNVERIFIED = "chart_unverified"

_TASKS = {
    ChartWrite.Kind.INSURANCE: (TaskKind.INSURANCE_NOT_WRITTEN, Team.BILLING),
    ChartWrite.Kind.PRIVACY: (TaskKind.PRIVACY_NOT_WRITTEN, Team.FRONT_DESK),
    ChartWrite.Kind.DETAILS: (TaskKind.DETAILS_NOT_WRITTEN, Team.FRONT_DESK),
    ChartWrite.Kind.NOTE: (TaskKind.NOTE_NOT_WRITTEN, Team.FRONT_DESK),
}
_VERBS = {
    ChartWrite.Kind.INSURANCE: Verb.INSURANCE_WRITTEN,
    ChartWrite.Kind.PRIVACY: Verb.PRIVACY_WRITTEN,
    ChartWrite.Kind.DETAILS: Verb.DETAILS_WRITTEN,
    ChartWrite.Kind.NOTE: Verb.NOTE_WRITTEN,
}


def open_chart_writes(appointment_id: UUID, *, now: datetime) -> None:
    """Remember what is to be written for a visit that the EHR has booked, and wake the worker. Runs in a transaction;
    a repeated call changes nothing.
    """
    kinds = []
    if Insurance.objects.filter(appointment=appointment_id).exists():
        kinds.append(ChartWrite.Kind.INSURANCE)
    if has_forms(appointment_id):
        kinds.append(ChartWrite.Kind.PRIVACY)
    if has_details(appointment_id):
        kinds.append(ChartWrite.Kind.DETAILS)
    if has_note(appointment_id):
        kinds.append(ChartWrite.Kind.NOTE)
    for kind in kinds:
        write, new = ChartWrite.objects.get_or_create(
            appointment_id=appointment_id, kind=kind, defaults={"next_at": now}
        )
        if new:
            _wake(write)


def reopen_chart_writes(appointment_id: UUID, *, now: datetime) -> None:
    """Try again what staff have cleared the way for. Runs in a transaction; what is written stays written."""
    _again(appointment_id, [ChartWrite.State.STOPPED, ChartWrite.State.TO_WRITE], now=now)


def write_again(appointment_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Staff have put right what stopped the writes of a visit: they are tried again at once."""
    with transaction.atomic():
        record(Verb.CHART_WRITE_ASKED, actor=actor, subject=f"appointment:{appointment_id}")
        reopen_chart_writes(appointment_id, now=now)


def forms_signed(appointment_id: UUID, *, now: datetime) -> None:
    """More has been signed: what is signed goes to the chart again, whole. Runs in a transaction."""
    _again(appointment_id, list(ChartWrite.State), now=now, kind=ChartWrite.Kind.PRIVACY)


def details_added(appointment_id: UUID, *, person: bool, insurance: bool, now: datetime) -> None:
    """More has been told: what waited for it is tried again, and what is on the chart already is compared anew.

    `person`: sex or address is new; `insurance`: something of the policy is. Runs in a transaction.
    """
    waiting = [ChartWrite.State.STOPPED, ChartWrite.State.TO_WRITE]
    for kind, is_new in ((ChartWrite.Kind.DETAILS, person), (ChartWrite.Kind.INSURANCE, insurance)):
        _again(appointment_id, list(ChartWrite.State) if is_new else waiting, now=now, kind=kind)


def write_to_chart(write_id: int, *, clock: Callable[[], datetime]) -> None:
    """The next try of one write that is due; otherwise nothing, without a call. Safe to call twice."""
    write = ChartWrite.objects.select_related("appointment__location").filter(pk=write_id).first()
    now = clock()
    if write is None:
        return
    due = ChartWrite.objects.filter(
        pk=write_id, state=ChartWrite.State.TO_WRITE, next_at__lte=now, attempts=write.attempts
    )
    if write.appointment.state not in STANDING:
        due.update(state=ChartWrite.State.NOT_NEEDED, problem="", next_at=None)
        return
    until = now + CALL_LASTS
    if not due.update(attempts=write.attempts + 1, next_at=until):
        return
    write.attempts, write.next_at = write.attempts + 1, until
    try:
        stopped_by, settled = _write(write), True
    except Rejected as fault:
        stopped_by, settled = f"ehr_{fault.code}"[:40], True
    except Exception as fault:  # noqa: BLE001  whatever it was: tried again, and in the end a task, never silence
        if not isinstance(fault, EhrError):
            log.error("chart_write_unexpected", appointment=str(write.appointment_id), error=type(fault).__name__)
        stopped_by, settled = "ehr_not_reached", write.attempts >= MAX_TRIES
    _settle(write, stopped_by, settled=settled, now=clock())


def _write(write: ChartWrite) -> str:
    """Do it; the stable code of what stops it, "" when it stands on the chart. Raises what the EHR raises."""
    visit = write.appointment
    if visit.patient_id is None:
        raise ValueError("a visit without patient has no chart to write to")
    person = person_for_chart(visit.patient_id, visit.pk)
    if person.identity not in SURE or not person.ehr_patient_id:
        return UNVERIFIED
    if write.kind == ChartWrite.Kind.INSURANCE:
        return write_insurances(visit, person.ehr_patient_id, get_ehr())
    if write.kind == ChartWrite.Kind.DETAILS:
        return write_details(visit, person.ehr_patient_id, get_ehr())
    if write.kind == ChartWrite.Kind.NOTE:
        return write_note(visit, get_ehr(), taken=write.problem == DIFFERS)
    return write_forms(visit, person.ehr_patient_id, get_ehr())


def _settle(write: ChartWrite, stopped_by: str, *, settled: bool, now: datetime) -> None:
    # A try that was begun anew meanwhile counts its attempts from the start: its own end, not ours, settles it.
    mine = ChartWrite.objects.filter(
        pk=write.pk, state=ChartWrite.State.TO_WRITE, attempts=write.attempts, next_at=write.next_at
    )
    kind, subject = ChartWrite.Kind(write.kind), f"appointment:{write.appointment_id}"
    task, team = _TASKS[kind]
    with transaction.atomic():
        if not settled:
            mine.update(problem=stopped_by, next_at=now + _pause(write))
            return
        if not stopped_by:
            if mine.update(state=ChartWrite.State.WRITTEN, problem="", next_at=None, written_at=now):
                record(_VERBS[kind], actor=SYSTEM, subject=subject)
                close_task(task, subject=subject, outcome=TaskOutcome.CONDITION_GONE, actor=SYSTEM, now=now)
            return
        stopped = mine.update(state=ChartWrite.State.STOPPED, problem=stopped_by, next_at=None)
        has_its_task = kind != ChartWrite.Kind.INSURANCE and stopped_by == UNVERIFIED
        if stopped and not has_its_task:
            open_task(
                task,
                subject=subject,
                team=team,
                due=end_of_business_day(now, office()),
                visit_date=visit_date(write.appointment),
                actor=SYSTEM,
                now=now,
            )


def _pause(write: ChartWrite) -> timedelta:
    """A note has no key of its own in the EHR: while a late request may still land, it is not sent again."""
    pause = FIRST_RETRY * 2**write.attempts
    return max(pause, QUARANTINE) if write.kind == ChartWrite.Kind.NOTE else pause


def _again(appointment_id: UUID, states: list[ChartWrite.State], *, now: datetime, kind: str = "") -> None:
    """Begin anew. While a try may be under way, or a late request may land, nobody else tries: the attempts count from
    the start, so that the try under way does not settle it, and the next one comes when it would have come.
    """
    waits = When(state=ChartWrite.State.TO_WRITE, next_at__gt=now, then=F("next_at"))
    if not Appointment.objects.filter(pk=appointment_id, state__in=STANDING).exists():
        return
    open_chart_writes(appointment_id, now=now)
    writes = ChartWrite.objects.filter(appointment=appointment_id, state__in=states)
    for write in writes.filter(kind=kind) if kind else writes:
        next_at = Case(waits, default=Value(now))
        ChartWrite.objects.filter(pk=write.pk).update(state=ChartWrite.State.TO_WRITE, attempts=0, next_at=next_at)
        _wake(write)


def _wake(write: ChartWrite) -> None:
    from moonlit.booking.jobs import write_to_chart_of  # the job calls the services

    enqueue(write_to_chart_of, write=write.pk)
