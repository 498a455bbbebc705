"""Who renders and who supervises, written to the EHR after the booking and read back (rules 4.7)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from moonlit.audit.actor import SYSTEM
from moonlit.audit.services import record
from moonlit.audit.verbs import Verb
from moonlit.booking.models import Appointment
from moonlit.booking.services.state import visit_date
from moonlit.domain.business_time import end_of_business_day
from moonlit.domain.reasons import ClaimMode
from moonlit.ehr.port import AlreadyDone, EhrAppointment, Unknown, get_ehr
from moonlit.platform.log import get_logger
from moonlit.practice.office import office
from moonlit.worklist.kinds import TaskKind, TaskOutcome, Team
from moonlit.worklist.services import close_task, open_task

log = get_logger(__name__)

MAX_TRIES = 6
FIRST_RETRY = timedelta(seconds=10)
CALL_LASTS = timedelta(seconds=90)
"""Longer than the longest write and read-back: until then nobody else tries."""


def write_supervision(appointment_id: UUID, *, clock: Callable[[], datetime]) -> None:
    """Write the supervising provider and read it back; a failure leaves a booked visit and a task, never silence.

    Repeating is harmless: the write sets, it does not add. Returns without a call when nothing is to be written.
    """
    row = Appointment.objects.select_related("provider", "supervisor").filter(pk=appointment_id).first()
    now = clock()
    if row is None or row.supervisor is None or row.athena_appt_id is None:
        return
    due = Appointment.objects.filter(
        pk=appointment_id,
        supervision_write=Appointment.SupervisionWrite.TO_WRITE,
        supervision_next_at__lte=now,
        supervision_attempts=row.supervision_attempts,
    )
    if not due.update(supervision_attempts=row.supervision_attempts + 1, supervision_next_at=now + CALL_LASTS):
        return
    tries = row.supervision_attempts + 1
    seen, supervisor = row.provider.calendar_source_id or "", row.supervisor.calendar_source_id or ""
    ehr = get_ehr()
    try:
        with suppress(Unknown, AlreadyDone):  # it may have been stored: the read-back tells
            ehr.set_supervisor(
                appointment_id=row.athena_appt_id,
                seen_provider_id=seen,
                supervisor_provider_id=supervisor,
                claim_mode=row.claim_mode,
            )
        found = ehr.appointment(row.athena_appt_id)
        written = is_written(found, seen=seen, supervisor=supervisor, claim_mode=row.claim_mode)
    except Exception as fault:  # noqa: BLE001  whatever it was: tried again, and in the end a task, never silence
        log.warning("supervision_write_failed", appointment=str(row.pk), error=type(fault).__name__, attempt=tries)
        written = False
    _settle(row, written=written, tries=tries, now=clock())


def is_written(found: EhrAppointment, *, seen: str, supervisor: str, claim_mode: str) -> bool:
    """Whether the read-back shows the patient with the provider seen and on the claim what `claim_mode` says."""
    names_seen = seen in {found.provider_id, found.scheduling_provider_id}
    if claim_mode == ClaimMode.TRAINEE_RENDERING_ATTENDING_SUPERVISING:
        on_the_claim = found.supervising_provider_id == supervisor and found.rendering_provider_id in {"", seen}
    else:
        on_the_claim = supervisor in {found.supervising_provider_id, found.rendering_provider_id}
    return bool(supervisor) and on_the_claim and names_seen


def _settle(row: Appointment, *, written: bool, tries: int, now: datetime) -> None:
    subject = f"appointment:{row.pk}"
    with transaction.atomic():
        open_row = Appointment.objects.filter(
            pk=row.pk, supervision_write=Appointment.SupervisionWrite.TO_WRITE, supervision_attempts=tries
        )
        if written:
            if open_row.update(supervision_write=Appointment.SupervisionWrite.WRITTEN, supervision_next_at=None):
                record(Verb.SUPERVISION_WRITTEN, actor=SYSTEM, subject=subject, facts={"supervisor": row.supervisor_id})
                close_task(
                    TaskKind.WRITE_SUPERVISION_FAILED,
                    subject=subject,
                    outcome=TaskOutcome.CONDITION_GONE,
                    actor=SYSTEM,
                    now=now,
                )
            return
        if tries < MAX_TRIES:
            open_row.update(supervision_next_at=now + FIRST_RETRY * 2**tries)
            return
        if open_row.update(supervision_write=Appointment.SupervisionWrite.FAILED, supervision_next_at=None):
            record(Verb.SUPERVISION_FAILED, actor=SYSTEM, subject=subject, facts={"attempts": tries})
            open_task(
                TaskKind.WRITE_SUPERVISION_FAILED,
                subject=subject,
                team=Team.BILLING,
                due=end_of_business_day(now, office()),
                visit_date=visit_date(row),
                actor=SYSTEM,
                now=now,
            )
