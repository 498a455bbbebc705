"""What follows when a visit will not take place as it was: its links, tasks and writes end with it (rules 4.10)."""

from __future__ import annotations

from datetime import datetime

from django.db.models import F

from moonlit.audit.actor import Actor
from moonlit.booking.models import Appointment
from moonlit.booking.services.links import revoke_links
from moonlit.worklist.kinds import TaskKind, TaskOutcome
from moonlit.worklist.services import close_task

ABOUT_THE_VISIT = (
    TaskKind.BENEFIT_PAYER_UNCLEAR,
    TaskKind.INTERPRETER_NEEDED,
    TaskKind.WRITE_SUPERVISION_FAILED,
    TaskKind.INSURANCE_NOT_WRITTEN,
    TaskKind.PATIENT_OVERLAP,
    TaskKind.ESTABLISHED_BOOKED_AS_NEW,
    TaskKind.GOOD_FAITH_ESTIMATE,
    TaskKind.MOVE_REQUESTED,
    TaskKind.PRIVACY_NOT_WRITTEN,
    TaskKind.NOTE_NOT_WRITTEN,
    TaskKind.NOT_READY,
    TaskKind.JOIN_LINK_MISSING,
    TaskKind.COVERAGE_PROPOSAL,
    TaskKind.COVERAGE_LOST,
    TaskKind.IMPORT_BREAKS_RULE,
    TaskKind.VISIT_DIFFERS,
)
"""Gone with the visit. What is about the person's chart (who is it?) stays."""


def visit_ended(row: Appointment, *, actor: Actor, now: datetime) -> None:
    """End the links of a visit that was cancelled or moved, the tasks about it, and what was still to be written.

    Call inside the transaction that ended it. Repeating changes nothing more.
    """
    revoke_links(row.pk, actor=actor, now=now)
    writes = Appointment.SupervisionWrite
    Appointment.objects.filter(pk=row.pk, supervision_write__in=[writes.TO_WRITE, writes.FAILED]).update(
        supervision_write=writes.NOT_NEEDED, supervision_next_at=None
    )
    close_tasks(row, *ABOUT_THE_VISIT, actor=actor, now=now)


def close_tasks(row: Appointment, *kinds: TaskKind, actor: Actor, now: datetime) -> None:
    """Close open tasks of these kinds about the visit: their condition is gone."""
    for kind in kinds:
        close_task(kind, subject=f"appointment:{row.pk}", outcome=TaskOutcome.CONDITION_GONE, actor=actor, now=now)


def bump_version(row: Appointment) -> int:
    """What is told to the patient changes: messages of earlier versions are void. The new version."""
    Appointment.objects.filter(pk=row.pk).update(version=F("version") + 1)
    row.refresh_from_db(fields=["version"])
    return row.version
